// Routes whose hops share the documents: by weight, the same way each time, and as a whole when one
// of them is lost.

import RelayCore
import Testing

@Suite("Hops that share documents")
struct SharingTests {
    private let hub1 = relay("HUB-1")
    private let hub2 = relay("HUB-2")
    private let hub3 = relay("HUB-3")

    private func document(_ number: UInt64) -> DocumentID {
        DocumentID(
            at: start + .milliseconds(Int64(number) * 7), dice: number &* 0x9E37_79B9_7F4A_7C15,
            salt: 3)
    }

    private func counts(_ route: Route, _ slots: [UInt8]) -> [RelayCode: Int] {
        var counts: [RelayCode: Int] = [:]
        for slot in slots { counts[route.relays(slot: slot)[0], default: 0] += 1 }
        return counts
    }

    @Test("a route in order has no shares, and gives the order as it stands")
    func plain() {
        let route = Route(inOrder: [hub2, hub1])
        #expect(!route.isShared)
        #expect(route.relays(slot: nil) == [hub2, hub1] && route.relays(slot: 7) == [hub2, hub1])
    }

    @Test("slots are dealt out by weight, and every slot has every hop as its backup")
    func weights() {
        let route = Route([
            RouteHop(hub3, priority: 2), RouteHop(hub1, priority: 1, weight: 3),
            RouteHop(hub2, priority: 1, weight: 1),
        ])
        let slots = (0..<UInt8(Route.slotCount)).map { $0 }
        #expect(counts(route, slots) == [hub1: 12, hub2: 4])
        for slot in slots {
            let order = route.relays(slot: slot)
            #expect(order.last == hub3 && Set(order) == [hub1, hub2, hub3])
        }
    }

    @Test("what a lost hop had is dealt out to all the others")
    func lostShare() {
        let route = Route([hub1, hub2, hub3].map { RouteHop($0, priority: 1) })
        var heirs: [RelayCode: Int] = [:]
        for slot in 0..<UInt8(Route.slotCount) {
            let order = route.relays(slot: slot)
            if order[0] == hub1 { heirs[order[1], default: 0] += 1 }
        }
        #expect(heirs.count == 2 && heirs.values.allSatisfy { $0 >= 2 })
    }

    @Test("the ids of documents fall evenly into the slots")
    func slots() {
        var counts = [Int](repeating: 0, count: Route.slotCount)
        for number in 0..<UInt64(16_000) { counts[Int(document(number).slot)] += 1 }
        #expect(counts.allSatisfy { (850...1_150).contains($0) }, "\(counts)")
    }

    /// Agency A with links to both hubs, which share its documents three to one.
    private func agency() -> Bench {
        var settings = Net.settings("R-A")
        settings.routes = RouteTable(routes: [
            "*": Route([
                RouteHop(hub1, priority: 1, weight: 3), RouteHop(hub2, priority: 1, weight: 1),
            ])
        ])
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        return bench
    }

    @Test("documents go by their share; a retry goes the same way; a lost share moves as a whole")
    func traffic() throws {
        var bench = agency()
        for number in 0..<UInt8(40) { try bench.submit(digest: number) }
        let first = bench.drain()
        #expect(first.count == 40)
        let by2 = Set(first.filter { $0.link == LinkID(2) }.map(\.envelope.document))
        #expect((4...18).contains(by2.count), "\(by2.count) of 40")
        // All were unlucky, and all go the same way again.
        for transfer in first { bench.answer(transfer, .unknown) }
        let again = bench.drain()
        #expect(again.count == 40)
        #expect(Set(again.filter { $0.link == LinkID(2) }.map(\.envelope.document)) == by2)
        bench.lose(number: 2)
        let moved = bench.drain()
        #expect(moved.allSatisfy { $0.link == LinkID(1) })
        #expect(Set(moved.map(\.envelope.document)) == by2)
    }

    @Test("recipients of one document go together: the slot is the document's")
    func together() throws {
        var bench = agency()
        let letter = try bench.submit(to: ["B", "C", "D", "E"])
        let transfers = bench.drain()
        #expect(transfers.count == 1 && transfers[0].recipients == letter.recipients.sorted())
    }

    @Test("what was queued before the hops shared takes its share after a reload")
    func afterReload() throws {
        var bench = Bench(Net.settings("R-A"))
        for number in 0..<UInt8(40) { try bench.submit(digest: number) }
        var settings = bench.node.settings
        settings.routes = agency().node.settings.routes
        bench.decide(.reconfigured(settings, caller: CallerID(1)))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        var links: [LinkID: Int] = [:]
        for _ in 0..<4 {
            for transfer in bench.drain() {
                links[transfer.link, default: 0] += 1
            }
        }
        #expect(links.values.reduce(0, +) == 40)
        #expect((4...18).contains(links[LinkID(2), default: 0]))
        #expect(bench.node.moves == 40)
    }

    @Test("the name of a lane says its slot and whether it carries receipts, and is read back")
    func names() throws {
        let to = organisation("H26.1")
        let lanes = [
            Lane(to: to), Lane(to: to, slot: 0), Lane(to: to, slot: 15, carriesReceipts: true),
            Lane(to: to, carriesReceipts: true, excluding: [hub1]),
            Lane(to: to, slot: 3, excluding: [hub2, hub1], avoiding: hub3),
        ]
        for lane in lanes { #expect(Lane(lane.description) == lane, "\(lane)") }
        #expect(Set(lanes.map(\.description)).count == lanes.count)
        for text in ["H26.1 #16", "H26.1 #-1", "H26.1 #", "H26.1 ^ #1", "H26.1 -A #1", "H26.1 ^^"] {
            #expect(Lane(text) == nil, "\(text)")
        }
    }
}
