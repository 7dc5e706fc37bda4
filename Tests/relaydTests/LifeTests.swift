// Starting and stopping: what a relay needs to begin, and how it ends.

import FoundationEssentials
import NIOCore
import NIOPosix
import RelayAPI
import RelayCore
import RelayFleet
import Synchronization
import Testing

@Suite struct LifeTests {
    @Test(
        "SIGTERM in the middle of transfers and uploads: exit 0 within 10 s, and all goes on later")
    func stopping() async throws {
        try await withBench { bench in
            // The link is to be up when A is told to stop, though B says nothing.
            var setup = Setup()
            setup.keepalive = "20 s"
            let (a, b) = try await bench.pair(a: setup)
            b.pause()
            var ids: Set<DocumentID> = []
            for number in 0..<12 {
                ids.insert(try await PlainFile(number, size: 1_500_000).submit(to: a).answer.id)
            }
            let counts = try await a.client.counts()
            #expect(counts.queued + counts.attempting == 12)
            // An application that never comes to the end of its upload.
            let sent = Mutex(0)
            let endless = Task {
                try await a.client.submit(
                    endlessRequest(),
                    body: OutgoingBody(reading: {
                        try await Task.sleep(for: .milliseconds(10))
                        sent.withLock { $0 += 40_000 }
                        return [UInt8](repeating: 7, count: 40_000)
                    }))
            }
            // Some of it is in the store by then.
            try await until("the upload to run") { sent.withLock { $0 } > 1_000_000 }
            let start = ContinuousClock.now
            a.askToStop()
            #expect(try await a.exitCode(within: .seconds(10)) == 0)
            print("stopped after \(ContinuousClock.now - start)")
            await #expect(throws: (any Error).self) { try await endless.value }
            #expect(try !StoredState(of: a).hasUploads)
            b.resume()
            try await a.start()
            try await until("all documents") {
                try await Set(b.client.inbox().entries.map(\.id)) == ids
            }
            try await until("all receipts") { try await a.client.counts().delivered == 12 }
        }
    }

    /// Of an upload whose length nobody says.
    private func endlessRequest() throws -> SubmitRequest {
        var request = SubmitRequest(mediaType: "application/pdf")
        request.recipients = [try organisation("H88.2")]
        return request
    }

    @Test("a second relay on the same store is refused, and the first goes on")
    func twice() async throws {
        try await withBench { bench in
            let first = try bench.relay("H99.1")
            try await first.start()
            let second = try bench.relay("H99.9")
            let text = Setup().text(for: second)
                .replacing(second.dataPath, with: first.dataPath)
            try second.configure(text.replacing("code: H99.9", with: "code: H99.1"))
            #expect(try await second.runToEnd() == 70)
            #expect(second.programLog.contains("is in use: another relayd is running on it"))
            try second.configure(text)
            first.terminate()
            #expect(try await second.runToEnd() == 70)
            #expect(second.programLog.contains("belongs to relay H99.1"))
            try await first.start()
        }
    }

    @Test("--check-config reports every error and exits 78, or says that there is none")
    func checkConfig() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1")
            #expect(try await relay.runToEnd(["--check-config"]) == 0)
            #expect(relay.programLog.contains("no errors"))
            #expect(!FileManager.default.fileExists(atPath: relay.dataPath))
            let text = Setup().text(for: relay)
            try relay.configure(
                text.replacing("256 MiB", with: "3 MiB").replacing("base: 100 ms", with: "base: x")
                    + "\nroute: []\n")
            for arguments in [["--check-config"], []] {
                #expect(try await relay.runToEnd(arguments) == 78)
            }
            for key in ["store.mapSize", "retry.base", "route"] {
                #expect(relay.programLog.contains("\(key):"), "\(key) is not reported")
            }
        }
    }

    @Test("what a relay cannot start without is named, and it exits 70")
    func cannotStart() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1")
            let home = relay.directory
            let certificate = try Data(contentsOf: URL(filePath: home + "/cert.pem"))
            try Data("no certificate".utf8).write(to: URL(filePath: home + "/cert.pem"))
            try await refuses(relay, naming: "cert.pem")
            // A certificate of another key.
            let other = try bench.relay("H99.9")
            try Data(contentsOf: URL(filePath: other.directory + "/cert.pem"))
                .write(to: URL(filePath: home + "/cert.pem"))
            try await refuses(relay, naming: "key")
            try certificate.write(to: URL(filePath: home + "/cert.pem"))

            try Data("not a socket".utf8).write(to: URL(filePath: relay.socketPath))
            try await refuses(relay, naming: "not a socket")
            try FileManager.default.removeItem(atPath: relay.socketPath)

            let taken = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(taken.localAddress?.port)
            var setup = Setup()
            setup.listen = port
            try relay.configure(setup.text(for: relay))
            try await refuses(relay, naming: "127.0.0.1:\(port)")
            try await taken.close()
            try await relay.start()
        }
    }

    private func refuses(_ relay: Daemon, naming word: String) async throws {
        let before = relay.programLog.count
        #expect(try await relay.runToEnd() == 70)
        let log = relay.programLog.dropFirst(before)
        #expect(log.contains("cannot run") && log.contains(word), "\(log)")
    }

    @Test("the data directory, the store, the log and the socket are kept from others")
    func modes() async throws {
        try await withBench { bench in
            var setup = Setup()
            setup.api = "  socketMode: \"0600\""
            let relay = try bench.relay("H99.1", setup)
            try await relay.start()
            #expect(try mode(relay.dataPath) == 0o700)
            #expect(try mode(relay.dataPath + "/data.mdb") == 0o600)
            #expect(try mode(relay.deliveryLogPath) & 0o007 == 0)
            #expect(try mode(relay.socketPath) == 0o600)
            #expect(relay.terminate() == 0)
            #expect(!FileManager.default.fileExists(atPath: relay.socketPath))
        }
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("over TCP the API asks for its token")
    func token() async throws {
        try await withBench { bench in
            let port = try FreePorts.take(1)[0]
            var setup = Setup()
            let relay = try bench.relay("H99.1")
            let path = relay.directory + "/token"
            setup.api = "  tcp: {port: \(port), tokenFile: \(path)}"
            try relay.configure(setup.text(for: relay))
            let secret = "0123456789abcdef0123456789abcdef"
            try Data("\(secret)\n".utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            try await relay.start()
            let right = try #require(BearerToken(secret))
            let wrong = try #require(BearerToken(String(secret.reversed())))
            let client = RelayClient(.loopback(port: port, token: right))
            #expect(try await client.health().relay == relay.code)
            let refused = try await refusal {
                try await RelayClient(.loopback(port: port, token: wrong)).counts()
            }
            #expect(refused.status == 401)
            #expect(!relay.programLog.contains(secret))
        }
    }
}
