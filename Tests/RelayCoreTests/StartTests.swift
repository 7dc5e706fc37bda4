// What a node makes of what a former run has left.

import RelayCore
import Testing

@Suite("A node at its start")
struct StartTests {
    @Test("what timers queue before the inventory is told stays in the backlog")
    func timersBeforeInventory() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit()
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(transfer, .accepted)
        #expect(bench.state(envelope, "B") == .relayed)

        // The process dies, and is started after the receipt's deadline.
        bench.pass(.hours(3))
        bench.node = Node(
            Net.settings("R-A"), at: Moment(now: bench.now, tick: bench.tick, dice: 5))
        let inventory = Inventory(lanes: [:], lastSequence: 1)
        bench.decide(.due(DeliveryKey(document: envelope.document, recipient: organisation("B"))))
        bench.decide(.started(inventory))
        bench.link("HUB-2", number: 2)
        bench.pass(PeerHealth.grace)
        #expect(bench.schedule().compactMap(\.transfer).map(\.round) == [2])
    }

    @Test("sequences go on after those on disk")
    func sequences() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.decide(.started(Inventory(lanes: [:], lastSequence: 41)))
        let envelope = try bench.submit()
        #expect(bench.record(envelope, "B")?.sequence == 42)
    }

    @Test("every peer that can be dialled is dialled, and no other")
    func dials() {
        var bench = Bench(Net.settings("HUB-1"))
        let actions = bench.decide(.started(Inventory(lanes: [:], lastSequence: 0)))
        #expect(actions.compactMap(\.dialled) == ["HUB-2", "R-A", "R-B"].map(relay))
    }

    @Test("a hand-over that a former run had begun is queued again in its lane")
    func recovered() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit()
        bench.schedule()
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        bench.node = Node(
            Net.settings("R-A"), at: Moment(now: bench.now, tick: bench.tick, dice: 5))
        bench.decide(
            .started(Inventory(lanes: [Lane(to: organisation("B")): .normal], lastSequence: 1)))
        bench.decide(.recovered(key))
        #expect(bench.state(envelope, "B") == .queued)
        bench.decide(.recovered(key))
        #expect(bench.words(envelope) == [.accepted, .returned])
        bench.link("HUB-1", number: 2)
        #expect(bench.schedule().compactMap(\.transfer).count == 1)
    }
}
