// The small forms of fields: numbers, dates by pattern, and whether text looks like base64.

enum Forms {
    /// A number of one to nine ASCII digits; nil for anything else, signs and blanks included.
    static func number(_ text: String) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy(isDigit) else { return nil }
        return Int(text)
    }

    /// Whether the text has a digit where the pattern has 0, and the pattern's character elsewhere.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        guard text.utf8.count == pattern.utf8.count else { return false }
        return zip(text.utf8, pattern.utf8).allSatisfy { character, wanted in
            wanted == 0x30 ? isDigit(character) : character == wanted
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// Counts the characters of encoded data as they pass by, and keeps none.
struct EncodedData {
    /// Characters that are not white space.
    private(set) var count = 0
    private var strangers = 0

    /// Only base64's alphabet, in groups of four. What the data is when decoded is not known here:
    /// a file that was ruined before encoding looks right.
    var looksLikeBase64: Bool { strangers == 0 && count.isMultiple(of: 4) }

    /// Adds one run of text, of less than 2^32 bytes.
    mutating func add(_ text: Span<UInt8>) {
        let weights = Self.weights.span
        var sum: UInt64 = 0
        for place in text.indices { sum &+= weights[Int(text[place])] }
        count += Int(sum & 0xFFFF_FFFF)
        strangers += Int(sum >> 32)
    }

    /// Per byte: 1 in the lower half when it counts, 1 in the upper half when it is not base64. One
    /// addition for each byte keeps up with the parser.
    private static let weights: [UInt64] = (0..<256).map { value in
        let byte = UInt8(value)
        if Prologue.isWhiteSpace(byte) { return 0 }
        return Base64.alphabet.contains(byte) || byte == Base64.padding ? 1 : 1 << 32 | 1
    }
}
