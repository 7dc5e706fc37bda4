// JSON as both ends write and read it: keys in order, slashes plain, nothing pretty on the wire.
//
// Keys in order make equal values equal texts, which tests and people can compare.

package import FoundationEssentials

package enum APICoding {
    /// `pretty` is for people who asked for JSON on a terminal.
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty
            ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            : [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// Keys that are not known are passed over: a newer relay may send more.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data
    ) throws -> Value {
        try JSONDecoder().decode(type, from: data)
    }
}
