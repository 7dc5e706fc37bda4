// How the client asks: which connection a request takes, when it may be repeated, and how an answer
// is told from a refusal.

import FoundationEssentials
import NIOCore
import NIOHTTP1

extension RelayClient {
    /// A question whose answer is JSON.
    func get<Answer: Decodable & Sendable>(
        _ endpoint: Endpoint, _ query: Query = Query(), as type: Answer.Type = Answer.self
    ) async throws(ClientError) -> Answer {
        try await perform(ClientRequest(head: head(endpoint, query))) { response, body in
            try await Self.json(type, response, body)
        }
    }

    /// An order in JSON, whose answer is JSON.
    func post<Answer: Decodable & Sendable>(
        _ endpoint: Endpoint, _ value: some Encodable, as type: Answer.Type = Answer.self
    ) async throws(ClientError) -> Answer {
        let body: Data
        do {
            body = try APICoding.encode(value)
        } catch {
            throw .source("\(error)")
        }
        var head = head(endpoint)
        head.headers.add(name: HeaderName.contentType, value: MediaType.json)
        head.headers.add(name: HeaderName.contentLength, value: String(body.count))
        let request = ClientRequest(
            head: head, body: OutgoingBody(bytes: [UInt8](body)), bodySize: Int64(body.count))
        return try await perform(request) { response, body in
            try await Self.json(type, response, body)
        }
    }

    /// The head of a request, with what every request to this address carries.
    func head(_ endpoint: Endpoint, _ query: Query = Query()) -> HTTPRequestHead {
        var head = HTTPRequestHead(
            version: .http1_1, method: endpoint.method == "POST" ? .POST : .GET,
            uri: endpoint.path + query.text)
        head.headers.add(name: "Host", value: "localhost")
        if case .loopback(_, let token) = address {
            head.headers.add(name: HeaderName.authorization, value: token.credentials)
        }
        if endpoint.isForOperators, let operatorName {
            head.headers.add(
                name: HeaderName.operatorName, value: PercentCoding.encode(operatorName))
        }
        // Without this a POST would be sent as chunks.
        if endpoint != .documents, endpoint.method == "POST", !endpoint.hasJSONBody {
            head.headers.add(name: HeaderName.contentLength, value: "0")
        }
        return head
    }

    /// One request. A connection that was kept may have been closed in this very moment: a request
    /// without a body, which is safe to repeat, then goes out once more on a new one.
    func perform<Answer: Sendable>(
        _ request: ClientRequest,
        take: (HTTPResponseHead, ClientResponseBody) async throws -> Answer
    ) async throws(ClientError) -> Answer {
        if request.body == nil, let kept = pool.take() {
            do {
                return try await perform(request, on: kept, take: take)
            } catch {
                guard case .cut = error, !Task.isCancelled else { throw error }
            }
        }
        let connection = try await pooled(request)
        return try await perform(request, on: connection, take: take)
    }

    /// An upload takes a kept connection only if that is alive as far as one can see: once its body
    /// has begun it cannot be sent again.
    private func pooled(_ request: ClientRequest) async throws(ClientError) -> ClientConnection {
        if request.body != nil, let kept = pool.take() { return kept }
        return try await ClientConnection.open(address, timeouts: timeouts, group: group)
    }

    /// One try on one connection. Gives the connection back when it can be used again.
    private func perform<Answer: Sendable>(
        _ request: ClientRequest, on connection: ClientConnection,
        take: (HTTPResponseHead, ClientResponseBody) async throws -> Answer
    ) async throws(ClientError) -> Answer {
        do {
            let (answer, isReusable) = try await connection.exchange(request, take: take)
            if isReusable { pool.put(connection) }
            return answer
        } catch let error as ClientError {
            throw error
        } catch {
            throw .cut("\(error)")
        }
    }

    // MARK: Answers

    /// Throws the refusal when the answer is one, and `unintelligible` when it is neither.
    static func json<Answer: Decodable>(
        _ type: Answer.Type, _ response: HTTPResponseHead, _ body: ClientResponseBody,
        accepting: [UInt] = []
    ) async throws -> Answer {
        let status = response.status.code
        let mediaType = MediaType.essence(
            response.headers.first(name: HeaderName.contentType) ?? "")
        guard (200...299).contains(status) || accepting.contains(status),
            mediaType == MediaType.json
        else { throw try await refusal(response, body) }
        let data = try await body.collect(bytesMax: APILimits.answerBytesMax)
        do {
            return try APICoding.decode(type, from: Data(data.readableBytesView))
        } catch {
            throw ClientError.unintelligible(status: Int(status), detail: "\(error)")
        }
    }

    /// What an answer that is none says.
    static func refusal(
        _ response: HTTPResponseHead, _ body: ClientResponseBody
    ) async throws -> ClientError {
        let status = Int(response.status.code)
        let mediaType = MediaType.essence(
            response.headers.first(name: HeaderName.contentType) ?? "")
        guard mediaType == MediaType.problem else {
            return .unintelligible(status: status, detail: "its type is \(printable(mediaType))")
        }
        let data = try await body.collect(bytesMax: APILimits.answerBytesMax)
        do {
            return .problem(try APICoding.decode(Problem.self, from: Data(data.readableBytesView)))
        } catch {
            return .unintelligible(status: status, detail: "\(error)")
        }
    }
}
