// The bytes that a receipt signs: the statement as canonical JSON (Docs/Receipts.md, RFC 8785). The
// same statement always gives the same bytes, and bytes that differ in anything are not a
// statement, so what was signed and what is believed cannot be two things.
//
// Leaves to others: who signed (RelayTrust), and whether it answers a document of ours (RelayCore).

package import RelayCore

package enum ReceiptStatement {
    /// The version of the statement's form.
    package static let version: UInt64 = 1

    /// The longest statement: a reference of control characters only, escaped with six bytes each,
    /// and a path of 16 codes, with room to spare.
    package static let bytesMax = 8_192

    /// Why bytes are not a statement.
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case tooLong(Int)
        /// The statement has another form than this version knows.
        case otherVersion(UInt64)
        /// Something else stands where this field should, `at` so many bytes from the beginning.
        case expected(String, at: Int)
        /// A field holds what it may not hold.
        case field(String)
        /// Bytes after the end.
        case trailing(at: Int)

        package var description: String {
            switch self {
            case .tooLong(let count): "statement of \(count) bytes, more than \(bytesMax)"
            case .otherVersion(let version): "statement of version \(version), not 1"
            case .expected(let what, let place): "no canonical '\(what)' at byte \(place)"
            case .field(let name): "field '\(name)' holds what it may not hold"
            case .trailing(let place): "statement ends at byte \(place), but more follows"
            }
        }
    }

    /// Canonical JSON, members in the order that RFC 8785 section 3.2.3 gives them.
    package static func encode(_ statement: Receipt.Statement) -> [UInt8] {
        var json = CanonicalWriter()
        json.literal("{\"at\":")
        json.string(Self.text(statement.at))
        if let failure = statement.failure {
            json.literal(",\"attempts\":")
            json.number(UInt64(failure.attempts))
            json.literal(",\"custody\":")
            json.string(failure.custody.text)
        }
        json.literal(",\"document\":")
        json.string(statement.document.description)
        json.literal(",\"documentId\":")
        json.string(statement.reference)
        if let failure = statement.failure {
            json.literal(",\"expiresAt\":")
            json.string(Self.text(failure.expiresAt))
        }
        json.literal(",\"kind\":")
        json.string(statement.kind.word)
        json.literal(",\"path\":")
        json.strings(statement.path.map(\.text))
        if let failure = statement.failure {
            json.literal(",\"reason\":")
            json.string(failure.reason.word)
        }
        json.literal(",\"recipient\":")
        json.string(statement.recipient.text)
        json.literal(",\"relay\":")
        json.string(statement.relay.text)
        if let failure = statement.failure {
            json.literal(",\"rounds\":")
            json.number(UInt64(failure.rounds))
        }
        json.literal(",\"sender\":")
        json.string(statement.sender.text)
        json.literal(",\"sha256\":")
        json.string(statement.digest.description)
        json.literal(",\"size\":")
        json.number(statement.size)
        json.literal(",\"submittedAt\":")
        json.string(Self.text(statement.submittedAt))
        json.literal(",\"version\":")
        json.number(version)
        json.literal("}")
        return json.bytes
    }

    /// What lies outside the years 1970 to 9999 is written as the nearest time inside.
    private static func text(_ time: Instant) -> String {
        Timestamp.text(min(max(Instant(milliseconds: 0), time), WireLimits.timeMax))
    }

    /// Reads what `encode` writes, and nothing else.
    package static func decode(_ bytes: [UInt8]) throws(Fault) -> Receipt.Statement {
        guard bytes.count <= bytesMax else { throw .tooLong(bytes.count) }
        var json = CanonicalReader(bytes)
        let at = try time(&json, "{\"at\":", "at")
        // Only a statement of failure has this member, and then all the others that go with it.
        let isFailure = json.comesNext(",\"attempts\":")
        let attempts = isFailure ? try number(&json, ",\"attempts\":", "attempts") : 0
        let custody = isFailure ? try string(&json, ",\"custody\":", "custody") : ""
        let document = try string(&json, ",\"document\":", "document")
        let reference = try string(&json, ",\"documentId\":", "documentId")
        let expiresAt = isFailure ? try time(&json, ",\"expiresAt\":", "expiresAt") : at
        let kind = try require(
            Receipt.Kind(word: try string(&json, ",\"kind\":", "kind")), "kind")
        guard (kind == .failed) == isFailure else { throw .field("kind") }
        guard json.literal(",\"path\":"), let path = json.strings(atMost: Limits.hopsMax)
        else { throw .expected("path", at: json.place) }
        let reason = isFailure ? try string(&json, ",\"reason\":", "reason") : ""
        let recipient = try string(&json, ",\"recipient\":", "recipient")
        let relay = try string(&json, ",\"relay\":", "relay")
        let rounds = isFailure ? try number(&json, ",\"rounds\":", "rounds") : 0
        let sender = try string(&json, ",\"sender\":", "sender")
        let digest = try string(&json, ",\"sha256\":", "sha256")
        let size = try number(&json, ",\"size\":", "size")
        let submittedAt = try time(&json, ",\"submittedAt\":", "submittedAt")
        let version = try number(&json, ",\"version\":", "version")
        guard json.literal("}") else { throw .expected("}", at: json.place) }
        guard json.isAtEnd else { throw .trailing(at: json.place) }
        guard version == Self.version else { throw .otherVersion(version) }
        guard size <= WireLimits.sizeMax else { throw .field("size") }
        guard reference.utf8.count <= Limits.referenceBytesMax
        else { throw .field("documentId") }
        let statement = Receipt.Statement(
            kind: kind,
            document: try require(DocumentID(document), "document"),
            sender: try require(OrganisationCode(sender), "sender"),
            recipient: try require(OrganisationCode(recipient), "recipient"),
            reference: reference, digest: try require(SHA256Digest(hex: digest), "sha256"),
            size: size, submittedAt: submittedAt, at: at,
            relay: try require(RelayCode(relay), "relay"), path: try relays(path),
            failure: isFailure
                ? Receipt.Failure(
                    reason: try require(Delivery.Failure(word: reason), "reason"),
                    custody: try require(RelayCode(custody), "custody"),
                    attempts: try require(UInt32(exactly: attempts), "attempts"),
                    rounds: try require(UInt32(exactly: rounds), "rounds"), expiresAt: expiresAt)
                : nil)
        // The last word, whatever the reader let pass: an id in capitals, for one.
        let again = encode(statement)
        guard again == bytes else {
            let place = zip(again, bytes).prefix { $0 == $1 }.count
            throw .expected("form", at: place)
        }
        return statement
    }
}

// MARK: - Fields

extension ReceiptStatement {
    private static func string(
        _ json: inout CanonicalReader, _ before: StaticString, _ name: String
    ) throws(Fault) -> String {
        guard json.literal(before), let text = json.string()
        else { throw .expected(name, at: json.place) }
        return text
    }

    private static func number(
        _ json: inout CanonicalReader, _ before: StaticString, _ name: String
    ) throws(Fault) -> UInt64 {
        guard json.literal(before), let number = json.number()
        else { throw .expected(name, at: json.place) }
        return number
    }

    private static func time(
        _ json: inout CanonicalReader, _ before: StaticString, _ name: String
    ) throws(Fault) -> Instant {
        try require(Timestamp.canonical(try string(&json, before, name)), name)
    }

    private static func relays(_ texts: [String]) throws(Fault) -> [RelayCode] {
        var path: [RelayCode] = []
        for text in texts { path.append(try require(RelayCode(text), "path")) }
        return path
    }

    private static func require<Value>(
        _ value: Value?, _ name: String
    ) throws(Fault) -> Value {
        guard let value else { throw .field(name) }
        return value
    }
}

extension Receipt.Kind {
    /// As the statement and the API write it.
    package var word: String {
        switch self {
        case .received: "received"
        case .collected: "collected"
        case .failed: "failed"
        }
    }

    package init?(word: String) {
        guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = kind
    }
}
