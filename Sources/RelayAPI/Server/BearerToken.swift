// The secret that a client on TCP must show (RFC 6750). A Unix socket needs none: there the file's
// mode says who may connect.
//
// Never shown: its description is a fixed word. Compared in a time that depends on the length
// alone.

package import FoundationEssentials

package struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    private let bytes: [UInt8]

    /// Nil when it is too short to be a secret, too long, or holds anything but visible ASCII.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (APILimits.tokenBytesMin...APILimits.tokenBytesMax).contains(bytes.count),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.bytes = bytes
    }

    /// Reads the first line of a file. Nil when that is not a token.
    package init?(fileContents: Data) {
        let line = fileContents.prefix { $0 != 0x0A && $0 != 0x0D }
        self.init(String(decoding: line, as: UTF8.self))
    }

    package static let rule =
        "\(APILimits.tokenBytesMin) to \(APILimits.tokenBytesMax) visible ASCII characters"

    package var description: String { "a token" }
    package var debugDescription: String { description }

    /// The value of the header field.
    var credentials: String { "Bearer " + String(decoding: bytes, as: UTF8.self) }

    /// Whether the value of an `Authorization` field shows this token.
    func matches(_ credentials: String) -> Bool {
        let parts = credentials.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, HeaderFields.same(parts[0], "Bearer") else { return false }
        let shown = Array(parts[1].utf8)
        var difference = shown.count ^ bytes.count
        for place in shown.indices {
            difference |= Int(shown[place] ^ bytes[place % bytes.count])
        }
        return difference == 0
    }
}
