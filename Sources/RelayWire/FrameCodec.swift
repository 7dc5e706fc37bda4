// Messages of frames into the values of the core, and back.
//
// Guarantees: what comes out keeps every bound of Docs/Protocol.md. A fault of the peer's machine
// is a
// `LinkFault` and ends the link; a fault of one document is a `MessageFault` and ends only its
// offer. Leaves to others: what has to come when (LinkMachine).

import RelayCore
import SwiftProtobuf

/// What both ends have agreed on: what this end may send on the link.
struct Agreement: Hashable, Sendable {
    var boot: UInt64
    var places: Int
    var inlineBytesMax: Int
    var documentBytesMax: UInt64
    var features: Features
}

extension HelloMessage {
    /// What this end says of itself, the same to every peer.
    init(_ settings: LinkSettings) {
        self.init()
        versionMin = WireLimits.version
        versionMax = WireLimits.version
        relay = settings.relay.text
        boot = settings.boot
        places = UInt32(clamping: settings.places)
        frameBytesMax = UInt32(WireLimits.frameBytesMax)
        inlineBytesMax = UInt32(min(settings.inlineBytesMax, Limits.inlineBytesMax))
        documentBytesMax = settings.documentBytesMax
        creditBytesMax = UInt64(WireLimits.creditPieces * Limits.pieceBytes)
        features = Features.all.rawValue
    }
}

extension Agreement {
    /// Checks a peer's HELLO against its certificate and against what version 1 needs.
    init(_ hello: HelloMessage, from peer: RelayCode) throws(LinkFault) {
        guard hello.versionMin <= hello.versionMax else { throw .helloField("version_min") }
        guard hello.versionMin <= WireLimits.version, hello.versionMax >= WireLimits.version
        else { throw .noCommonVersion(min: hello.versionMin, max: hello.versionMax) }
        guard let relay = RelayCode(hello.relay) else { throw .helloField("relay") }
        guard relay == peer else {
            throw .otherIdentity(said: relay.text, certified: peer)
        }
        guard hello.places > 0 else { throw .helloField("places") }
        guard hello.frameBytesMax >= WireLimits.frameBytesMax
        else { throw .helloField("frame_bytes_max") }
        // Larger numbers are believed only as far as this end can make use of them.
        boot = hello.boot
        places = Int(min(hello.places, WireLimits.placesMax))
        inlineBytesMax = min(Int(hello.inlineBytesMax), Limits.inlineBytesMax)
        documentBytesMax = hello.documentBytesMax
        // Those of later versions mean nothing here.
        features = Features(rawValue: hello.features).intersection(.all)
    }
}

extension Agreement {
    /// What the peer is sure to say of a document is not worth the sending; and an OFFER that
    /// breaks a bound could cost the link, which all other documents need.
    func refusal(of transfer: Transfer) -> Refusal? {
        let envelope = transfer.envelope
        let fits =
            envelope.recipients.count <= Limits.recipientsMax
            && envelope.reference.utf8.count <= Limits.referenceBytesMax
            && envelope.mediaType.utf8.count <= Limits.mediaTypeBytesMax
            && envelope.name.utf8.count <= Limits.nameBytesMax
            && transfer.recipients.count <= envelope.recipients.count
        if !fits { return .malformed }
        if transfer.path.count > Limits.hopsMax { return .tooManyHops }
        return envelope.size > documentBytesMax ? .tooLarge : nil
    }
}

extension OfferMessage {
    /// - Parameter number: of the transfer on its link, greater than all before.
    init(_ transfer: Transfer, number: UInt64) {
        self.init()
        self.transfer = number
        envelope.set(FrameWriter.serialized(EnvelopeMessage(transfer.envelope)))
        recipients = transfer.recipients.map(\.text)
        path = transfer.path.map(\.text)
        round = transfer.round
    }
}

extension Offer {
    /// Reads an offer of which only the number is believed yet.
    init(
        checking message: OfferMessage, on link: LinkID, from peer: RelayCode
    ) throws(MessageFault) {
        // The cheap checks first: an offer may name a thousand recipients.
        let recipients = try Field.recipients(message.recipients)
        let envelope = try Self.envelope(message)
        guard Self.areSome(recipients, of: envelope.recipients)
        else { throw .field("recipients") }
        guard !message.path.isEmpty, message.path.count <= Limits.hopsMax
        else { throw .field("path") }
        var path: [RelayCode] = []
        path.reserveCapacity(message.path.count)
        for text in message.path { path.append(try Field.relay(text, "path")) }
        guard message.round > 0 else { throw .field("round") }
        self.init(
            link: link, peer: peer, transfer: message.transfer, envelope: envelope,
            recipients: recipients, path: path, round: message.round)
    }

    private static func envelope(_ message: OfferMessage) throws(MessageFault) -> Envelope {
        let envelope: EnvelopeMessage
        do {
            envelope = try EnvelopeMessage(serializedBytes: message.envelope)
        } catch {
            throw .unreadable
        }
        return try Envelope(checking: envelope)
    }

    /// Whether these are recipients of the document, each once.
    private static func areSome(
        _ some: [OrganisationCode], of all: [OrganisationCode]
    ) -> Bool {
        // Nearly always it is all of them, or one; only the rest needs sets.
        if some == all { return true }
        if some.count == 1 { return all.contains(some[0]) }
        let distinct = Set(some)
        return distinct.count == some.count && distinct.isSubset(of: all)
    }
}

extension ResultMessage {
    /// - Parameter answers: in the order of the offer's recipients.
    init(_ number: UInt64, _ answers: [Answered]) {
        self.init()
        transfer = number
        guard let first = answers.first?.answer else {
            preconditionFailure("an offer is answered for one recipient at least")
        }
        // A letter to a thousand communes is answered with one word.
        if answers.allSatisfy({ $0.answer == first }) {
            self.answers = [AnswerMessage(first)]
        } else {
            self.answers = answers.map { AnswerMessage($0.answer) }
        }
    }

    /// One answer for all recipients of the offer, whoever they are.
    init(_ number: UInt64, all answer: Answer) {
        self.init()
        transfer = number
        answers = [AnswerMessage(answer)]
    }

    /// The answers with the recipients that they are for.
    ///
    /// - Parameter recipients: of the offer, in its order.
    func answered(_ recipients: [OrganisationCode]) throws(LinkFault) -> [Answered] {
        guard answers.count == 1 || answers.count == recipients.count
        else { throw .answerCount(answers.count, recipients: recipients.count) }
        var answered: [Answered] = []
        answered.reserveCapacity(recipients.count)
        for (place, recipient) in recipients.enumerated() {
            let message = answers.count == 1 ? answers[0] : answers[place]
            answered.append(Answered(recipient: recipient, answer: try message.answer()))
        }
        return answered
    }
}

extension AnswerMessage {
    init(_ answer: Answer) {
        self.init()
        switch answer {
        case .accepted:
            code = .accepted
        case .refused(let reason):
            code = .refused
            refusal = UInt32(reason.rawValue)
        case .busy(let after):
            code = .busy
            afterMilliseconds = UInt32(clamping: after.milliseconds)
        case .later(let after):
            code = .later
            afterMilliseconds = UInt32(clamping: after.milliseconds)
        case .unknown:
            preconditionFailure("whoever answers knows the answer")
        }
    }

    /// A pause that is too long is cut: a peer must not be able to hold a document for ever.
    func answer() throws(LinkFault) -> Answer {
        let after = min(.milliseconds(Int64(afterMilliseconds)), WireLimits.afterMax)
        switch code {
        case .accepted: return .accepted
        case .refused:
            // A reason of a later version is a refusal all the same.
            let reason = UInt8(exactly: refusal).flatMap(Refusal.init(rawValue:))
            return .refused(reason ?? .malformed)
        case .busy: return .busy(after: after)
        case .later: return .later(after: after)
        case .unspecified, .UNRECOGNIZED: throw .answerUnknown(code.rawValue)
        }
    }
}

extension Message {
    /// Reads the message of a frame.
    init(of frame: Frame, _ type: FrameType) throws(LinkFault) {
        do {
            try self.init(serializedBytes: frame.message)
        } catch {
            throw .unreadable(type)
        }
    }
}
