// Hand-overs to next hops: which go together, how each can end, and what time brings.

import RelayCore
import Testing

@Suite("Handing over")
struct ForwardingTests {
    /// Agency A with links 1 and 2 to the hubs.
    private func agency(links: Set<Int> = [1, 2]) -> Bench {
        var bench = Bench(Net.settings("R-A"))
        for number in links.sorted() { bench.link("HUB-\(number)", number: UInt64(number)) }
        return bench
    }

    private func sent(_ bench: inout Bench) throws -> Transfer {
        try #require(bench.schedule().compactMap(\.transfer).first)
    }

    private func key(_ envelope: Envelope, _ recipient: String = "B") -> DeliveryKey {
        DeliveryKey(document: envelope.document, recipient: organisation(recipient))
    }

    @Test("nothing is remembered of links that are gone")
    func noLeak() throws {
        var bench = agency(links: [])
        try bench.submit()
        for number in UInt64(10)..<20 {
            bench.link("HUB-1", number: number)
            let transfer = try sent(&bench)
            #expect(transfer.link == LinkID(number))
            #expect(bench.node.linksInUse == [LinkID(number)])
            bench.lose(number: number)
        }
        #expect(bench.node.linksInUse.isEmpty)
        #expect(bench.node.active.isEmpty)
    }

    @Test("a peer that says \"not now, but at once\" is not asked at once")
    func impatientPeer() throws {
        var bench = agency(links: [1])
        bench.decide(.dialFailed(relay("HUB-2"), reason: "refused"))
        let envelope = try bench.submit()
        bench.answer(try sent(&bench), .busy(after: .milliseconds(0)))
        #expect(bench.schedule().isEmpty)
        bench.pass(.milliseconds(500))
        bench.decide(.tick)
        bench.answer(try sent(&bench), .later(after: .milliseconds(-5)))
        #expect(bench.schedule().isEmpty)
        let timer = try #require(bench.record(envelope, "B")?.timer(retention: .days(3)))
        #expect(timer == bench.now + .milliseconds(500))
    }

    @Test("a recipient named twice in a submission gets it once")
    func namedTwice() throws {
        var bench = agency()
        let envelope = try bench.submit(to: ["B", "C", "B"])
        #expect(envelope.recipients == ["B", "C"].map(organisation))
        #expect(bench.records.count == 2)
    }

    @Test("after a release every hop may be asked again")
    func releaseForgetsRefusals() throws {
        var bench = agency()
        let envelope = try bench.submit()
        bench.answer(try sent(&bench), .refused(.tooLarge))
        #expect(bench.record(envelope, "B")?.refusedBy == [relay("HUB-1")])
        let caller = CallerID(4)
        let held = Event.ordered(
            key(envelope), Order(.hold, by: "an", reason: "ask"), caller: caller)
        #expect(bench.decide(held).compactMap(\.reply) == [.done])
        #expect(bench.schedule().isEmpty)
        let released = Event.ordered(
            key(envelope), Order(.release, by: "an", reason: "go"), caller: caller)
        #expect(bench.decide(released).compactMap(\.reply) == [.done])
        #expect(bench.record(envelope, "B")?.refusedBy == [])
        #expect(try sent(&bench).link == LinkID(1))
    }

    @Test("a hop that refused is asked again in time, though the others are down for good")
    func refusalIsForgotten() throws {
        var bench = agency(links: [1])
        bench.decide(.dialFailed(relay("HUB-2"), reason: "refused"))
        let envelope = try bench.submit()
        bench.answer(try sent(&bench), .refused(.digestMismatch))
        #expect(bench.schedule().isEmpty)
        let timer = try #require(bench.record(envelope, "B")?.timer(retention: .days(3)))
        #expect(timer <= bench.now + .hours(1))
        bench.pass(timer - bench.now)
        bench.decide(.due(key(envelope)))
        #expect(try sent(&bench).link == LinkID(1))
    }

    @Test("recipients behind one hop travel as one transfer, each answered on its own")
    func together() throws {
        var bench = agency(links: [1])
        bench.decide(.dialFailed(relay("HUB-2"), reason: "refused"))
        let envelope = try bench.submit(to: ["B", "C", "D"])
        let transfers = bench.schedule().compactMap(\.transfer)
        #expect(transfers.map(\.recipients) == [["B", "C", "D"].map(organisation)])
        let answers = [
            Answered(recipient: organisation("B"), answer: .accepted),
            Answered(recipient: organisation("C"), answer: .refused(.noRoute)),
        ]
        bench.decide(.attempted(try #require(transfers.first).id, answers))
        #expect(bench.state(envelope, "B") == .relayed)
        #expect(bench.record(envelope, "C")?.refusedBy == [relay("HUB-1")])
        // No answer at all is an unknown one.
        #expect(bench.state(envelope, "D") == .queued)
        #expect(bench.record(envelope, "D")?.refusedBy == [])
    }

    @Test("deliveries of different rounds do not travel together")
    func roundsApart() throws {
        var bench = agency(links: [1])
        let envelope = try bench.submit(to: ["B", "C"])
        let transfer = try sent(&bench)
        bench.decide(
            .attempted(
                transfer.id, [Answered(recipient: organisation("B"), answer: .accepted)]))
        bench.pass(.hours(2))
        bench.decide(
            .ordered(key(envelope, "C"), Order(.hold, by: "an", reason: "why"), caller: CallerID(1))
        )
        bench.decide(.due(key(envelope, "B")))
        bench.decide(
            .ordered(
                key(envelope, "C"), Order(.release, by: "an", reason: "why"), caller: CallerID(1)))
        let rounds = bench.schedule().compactMap(\.transfer).map(\.round)
        #expect(rounds.sorted() == [1, 2])
    }

    @Test("when a link goes, all that was on it goes by the other one in the same turn")
    func linkDown() throws {
        var bench = agency()
        for number in 0..<UInt8(20) { try bench.submit(digest: number) }
        let before = bench.schedule().compactMap(\.transfer)
        #expect(before.count == 20 && before.allSatisfy { $0.link == LinkID(1) })
        bench.lose(number: 1)
        let after = bench.schedule().compactMap(\.transfer)
        #expect(after.count == 20 && after.allSatisfy { $0.link == LinkID(2) })
        #expect(bench.node.active.count == 20)
    }

    @Test("an answer that comes twice, or after the link has gone, changes nothing")
    func lateAnswers() throws {
        var bench = agency(links: [1])
        let envelope = try bench.submit()
        let transfer = try sent(&bench)
        bench.lose(number: 1)
        let queued = bench.record(envelope, "B")
        bench.answer(transfer, .accepted)
        #expect(bench.record(envelope, "B") == queued)
        bench.link("HUB-1", number: 2)
        let second = try sent(&bench)
        bench.answer(second, .accepted)
        bench.answer(second, .refused(.tooLarge))
        #expect(bench.state(envelope, "B") == .relayed)
    }

    @Test("when every hop has refused, it waits for its own time and then asks all again")
    func allRefused() throws {
        var bench = agency()
        let envelope = try bench.submit()
        bench.answer(try sent(&bench), .refused(.tooLarge))
        let second = try sent(&bench)
        #expect(second.link == LinkID(2))
        bench.answer(second, .refused(.tooLarge))
        #expect(bench.schedule().isEmpty)
        let row = try #require(bench.record(envelope, "B")?.queueRow)
        #expect(row.place == .deferred)
        let timer = try #require(bench.record(envelope, "B")?.timer(retention: .days(3)))
        #expect(timer > bench.now && timer <= bench.now + .hours(1))
        bench.pass(timer - bench.now)
        bench.decide(.due(key(envelope)))
        #expect(try sent(&bench).link == LinkID(1))
        #expect(bench.words(envelope) == [.accepted, .refused, .refused])
    }

    @Test("a busy hop is left alone for its time, and the backup takes over")
    func busy() throws {
        var bench = agency()
        try bench.submit(digest: 1)
        try bench.submit(digest: 2)
        let transfers = bench.schedule().compactMap(\.transfer)
        for transfer in transfers { bench.answer(transfer, .busy(after: .seconds(5))) }
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(2), LinkID(2)])
    }

    @Test("without a receipt in time the origin sends again by another hop, in a new round")
    func resent() throws {
        var bench = agency()
        let envelope = try bench.submit()
        bench.answer(try sent(&bench), .accepted)
        bench.decide(.due(key(envelope)))
        #expect(bench.state(envelope, "B") == .relayed, "not before its time")
        bench.pass(.hours(2))
        bench.decide(.due(key(envelope)))
        let again = try sent(&bench)
        #expect(again.round == 2)
        #expect(again.link == LinkID(2))
        // The hop that is avoided is better than none.
        bench.lose(number: 2)
        #expect(try sent(&bench).link == LinkID(1))
    }

    @Test("a lifetime ends every delivery that is under way, and a receipt after that still counts")
    func expiry() throws {
        for stage in 0...2 {
            var bench = agency()
            let envelope = try bench.submit()
            if stage > 0 {
                let transfer = try sent(&bench)
                if stage > 1 { bench.answer(transfer, .accepted) }
            }
            bench.pass(.days(30))
            bench.decide(.due(key(envelope)))
            #expect(bench.state(envelope, "B") == .failed)
            #expect(bench.words(envelope).last == .failed)
            #expect(bench.schedule().isEmpty)
        }
    }

    @Test("first the body goes, then everything; a second recipient keeps the body")
    func retention() throws {
        var bench = agency()
        let envelope = try bench.submit(to: ["B", "C"])
        let order = Event.ordered(
            key(envelope), Order(.cancel, by: "an", reason: "why"), caller: CallerID(1))
        bench.decide(order)
        bench.pass(.days(3))
        bench.decide(.due(key(envelope)))
        #expect(bench.record(envelope, "B")?.holdsBody == false)
        #expect(bench.bodies == [envelope.document])
        bench.decide(
            .ordered(
                key(envelope, "C"), Order(.cancel, by: "an", reason: "why"), caller: CallerID(1)))
        bench.pass(.days(3))
        bench.decide(.due(key(envelope, "C")))
        #expect(bench.bodies.isEmpty)
        bench.decide(.due(key(envelope)))
        #expect(bench.forgotten.isEmpty)
        bench.pass(.days(25))
        for recipient in ["B", "C"] { bench.decide(.due(key(envelope, recipient))) }
        #expect(bench.forgotten == [key(envelope, "B"), key(envelope, "C")])
        #expect(bench.records.isEmpty)
    }

    @Test("without a route a document waits, and is never bounced")
    func noRoute() throws {
        var settings = Net.settings("R-A")
        settings.routes = RouteTable(["B": [relay("HUB-1")]])
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit(to: ["C"])
        #expect(bench.schedule().isEmpty)
        #expect(bench.state(envelope, "C") == .queued)
        bench.pass(.days(29))
        bench.decide(.due(key(envelope, "C")))
        #expect(bench.state(envelope, "C") == .queued)
    }
}
