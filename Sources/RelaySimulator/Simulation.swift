// One seed, run to its end.

package import RelayCore

package struct Simulation {
    package let plan: Plan
    package let detail: Trace.Detail
    /// Faults planted by tests of the checkers.
    package var sabotage: (World) -> Void = { _ in }

    package init(seed: UInt64, nodes: Int? = nil, detail: Trace.Detail = .hash) {
        plan = Plan(seed: seed, nodes: nodes)
        self.detail = detail
    }

    package struct Result: Sendable {
        package let seed: UInt64
        package let hash: UInt64
        package let steps: UInt64
        /// How long the world lasted until everything had arrived, in its own time.
        package let duration: Interval
        package let documents: Int
        package let violation: Checkers.Violation?
        package let trace: [String]
    }

    /// After the last disturbance everything arrives within this: several rounds of receipts, hops
    /// that refused asked again, clocks that were set back caught up.
    private static let drainMax: Int64 = 45 * 60_000

    package func run() -> Result {
        let world = World(plan.topology, seed: plan.seed ^ 0x5EED, trace: detail)
        world.desk.works = plan.works
        world.desk.orders = plan.orders
        world.desk.collectsPercent = plan.collectsPercent
        sabotage(world)
        world.startAll()
        world.arrangeWork()
        for trace in plan.traces { world.arrange(.ask(trace.relay, trace.to), in: trace.at) }
        world.arrangeDisturbances(plan.disturbances)
        let quiet = plan.disturbances.map { $0.at + $0.lasts }.max() ?? 0
        world.run(until: max(quiet, Int64(Plan.span) / 2) + 1)
        let duration = drain(world)
        if world.checkers.violation == nil { world.checkArrivals() }
        if plan.outlives, world.checkers.violation == nil {
            var despair = Despair(world, seed: plan.seed)
            despair.play()
            outlive(world)
        }
        return Result(
            seed: plan.seed, hash: world.trace.hash, steps: world.trace.steps,
            duration: .milliseconds(duration), documents: world.checkers.accepted.count,
            violation: world.checkers.violation, trace: Array(world.trace.tail))
    }

    private func drain(_ world: World) -> Int64 {
        let end = world.now + Self.drainMax
        while world.checkers.violation == nil {
            world.releaseAll()
            world.run(until: world.now + 2_000)
            guard let debt = world.unmet() else { break }
            if world.now > end {
                world.violate("everything arrives", debt)
            }
        }
        return world.now
    }

    /// Long after: all that can be forgotten is, and the space is free again.
    private func outlive(_ world: World) {
        for days in [3, 6, 9, 40] {
            world.skipAhead(.days(Int64(days)))
            world.run(until: world.now + 60_000)
        }
        if world.checkers.violation == nil { world.checkForgotten() }
    }
}

extension World {
    /// Every wall clock goes on by so much, and nothing else happens meanwhile.
    package func skipAhead(_ interval: Interval) {
        for relay in relays.indices {
            relays[relay].skew = .milliseconds(
                relays[relay].skew.milliseconds + interval.milliseconds)
        }
    }
}
