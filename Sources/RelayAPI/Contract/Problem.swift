// What went wrong, for a program and for people: `application/problem+json` (RFC 9457).
//
// The kinds are a fixed list, since programs decide by them; `Docs/API.md` has the same list, and a
// test compares the two. The detail says what failed, on what, and what to do next. It holds no
// personal data, since it ends in logs.

package import RelayCore

/// An error of the API, on both ends: the server writes it, the client throws it.
package struct Problem: Error, Hashable, Sendable {
    package var kind: Kind
    package var detail: String
    /// Where in the document, counted from 1.
    package var line: Int?
    package var column: Int?
    /// The header field or query parameter that is at fault.
    package var field: String?
    /// The document that was accepted before, in a conflict.
    package var earlier: DocumentID?
    /// The bound that was passed, in bytes.
    package var limit: Int64?
    /// The oldest event that is kept, when older ones were asked for.
    package var oldest: UInt64?
    /// After how many seconds it is worth trying again. Also sent as `Retry-After`.
    package var retryAfter: Int?
    /// Every error of a configuration file, a line each.
    package var errors: [String]?
    /// The methods that the endpoint has, as they stand in `Allow`.
    package var allow: String?

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
        retryAfter = kind.retryAfter
    }

    package init(_ kind: Kind, field: String, _ detail: String) {
        self.init(kind, detail)
        self.field = field
    }

    package var status: Int { kind.status }
}

extension Problem {
    /// The last part of the type's URN.
    package enum Kind: String, CaseIterable, Sendable {
        // In the order of their status. A name is never given another meaning.
        case invalidRequest = "invalid-request"
        case connectionCut = "connection-cut"
        case recipientNeeded = "recipient-needed"
        case confirmationNeeded = "confirmation-needed"
        case unauthorized
        case forbidden
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case conflict
        case gone
        case drillRefused = "drill-refused"
        case tooLarge = "too-large"
        case targetTooLong = "target-too-long"
        case unsupportedMediaType = "unsupported-media-type"
        case malformedDocument = "malformed-document"
        case missingSender = "missing-sender"
        case missingRecipient = "missing-recipient"
        case invalidMetadata = "invalid-metadata"
        case digestMismatch = "digest-mismatch"
        case badConfiguration = "bad-configuration"
        case headersTooLarge = "headers-too-large"
        case tooManyUploads = "too-many-uploads"
        case internalError = "internal-error"
        case stopping
        case unavailable
        case storeFull = "store-full"

        package static let prefix = "urn:tram:problem:"
        package var urn: String { Self.prefix + rawValue }
    }
}

extension Problem.Kind {
    /// The HTTP status. Several kinds may share one; programs decide by the kind.
    package var status: Int {
        switch self {
        case .invalidRequest, .connectionCut, .recipientNeeded, .confirmationNeeded: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict, .drillRefused: 409
        case .gone: 410
        case .tooLarge: 413
        case .targetTooLong: 414
        case .unsupportedMediaType: 415
        case .malformedDocument, .missingSender, .missingRecipient, .invalidMetadata,
            .digestMismatch, .badConfiguration:
            422
        case .tooManyUploads: 429
        case .headersTooLarge: 431
        case .internalError: 500
        case .stopping, .unavailable: 503
        case .storeFull: 507
        }
    }

    /// The kind in words, always the same for one kind.
    package var title: String {
        switch self {
        case .invalidRequest: "The request cannot be read"
        case .connectionCut: "The upload was cut off"
        case .recipientNeeded: "The document has several recipients here; say which"
        case .confirmationNeeded: "The order must be confirmed"
        case .unauthorized: "A valid bearer token is needed"
        case .forbidden: "This is not permitted"
        case .notFound: "There is nothing here"
        case .methodNotAllowed: "The endpoint has no such method"
        case .conflict: "Another document was accepted under this name"
        case .gone: "Some of what was asked for is not there any more"
        case .drillRefused: "The drill does not begin now"
        case .tooLarge: "The document is too large"
        case .targetTooLong: "The path and query are too long"
        case .unsupportedMediaType: "The content type does not say what the document is"
        case .malformedDocument: "The document cannot be read"
        case .missingSender: "The sender is missing"
        case .missingRecipient: "The recipients are missing"
        case .invalidMetadata: "A header field is not valid"
        case .digestMismatch: "The bytes are not those that were announced"
        case .badConfiguration: "The configuration file is not in order"
        case .tooManyUploads: "Too many uploads at once"
        case .headersTooLarge: "The header fields are too large"
        case .internalError: "The relay failed"
        case .stopping: "The relay is stopping"
        case .unavailable: "The relay cannot do this now"
        case .storeFull: "The store is full"
        }
    }

    /// Seconds after which another try is worth it by default; nil when trying again cannot help.
    package var retryAfter: Int? {
        switch self {
        case .tooManyUploads: 1
        case .stopping, .unavailable: 5
        case .storeFull: 60
        default: nil
        }
    }
}

/// Title and status follow from the type, so they are written for others and not read back.
extension Problem: Codable {
    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, line, column, field, earlier, limit, oldest, retryAfter
        case errors
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind.urn, forKey: .type)
        try container.encode(kind.title, forKey: .title)
        try container.encode(kind.status, forKey: .status)
        try container.encode(detail, forKey: .detail)
        try container.encodeIfPresent(line, forKey: .line)
        try container.encodeIfPresent(column, forKey: .column)
        try container.encodeIfPresent(field, forKey: .field)
        try container.encodeIfPresent(earlier, forKey: .earlier)
        try container.encodeIfPresent(limit, forKey: .limit)
        try container.encodeIfPresent(oldest, forKey: .oldest)
        try container.encodeIfPresent(retryAfter, forKey: .retryAfter)
        try container.encodeIfPresent(errors, forKey: .errors)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let urn = try container.decode(String.self, forKey: .type)
        guard urn.hasPrefix(Kind.prefix),
            let kind = Kind(rawValue: String(urn.dropFirst(Kind.prefix.count)))
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "unknown problem \(urn)")
        }
        self.init(kind, try container.decode(String.self, forKey: .detail))
        line = try container.decodeIfPresent(Int.self, forKey: .line)
        column = try container.decodeIfPresent(Int.self, forKey: .column)
        field = try container.decodeIfPresent(String.self, forKey: .field)
        earlier = try container.decodeIfPresent(DocumentID.self, forKey: .earlier)
        limit = try container.decodeIfPresent(Int64.self, forKey: .limit)
        oldest = try container.decodeIfPresent(UInt64.self, forKey: .oldest)
        retryAfter = try container.decodeIfPresent(Int.self, forKey: .retryAfter)
        errors = try container.decodeIfPresent([String].self, forKey: .errors)
    }
}
