// Pausing, draining and resuming a link, and detours of single deliveries.

import RelayCore
import Testing

@Suite("Orders about peers")
struct PeerOrderTests {
    private let hub1 = relay("HUB-1")

    /// Agency A with links to both hubs.
    private func agency() -> Bench {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        return bench
    }

    @discardableResult
    private func order(
        _ what: PeerOrder.What?, on peer: String = "HUB-1", _ bench: inout Bench
    ) -> [Action] {
        let command = PeerCommand(what, by: "an", reason: "why")
        return bench.decide(.peerOrdered(relay(peer), command, caller: CallerID(7)))
    }

    @Test("a paused hop is passed over at once, and taken again at once when it is resumed")
    func pause() throws {
        var bench = agency()
        #expect(order(.pause, &bench).compactMap(\.reply) == [.done])
        #expect(bench.orders[hub1]?.by == "an" && bench.orders[hub1]?.reason == "why")
        _ = try bench.submit()
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(2)])
        #expect(order(.pause, &bench).compactMap(\.reply) == [.unchanged])
        #expect(order(nil, &bench).compactMap(\.reply) == [.done])
        #expect(bench.orders[hub1] == nil)
        _ = try bench.submit(digest: 2)
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(1)])
    }

    @Test("with every hop paused documents wait, and go when one is resumed")
    func allPaused() throws {
        var bench = agency()
        order(.pause, &bench)
        order(.pause, on: "HUB-2", &bench)
        _ = try bench.submit()
        #expect(bench.schedule().isEmpty)
        order(nil, on: "HUB-2", &bench)
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(2)])
    }

    @Test("a paused peer is put off, but what is here already is acknowledged")
    func offers() {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        let envelope = Net.envelope(from: "R-B", sender: "B", to: ["A"])
        let offer = Net.offer(envelope, by: "HUB-1", path: ["R-B", "HUB-1"])
        func answers(_ actions: [Action]) -> [Answer] {
            actions.flatMap { action -> [Answer] in
                if case .answer(_, let answers) = action { answers.map(\.answer) } else { [] }
            }
        }
        order(.pause, &bench)
        #expect(answers(bench.decide(.offered(offer))) == [.busy(after: .seconds(5))])
        #expect(answers(bench.decide(.received(offer))) == [.busy(after: .seconds(5))])
        order(nil, &bench)
        #expect(bench.decide(.offered(offer)).compactMap(\.wanted) == [0])
        // Asked for before the pause: what runs finishes.
        order(.pause, &bench)
        #expect(answers(bench.decide(.received(offer))) == [.accepted])
        #expect(answers(bench.decide(.offered(offer))) == [.accepted])
    }

    @Test("a drained link ends when nothing is on it any more, and is not dialled again")
    func drain() throws {
        var bench = agency()
        let envelope = try bench.submit()
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(order(.drain, &bench).compactMap(\.drained) == [LinkID(1)])
        _ = try bench.submit(digest: 2)
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(2)])
        bench.answer(transfer, .accepted)
        #expect(bench.state(envelope, "B") == .relayed)
        bench.lose(number: 1)
        for _ in 0..<20 {
            bench.pass(.seconds(30))
            #expect(bench.decide(.tick).compactMap(\.dialled).isEmpty)
        }
        #expect(order(nil, &bench).compactMap(\.dialled) == [hub1])
    }

    @Test("a link that a drained peer opens again ends, too")
    func reopened() {
        var bench = agency()
        order(.drain, &bench)
        bench.lose(number: 1)
        let again = bench.link("HUB-1", number: 3, dialledHere: false)
        #expect(again.compactMap(\.drained) == [LinkID(3)])
    }

    @Test("orders hold after a restart: a drained peer is not dialled, nor waited for")
    func restart() throws {
        var bench = Bench(Net.settings("R-A"))
        let drain = PeerOrder(.drain, by: "an", reason: "why", since: start)
        let inventory = Inventory(lanes: [:], lastSequence: 0, orders: [hub1: drain])
        #expect(bench.decide(.started(inventory)).compactMap(\.dialled) == [relay("HUB-2")])
        bench.link("HUB-2", number: 2)
        _ = try bench.submit()
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(2)])
        #expect(order(nil, &bench).compactMap(\.dialled) == [hub1])
    }

    @Test("there are orders only about peers")
    func unknown() {
        var bench = agency()
        #expect(order(.pause, on: "HUB-9", &bench).compactMap(\.reply) == [.notFound])
        #expect(bench.orders.isEmpty)
    }
}

@Suite("Detours")
struct DetourTests {
    private func bench() -> Bench {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        return bench
    }

    private func reroute(_ detour: Detour?, _ envelope: Envelope, _ bench: inout Bench) -> Reply? {
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        let order = Order(.reroute(detour), by: "an", reason: "why")
        return bench.decide(.ordered(key, order, caller: CallerID(1))).compactMap(\.reply).first
    }

    @Test("a delivery goes by the hop that is preferred, and not by the one to avoid")
    func ways() throws {
        for detour in [Detour.via(relay("HUB-2")), .avoiding(relay("HUB-1"))] {
            var bench = bench()
            let envelope = try bench.submit()
            #expect(reroute(detour, envelope, &bench) == .done)
            #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(2)])
        }
    }

    @Test("when the preferred hop is down or refuses, the route holds")
    func fallBack() throws {
        var bench = bench()
        bench.lose(number: 2)
        let envelope = try bench.submit()
        #expect(reroute(.via(relay("HUB-2")), envelope, &bench) == .done)
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(1)])
        var other = self.bench()
        let second = try other.submit()
        #expect(reroute(.via(relay("HUB-2")), second, &other) == .done)
        let transfer = try #require(other.schedule().compactMap(\.transfer).first)
        other.answer(transfer, .refused(.noRoute))
        #expect(other.schedule().compactMap(\.transfer).map(\.link) == [LinkID(1)])
    }

    @Test("a detour lasts: a delivery sent again goes by it, until it is taken back")
    func lasting() throws {
        var bench = bench()
        let envelope = try bench.submit()
        #expect(reroute(.via(relay("HUB-2")), envelope, &bench) == .done)
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(transfer, .accepted)
        // It waits for its receipt: it is sent again, now by the hop of the route.
        #expect(reroute(nil, envelope, &bench) == .done)
        #expect(bench.record(envelope, "B")?.round == 2)
        #expect(bench.schedule().compactMap(\.transfer).map(\.link) == [LinkID(1)])
    }

    @Test("no order makes a document go back to a relay that it has passed")
    func loops() throws {
        var bench = Bench(Net.settings("HUB-1"))
        let envelope = Net.envelope()
        bench.link("R-A", number: 1)
        _ = bench.decide(.offered(Net.offer(envelope, by: "R-A", path: ["R-A"])))
        _ = bench.decide(.received(Net.offer(envelope, by: "R-A", path: ["R-A"])))
        #expect(bench.state(envelope, "B") == .queued)
        #expect(reroute(.via(relay("R-A")), envelope, &bench) == .notPossible(.queued))
    }

    @Test("a detour is read as it is written")
    func text() {
        for detour in [Detour.via(relay("HUB-1")), .avoiding(relay("H26.1"))] {
            #expect(Detour(detour.description) == detour)
        }
        for text in ["", "+", "HUB-1", "-HUB-1", "+ HUB"] { #expect(Detour(text) == nil) }
    }
}
