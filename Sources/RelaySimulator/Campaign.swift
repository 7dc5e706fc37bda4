// Many seeds, on all cores. Each simulation is one thread's own; only results are shared.

import RelayCore

package struct Campaign: Sendable {
    private let seeds: ClosedRange<UInt64>
    private let nodes: Int?

    package init(seeds: ClosedRange<UInt64>, nodes: Int? = nil) {
        self.seeds = seeds
        self.nodes = nodes
    }

    /// The results, by seed.
    @concurrent
    package func run(atOnce: Int = 16) async -> [Simulation.Result] {
        await withTaskGroup(of: Simulation.Result.self) { group in
            var results: [Simulation.Result] = []
            var next = seeds.lowerBound
            func begin() {
                let (seed, nodes) = (next, nodes)
                next += 1
                group.addTask { Simulation(seed: seed, nodes: nodes).run() }
            }
            while next - seeds.lowerBound < UInt64(atOnce), next <= seeds.upperBound { begin() }
            while let result = await group.next() {
                results.append(result)
                if next <= seeds.upperBound { begin() }
            }
            return results.sorted { $0.seed < $1.seed }
        }
    }

    package static func summary(of results: [Simulation.Result], took: Duration) -> String {
        let failed = results.count { $0.violation != nil }
        let documents = results.reduce(0) { $0 + $1.documents }
        let steps = results.reduce(0) { $0 + $1.steps }
        let hours = results.reduce(0) { $0 + $1.duration.milliseconds } / 3_600_000
        return "\(results.count) seeds, \(failed) failed; \(documents) documents, \(steps) steps, "
            + "\(hours) hours of simulated time in \(took.components.seconds) s"
    }
}

extension Simulation.Result {
    /// What came of it, in one line or, when a rule was broken, in three.
    package var summary: String {
        let took = Trace.clock(duration.milliseconds)
        guard let violation else {
            return "seed \(seed): ok, \(documents) documents in \(took), \(steps) steps, "
                + "trace \(String(hash, radix: 16))"
        }
        return """
            seed \(seed): FAILED at step \(violation.step), \(Trace.clock(violation.at))
              rule: \(violation.rule)
              what: \(violation.what)
            """
    }
}
