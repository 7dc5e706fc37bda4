// The simulator's stand-in for SHA-256: 256 bits that tell bodies apart, at little cost.
//
// Nobody forges bodies here. Of large ones only some bytes count, spread over all of them, so that
// a piece that is missing, doubled or in the wrong place still changes the sum; what arrives in an
// inbox is compared byte for byte besides.

import RelayCore

enum Checksum {
    private static let sampledAbove = 4_096
    private static let stride = 199

    static func of(_ bytes: [UInt8]) -> SHA256Digest {
        var sum = UInt64(bytes.count) &+ 0x9E37_79B9_7F4A_7C15
        let step = bytes.count > sampledAbove ? stride : 1
        var place = 0
        while place < bytes.count {
            sum = (sum ^ UInt64(bytes[place])) &* 0x100_0000_01B3
            place += step
        }
        if let last = bytes.last { sum = (sum ^ UInt64(last)) &* 0x100_0000_01B3 }
        var dice = Dice(seed: sum)
        let words = [dice.next(), dice.next(), dice.next(), dice.next()]
        guard let digest = SHA256Digest(bytes: words.flatMap(BigEndian.bytes)) else {
            preconditionFailure("four words are 32 bytes")
        }
        return digest
    }

    /// A body like no other.
    static func body(seed: UInt64, count: Int) -> [UInt8] {
        var dice = Dice(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var word = dice.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
