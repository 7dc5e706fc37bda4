// Envelopes as protobuf messages: on the wire inside an offer, on disk inside a record.
//
// Guarantees: an envelope that comes out of a message keeps every bound of `Limits` and
// `WireLimits`, whatever came in, so the core can add to its times and index by its texts without
// another check. Leaves to others: whether the relay wants such a document (RelayCore).

import RelayCore
import SwiftProtobuf

/// What is wrong with a message.
package enum MessageFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not what the schema says.
    case unreadable
    /// A field missing or outside its bounds, by its name in the schema.
    case field(String)

    package var description: String {
        switch self {
        case .unreadable: "a message cannot be parsed"
        case .field(let name): "field '\(name)' is missing or outside its bounds"
        }
    }
}

extension EnvelopeMessage {
    /// The same envelope always gives the same bytes, since fields are written in order.
    init(_ envelope: Envelope) {
        self.init()
        document.set(envelope.document.bytes)
        kind = DocumentKind(envelope.kind)
        origin = envelope.origin.text
        sender = envelope.sender.text
        recipients = envelope.recipients.map(\.text)
        reference = envelope.reference
        businessType = UInt32(envelope.businessType)
        priority = DocumentPriority(envelope.priority)
        size = envelope.size
        digest.set(envelope.digest.bytes)
        mediaType = envelope.mediaType
        name = envelope.name
        submittedAt = UInt64(clamping: envelope.submittedAt.milliseconds)
        expiresAt = UInt64(clamping: envelope.expiresAt.milliseconds)
        dueAt = UInt64(clamping: envelope.dueAt?.milliseconds ?? 0)
        if let drill = envelope.drill { self.drill.set(drill.id.bytes) }
    }
}

extension Envelope {
    /// Reads a message of which nothing is believed yet.
    init(checking message: EnvelopeMessage) throws(MessageFault) {
        guard let document = DocumentID(bytes: message.document) else { throw .field("document") }
        guard let kind = Envelope.Kind(message.kind) else { throw .field("kind") }
        guard let digest = SHA256Digest(bytes: message.digest) else { throw .field("digest") }
        guard let priority = Priority(message.priority) else { throw .field("priority") }
        guard let businessType = UInt8(exactly: message.businessType)
        else { throw .field("business_type") }
        guard message.size <= WireLimits.sizeMax else { throw .field("size") }
        // One recipient twice would be two deliveries with one name.
        let recipients = try Field.recipients(message.recipients)
        guard recipients.count == Set(recipients).count else { throw .field("recipients") }
        self.init(
            document: document, kind: kind,
            origin: try Field.relay(message.origin, "origin"),
            sender: try Field.organisation(message.sender, "sender"),
            recipients: recipients,
            reference: try Field.text(message.reference, Limits.referenceBytesMax, "reference"),
            businessType: businessType, priority: priority, size: message.size, digest: digest,
            mediaType: try Field.text(message.mediaType, Limits.mediaTypeBytesMax, "media_type"),
            name: try Field.text(message.name, Limits.nameBytesMax, "name"),
            submittedAt: try Field.time(message.submittedAt, "submitted_at"),
            expiresAt: try Field.time(message.expiresAt, "expires_at"),
            dueAt: message.dueAt == 0 ? nil : try Field.time(message.dueAt, "due_at"),
            drill: try Field.drill(message.drill))
    }
}

/// Checks of single fields, shared by frames and records.
enum Field {
    static func text(_ text: String, _ bytesMax: Int, _ name: String) throws(MessageFault)
        -> String
    {
        guard text.utf8.count <= bytesMax else { throw .field(name) }
        return text
    }

    static func relay(_ text: String, _ name: String) throws(MessageFault) -> RelayCode {
        guard let code = RelayCode(text) else { throw .field(name) }
        return code
    }

    static func organisation(
        _ text: String, _ name: String
    ) throws(MessageFault) -> OrganisationCode {
        guard let code = OrganisationCode(text) else { throw .field(name) }
        return code
    }

    /// One recipient at least, `Limits.recipientsMax` at most.
    static func recipients(_ texts: [String]) throws(MessageFault) -> [OrganisationCode] {
        guard !texts.isEmpty, texts.count <= Limits.recipientsMax
        else { throw .field("recipients") }
        var codes: [OrganisationCode] = []
        codes.reserveCapacity(texts.count)
        for text in texts { codes.append(try organisation(text, "recipients")) }
        return codes
    }

    /// Empty for everything real.
    static func drill(_ bytes: some Sequence<UInt8>) throws(MessageFault) -> DrillID? {
        let bytes = [UInt8](bytes)
        if bytes.isEmpty { return nil }
        guard let id = DocumentID(bytes: bytes) else { throw .field("drill") }
        return DrillID(id)
    }

    /// Milliseconds since 1970, up to `WireLimits.timeMax`.
    static func time(_ milliseconds: UInt64, _ name: String) throws(MessageFault) -> Instant {
        guard let time = Int64(exactly: milliseconds), time <= WireLimits.timeMax.milliseconds
        else { throw .field(name) }
        return Instant(milliseconds: time)
    }
}

extension DocumentKind {
    init(_ kind: Envelope.Kind) {
        self =
            switch kind {
            case .document: .document
            case .status: .status
            case .receipt: .receipt
            }
    }
}

extension Envelope.Kind {
    /// Nil for a kind that this version does not know.
    init?(_ kind: DocumentKind) {
        switch kind {
        case .document: self = .document
        case .status: self = .status
        case .receipt: self = .receipt
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension DocumentPriority {
    init(_ priority: Priority) {
        self =
            switch priority {
            case .normal: .normal
            case .urgent: .urgent
            case .veryUrgent: .veryUrgent
            case .express: .express
            case .expressTimed: .expressTimed
            }
    }
}

extension Priority {
    /// Nil for a priority that this version does not know.
    init?(_ priority: DocumentPriority) {
        switch priority {
        case .normal: self = .normal
        case .urgent: self = .urgent
        case .veryUrgent: self = .veryUrgent
        case .express: self = .express
        case .expressTimed: self = .expressTimed
        case .UNRECOGNIZED: return nil
        }
    }
}

extension RangeReplaceableCollection where Element == UInt8 {
    /// For fields of bytes, whose type the generated code chooses.
    mutating func set(_ bytes: [UInt8]) {
        removeAll()
        append(contentsOf: bytes)
    }
}
