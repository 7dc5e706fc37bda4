// What is written on the outside of a document: everything a relay may know of it.
//
// An envelope is made once, by the relay that accepted the document, and never changes on the way.
// The bytes inside are opaque to the core; their digest and size stand here. No subject line, no
// names of people: whoever carries a document needs neither.

package struct Envelope: Hashable, Sendable {
    package let document: DocumentID
    package let kind: Kind
    /// The relay that accepted the document from an application, or that signed the receipt.
    package let origin: RelayCode
    package let sender: OrganisationCode
    /// In the order of the submission, each once.
    package let recipients: [OrganisationCode]
    /// The sender's own id, edXML `DocumentId`: opaque, may be empty, may repeat.
    package let reference: String
    /// edXML `BussinessDocType`: 0 new, 1 recall, 2 update, 3 replace.
    package let businessType: UInt8
    package let priority: Priority
    /// Of the body, in bytes.
    package let size: UInt64
    package let digest: SHA256Digest
    package let mediaType: String
    /// The file's name; empty when none was given. Never used as a path.
    package let name: String
    package let submittedAt: Instant
    /// After this the delivery is given up, and told as failed.
    package let expiresAt: Instant
    /// By when it should be at its recipients', by the origin's rules; nil when none gives a time.
    package let dueAt: Instant?
    /// The drill whose test document this is: it travels like any other, and no application ever
    /// sees it. Nil for everything real.
    package let drill: DrillID?

    package enum Kind: UInt8, Sendable, CaseIterable {
        case document = 1
        /// An edXML status message (codes 01 to 16).
        case status = 2
        /// A signed receipt on its way home. Never asks for a receipt itself.
        case receipt = 3
    }

    package init(
        document: DocumentID, kind: Kind, origin: RelayCode, sender: OrganisationCode,
        recipients: [OrganisationCode], reference: String = "", businessType: UInt8 = 0,
        priority: Priority = .normal, size: UInt64, digest: SHA256Digest,
        mediaType: String = "application/octet-stream", name: String = "",
        submittedAt: Instant, expiresAt: Instant, dueAt: Instant? = nil, drill: DrillID? = nil
    ) {
        self.document = document
        self.kind = kind
        self.origin = origin
        self.sender = sender
        self.recipients = recipients
        self.reference = reference
        self.businessType = businessType
        self.priority = priority
        self.size = size
        self.digest = digest
        self.mediaType = mediaType
        self.name = name
        self.submittedAt = submittedAt
        self.expiresAt = expiresAt
        self.dueAt = dueAt
        self.drill = drill
    }
}

/// How urgent a document is, as edXML `OtherInfo/Priority` has it.
package enum Priority: UInt8, Sendable, Comparable, CaseIterable {
    case normal = 0
    /// khẩn
    case urgent = 1
    /// thượng khẩn
    case veryUrgent = 2
    /// hỏa tốc
    case express = 3
    /// hỏa tốc hẹn giờ
    case expressTimed = 4

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
