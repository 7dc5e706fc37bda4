// Reading the header fields of a submission, each with its rule. Strict: what cannot be read is
// refused, never guessed, and the answer names the field.

import RelayCore

struct SubmitFields {
    let headers: HeaderFields

    /// Types that programs send when nobody said what the body is. They are refused, since the form
    /// around the document would be stored in its place.
    private static let wrappers = ["multipart/form-data", "application/x-www-form-urlencoded"]

    /// What begins with the project's prefix and is not here is a slip.
    private static let known = [
        HeaderName.sender, HeaderName.to, HeaderName.documentID, HeaderName.priority,
        HeaderName.kind, HeaderName.businessType, HeaderName.fileName, HeaderName.intended,
        HeaderName.sha256, HeaderName.signedOn,
    ]

    /// Throws `unsupportedMediaType`. A body that was compressed for the way would be stored
    /// compressed.
    static func mediaType(_ headers: HeaderFields) throws(Problem) -> String {
        if let encoding = try headers.one(HeaderName.contentEncoding),
            !HeaderFields.same(encoding, "identity")
        {
            throw Problem(
                .unsupportedMediaType, field: HeaderName.contentEncoding,
                "The document's own bytes are kept, so send them without \(printable(encoding)).")
        }
        guard let text = try headers.one(HeaderName.contentType) else {
            throw Problem(
                .unsupportedMediaType, field: HeaderName.contentType,
                "Say what the body is: \(MediaType.edXML) for edXML, else the file's own type.")
        }
        let essence = MediaType.essence(text)
        guard text.utf8.count <= Limits.mediaTypeBytesMax, MediaType.isValid(essence) else {
            throw Problem(
                .unsupportedMediaType, field: HeaderName.contentType,
                "\(printable(text)) is not a media type.")
        }
        guard !wrappers.contains(essence) else {
            throw Problem(
                .unsupportedMediaType, field: HeaderName.contentType,
                "\(essence) wraps the document; send its bytes as the body, with its own type.")
        }
        return text
    }

    /// A field with a slip in its name must not become no field.
    static func refuseUnknown(_ headers: HeaderFields) throws(Problem) {
        for (name, _) in headers.fields
        where HeaderFields.same(name.prefix(HeaderName.prefix.count), HeaderName.prefix) {
            guard known.contains(where: { HeaderFields.same($0, name) }) else {
                throw Problem(
                    .invalidMetadata, field: name,
                    "\(printable(name)) is not a field of a submission. Known are: "
                        + known.joined(separator: ", ") + ".")
            }
        }
    }

    /// The HTTP parser has compared it with the framing already.
    func length() throws(Problem) -> Int64? {
        guard let text = try headers.one(HeaderName.contentLength) else { return nil }
        guard let length = Int64(text), length >= 0 else {
            throw Problem(
                .invalidRequest, field: HeaderName.contentLength,
                "\(printable(text)) is not a length.")
        }
        return length
    }

    /// Opaque, and compared byte for byte.
    func key() throws(Problem) -> String? {
        guard let text = try headers.one(HeaderName.idempotencyKey) else { return nil }
        guard (1...Limits.idempotencyKeyBytesMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw invalid(
                HeaderName.idempotencyKey,
                "has 1 to \(Limits.idempotencyKeyBytesMax) visible ASCII characters")
        }
        return text
    }

    func code(_ name: String) throws(Problem) -> OrganisationCode? {
        guard let text = try headers.one(name) else { return nil }
        guard let code = OrganisationCode(text) else {
            throw invalid(name, "is a code: \(Code.rule); not \(printable(text))")
        }
        return code
    }

    /// Each once, in the order given.
    func recipients() throws(Problem) -> [OrganisationCode] {
        var codes: [OrganisationCode] = []
        var seen: Set<OrganisationCode> = []
        for value in headers.all(HeaderName.to) {
            for part in value.utf8.split(separator: 0x2C) {
                let text = String(decoding: part.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
                guard !text.isEmpty else { continue }
                guard let code = OrganisationCode(text) else {
                    throw invalid(
                        HeaderName.to, "holds codes: \(Code.rule); not \(printable(text))")
                }
                if seen.insert(code).inserted { codes.append(code) }
            }
        }
        guard codes.count <= Limits.recipientsMax else {
            throw invalid(
                HeaderName.to,
                "takes \(Limits.recipientsMax) recipients at most, here are \(codes.count)")
        }
        return codes
    }

    /// Percent-encoded UTF-8 without control characters.
    func text(_ name: String, bytesMax: Int) throws(Problem) -> String? {
        guard let raw = try headers.one(name) else { return nil }
        guard let text = PercentCoding.decode(raw), (1...bytesMax).contains(text.utf8.count),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw invalid(
                name,
                "is percent-encoded UTF-8 of 1 to \(bytesMax) bytes, without control characters")
        }
        return text
    }

    /// A name, never a path: nothing that comes from outside may climb out of a folder.
    func fileName() throws(Problem) -> String? {
        guard let name = try text(HeaderName.fileName, bytesMax: Limits.nameBytesMax) else {
            return nil
        }
        guard !name.contains("/"), !name.contains("\\"), name != ".", name != ".." else {
            throw invalid(HeaderName.fileName, "is a name alone, without folders")
        }
        return name
    }

    /// A plain decimal number.
    func number(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = try headers.one(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw invalid(name, "is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Receipts are the relays' own; nobody submits one.
    func kind() throws(Problem) -> DocumentKind? {
        guard let text = try headers.one(HeaderName.kind) else { return nil }
        guard let kind = DocumentKind(rawValue: text), kind != .receipt else {
            throw invalid(HeaderName.kind, "is document or status")
        }
        return kind
    }

    /// One word only, so that the statement is never made by accident.
    func again() throws(Problem) -> Bool {
        guard let text = try headers.one(HeaderName.intended) else { return false }
        guard text == "again" else { throw invalid(HeaderName.intended, "is again, or absent") }
        return true
    }

    /// A date of the calendar in Vietnam.
    func signedOn() throws(Problem) -> Day? {
        guard let text = try headers.one(HeaderName.signedOn) else { return nil }
        guard let day = Day(text) else {
            throw invalid(HeaderName.signedOn, "is a date, year-month-day, such as 2026-09-03")
        }
        return day
    }

    /// Read here, checked by the one who counts the digest.
    func digest() throws(Problem) -> SHA256Digest? {
        guard let text = try headers.one(HeaderName.sha256) else { return nil }
        guard let digest = SHA256Digest(hex: text) else {
            throw invalid(HeaderName.sha256, "has 64 hexadecimal digits")
        }
        return digest
    }

    private func invalid(_ name: String, _ rule: String) -> Problem {
        Problem(.invalidMetadata, field: name, "\(name) \(rule).")
    }
}
