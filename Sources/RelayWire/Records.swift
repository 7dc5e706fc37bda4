// Records of the store as bytes: what the files `Records*.swift` share, and the envelope's record.
//
// Guarantees: reading never traps, whatever the bytes are, and what comes out keeps the bounds that
// the core relies on. A field that this version does not know is passed over, so that a store can
// be read by an older relay of the same schema. Leaves to others: keys and rows (RelayStore).

package import RelayCore
import SwiftProtobuf

/// Bytes to values and back; `MessageFault` says what a record lacks.
package enum Records {
    package static func encode(_ envelope: Envelope) throws(MessageFault) -> [UInt8] {
        try bytes(of: EnvelopeMessage(envelope))
    }

    package static func envelope(_ bytes: [UInt8]) throws(MessageFault) -> Envelope {
        let message: EnvelopeMessage = try message(in: bytes)
        return try Envelope(checking: message)
    }

    static func bytes(of message: some SwiftProtobuf.Message) throws(MessageFault) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            // Only a message of more than 2 GiB cannot be written.
            throw .unreadable
        }
    }

    static func message<Message: SwiftProtobuf.Message>(
        in bytes: [UInt8]
    ) throws(MessageFault) -> Message {
        do {
            return try Message(serializedBytes: bytes)
        } catch {
            throw .unreadable
        }
    }
}

extension Field {
    /// A time of ours. Far from the ends of `Int64`, so that the core can add to it unchecked.
    static func instant(_ milliseconds: Int64, _ name: String) throws(MessageFault) -> Instant {
        let bound = WireLimits.timeMax.milliseconds
        guard (-bound...bound).contains(milliseconds) else { throw .field(name) }
        return Instant(milliseconds: milliseconds)
    }

    /// The value that a small number stands for; a number this version has no value for is a fault.
    static func value<Value: RawRepresentable>(
        _ number: UInt32, _ name: String
    ) throws(MessageFault) -> Value where Value.RawValue == UInt8 {
        guard let byte = UInt8(exactly: number), let value = Value(rawValue: byte)
        else { throw .field(name) }
        return value
    }

    static func lane(_ text: String) throws(MessageFault) -> Lane {
        guard let lane = Lane(text) else { throw .field("lane") }
        return lane
    }

    static func relays(_ texts: [String], _ name: String) throws(MessageFault) -> [RelayCode] {
        var codes: [RelayCode] = []
        codes.reserveCapacity(texts.count)
        for text in texts { codes.append(try relay(text, name)) }
        return codes
    }
}
