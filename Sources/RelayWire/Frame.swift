// Frames as they lie on the wire (Docs/Protocol.md section 3), and what writes them.
//
// A frame is a length, a type, for some types a fixed part, a protobuf message, and for OFFER and
// DATA the bytes of a body. The body stands apart from the message, so that no parser ever copies
// it.

import RelayCore
import SwiftProtobuf

package enum FrameType: UInt8, Sendable, CaseIterable {
    case hello = 1
    case offer = 2
    case want = 3
    case data = 4
    case end = 5
    case result = 6
    case cancel = 7
    case ping = 8
    case pong = 9
    case goodbye = 10
    case trace = 11
    case traceAnswer = 12
    case audit = 13
    case auditAnswer = 14

    /// The types that a later version may use for what can be left out: skipped when not known.
    static let extensions: ClosedRange<UInt8> = 0x40...0x7F

    /// Bytes between the type and the message.
    var fixedBytes: Int {
        switch self {
        case .offer: 4
        case .data: 16
        default: 0
        }
    }

    /// The longest frame of the type, the type itself included.
    var bytesMax: Int {
        switch self {
        case .offer, .data: WireLimits.frameBytesMax
        case .result: WireLimits.resultBytesMax
        case .trace, .traceAnswer: WireLimits.traceBytesMax
        case .audit, .auditAnswer: WireLimits.auditBytesMax
        default: WireLimits.smallFrameBytesMax
        }
    }
}

/// One frame, taken apart but not yet understood.
struct Frame: Hashable, Sendable {
    /// Nil for an extension that is to be skipped.
    var type: FrameType?
    /// Of DATA; every other frame has it in its message.
    var transfer: UInt64 = 0
    var offset: UInt64 = 0
    var message: [UInt8] = []
    var body: [UInt8] = []
}

/// Appends frames to bytes that are about to go out.
enum FrameWriter {
    static func append(_ type: FrameType, _ message: some Message, to bytes: inout [UInt8]) {
        let payload = serialized(message)
        appendHead(type, count: payload.count, to: &bytes)
        bytes += payload
    }

    static func appendOffer(_ message: OfferMessage, body: [UInt8], to bytes: inout [UInt8]) {
        let payload = serialized(message)
        appendHead(.offer, count: 4 + payload.count + body.count, to: &bytes)
        append(UInt32(payload.count), to: &bytes)
        bytes += payload
        bytes += body
    }

    /// What goes before the bytes of a piece.
    static func appendDataHead(
        transfer: UInt64, offset: UInt64, count: Int, to bytes: inout [UInt8]
    ) {
        appendHead(.data, count: 16 + count, to: &bytes)
        append(transfer, to: &bytes)
        append(offset, to: &bytes)
    }

    static func serialized(_ message: some Message) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            // Only required fields and `Any` can fail, and the schema has neither.
            preconditionFailure("a message of our own could not be written: \(error)")
        }
    }

    private static func appendHead(_ type: FrameType, count: Int, to bytes: inout [UInt8]) {
        append(UInt32(count + 1), to: &bytes)
        bytes.append(type.rawValue)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: type(of: number).bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
