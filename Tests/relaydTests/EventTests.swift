// The feed of events as an application follows it, and the signed word of a delivery that failed.

import RelayAPI
import RelayCore
import RelayFleet
import RelayTrust
import Testing

@Suite struct EventTests {
    @Test("both applications hear of a document's way, at once, in order, and across kills")
    func follow() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            // B's application waits before there is anything.
            var request = EventRequest(after: 0)
            request.waitSeconds = 50
            let waiting = request
            let first = Task { try await b.client.events(waiting) }
            let letter = Letter()
            let id = try await letter.submit(to: a).answer.id
            let arrived = try await first.value
            #expect(arrived.events.map(\.what) == ["delivered"])
            #expect(arrived.events.first?.document == id && arrived.next == 1)
            #expect(arrived.events.first?.documentId != nil)

            let received = try await a.client.events(waiting)
            #expect(received.events.map(\.what) == ["receipt-verified"])
            #expect(received.events.first?.detail == "received")
            #expect(received.events.first?.relay == b.code)
            #expect(received.events.first?.documentId == arrived.events.first?.documentId)
            a.kill()
            try await a.start()
            _ = try await b.client.collect(id)
            request.after = received.next
            let collected = try await a.client.events(request)
            #expect(collected.events.map(\.detail) == ["collected"])
            #expect(collected.events.map(\.number) == [2])
            // The whole again, as it was before the kill.
            let all = try await a.client.events()
            #expect(all.events == received.events + collected.events)
            #expect(all.oldest == 1 && all.last == 2 && all.next == 2)
        }
    }

    @Test("an empty wait ends in time; what was never told and what does not exist is refused")
    func patience() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1")
            try await relay.start()
            var request = EventRequest(after: 0)
            request.waitSeconds = 1
            let start = ContinuousClock.now
            let none = try await relay.client.events(request)
            #expect(ContinuousClock.now - start >= .seconds(1))
            #expect(none.events.isEmpty && none.next == 0 && none.last == 0)
            let ahead = request
            let gone = try await refusal {
                var request = ahead
                request.after = 7
                return try await relay.client.events(request)
            }
            #expect(gone.kind == .gone && gone.oldest == 1)
            let unknown = try await refusal {
                var request = ahead
                request.what = ["exploded"]
                return try await relay.client.events(request)
            }
            #expect(unknown.kind == .invalidRequest && unknown.field == "what")
        }
    }

    @Test("more than 256 do not wait at once, and a stop does not wait for them")
    func crowd() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1")
            try await relay.start()
            let client = relay.client
            let refused = await withTaskGroup(of: Problem.Kind?.self) { group in
                for _ in 0..<260 {
                    group.addTask {
                        var request = EventRequest(after: 0)
                        request.waitSeconds = 50
                        do {
                            _ = try await client.events(request)
                        } catch ClientError.problem(let problem) {
                            return problem.kind
                        } catch {
                            return nil
                        }
                        return nil
                    }
                }
                var refused: [Problem.Kind] = []
                for await kind in group {
                    guard let kind else { continue }
                    refused.append(kind)
                    guard refused.count == 4 else { continue }
                    // All the others wait; now they are to hear that it is over.
                    let start = ContinuousClock.now
                    #expect(relay.terminate() == 0)
                    #expect(ContinuousClock.now - start < .seconds(8))
                }
                return refused
            }
            #expect(refused.filter { $0 == .unavailable }.count == 4)
        }
    }

    @Test("a document whose lifetime ends is told as failed, with a receipt that verifies")
    func failure() async throws {
        try await withBench { bench in
            var setup = Setup()
            setup.lifetime = "1 m"
            setup.retry = ", ownCap: 30 s, ownBase: 10 s"
            let relay = try bench.relay("H99.1", setup)
            try await relay.start()
            let id = try await PlainFile(1, size: 5_000, to: ["X1.5"]).submit(to: relay).answer.id
            var request = EventRequest(after: 0)
            request.waitSeconds = 50
            request.what = ["failure-signed"]
            let deadline = ContinuousClock.now + .seconds(120)
            var events: [EventView] = []
            while events.isEmpty, ContinuousClock.now < deadline {
                let list = try await relay.client.events(request)
                events = list.events
                request.after = list.next
            }
            #expect(events.map(\.document) == [id])
            let recipient = try #require(try await relay.client.document(id).recipients.first)
            #expect(recipient.state == .failed && recipient.failedAt != nil)
            let der = try await relay.client.receipt(id, kind: .failed)
            let checked = try bench.site.verifier().verify(der).get()
            #expect(checked.statement.kind == .failed && checked.statement.document == id)
            #expect(checked.statement.failure?.custody == relay.code)
            #expect(checked.statement.failure?.reason == .expired)
            for kind in [ReceiptKind.received, .collected] {
                let refused = try await refusal {
                    try await relay.client.receipt(id, kind: kind)
                }
                #expect(refused.kind == .notFound)
            }
            #expect(try await relay.client.counts().balances)
            // It is still there after a kill, and nothing was made twice.
            relay.kill()
            try await relay.start()
            #expect(try await relay.client.receipt(id, kind: .failed) == der)
            let all = try await relay.client.events().events.map(\.what)
            #expect(all == ["failed", "failure-signed"])
            relay.terminate()
            #expect(try StoredState(of: relay).isSound)
        }
    }
}
