// Full stores: what is told to wait waits, receipts still go home, and room comes back. And health.

import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite struct RoomTests {
    /// The smallest store that a configuration allows.
    private func small() -> Setup {
        var setup = Setup()
        setup.mapSize = "16 MiB"
        setup.reserve = "4 MiB"
        setup.documentSize = "1 MiB"
        setup.retention = "0 s"
        return setup
    }

    /// Submits files of 512 KiB until one is refused for lack of room; the ids of those accepted.
    private func fill(_ relay: Daemon, from number: Int = 0) async throws -> [DocumentID] {
        var ids: [DocumentID] = []
        while ids.count < 64 {
            do {
                ids.append(
                    try await PlainFile(number + ids.count, size: 512 << 10).submit(to: relay)
                        .answer.id)
            } catch ClientError.problem(let problem) {
                #expect(problem.kind == .storeFull && problem.status == 507)
                #expect(problem.retryAfter != nil)
                return ids
            }
        }
        throw FleetError("a store of 16 MiB took 32 MiB")
    }

    @Test("a full origin answers 507; receipts come home all the same, and give the room back")
    func origin() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair(a: small())
            b.kill()
            let ids = try await fill(a)
            #expect(!ids.isEmpty)
            let health = try await a.client.health()
            #expect(!health.canTakeIn && health.reasons.contains { $0.code == "store-full" })
            // Small ones neither: the reserve is for receipts and removals.
            let small = try await refusal { try await PlainFile(99, size: 100).submit(to: a) }
            #expect(small.kind == .storeFull)
            a.kill()
            try await a.start()
            try await b.start()
            try await until("everything at B") {
                try await Set(b.client.inbox().entries.map(\.id)) == Set(ids)
            }
            try await until("every receipt at A") {
                try await a.client.counts().delivered == ids.count
            }
            // Nothing needs the bodies at A any more, and its retention is none.
            b.kill()
            let more = try await fill(a, from: 200)
            #expect(more.count > ids.count / 2, "\(more.count) of \(ids.count)")
            try await b.start()
            try await until("everything at B") {
                try await b.client.inbox().entries.count == ids.count + more.count
            }
            a.terminate()
            let state = try StoredState(of: a)
            #expect(!state.hasUploads && state.isSound, "\(state.discrepancies)")
            print("full origin: \(ids.count), then \(more.count) documents of 512 KiB")
        }
    }

    @Test("a full relay on the way makes its peers wait, and everything arrives when it has room")
    func hub() async throws {
        try await withBench { bench in
            let port = try FreePorts.take(1)[0]
            var hubSetup = small()
            hubSetup.listen = port
            hubSetup.peers = [
                .init("H99.1", role: "agency", port: nil),
                .init("H88.2", role: "agency", port: nil),
            ]
            var agency = Setup()
            agency.peers = [.init("HUB-1", role: "hub", port: port)]
            agency.routes = ["{to: \"*\", via: [HUB-1]}"]
            let hub = try bench.relay("HUB-1", hubSetup)
            let (a, b) = (try bench.relay("H99.1", agency), try bench.relay("H88.2", agency))
            try await hub.start()
            try await a.start()
            try await bench.linked(a, to: hub)
            var ids: Set<DocumentID> = []
            for number in 0..<40 {
                ids.insert(try await PlainFile(number, size: 512 << 10).submit(to: a).answer.id)
            }
            try await until("the hub to be full") { try await !hub.client.health().canTakeIn }
            let taken = try await hub.client.counts()
            #expect(taken.queued < 40)
            try await until("the peers to be told") {
                try await a.client.queue().entries.contains {
                    $0.why?.words.contains("has no room") == true
                }
            }
            try await b.start()
            try await until("everything at B", atMost: .seconds(60)) {
                try await Set(b.client.inbox().entries.map(\.id)) == ids
            }
            try await until("every receipt at A") {
                try await a.client.counts().delivered == ids.count
            }
            #expect(try await b.client.inbox().entries.count == ids.count)
            for daemon in [a, b, hub] { #expect(try await daemon.client.counts().balances) }
            #expect(try await hub.client.health().canTakeIn)
            print("full hub: \(taken.queued) of 40 documents, then all")
        }
    }

    @Test("a full recipient makes others wait, and what is collected gives the room back")
    func recipient() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair(b: small())
            var ids: Set<DocumentID> = []
            for number in 0..<40 {
                ids.insert(try await PlainFile(number, size: 512 << 10).submit(to: a).answer.id)
            }
            try await until("B to be full") { try await !b.client.health().canTakeIn }
            var collected: Set<DocumentID> = []
            try await until("everything to be collected", atMost: .seconds(60)) {
                for entry in try await b.client.inbox().entries {
                    try await b.client.fetch(entry.id) { _ in }
                    _ = try await b.client.collect(entry.id)
                    #expect(collected.insert(entry.id).inserted)
                }
                return collected == ids
            }
            for id in ids {
                try await until("every second receipt at A") {
                    try await a.client.document(id).recipients.first?.state == .collected
                }
            }
            print("full recipient: 40 documents of 512 KiB through a store of 16 MiB")
        }
    }

    @Test("health is 503 while nothing can be sent, and 200 otherwise")
    func health() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            #expect(try await Raw.send("GET /v1/health", to: a).status == 200)
            #expect(try await a.client.health().isHealthy)
            b.kill()
            try await until("the loss to be noticed") {
                try await !a.client.health().canForward
            }
            let health = try await a.client.health()
            #expect(health.canTakeIn && health.reasons.contains { $0.code == "peer-down" })
            #expect(try await Raw.send("GET /v1/health", to: a).status == 503)
            try await b.start()
            try await bench.linked(a, to: b)
            #expect(try await Raw.send("GET /v1/health", to: a).status == 200)
        }
    }
}
