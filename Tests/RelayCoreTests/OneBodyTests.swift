// One body for many: a letter to ninety recipients crosses a link once, and each is answered alone.

import RelayCore
import Testing

@Suite("One body, many recipients")
struct OneBodyTests {
    /// Agency A, with both hubs; recipients `B1` to `B89` by hub 1 and the `C` ones by hub 2.
    private func agency() -> Bench {
        var settings = Net.settings("R-A")
        var routes = ["*": [relay("HUB-1")]]
        for number in 0..<30 { routes["C\(number)"] = [relay("HUB-2"), relay("HUB-1")] }
        settings.routes = RouteTable(routes)
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        return bench
    }

    private let near = (0..<60).map { "B\($0)" }
    private let far = (0..<30).map { "C\($0)" }

    @Test("ninety recipients by two hops are two transfers, one for each link")
    func twoHops() throws {
        var bench = agency()
        let letter = try bench.submit(to: near + far)
        let transfers = bench.drain()
        #expect(transfers.map(\.link) == [LinkID(1), LinkID(2)])
        #expect(transfers.map(\.recipients.count) == [60, 30])
        #expect(transfers.allSatisfy { $0.envelope == letter })
        #expect(Set(transfers.flatMap(\.recipients)) == Set(letter.recipients))
    }

    @Test("refused by one hub, five go by the other in one transfer; the rest is done")
    func someRefused() throws {
        var bench = agency()
        let letter = try bench.submit(to: near + far)
        let transfers = bench.drain()
        bench.answer(transfers[0], .accepted)
        let answers = transfers[1].recipients.enumerated().map { place, recipient in
            Answered(recipient: recipient, answer: place < 5 ? .refused(.noRoute) : .accepted)
        }
        bench.decide(.attempted(transfers[1].id, answers))
        let again = bench.drain()
        #expect(again.map(\.link) == [LinkID(1)])
        #expect(again.flatMap(\.recipients) == Array(transfers[1].recipients.prefix(5)))
        bench.answer(again[0], .accepted)
        #expect(letter.recipients.allSatisfy { bench.state(letter, $0.text) == .relayed })
    }

    @Test("a link that is lost in the middle costs one more transfer, not ninety")
    func lostLink() throws {
        var bench = agency()
        try bench.submit(to: near + far)
        let transfers = bench.drain()
        bench.answer(transfers[0], .accepted)
        bench.lose(number: 2)
        let again = bench.drain()
        #expect(again.map(\.link) == [LinkID(1)])
        #expect(Set(again.flatMap(\.recipients)) == Set(transfers[1].recipients))
    }

    @Test("after a restart what was on the wire is one transfer for each link again")
    func restart() throws {
        var bench = agency()
        let letter = try bench.submit(to: near + far)
        bench.answer(bench.drain()[0], .accepted)
        let leased = bench.records.values.filter { $0.state.name == .attempting }.map(\.key)
        #expect(leased.count == 30)
        bench.node = Node(
            bench.node.settings, at: Moment(now: bench.now, tick: bench.tick, dice: 5))
        bench.decide(.started(Inventory(lanes: [:], lastSequence: 90)))
        for key in leased.sorted() { bench.decide(.recovered(key)) }
        bench.link("HUB-1", number: 3)
        bench.link("HUB-2", number: 4)
        let again = bench.drain()
        #expect(again.map(\.link) == [LinkID(4)] && again[0].recipients.count == 30)
        bench.answer(again[0], .accepted)
        #expect(letter.recipients.allSatisfy { bench.state(letter, $0.text) == .relayed })
    }
}
