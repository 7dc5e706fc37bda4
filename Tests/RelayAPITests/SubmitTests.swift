// Submissions: what is taken, what is refused and why, and how often at once.

import NIOCore
import RelayAPI
import RelayCore
import Testing

@Suite("Submitting over the API", .timeLimit(.minutes(2)))
struct SubmitTests {
    static func request(
        _ name: String? = nil, to recipients: [String] = ["H26.2"]
    ) -> SubmitRequest {
        var request = SubmitRequest(mediaType: "application/pdf")
        request.sender = code("H26.1")
        request.recipients = recipients.map(code)
        request.documentId = name
        return request
    }

    @Test("a document is created, and its bytes and metadata arrive", arguments: [false, true])
    func created(tcp: Bool) async throws {
        try await withServer(tcp: tcp) { harness in
            var request = Self.request("H26.1,2026/03/01,12/CV-Sở TT&TT", to: ["H26.2", "H26.3"])
            request.idempotencyKey = "key-1"
            request.priority = 3
            request.kind = .document
            request.businessType = 2
            request.fileName = "Công văn 12.pdf"
            request.size = 5
            let result = try await harness.client.submit(
                request, body: OutgoingBody(bytes: Array("hello".utf8)))
            guard case .created(let answer) = result else {
                Issue.record("not created: \(result)")
                return
            }
            #expect(answer.size == 5)
            #expect(answer.recipients == [code("H26.2"), code("H26.3")])
            #expect(
                answer.sha256.description
                    == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
            #expect(harness.relay.read { $0.stored.first?.request } == request)
            #expect(harness.relay.read { $0.stored.first?.bytes } == Array("hello".utf8))
        }
    }

    @Test("the same submission again is known and has the same id")
    func known() async throws {
        try await withServer { harness in
            let first = try await harness.client.submit(
                Self.request("A"), body: OutgoingBody(bytes: [1]))
            let second = try await harness.client.submit(
                Self.request("A"), body: OutgoingBody(bytes: [1]))
            #expect(second == .known(first.answer))
        }
    }

    @Test("the same name with other bytes is a conflict that names the earlier document")
    func conflict() async throws {
        try await withServer { harness in
            let first = try await harness.client.submit(
                Self.request("A"), body: OutgoingBody(bytes: [1]))
            let problem = try await refusal {
                try await harness.client.submit(
                    Self.request("A"), body: OutgoingBody(bytes: [2]))
            }
            #expect(problem.kind == .conflict)
            #expect(problem.earlier == first.answer.id)
            var meant = Self.request("A")
            meant.again = true
            let third = try await harness.client.submit(meant, body: OutgoingBody(bytes: [2]))
            #expect(third.answer.id != first.answer.id)
        }
    }

    @Test(
        "what the service refuses reaches the client with its status and members",
        arguments: Problem.Kind.allCases)
    func everyProblem(kind: Problem.Kind) async throws {
        try await withServer { harness in
            var problem = Problem(kind, field: "OrganId", "A reason.")
            problem.line = 12
            problem.column = 7
            problem.limit = 1_000
            let sent = problem
            harness.relay.change { $0.refusal = sent }
            let found = try await refusal {
                try await harness.client.submit(
                    Self.request(), body: OutgoingBody(bytes: [1]))
            }
            #expect(found == problem)
            let raw = try await harness.raw()
            try await raw.write(
                "POST /v1/documents HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: 1\r\n"
                    + "Connection: close\r\n\r\nx")
            let answer = try await raw.all()
            #expect(answer.hasPrefix("HTTP/1.1 \(kind.status) "))
            #expect(answer.contains("application/problem+json"))
            #expect(answer.contains("\"type\":\"urn:tram:problem:\(kind.rawValue)\""))
            #expect(answer.contains("Retry-After") == (kind.retryAfter != nil))
        }
    }

    @Test("a digest that was announced and is not met is refused")
    func digest() async throws {
        try await withServer { harness in
            var request = Self.request()
            request.sha256 = SHA256Digest(bytes: [UInt8](repeating: 7, count: 32))
            let sent = request
            let problem = try await refusal {
                try await harness.client.submit(sent, body: OutgoingBody(bytes: [1]))
            }
            #expect(problem.kind == .digestMismatch)
            #expect(harness.relay.read { $0.stored.isEmpty })
        }
    }

    @Test(
        "a document above the bound is refused before and while it is sent",
        arguments: [true, false])
    func tooLarge(announced: Bool) async throws {
        try await withServer(change: Change { $0.documentBytesMax = 200_000 }) { harness in
            var request = Self.request()
            request.size = announced ? 200_001 : nil
            let sent = request
            let problem = try await refusal {
                try await harness.client.submit(
                    sent, body: OutgoingBody(bytes: [UInt8](repeating: 0, count: 200_001)))
            }
            #expect(problem.kind == .tooLarge)
            #expect(problem.limit == 200_000)
            #expect(
                harness.relay.read { $0.uploads } == (announced ? [] : [.failed(.tooLarge)]))
        }
    }

    @Test(
        "header fields that are not valid are named",
        arguments: [
            ("Tram-Sender: -", "Tram-Sender"), ("Tram-To: a b,*", "Tram-To"),
            ("Tram-Priority: 5", "Tram-Priority"), ("Tram-Kind: receipt", "Tram-Kind"),
            ("Tram-Business-Type: x", "Tram-Business-Type"),
            ("Tram-File-Name: ..%2Fx", "Tram-File-Name"),
            ("Tram-File-Name: a%0Ab", "Tram-File-Name"),
            ("Tram-Document-Id: %zz", "Tram-Document-Id"),
            ("Tram-Intended: yes", "Tram-Intended"), ("Tram-SHA256: 00", "Tram-SHA256"),
            ("Tram-Prioritty: 1", "Tram-Prioritty"), ("Idempotency-Key: a b", "Idempotency-Key"),
            ("Tram-Sender: A\r\nTram-Sender: B", "Tram-Sender"),
        ])
    func invalidMetadata(fields: String, name: String) async throws {
        try await withServer { harness in
            let answer = try await Self.post(harness, fields + "\r\nContent-Type: text/xml")
            #expect(answer.hasPrefix("HTTP/1.1 422 "))
            #expect(answer.contains("\"field\":\"\(name)\""))
            #expect(answer.contains("urn:tram:problem:invalid-metadata"))
            #expect(harness.relay.read { $0.uploads.isEmpty })
        }
    }

    @Test(
        "a content type that does not say what the document is gets 415",
        arguments: [
            "X-Nothing: 1", "Content-Type: multipart/form-data; boundary=x",
            "Content-Type: application/x-www-form-urlencoded", "Content-Type: pdf",
            "Content-Type: text/xml\r\nContent-Encoding: gzip",
        ])
    func mediaType(fields: String) async throws {
        try await withServer { harness in
            let answer = try await Self.post(harness, fields)
            #expect(answer.hasPrefix("HTTP/1.1 415 "))
        }
    }

    @Test("a document that is not edXML needs recipients")
    func missingRecipient() async throws {
        try await withServer { harness in
            let answer = try await Self.post(harness, "Content-Type: application/pdf")
            #expect(answer.hasPrefix("HTTP/1.1 422 "))
            #expect(answer.contains("urn:tram:problem:missing-recipient"))
        }
    }

    @Test("recipients come as a list, repeated, or both, and count once")
    func recipientList() async throws {
        try await withServer { harness in
            let answer = try await Self.post(
                harness,
                "Content-Type: application/pdf\r\nTram-To: A, B\r\nTram-To: C\r\ntram-to: A")
            #expect(answer.hasPrefix("HTTP/1.1 201 "))
            #expect(answer.contains("\r\nLocation: /v1/documents/"))
            #expect(
                harness.relay.read { $0.stored.first?.request.recipients }
                    == ["A", "B", "C"].map(code))
        }
    }

    @Test("200 submissions at once all succeed, each once")
    func concurrent() async throws {
        try await withServer { harness in
            let ids = try await withThrowingTaskGroup(of: DocumentID.self) { tasks in
                for number in 0..<200 {
                    tasks.addTask {
                        try await harness.client.submit(
                            Self.request("doc-\(number)"),
                            body: OutgoingBody(bytes: [UInt8](repeating: 1, count: 10_000))
                        ).answer.id
                    }
                }
                return try await tasks.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 200)
            #expect(harness.relay.read { $0.stored.count } == 200)
        }
    }

    @Test("more uploads than there are places get 429 and a time to try again")
    func tooManyUploads() async throws {
        let relay = FakeRelay()
        relay.barrier.close()
        try await withServer(relay: relay, change: Change { $0.uploadsMax = 1 }) { harness in
            async let first = harness.client.submit(
                Self.request("A"), body: OutgoingBody(bytes: [1]))
            try await until { harness.relay.read { $0.uploads.count } == 1 }
            let problem = try await refusal {
                try await harness.client.submit(
                    Self.request("B"), body: OutgoingBody(bytes: [1]))
            }
            #expect(problem.kind == .tooManyUploads)
            #expect(problem.retryAfter == 1)
            harness.relay.barrier.open()
            #expect(try await first.answer.size == 1)
        }
    }

    static func post(_ harness: Harness, _ fields: String) async throws -> String {
        let raw = try await harness.raw()
        try await raw.write(
            "POST /v1/documents HTTP/1.1\r\n\(fields)\r\nContent-Length: 1\r\n"
                + "Connection: close\r\n\r\nx")
        return try await raw.all()
    }
}

/// The problem with which `work` is refused.
func refusal<Value>(
    _ work: () async throws -> Value, location: SourceLocation = #_sourceLocation
) async throws -> Problem {
    do {
        _ = try await work()
    } catch ClientError.problem(let problem) {
        return problem
    }
    Issue.record("not refused", sourceLocation: location)
    throw HarnessError.timedOut
}
