// The client against servers that are absent, silent, or strange.

import NIOCore
import NIOPosix
import RelayAPI
import RelayCore
import Testing

@Suite("The client of the API", .timeLimit(.minutes(2)))
struct ClientTests {
    @Test("where nobody listens the client says so")
    func unreachable() async throws {
        try await withFolder { folder in
            try await LifecycleTests.leaveStaleSocket("\(folder)/stale")
            for path in ["\(folder)/absent", "\(folder)/stale"] {
                await #expect {
                    try await RelayClient(.unix(path: path)).health()
                } throws: { error in
                    guard case ClientError.unreachable = error else { return false }
                    return true
                }
            }
        }
    }

    @Test("a server that says nothing is given up after the idle time")
    func silent() async throws {
        try await withAnswer(nil, idleMilliseconds: 200) { client in
            await #expect {
                try await client.health()
            } throws: { error in
                guard case ClientError.timedOut = error else { return false }
                return true
            }
        }
    }

    @Test(
        "an answer that is none of this API is told from one that was cut",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", false),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
                false
            ),
            ("HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", false),
            ("SSH-2.0-OpenSSH_9.2\r\n\r\n", false),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{",
                true
            ),
            ("", true),
        ])
    func strange(answer: String, isCut: Bool) async throws {
        try await withAnswer(answer) { client in
            await #expect {
                try await client.counts()
            } throws: { error in
                switch error {
                case ClientError.cut: isCut
                case ClientError.unintelligible: !isCut
                default: false
                }
            }
        }
    }

    @Test("a refusal that comes while an upload runs ends the upload")
    func earlyRefusal() async throws {
        let problem =
            #"{"type":"urn:tram:problem:store-full","title":"","status":507,"detail":"Full."}"#
        let answer =
            "HTTP/1.1 507 X\r\nContent-Type: application/problem+json\r\n"
            + "Content-Length: \(problem.utf8.count)\r\n\r\n\(problem)"
        try await withAnswer(answer, closes: false) { client in
            let endless = OutgoingBody { { ByteBuffer(repeating: 0, count: 65_536) } }
            let found = try await refusal {
                try await client.submit(SubmitTests.request(), body: endless)
            }
            #expect(found.kind == .storeFull)
        }
    }

    @Test(
        "connections are used again, and a restart of the server is not noticed by the next request"
    )
    func reuse() async throws {
        try await withFolder { folder in
            let path = "\(folder)/s"
            let client = RelayClient(.unix(path: path))
            for _ in 0..<2 {
                try await withServer(change: Change { $0.unixSocket = .init(path: path) }) { _ in
                    for _ in 0..<5 { #expect(try await client.health().isHealthy) }
                    let problem = try await refusal {
                        try await client.document(DocumentID(high: 0, low: 0))
                    }
                    #expect(problem.kind == .notFound)
                    _ = try await client.submit(
                        SubmitTests.request(), body: OutgoingBody(bytes: [1]))
                }
            }
        }
    }

    @Test("many requests one after the other take one connection")
    func oneConnection() async throws {
        try await withServer(change: Change { $0.connectionsMax = 1 }) { harness in
            for number in 0..<20 {
                _ = try await harness.client.submit(
                    SubmitTests.request("doc-\(number)"), body: OutgoingBody(bytes: [1]))
                _ = try await refusal {
                    try await harness.client.document(DocumentID(high: 0, low: 0))
                }
            }
            #expect(try await harness.client.counts().accepted == 20)
        }
    }

    @Test("a cancelled request ends at once")
    func cancelled() async throws {
        try await withAnswer(nil, idleMilliseconds: 60_000) { client in
            let clock = ContinuousClock()
            let start = clock.now
            await withTaskGroup(of: Bool.self) { tasks in
                tasks.addTask { (try? await client.health()) == nil }
                try? await Task.sleep(for: .milliseconds(50))
                tasks.cancelAll()
                for await failed in tasks { #expect(failed) }
            }
            #expect(clock.now - start < .seconds(20))
        }
    }

    @Test("only addresses of this machine are taken, and the token is not shown")
    func addresses() throws {
        #expect(ClientAddress.port(ofURL: "http://127.0.0.1:8080") == 8_080)
        #expect(ClientAddress.port(ofURL: "http://localhost:80/") == 80)
        for text in [
            "http://10.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1:0",
            "http://127.0.0.1:65536", "http://127.0.0.1:80/v1", "http://127.0.0.1:+80",
            "http://127.0.0.1:80@evil:80",
        ] {
            #expect(ClientAddress.port(ofURL: text) == nil, "\(text)")
        }
        let token = try #require(Harness.token)
        #expect(!"\(token) \(ClientAddress.loopback(port: 1, token: token))".contains("0123"))
        #expect(BearerToken("short") == nil)
        #expect(BearerToken(String(repeating: "ộ", count: 40)) == nil)
    }

    /// A server that answers anything with a fixed text, or not at all.
    func withAnswer(
        _ answer: String?, closes: Bool = true, idleMilliseconds: Int64 = 30_000,
        _ work: (RelayClient) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.pipeline.addHandler(FixedAnswer(answer, closes: closes))
                }
                .bind(unixDomainSocketPath: "\(folder)/s").get()
            var timeouts = ClientTimeouts()
            timeouts.idleMilliseconds = idleMilliseconds
            let client = RelayClient(.unix(path: "\(folder)/s"), timeouts: timeouts)
            defer { client.close() }
            try await work(client)
            try await listener.close()
        }
    }
}

private final class FixedAnswer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let answer: String?
    private let closes: Bool

    init(_ answer: String?, closes: Bool) {
        self.answer = answer
        self.closes = closes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let answer else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        if closes { context.close(promise: nil) }
    }
}
