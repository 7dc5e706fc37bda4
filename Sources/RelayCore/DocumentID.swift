// The relay's own id of a document, given once, by the relay that first accepted it.

/// 128 bits: 48 of time in milliseconds, so that ids ascend and neighbours in time are neighbours
/// on disk, then 74 that no other relay will draw. Written as a UUID of version 8 (RFC 9562 section
/// 5.8).
///
/// Not the edXML DocumentId, which is the sender's, opaque to us, and sometimes repeats: that one
/// is called the *reference*.
package struct DocumentID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id. `dice` must be fresh; `salt` tells apart relays that draw alike.
    package init(at now: Instant, dice: UInt64, salt: UInt16) {
        let time = UInt64(bitPattern: now.milliseconds) & 0xFFFF_FFFF_FFFF
        high = time << 16 | 0x8000 | UInt64(salt & 0x0FFF)
        low = 0x8000_0000_0000_0000 | dice & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Reads the 36-character form, e.g. `0190f3c5-6f1a-8abc-9def-0123456789ab`; nil for any other.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var nibbles: [UInt64] = []
        nibbles.reserveCapacity(32)
        for (place, byte) in bytes.enumerated() {
            if Self.hyphens.contains(place) {
                guard byte == 0x2D else { return nil }
            } else {
                guard let nibble = Hex.value(byte) else { return nil }
                nibbles.append(UInt64(nibble))
            }
        }
        high = nibbles[..<16].reduce(0) { $0 << 4 | $1 }
        low = nibbles[16...].reduce(0) { $0 << 4 | $1 }
    }

    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for byte in bytes {
            if Self.hyphens.contains(text.count) { text.append(0x2D) }
            text.append(Hex.digit(byte >> 4))
            text.append(Hex.digit(byte & 0xF))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// 16 bytes, most significant first, so that they sort like the id.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        BigEndian.append(high, to: &bytes)
        BigEndian.append(low, to: &bytes)
        return bytes
    }

    /// Nil unless there are exactly 16 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        // One known type: what follows is then compiled for it, and not for any collection.
        let bytes = Array(bytes)
        high = BigEndian.uint64(bytes[0..<8])
        low = BigEndian.uint64(bytes[8..<16])
    }

    package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }

    private static let hyphens = [8, 13, 18, 23]
}
