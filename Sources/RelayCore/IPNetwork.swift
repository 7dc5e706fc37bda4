// A range of IP addresses, such as 10.1.0.0/16 or 2001:db8::/32 (RFC 4632, RFC 4291 section 2.3).
//
// Guarantees: no address bit is set behind the prefix, so two equal networks are equal values.

package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes, most significant first.
    package let address: [UInt8]
    package let prefixLength: Int
    /// As it was written.
    package let description: String

    /// Nil when the text is not a network. An address without a length is a network of one.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let bytes = Self.bytes(of: String(first))
        else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard let given = Self.number(parts[1], most: length) else { return nil }
            length = given
        }
        guard Self.isClear(bytes, behind: length) else { return nil }
        address = bytes
        prefixLength = length
        description = text
    }

    /// Whether an address, of 4 or 16 bytes, lies in it.
    package func contains(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == address.count else { return false }
        return bytes.indices.allSatisfy { place in
            let mask = Self.mask(place, prefixLength)
            return bytes[place] & mask == address[place] & mask
        }
    }

    /// Whether an address written as text lies in it; a host name does not.
    package func contains(_ text: String) -> Bool {
        Self.bytes(of: text).map(contains) ?? false
    }

    /// The bits of byte `place` that belong to a prefix.
    private static func mask(_ place: Int, _ length: Int) -> UInt8 {
        let bits = min(8, max(0, length - place * 8))
        return bits == 0 ? 0 : UInt8.max << UInt8(8 - bits)
    }

    private static func isClear(_ bytes: [UInt8], behind length: Int) -> Bool {
        bytes.indices.allSatisfy { bytes[$0] & ~mask($0, length) == 0 }
    }

    /// A decimal number without leading zeros.
    private static func number(_ text: Substring, most: Int) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            text.utf8.count == 1 || text.first != "0", let number = Int(text), number <= most
        else { return nil }
        return number
    }

    /// The bytes of an address; nil when the text is none.
    private static func bytes(of text: String) -> [UInt8]? {
        text.contains(":") ? bytesOfIPv6(text) : bytesOfIPv4(text[...])
    }

    private static func bytesOfIPv4(_ text: Substring) -> [UInt8]? {
        let bytes = text.split(separator: ".", omittingEmptySubsequences: false)
            .map { number($0, most: 255).map(UInt8.init) }
        let known = bytes.compactMap { $0 }
        return bytes.count == 4 && known.count == 4 ? known : nil
    }

    /// Groups of up to four hexadecimal digits; `::` once, for one zero group or more.
    private static func bytesOfIPv6(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 45 else { return nil }
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        let groups = halves.map { half -> [UInt8]? in
            guard !half.isEmpty else { return halves.count == 2 ? [] : nil }
            var bytes: [UInt8] = []
            for group in half.split(separator: ":", omittingEmptySubsequences: false) {
                guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(isHexadecimal),
                    let value = UInt16(group, radix: 16)
                else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
            }
            return bytes
        }
        guard let head = groups.first ?? nil, let tail = groups.last ?? nil else { return nil }
        guard groups.count == 2 else { return head.count == 16 ? head : nil }
        let zeros = 16 - head.count - tail.count
        return zeros >= 2 ? head + [UInt8](repeating: 0, count: zeros) + tail : nil
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
