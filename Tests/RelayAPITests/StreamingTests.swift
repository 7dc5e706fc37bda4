// Large bodies in both directions, and how much of them is in memory at once.

import FoundationEssentials
import NIOCore
import RelayAPI
import RelayCore
import Synchronization
import Testing

@Suite("Streaming", .serialized, .timeLimit(.minutes(3)))
struct StreamingTests {
    static let size: Int64 = 64 * 1_024 * 1_024
    static let piece = 64 * 1_024

    @Test("64 MiB go up without being held", arguments: [true, false])
    func upload(announced: Bool) async throws {
        try await withServer { harness in
            var request = SubmitTests.request()
            request.size = announced ? Self.size : nil
            if !announced { request.fileName = "chunked" }
            let before = try Self.residentBytes()
            let peak = Mutex<Int64>(0)
            let body = OutgoingBody {
                var made: Int64 = 0
                return {
                    guard made < Self.size else { return nil }
                    made += Int64(Self.piece)
                    if made % (4 * 1_024 * 1_024) == 0 {
                        let now = try Self.residentBytes()
                        peak.withLock { $0 = max($0, now) }
                    }
                    return ByteBuffer(repeating: 0x42, count: Self.piece)
                }
            }
            harness.relay.change { $0.keepsBytes = false }
            let submission = try await harness.client.submit(request, body: body)
            #expect(submission.answer.size == Self.size)
            #expect(peak.withLock { $0 } - before < Self.size / 2)
        }
    }

    @Test("64 MiB come down at the pace of the one who takes them")
    func download() async throws {
        try await withServer { harness in
            let id = try await harness.client.submit(
                SubmitTests.request(), body: OutgoingBody(bytes: [1])
            ).answer.id
            harness.relay.change { $0.madeBodySize = Self.size }
            var taken: Int64 = 0
            var ahead: Int64 = 0
            try await harness.client.fetch(id) { bytes in
                ahead = max(ahead, harness.relay.read { $0.bytesMade } - taken)
                taken += Int64(bytes.count)
                #expect(bytes.first == 0x41)
            }
            #expect(taken == Self.size)
            #expect(ahead < 8 * 1_024 * 1_024, "made \(ahead) bytes before they were wanted")
        }
    }

    @Test("the service sets the pace of an upload")
    func backPressure() async throws {
        try await withServer { harness in
            harness.relay.barrier.close()
            harness.relay.change { $0.waitsBeforeReading = true }
            var request = SubmitTests.request()
            request.size = Self.size
            let sent = request
            let made = Mutex<Int64>(0)
            let body = OutgoingBody {
                {
                    let count = made.withLock { made in
                        made += Int64(Self.piece)
                        return made
                    }
                    guard count <= Self.size else { return nil }
                    return ByteBuffer(repeating: 0x42, count: Self.piece)
                }
            }
            harness.relay.change { $0.keepsBytes = false }
            async let submission = harness.client.submit(sent, body: body)
            try await Self.settle { made.withLock { $0 } }
            #expect(made.withLock { $0 } < 8 * 1_024 * 1_024)
            harness.relay.barrier.open()
            #expect(try await submission.answer.size == Self.size)
        }
    }

    @Test("an upload that its own source breaks off is the client's failure, and stores nothing")
    func sourceFails() async throws {
        try await withServer { harness in
            var request = SubmitTests.request()
            request.size = 1_000_000
            let sent = request
            let body = OutgoingBody {
                var isFirst = true
                return {
                    guard isFirst else { throw FakeFailure() }
                    isFirst = false
                    return ByteBuffer(string: "begin")
                }
            }
            await #expect {
                try await harness.client.submit(sent, body: body)
            } throws: { error in
                guard case ClientError.source = error else { return false }
                return true
            }
            try await until { !harness.relay.read { $0.uploads.isEmpty } }
            #expect(harness.relay.read { $0.uploads } == [.failed(.connectionCut)])
            #expect(harness.relay.read { $0.stored.isEmpty })
        }
    }

    @Test("a fetch that its taker breaks off ends the sending")
    func takerFails() async throws {
        try await withServer { harness in
            let id = try await harness.client.submit(
                SubmitTests.request(), body: OutgoingBody(bytes: [1])
            ).answer.id
            harness.relay.change { $0.madeBodySize = Self.size }
            await #expect {
                try await harness.client.fetch(id) { _ in throw FakeFailure() }
            } throws: { error in
                guard case ClientError.sink = error else { return false }
                return true
            }
            try await Self.settle { harness.relay.read { $0.bytesMade } }
            #expect(harness.relay.read { $0.bytesMade } < Self.size)
            #expect(try await harness.client.health().isHealthy)
        }
    }

    /// Waits until a number has not changed for a while.
    static func settle(_ number: () -> Int64) async throws {
        var before = number()
        try await until {
            try await Task.sleep(for: .milliseconds(150))
            defer { before = number() }
            return before == number() && before > 0
        }
    }

    static func residentBytes() throws -> Int64 {
        let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = statm.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        return (pages ?? 0) * 4_096
    }
}
