// The tallies on disk: read by day and relay, checked, and the deliveries behind them told to the
// peer that they concern, and to no other.

import LedgerConformance
import RelayCore
import RelayStore
import Testing

@Suite("Tallies of the store")
struct TallyTests {
    private let hub = Samples.relay("HUB-1")
    private let day = Day(inVietnam: Samples.start)

    /// Hands a queued document over to a relay.
    private func handOver(
        _ number: Int, to peer: RelayCode, at now: Instant, in bench: StoreBench
    ) throws {
        let envelope = Samples.envelope(number, size: 10)
        let queued = Samples.queued(envelope, sequence: UInt64(number))
        try bench.accept(envelope, queued)
        let lane = Lane(to: envelope.recipients[0])
        let attempting = queued.moved(to: .attempting(lane: lane, hop: peer, since: now))
        let relayed = attempting.moved(to: .relayed(hop: peer, at: now, due: nil))
        try bench.apply(
            .put(attempting, was: queued), .put(relayed, was: attempting),
            .happened(
                Happening(
                    at: now, document: envelope.document, recipient: envelope.recipients[0],
                    what: .relayed, relay: peer)))
    }

    @Test("rows by day and relay, in pages, and the check agrees")
    func rows() throws {
        let bench = try StoreBench()
        for number in 1...5 { try handOver(number, to: hub, at: Samples.start, in: bench) }
        let later = Samples.start + .days(1)
        try handOver(6, to: Samples.relay("HUB-2"), at: later, in: bench)
        let rows = try bench.reader.tallies(of: nil, limit: 10)
        #expect(rows.map(\.relay?.text) == [nil, "HUB-1", "HUB-2"])
        #expect(rows.map { $0.day - day } == [0, 0, 1])
        #expect(rows[0].documents.accepted == 6 && rows[0].documents[.relayed] == 6)
        #expect(rows[1].handedDocuments.deliveries == 5 && rows[1].handedDocuments.bytes == 50)
        #expect(rows[2].handedDocuments.deliveries == 1)
        #expect(try bench.reader.tallies(of: day, limit: 10).count == 2)
        var paged: [TallyRow] = []
        while true {
            let after = paged.last.map { (day: $0.day, relay: $0.relay) }
            let page = try bench.reader.tallies(of: nil, after: after, limit: 1)
            guard !page.isEmpty else { break }
            paged += page
        }
        #expect(paged == rows)
        let check = try bench.reader.checkTallies()
        #expect(check.discrepancies.isEmpty && check.deliveries == 6 && check.handOvers == 6)
        #expect(try bench.discrepancies().isEmpty)
        #expect(try bench.reader.checkTallies { true }.isIncomplete == false)
    }

    @Test("what was handed over on a day is listed in pages, and nothing of others")
    func listed() throws {
        let bench = try StoreBench()
        for number in 1...25 {
            try handOver(
                number, to: number % 5 == 0 ? Samples.relay("HUB-2") : hub,
                at: Samples.start + .days(number > 20 ? 1 : 0), in: bench)
        }
        var keys: [DeliveryKey] = []
        var after: Audit.Cursor?
        repeat {
            let page = try bench.reader.handed(to: hub, on: day, after: after, limit: 3)
            #expect(page.entries.count <= 3)
            keys += page.entries.map(\.key)
            after = page.next
        } while after != nil
        let wanted = (1...20).filter { $0 % 5 != 0 }.map(Samples.document)
        #expect(keys.map(\.document) == wanted)
        #expect(
            try bench.reader.handed(to: Samples.relay("HUB-9"), on: day, limit: 3).entries.isEmpty)
    }

    @Test("a peer learns the states of what came from it, and of nothing else")
    func states() throws {
        let bench = try StoreBench()
        let far = Samples.relay("FAR")
        let taken = Samples.envelope(1)
        try bench.accept(taken, Samples.delivered(taken, sequence: 1))
        let own = Samples.envelope(2)
        try bench.accept(own, Samples.queued(own, sequence: 2))
        let keys = [taken, own, Samples.envelope(3)].map {
            DeliveryKey(document: $0.document, recipient: $0.recipients[0])
        }
        #expect(try bench.reader.states(of: keys, from: far) == [.delivered, nil, nil])
        #expect(try bench.reader.states(of: keys, from: hub) == [nil, nil, nil])
        // It offered it as well, and was told "accepted".
        try bench.apply(
            .happened(
                Happening(
                    at: Samples.start, document: taken.document, recipient: taken.recipients[0],
                    what: .repeated, relay: hub)))
        #expect(try bench.reader.states(of: keys, from: hub) == [.delivered, nil, nil])
    }

    @Test("rows go when nothing is known any more of what they count")
    func over() throws {
        let bench = try StoreBench()
        try handOver(1, to: hub, at: Samples.start, in: bench)
        let key = DeliveryKey(
            document: Samples.document(1), recipient: Samples.envelope(1).recipients[0])
        let delivery = try #require(try bench.delivery(key))
        try bench.apply(.forget(delivery))
        #expect(try bench.reader.tallies(of: nil, limit: 10).isEmpty)
        #expect(try bench.discrepancies().isEmpty)
    }
}
