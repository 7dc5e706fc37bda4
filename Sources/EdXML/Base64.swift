// Base64 (RFC 4648 section 4) of a stream of bytes, without line breaks.

struct Base64 {
    static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    static let padding: UInt8 = 0x3D

    /// One or two bytes that do not make a group yet.
    private var rest: [UInt8] = []

    /// Appends the characters of all whole groups to `output`.
    mutating func encode(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var place = bytes.startIndex
        if !rest.isEmpty {
            while rest.count < 3, place < bytes.endIndex {
                rest.append(bytes[place])
                place += 1
            }
            guard rest.count == 3 else { return }
            Self.append(rest[0], rest[1], rest[2], to: &output)
            rest.removeAll(keepingCapacity: true)
        }
        while place + 3 <= bytes.endIndex {
            Self.append(bytes[place], bytes[place + 1], bytes[place + 2], to: &output)
            place += 3
        }
        rest.append(contentsOf: bytes[place...])
    }

    /// Appends the last, padded group, if one is open.
    mutating func finish(into output: inout [UInt8]) {
        guard let first = rest.first else { return }
        let second = rest.count > 1 ? rest[1] : 0
        Self.append(first, second, 0, to: &output)
        for place in 0..<(3 - rest.count) { output[output.count - 1 - place] = Self.padding }
        rest.removeAll()
    }

    private static func append(
        _ first: UInt8, _ second: UInt8, _ third: UInt8, to output: inout [UInt8]
    ) {
        let group = Int(first) << 16 | Int(second) << 8 | Int(third)
        output.append(alphabet[group >> 18])
        output.append(alphabet[group >> 12 & 63])
        output.append(alphabet[group >> 6 & 63])
        output.append(alphabet[group & 63])
    }
}
