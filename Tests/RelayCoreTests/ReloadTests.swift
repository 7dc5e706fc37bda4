// New settings in a running node: what stays, what goes, and that nothing bounces.

import RelayCore
import Testing

@Suite("New settings while the relay runs")
struct ReloadTests {
    private let hub1 = relay("HUB-1")
    private let hub2 = relay("HUB-2")

    private func reload(_ bench: inout Bench, _ change: (inout Settings) -> Void) -> [Action] {
        var settings = bench.node.settings
        change(&settings)
        return bench.decide(.reconfigured(settings, caller: CallerID(7)))
    }

    @Test("what waited without a route goes at once when a route is added")
    func limbo() throws {
        var bench = Bench(Net.settings("R-A"))
        _ = reload(&bench) { $0.routes = RouteTable([:]) }
        bench.link("HUB-1", number: 1)
        let letter = try bench.submit()
        #expect(bench.schedule().isEmpty)
        let actions = reload(&bench) { $0.routes = RouteTable(["B": [hub1]]) }
        #expect(actions.compactMap(\.reply) == [.done])
        #expect(bench.schedule().compactMap(\.transfer).map(\.envelope) == [letter])
    }

    @Test("a peer that stays keeps its link, its health, and what is on the wire")
    func keepsLinks() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        let letter = try bench.submit()
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        let health = bench.node.peers.all
        let actions = reload(&bench) { settings in
            settings.returnAfter = .seconds(5)
            settings.peers[hub2] = PeerTerms(role: .hub, organisations: [], isDiallable: false)
        }
        #expect(actions.compactMap(\.closed).isEmpty && actions.compactMap(\.dialled).isEmpty)
        #expect(bench.node.peers.all[hub1] == health[hub1])
        #expect(bench.node.peers.all[hub2]?.current?.link == LinkID(2))
        #expect(bench.state(letter, "B") == .attempting)
        bench.answer(transfer, .accepted)
        #expect(bench.state(letter, "B") == .relayed)
    }

    @Test("the link of a peer that was removed is closed, and what was on it goes by another")
    func removed() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        let letter = try bench.submit()
        bench.schedule()
        let actions = reload(&bench) { settings in
            settings.peers[hub1] = nil
            settings.routes = RouteTable(["*": [hub2]])
        }
        #expect(actions.compactMap(\.closed) == [LinkID(1)])
        bench.lose(number: 1)
        let again = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(again.link == LinkID(2) && again.envelope == letter)
        // A connection that was on its way meanwhile is no link.
        #expect(bench.link("HUB-1", number: 3).compactMap(\.closed) == [LinkID(3)])
        #expect(bench.lose(number: 3).isEmpty)
    }

    @Test("a new peer is dialled and nobody waits for it; one that was down is tried at once")
    func added() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-2", number: 2)
        bench.decide(.dialFailed(hub1, reason: "refused"))
        bench.pass(.minutes(5))
        let direct = relay("R-B")
        let actions = reload(&bench) { settings in
            settings.peers[direct] = PeerTerms(
                role: .agency, organisations: [organisation("B")], isDiallable: true)
            settings.routes = RouteTable(["B": [direct, hub2], "*": [hub1, hub2]])
        }
        #expect(actions.compactMap(\.dialled) == [hub1, direct])
        try bench.submit()
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(2)])
        // Nothing has been lost of it: it is taken as soon as it is there.
        bench.link("R-B", number: 3)
        try bench.submit(digest: 2)
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(3)])
    }

    @Test("a hop that is new in the route and on a document's path is not offered it")
    func noBounce() throws {
        // B's letter came to hub 1 by hub 2, and waits here for B.
        var bench = Bench(Net.settings("HUB-1"))
        _ = reload(&bench) { $0.routes = RouteTable(["B": [relay("R-B")]]) }
        bench.link("HUB-2", number: 2)
        let envelopes = (1...3).map { Net.envelope(UInt64($0)) }
        for envelope in envelopes {
            bench.decide(
                .received(Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)))
        }
        let actions = reload(&bench) {
            $0.routes = RouteTable(["B": [relay("HUB-2"), relay("R-B")]])
        }
        #expect(actions.compactMap(\.answers).isEmpty)
        #expect(bench.schedule().compactMap(\.transfer).isEmpty)
        for envelope in envelopes {
            let lane = Lane(to: organisation("B"), excluding: [hub2])
            #expect(bench.record(envelope, "B")?.queueRow?.lane == lane)
        }
        for _ in 0..<3 { #expect(bench.schedule().compactMap(\.transfer).isEmpty) }
        bench.link("R-B", number: 3)
        #expect(bench.schedule().compactMap(\.transfer).count == 3)
    }

    @Test("what a peer may hand over follows its new terms, on the link that is up")
    func newTerms() {
        var bench = Bench(Net.settings("HUB-1"))
        bench.link("R-A", number: 1)
        let offer = Net.offer(Net.envelope(sender: "A2"), by: "R-A", path: ["R-A"])
        #expect(
            bench.decide(.offered(offer)).compactMap(\.answers)
                == [[.refused(.senderNotPermitted)]])
        _ = reload(&bench) { settings in
            settings.peers[relay("R-A")] = PeerTerms(
                role: .agency, organisations: [organisation("A"), organisation("A2")],
                isDiallable: true)
        }
        #expect(bench.decide(.offered(offer)).compactMap(\.wanted) == [0])
    }
}
