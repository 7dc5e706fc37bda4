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
        let held = Event.held(key(envelope), by: "an", reason: "ask", caller: caller)
        #expect(bench.decide(held).compactMap(\.reply) == [.done])
        #expect(bench.schedule().isEmpty)
        let released = Event.released(key(envelope), by: "an", reason: "go", caller: caller)
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
}
