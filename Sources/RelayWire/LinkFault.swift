// How a link can end, and every way in which a peer can break the protocol.

package import RelayCore

/// What a peer did that ends the link. Never our own bug (that traps), nor a race that the protocol
/// allows (that is ignored).
package enum LinkFault: Error, Hashable, Sendable {
    // Frames
    case frameTooLong(type: UInt8, bytes: Int)
    case frameTooShort(type: UInt8, bytes: Int)
    case unknownFrame(type: UInt8)
    case unreadable(FrameType)
    // Greeting
    case notHello(FrameType)
    case helloTwice
    case helloField(String)
    case noCommonVersion(min: UInt32, max: UInt32)
    case otherIdentity(said: String, certified: RelayCode)
    // Transfers that the peer offers
    case offerNumber(UInt64, after: UInt64)
    case offerAfterGoodbye
    case tooManyTransfers(Int)
    case inlineBody(bytes: Int, size: UInt64)
    case unknownTransfer(FrameType, UInt64)
    case unexpectedData(UInt64)
    case dataOrder(offset: UInt64, expected: UInt64)
    case dataLength(Int)
    case creditExceeded(until: UInt64)
    case endTooEarly(at: UInt64, size: UInt64)
    // Transfers offered here
    case unexpectedWant(UInt64)
    case wantRange(from: UInt64, until: UInt64, size: UInt64)
    case answerCount(Int, recipients: Int)
    case answerUnknown(Int)
}

extension LinkFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .frameTooLong(let type, let bytes):
            "a frame of type \(type) has \(bytes) bytes, more than its type may"
        case .frameTooShort(let type, let bytes):
            "a frame of type \(type) has \(bytes) bytes, too few for what it must hold"
        case .unknownFrame(let type): "unknown frame type \(type)"
        case .unreadable(let type): "the message of a frame '\(type)' cannot be parsed"
        case .notHello(let type): "the first frame was '\(type)', not HELLO"
        case .helloTwice: "a second HELLO"
        case .helloField(let name): "field '\(name)' of HELLO is outside its bounds"
        case .noCommonVersion(let min, let max):
            "peer speaks versions \(min) to \(max), this relay \(WireLimits.version)"
        case .otherIdentity(let said, let certified):
            "HELLO names relay '\(said)', the certificate '\(certified)'"
        case .offerNumber(let number, let last):
            "transfer number \(number) offered after \(last): numbers must rise"
        case .offerAfterGoodbye: "an OFFER after the peer's own GOODBYE"
        case .tooManyTransfers(let places): "more than \(places) transfers at once"
        case .inlineBody(let bytes, let size):
            "\(bytes) bytes inside an OFFER whose body has \(size)"
        case .unknownTransfer(let type, let number):
            "a frame '\(type)' for transfer \(number), which was never offered"
        case .unexpectedData(let number): "DATA or END for transfer \(number), not asked for"
        case .dataOrder(let offset, let expected):
            "DATA at offset \(offset) where \(expected) was due"
        case .dataLength(let bytes): "DATA with \(bytes) bytes, not one piece"
        case .creditExceeded(let until): "DATA beyond offset \(until), not asked for yet"
        case .endTooEarly(let offset, let size): "END at offset \(offset) of \(size)"
        case .unexpectedWant(let number): "WANT for transfer \(number), which waits for no bytes"
        case .wantRange(let from, let until, let size):
            "WANT from \(from) until \(until) of \(size) bytes"
        case .answerCount(let count, let recipients):
            "RESULT with \(count) answers for \(recipients) recipients"
        case .answerUnknown(let code): "RESULT with unknown answer \(code)"
        }
    }
}

extension LinkFault {
    /// What the peer is told.
    var code: GoodbyeCode {
        switch self {
        case .noCommonVersion: .version
        case .otherIdentity: .identity
        default: .protocol
        }
    }
}

/// Why a link is over.
package struct LinkEnd: Hashable, Sendable {
    package let cause: Cause
    /// In words, for logs and `peers list`; what a peer said is bounded by `Limits.reasonBytesMax`.
    package let reason: String

    package enum Cause: Hashable, Sendable {
        /// Everything that ran has finished after a GOODBYE.
        case drained
        /// This relay closed it.
        case closedHere
        /// The peer said why and closed it.
        case closedThere
        /// The connection went away.
        case lost
        /// Nothing was heard for too long, or no HELLO came in time.
        case silent
        /// The peer broke the protocol.
        case fault(LinkFault)
    }

    package init(cause: Cause, reason: String) {
        self.cause = cause
        self.reason = reason
    }
}
