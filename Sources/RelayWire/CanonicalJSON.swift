// The part of JSON that a receipt needs, in the one form that RFC 8785 gives it: no white space,
// strings escaped only where they must be. Writing and reading; the reader takes nothing that the
// writer would write in another way.

/// Writes canonical JSON.
struct CanonicalWriter {
    private(set) var bytes: [UInt8] = []

    mutating func literal(_ text: StaticString) {
        bytes += text.description.utf8
    }

    mutating func number(_ number: UInt64) {
        bytes += String(number).utf8
    }

    /// RFC 8785 section 3.2.2.2.
    mutating func string(_ text: String) {
        bytes.append(Self.quote)
        for byte in text.utf8 {
            switch byte {
            case Self.quote, Self.backslash: bytes += [Self.backslash, byte]
            case 0..<0x20:
                if let letter = Self.shortEscapes[byte] {
                    bytes += [Self.backslash, letter]
                } else {
                    bytes += [Self.backslash, UInt8(ascii: "u"), 0x30, 0x30]
                    bytes += [0x30 + byte >> 4, Self.hexDigit(byte & 0xF)]
                }
            default: bytes.append(byte)
            }
        }
        bytes.append(Self.quote)
    }

    /// An array, in the order given: RFC 8785 sorts members of objects, not elements.
    mutating func strings(_ texts: [String]) {
        literal("[")
        for (place, text) in texts.enumerated() {
            if place > 0 { literal(",") }
            string(text)
        }
        literal("]")
    }

    static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 0x30 + nibble : UInt8(ascii: "a") + nibble - 10
    }

    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    /// Control characters that have a letter; the others are written `\u00xx`, in lower case.
    static let shortEscapes: [UInt8: UInt8] = [
        0x08: UInt8(ascii: "b"), 0x09: UInt8(ascii: "t"), 0x0A: UInt8(ascii: "n"),
        0x0C: UInt8(ascii: "f"), 0x0D: UInt8(ascii: "r"),
    ]
}

/// Reads canonical JSON whose shape is known.
struct CanonicalReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Where reading stopped, in bytes from the beginning.
    var place: Int { rest.startIndex }
    var isAtEnd: Bool { rest.isEmpty }

    func comesNext(_ text: StaticString) -> Bool { rest.starts(with: text.description.utf8) }

    /// Takes `text` if it comes next.
    mutating func literal(_ text: StaticString) -> Bool {
        guard comesNext(text) else { return false }
        rest = rest.dropFirst(text.utf8CodeUnitCount)
        return true
    }

    /// Up to 16 digits: RFC 8785 knows no integer beyond 2^53.
    mutating func number() -> UInt64? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count <= 16, digits.count == 1 || digits.first != 0x30
        else { return nil }
        rest = rest[digits.endIndex...]
        return digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
    }

    /// Nil when it is not a string, not UTF-8, or escaped in another way than the writer's.
    mutating func string() -> String? {
        guard rest.popFirst() == CanonicalWriter.quote else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case CanonicalWriter.quote: return String(validating: bytes, as: UTF8.self)
            case CanonicalWriter.backslash:
                guard let escaped = escaped() else { return nil }
                bytes.append(escaped)
            case 0..<0x20: return nil
            default: bytes.append(byte)
            }
        }
        return nil
    }

    /// What follows a backslash; only what the writer escapes, and as it does.
    private mutating func escaped() -> UInt8? {
        guard let letter = rest.popFirst() else { return nil }
        if letter == CanonicalWriter.quote || letter == CanonicalWriter.backslash { return letter }
        if let short = CanonicalWriter.shortEscapes.first(where: { $0.value == letter }) {
            return short.key
        }
        guard letter == UInt8(ascii: "u"), rest.popFirst() == 0x30, rest.popFirst() == 0x30,
            let high = rest.popFirst(), high == 0x30 || high == 0x31, let low = rest.popFirst(),
            let nibble = (0..<16).first(where: { CanonicalWriter.hexDigit($0) == low })
        else { return nil }
        let byte = (high - 0x30) << 4 | nibble
        return CanonicalWriter.shortEscapes[byte] == nil ? byte : nil
    }

    /// An array of at most `countMax` strings.
    mutating func strings(atMost countMax: Int) -> [String]? {
        guard literal("[") else { return nil }
        if literal("]") { return [] }
        var texts: [String] = []
        while texts.count < countMax {
            guard let text = string() else { return nil }
            texts.append(text)
            if literal("]") { return texts }
            guard literal(",") else { return nil }
        }
        return nil
    }
}
