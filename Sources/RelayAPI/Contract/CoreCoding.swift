// The core's values in JSON: each is one string, in the form that people see.
//
// The core itself knows nothing of JSON. A string that is not such a value is an error of decoding
// which names the rule.

package import RelayCore

/// A value that is written as one string.
protocol TextCoded: Codable {
    /// What such a text looks like, for messages.
    static var rule: String { get }
    var codedText: String { get }
    /// Nil when the text is no such value.
    static func read(_ text: String) -> Self?
}

extension TextCoded {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(codedText)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self.read(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \(Self.rule)")
        }
        self = value
    }
}

extension DocumentID: TextCoded {
    static var rule: String { "a document id of 36 characters" }
    var codedText: String { description }
    static func read(_ text: String) -> Self? { Self(text) }
}

extension OrganisationCode: TextCoded {
    static var rule: String { Code.rule }
    var codedText: String { text }
    static func read(_ text: String) -> Self? { Self(text) }
}

extension OrganisationScope: TextCoded {
    var codedText: String { description }
    static func read(_ text: String) -> Self? { Self(text) }
}

extension RelayCode: TextCoded {
    static var rule: String { Code.rule }
    var codedText: String { text }
    static func read(_ text: String) -> Self? { Self(text) }
}

extension SHA256Digest: TextCoded {
    static var rule: String { "64 hexadecimal digits" }
    var codedText: String { description }
    static func read(_ text: String) -> Self? { Self(hex: text) }
}

extension Instant: TextCoded {
    static var rule: String { "a time of RFC 3339" }
    var codedText: String { Timestamp.text(self) }
    static func read(_ text: String) -> Self? { Timestamp.instant(text) }
}
