// Starting and stopping: whose socket it is, who may connect, and what becomes of requests that
// run.

import FoundationEssentials
import NIOCore
import NIOPosix
import RelayAPI
import RelayCore
import ServiceLifecycle
import Testing

@Suite("Starting and stopping the API", .timeLimit(.minutes(2)))
struct LifecycleTests {
    @Test("the socket appears with its mode, and goes away with the server")
    func mode() async throws {
        try await withFolder { folder in
            let path = "\(folder)/s"
            try await withServer(change: Change { $0.unixSocket = .init(path: path, mode: 0o600) })
            { _ in
                let found = try FileManager.default.attributesOfItem(atPath: path)
                #expect(found[.type] as? FileAttributeType == .typeSocket)
                let mode = try #require(found[.posixPermissions])
                #expect("\(mode)" == "\(0o600)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["s"])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("a socket file on which nobody listens is replaced")
    func stale() async throws {
        try await withFolder { folder in
            let path = "\(folder)/s"
            try await Self.leaveStaleSocket(path)
            #expect(FileManager.default.fileExists(atPath: path))
            try await withServer(change: Change { $0.unixSocket = .init(path: path) }) { harness in
                let health = try await harness.client.health()
                #expect(health.isHealthy)
            }
        }
    }

    @Test("a second server on the same socket is refused, and the first goes on")
    func second() async throws {
        try await withServer { first in
            await #expect {
                try await Self.run(.init(unixSocket: .init(path: first.socketPath)))
            } throws: { error in
                guard case ServerStartError.inUse = error else { return false }
                return true
            }
            let health = try await first.client.health()
            #expect(health.isHealthy)
        }
    }

    @Test("a file that is not a socket is never removed")
    func notASocket() async throws {
        try await withFolder { folder in
            let path = "\(folder)/s"
            try Data("precious".utf8).write(to: URL(filePath: path))
            await #expect {
                try await Self.run(.init(unixSocket: .init(path: path)))
            } throws: { error in
                guard case ServerStartError.notASocket = error else { return false }
                return true
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
        }
    }

    @Test(
        "a place where it cannot listen is an error that says why",
        arguments: [nil, "/nowhere/at/all/s", String(repeating: "x", count: 104)] as [String?])
    func cannotListen(path: String?) async throws {
        let settings = ServerSettings(unixSocket: path.map { .init(path: $0) })
        await #expect(throws: (any Error).self) { try await Self.run(settings) }
    }

    @Test("a port that is taken stops the start, and the socket file goes away again")
    func portTaken() async throws {
        try await withServer(tcp: true) { first in
            let path = "\(first.folder)/second.sock"
            let token = try #require(Harness.token)
            let port = try #require(first.addresses.port)
            let settings = ServerSettings(
                unixSocket: .init(path: path), loopback: .init(port: port, token: token))
            await #expect(throws: (any Error).self) { try await Self.run(settings) }
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        }
    }

    @Test("a request that runs when the server stops is finished, and nothing new is taken in")
    func finishesRunning() async throws {
        let relay = FakeRelay()
        relay.barrier.close()
        try await withServer(relay: relay) { harness in
            async let running = harness.client.submit(
                SubmitTests.request("A"), body: OutgoingBody(bytes: [1]))
            try await until { relay.read { $0.uploads.count } == 1 }
            await harness.stop()
            try await until { !FileManager.default.fileExists(atPath: harness.socketPath) }
            await #expect {
                try await RelayClient(.unix(path: harness.socketPath)).health()
            } throws: { error in
                guard case ClientError.unreachable = error else { return false }
                return true
            }
            relay.barrier.open()
            #expect(try await running.answer.size == 1)
        }
    }

    @Test("an answer that is under way when the server stops arrives whole")
    func finishesDownload() async throws {
        try await withServer { harness in
            let id = try await harness.client.submit(
                SubmitTests.request(), body: OutgoingBody(bytes: [1])
            ).answer.id
            let size: Int64 = 16 * 1_024 * 1_024
            harness.relay.change { $0.madeBodySize = size }
            var count: Int64 = 0
            try await harness.client.fetch(id) { bytes in
                if count == 0 { await harness.stop() }
                count += Int64(bytes.count)
            }
            #expect(count == size)
        }
    }

    @Test(
        "an upload that does not end within the time for draining is cut off, and the server ends")
    func drainLapses() async throws {
        let relay = FakeRelay()
        try await withServer(relay: relay, change: Change { $0.drainMilliseconds = 100 }) {
            harness in
            let raw = try await harness.raw()
            try await raw.write(
                ConnectionTests.submitHead + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            try await until { relay.read { $0.running } == 1 }
            await harness.stop()
            try await until { raw.isEnded && !relay.read { $0.uploads.isEmpty } }
            #expect(relay.read { $0.uploads } != [.whole])
            #expect(relay.read { $0.stored.isEmpty })
        }
    }

    @Test("a request on a connection that was open before is told that the server stops")
    func refusesWhileStopping() async throws {
        let relay = FakeRelay()
        relay.barrier.close()
        try await withServer(relay: relay) { harness in
            let raw = try await harness.raw()
            try await raw.write(
                ConnectionTests.submitHead + "Content-Length: 1\r\n\r\nx"
                    + "GET /v1/counts HTTP/1.1\r\n\r\n")
            try await until { relay.read { $0.uploads.count } == 1 }
            await harness.stop()
            try await until { !FileManager.default.fileExists(atPath: harness.socketPath) }
            relay.barrier.open()
            let answers = try await raw.all()
            #expect(answers.hasPrefix("HTTP/1.1 201 "))
            #expect(answers.contains("HTTP/1.1 503 "))
            #expect(answers.contains("urn:tram:problem:stopping"))
        }
    }

    static func run(_ settings: ServerSettings) async throws {
        let server = RelayServer(service: FakeRelay(), settings: settings, logger: quiet)
        try await server.run()
    }

    /// What a server leaves that was killed: a bound file whose listener is gone.
    static func leaveStaleSocket(_ path: String) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path + ".away").get()
        // Renamed, so that closing the listener does not remove it.
        try await NonBlockingFileIO(threadPool: .singleton)
            .rename(path: path + ".away", newName: path)
        try await listener.close()
    }
}
