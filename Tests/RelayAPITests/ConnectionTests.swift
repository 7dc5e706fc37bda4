// What clients do wrong on the wire, and that one such client costs nothing but its own connection.

import NIOCore
import RelayAPI
import RelayCore
import Testing

@Suite("Connections of the API", .timeLimit(.minutes(2)))
struct ConnectionTests {
    static let submitHead =
        "POST /v1/documents HTTP/1.1\r\nContent-Type: application/pdf\r\nTram-To: H26.2\r\n"

    @Test(
        "an upload that is cut fails at the service and stores nothing",
        arguments: [
            "Content-Length: 100\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        ])
    func cutUpload(rest: String) async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            try await raw.write(Self.submitHead + rest)
            try await until { harness.relay.read { $0.running } == 1 }
            raw.close()
            try await until { !harness.relay.read { $0.uploads.isEmpty } }
            #expect(harness.relay.read { $0.uploads } == [.failed(.connectionCut)])
            #expect(harness.relay.read { $0.stored.isEmpty })
        }
    }

    @Test("an upload shorter than announced is answered with 400 when the client still listens")
    func shorterThanAnnounced() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            try await raw.write(Self.submitHead + "Content-Length: 100\r\n\r\nhalf")
            try await raw.finishWriting()
            let answer = try await raw.all()
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("urn:tram:problem:connection-cut"))
            #expect(harness.relay.read { $0.uploads } == [.failed(.connectionCut)])
            #expect(harness.relay.read { $0.stored.isEmpty })
        }
    }

    @Test("what follows an upload beyond its length is refused, after the upload's own answer")
    func longerThanAnnounced() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            try await raw.write(Self.submitHead + "Content-Length: 2\r\n\r\nabcdef\r\n\r\n")
            let answers = try await raw.all()
            #expect(answers.hasPrefix("HTTP/1.1 201 "))
            #expect(answers.contains("HTTP/1.1 400 "))
            #expect(answers.contains("urn:tram:problem:invalid-request"))
            #expect(harness.relay.read { $0.stored.map(\.size) } == [2])
        }
    }

    @Test(
        "what is not HTTP gets 400 with a problem",
        arguments: [
            "nonsense\r\n\r\n", "GET /v1/health\r\n\r\n",
            submitHead + "Content-Length: x\r\n\r\n",
            submitHead + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            submitHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        ])
    func malformed(request: String) async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            try await raw.write(request)
            // The server may have answered and closed by now.
            try? await raw.finishWriting()
            let answer = try await raw.all()
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("application/problem+json"))
            #expect(harness.relay.read { $0.stored.isEmpty })
            #expect(try await harness.client.health().isHealthy)
        }
    }

    @Test("header fields beyond their bound get 431")
    func oversizedHeader() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            let large = String(repeating: "a", count: APILimits.headerBytesMax + 1)
            try await raw.write("GET /v1/health HTTP/1.1\r\nX-Large: \(large)\r\n\r\n")
            let answer = try await raw.all()
            #expect(answer.hasPrefix("HTTP/1.1 431 "))
            #expect(answer.contains("urn:tram:problem:headers-too-large"))
        }
    }

    @Test("too many header fields get 431")
    func manyHeaders() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            let many = String(repeating: "X: 1\r\n", count: APILimits.headersMax + 1)
            try await raw.write("GET /v1/health HTTP/1.1\r\n\(many)\r\n")
            #expect(try await raw.all().hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test("a path and query beyond their bound get 414")
    func longTarget() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            let long = String(repeating: "a", count: APILimits.targetBytesMax)
            try await raw.write("GET /v1/\(long) HTTP/1.1\r\n\r\n")
            #expect(try await raw.wait(for: "\r\n\r\n").hasPrefix("HTTP/1.1 414 "))
            try await raw.write("GET /v1/health HTTP/1.1\r\n\r\n")
            try await raw.wait(for: "HTTP/1.1 200 ")
        }
    }

    @Test("a connection is used again after refusals, with and without a body")
    func keepAlive() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            try await raw.write("GET /v1/nothing HTTP/1.1\r\n\r\n")
            try await raw.wait(for: "HTTP/1.1 404 ")
            try await raw.write("DELETE /v1/queue HTTP/1.1\r\n\r\n")
            try await raw.wait(for: "HTTP/1.1 405 ")
            #expect(raw.received.contains("Allow: GET"))
            try await raw.write(
                "POST /v1/documents HTTP/1.1\r\nContent-Type: x\r\nContent-Length: 9\r\n\r\n")
            try await raw.wait(for: "HTTP/1.1 415 ")
            try await raw.write("123456789GET /v1/counts HTTP/1.1\r\n\r\n")
            try await raw.wait(for: "HTTP/1.1 200 ")
            #expect(raw.received.contains("\"accepted\":0"))
        }
    }

    @Test("two requests sent at once are answered in order")
    func pipelined() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            try await raw.write(
                "GET /v1/nothing HTTP/1.1\r\n\r\n"
                    + "GET /v1/counts HTTP/1.1\r\nConnection: close\r\n\r\n"
            )
            let answers = try await raw.all()
            #expect(answers.hasPrefix("HTTP/1.1 404 "))
            #expect(answers.contains("HTTP/1.1 200 "))
        }
    }

    @Test("the rest of a refused upload is read up to a bound, then the connection ends")
    func drainBound() async throws {
        try await withServer { harness in
            let raw = try await harness.raw()
            let size = 64 * 1_024 * 1_024
            try await raw.write(
                "POST /v1/documents HTTP/1.1\r\nContent-Type: x\r\nContent-Length: \(size)\r\n\r\n")
            try await raw.wait(for: "HTTP/1.1 415 ")
            let piece = String(repeating: "x", count: 65_536)
            var sent = 0
            while sent < size, !raw.isEnded {
                guard (try? await raw.write(piece)) != nil else { break }
                sent += piece.utf8.count
            }
            #expect(sent < size / 2)
            try await until { raw.isEnded }
        }
    }

    @Test("a client that asks whether to go on is told so, unless the upload is refused")
    func expectContinue() async throws {
        try await withServer(change: Change { $0.documentBytesMax = 10 }) { harness in
            let raw = try await harness.raw()
            try await raw.write(
                Self.submitHead + "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            try await raw.wait(for: "HTTP/1.1 100 Continue\r\n\r\n")
            try await raw.write("full")
            try await raw.wait(for: "HTTP/1.1 201 ")
            let second = try await harness.raw()
            try await second.write(
                Self.submitHead + "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await second.wait(for: "too-large").hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test(
        "a client that stops sending is cut off after the idle time",
        arguments: ["", "GET /v1/hea", submitHead + "Content-Length: 100\r\n\r\nhalf"])
    func idle(start: String) async throws {
        try await withServer(change: Change { $0.idleMilliseconds = 1_000 }) { harness in
            let raw = try await harness.raw()
            try await raw.write(start)
            try await until { raw.isEnded }
            if start.contains("half") {
                try await until { harness.relay.read { !$0.uploads.isEmpty } }
                #expect(harness.relay.read { $0.uploads } == [.failed(.connectionCut)])
            }
            #expect(harness.relay.read { $0.stored.isEmpty })
        }
    }

    @Test("a client that does not read its answer is cut off after the idle time")
    func slowReader() async throws {
        try await withServer(change: Change { $0.idleMilliseconds = 2_000 }) { harness in
            let submitted = try await harness.client.submit(
                SubmitTests.request(), body: OutgoingBody(bytes: [1]))
            harness.relay.change { $0.madeBodySize = 64 * 1_024 * 1_024 }
            let raw = try await RawConnection.open(unix: harness.socketPath, autoRead: false)
            try await raw.write(
                "GET \(Endpoint.inboxBody(submitted.answer.id).path) HTTP/1.1\r\n\r\n")
            try await until { harness.relay.read { $0.bytesMade } > 0 }
            try await until { raw.isEnded }
            #expect(harness.relay.read { $0.bytesMade } < 8 * 1_024 * 1_024)
        }
    }

    @Test(
        "on TCP a request without the token, or with another, is refused",
        arguments: [
            "", "Authorization: Bearer 0123456789abcdef0123456789abcdee\r\n",
            "Authorization: Bearer 0123456789abcdef0123456789abcdef0\r\n",
            "Authorization: Bearer\r\n",
            "Authorization: Basic 0123456789abcdef0123456789abcdef\r\n",
        ])
    func wrongToken(field: String) async throws {
        try await withServer(tcp: true) { harness in
            let port = harness.addresses.port ?? 0
            let raw = try await RawConnection.open(port: port)
            try await raw.write("GET /v1/health HTTP/1.1\r\n\(field)Connection: close\r\n\r\n")
            let answer = try await raw.all()
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(answer.contains("WWW-Authenticate: Bearer"))
            #expect(!answer.contains("canTakeIn"))
            let other = try #require(BearerToken("0123456789abcdef0123456789abcdee"))
            let client = RelayClient(.loopback(port: port, token: other))
            #expect(try await refusal { try await client.health() }.kind == .unauthorized)
            #expect(try await harness.client.health().isHealthy)
            #expect(try await RelayClient(.unix(path: harness.socketPath)).health().isHealthy)
        }
    }
}
