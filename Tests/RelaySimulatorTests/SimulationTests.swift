// The simulations themselves: 200 seeds, larger networks, and replay.

import RelayCore
import RelaySimulator
import Testing

@Suite("Simulations")
struct SimulationTests {
    @Test("200 seeds keep every promise")
    func seeds() async {
        let results = await Campaign(seeds: 1...200).run()
        #expect(results.count == 200)
        for result in results where result.violation != nil { Issue.record("\(result.summary)") }
        // Not because nothing happened.
        #expect(results.reduce(0) { $0 + $1.documents } > 2_000)
    }

    @Test("networks of up to eight relays and more", arguments: [6, 8, 12])
    func sizes(nodes: Int) async {
        for result in await Campaign(seeds: 1...5, nodes: nodes).run()
        where result.violation != nil {
            Issue.record("\(nodes) nodes: \(result.summary)")
        }
    }

    @Test("the same seed takes the same steps, with and without lines")
    func deterministic() {
        for seed in UInt64(3)...6 {
            let one = Simulation(seed: seed).run()
            let other = Simulation(seed: seed, detail: .everything).run()
            let third = Simulation(seed: seed, detail: .everything).run()
            #expect(one.hash == other.hash)
            #expect(one.steps == other.steps)
            #expect(other.trace == third.trace)
            #expect(other.trace.count > 100)
        }
        #expect(Simulation(seed: 3).run().hash != Simulation(seed: 4).run().hash)
    }

    @Test("a broken rule names its seed, its step and what was broken, and replays")
    func replays() throws {
        func broken(_ detail: Trace.Detail) -> Simulation.Result {
            var simulation = Simulation(seed: 11, detail: detail)
            simulation.sabotage = { world in
                for relay in world.relays { relay.ledger.sabotage.alterQueueRow = { _, _ in nil } }
            }
            return simulation.run()
        }
        let found = broken(.hash)
        let violation = try #require(found.violation)
        #expect(found.summary.contains("seed 11: FAILED at step \(violation.step)"))
        #expect(found.summary.contains(violation.rule))
        let replayed = broken(.last(20))
        #expect(replayed.violation == violation)
        #expect(replayed.hash == found.hash)
        #expect(!replayed.trace.isEmpty && replayed.trace.count <= 20)
    }
}
