// The header fields of the API, their names and a plain list of them that both ends use: the
// server's HTTP types and the client's differ.

package enum HeaderName {
    package static let accept = "Accept"
    package static let allow = "Allow"
    package static let authorization = "Authorization"
    package static let authenticate = "WWW-Authenticate"
    package static let cacheControl = "Cache-Control"
    package static let contentDisposition = "Content-Disposition"
    package static let contentEncoding = "Content-Encoding"
    package static let contentLength = "Content-Length"
    package static let contentType = "Content-Type"
    package static let idempotencyKey = "Idempotency-Key"
    package static let location = "Location"
    package static let retryAfter = "Retry-After"

    /// The project's own names begin with this.
    package static let prefix = "Tram-"
    package static let sender = "Tram-Sender"
    package static let to = "Tram-To"
    package static let documentID = "Tram-Document-Id"
    package static let priority = "Tram-Priority"
    package static let kind = "Tram-Kind"
    package static let businessType = "Tram-Business-Type"
    package static let fileName = "Tram-File-Name"
    package static let intended = "Tram-Intended"
    package static let sha256 = "Tram-SHA256"
    package static let signedOn = "Tram-Signed-On"
    package static let operatorName = "Tram-Operator"
}

package enum MediaType {
    /// An edXML document, QCVN 102:2016.
    package static let edXML = "application/vnd.tram.edxml+xml"
    static let json = "application/json"
    static let problem = "application/problem+json"
    /// A CMS SignedData in DER (RFC 8551 section 3.2.1).
    static let receipt = "application/pkcs7-mime; smime-type=signed-data"

    /// The type without its parameters, in lower case.
    static func essence(_ text: String) -> String {
        let bytes = text.utf8.prefix { $0 != 0x3B }
        let lower = bytes.filter { $0 != 0x20 && $0 != 0x09 }
            .map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        return String(decoding: lower, as: UTF8.self)
    }

    /// Whether the essence is two tokens of RFC 9110 with a slash between.
    static func isValid(_ essence: String) -> Bool {
        let halves = essence.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        return halves.count == 2 && halves.allSatisfy { !$0.isEmpty && $0.allSatisfy(isToken) }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// Header fields in order. Names are compared without case.
package struct HeaderFields: Sendable {
    package private(set) var fields: [(name: String, value: String)] = []

    package init() {}

    package mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    func all(_ name: String) -> [String] {
        fields.filter { Self.same($0.name, name) }.map(\.value)
    }

    /// Nil when it is absent; throws `invalidMetadata` when it is there more than once.
    func one(_ name: String) throws(Problem) -> String? {
        let values = all(name)
        guard values.count <= 1 else {
            throw Problem(.invalidMetadata, field: name, "\(name) is given \(values.count) times.")
        }
        return values.first
    }

    static func same(_ a: some StringProtocol, _ b: some StringProtocol) -> Bool {
        a.utf8.count == b.utf8.count
            && zip(a.utf8, b.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
    }
}
