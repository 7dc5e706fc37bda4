// Answers: JSON, problems, and bodies that are sent piece by piece.

import FoundationEssentials
import Hummingbird
import NIOCore
import RelayCore

enum Answers {
    /// Answers are of the moment, so nothing between may keep them.
    static func json(
        _ value: some Encodable, status: Int = 200, location: Endpoint? = nil
    ) throws(Problem) -> Response {
        var headers = HeaderFields()
        headers.add(HeaderName.contentType, MediaType.json)
        headers.add(HeaderName.cacheControl, "no-store")
        if let location { headers.add(HeaderName.location, location.path) }
        return response(status, headers, ResponseBody(byteBuffer: try encoded(value)))
    }

    /// The problem as JSON, and what of it stands in header fields too.
    static func problem(_ problem: Problem) -> Response {
        var headers = HeaderFields()
        headers.add(HeaderName.contentType, MediaType.problem)
        headers.add(HeaderName.cacheControl, "no-store")
        if let seconds = problem.retryAfter {
            headers.add(HeaderName.retryAfter, String(seconds))
        }
        if let allow = problem.allow { headers.add(HeaderName.allow, allow) }
        if problem.kind == .unauthorized {
            headers.add(HeaderName.authenticate, "Bearer realm=\"tram\"")
        }
        // A problem is strings and numbers: that it cannot be encoded would be our own mistake, and
        // the status still tells the client what it must know.
        let body = (try? encoded(problem)).map { ResponseBody(byteBuffer: $0) } ?? ResponseBody()
        return response(problem.status, headers, body)
    }

    static func metrics(_ families: [MetricFamily], _ form: MetricFamily.Form) -> Response {
        var headers = HeaderFields()
        headers.add(HeaderName.contentType, form.mediaType)
        headers.add(HeaderName.cacheControl, "no-store")
        let text = MetricFamily.text(families, form)
        return response(200, headers, ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// A receipt under a name that says whose it is.
    static func receipt(_ der: [UInt8], id: DocumentID, kind: ReceiptKind) -> Response {
        var headers = HeaderFields()
        headers.add(HeaderName.contentType, MediaType.receipt)
        headers.add(HeaderName.cacheControl, "no-store")
        headers.add(
            HeaderName.contentDisposition,
            "attachment; filename=\"\(id)-\(kind.rawValue).p7s\"")
        return response(200, headers, ResponseBody(byteBuffer: ByteBuffer(bytes: der)))
    }

    /// A drill's signed report, as it is kept.
    static func drillReport(_ json: [UInt8], id: DrillID) -> Response {
        var headers = HeaderFields()
        headers.add(HeaderName.contentType, MediaType.json)
        headers.add(HeaderName.cacheControl, "no-store")
        headers.add(HeaderName.contentDisposition, "attachment; filename=\"drill-\(id).json\"")
        return response(200, headers, ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// Sends exactly as many bytes as were announced. When the source has fewer, or more, or fails,
    /// the connection is cut, so that the client cannot take the answer for whole.
    static func body(_ facts: BodyFacts, _ bytes: OutgoingBody, id: DocumentID) -> Response {
        var headers = HeaderFields()
        headers.add(HeaderName.contentType, facts.mediaType)
        headers.add(HeaderName.cacheControl, "no-store")
        headers.add(HeaderName.sha256, facts.sha256.description)
        headers.add("X-Content-Type-Options", "nosniff")
        headers.add(
            HeaderName.contentDisposition, Disposition.attachment(facts.fileName ?? "\(id).bin"))
        let size = facts.size
        let body = ResponseBody(contentLength: Int(size)) { writer in
            var sent: Int64 = 0
            for try await piece in bytes {
                sent += Int64(piece.readableBytes)
                guard sent <= size else { throw BodyLengthError(expected: size, found: sent) }
                try await writer.write(piece)
            }
            guard sent == size else { throw BodyLengthError(expected: size, found: sent) }
            try await writer.finish(nil)
        }
        return response(200, headers, body)
    }

    /// Throws `internalError`, since what cannot be encoded is our own.
    private static func encoded(_ value: some Encodable) throws(Problem) -> ByteBuffer {
        do {
            return ByteBuffer(bytes: try APICoding.encode(value))
        } catch {
            throw Problem(.internalError, "The answer cannot be written as JSON: \(error).")
        }
    }

    private static func response(
        _ status: Int, _ headers: HeaderFields, _ body: ResponseBody
    ) -> Response {
        var response = Response(status: .init(code: status), body: body)
        for (name, value) in headers.fields {
            // Our own names are all valid; values were made safe where they came from outside.
            guard let name = HTTPFields.Element.Name(name) else { continue }
            response.headers[name] = value
        }
        return response
    }
}

/// A body in the store that is not as long as its record says.
struct BodyLengthError: Error, CustomStringConvertible {
    let expected: Int64
    let found: Int64
    var description: String { "the body should have \(expected) bytes and has \(found)" }
}

/// `Content-Disposition` (RFC 6266) for a name from outside.
enum Disposition {
    /// Both forms of the name: a plain one for old programs, in which everything unusual is
    /// replaced, and the true one in UTF-8. Neither can hold a folder or begin with a dot.
    static func attachment(_ name: String) -> String {
        let safe = safeName(name)
        let plain = String(
            decoding: safe.unicodeScalars.map { scalar in
                scalar.isASCII && PercentCoding.isUnreserved(UInt8(scalar.value))
                    ? UInt8(scalar.value) : 0x5F
            }, as: UTF8.self)
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(PercentCoding.encode(safe))"
    }

    /// The last part of a path, without control characters and without dots at its beginning.
    static func safeName(_ name: String) -> String {
        let last = name.split { $0 == "/" || $0 == "\\" }.last ?? ""
        var scalars = String.UnicodeScalarView()
        scalars.append(
            contentsOf: last.unicodeScalars.filter { scalar in
                scalar.properties.generalCategory != .control
                    && scalar.properties.generalCategory != .format
            })
        let trimmed = String(scalars).drop { $0 == "." || $0 == " " }
        return trimmed.isEmpty ? "document" : String(trimmed)
    }
}
