// Why a drill does not begin now, and why a running one ends by itself. A drill is an exercise: it
// gives way as soon as it could harm what is real.

package enum DrillObstacle: Hashable, Sendable {
    /// The scenario does not fit this relay.
    case misfit(String)
    case isRunning(String)
    case backlog(Int, most: Int)
    case oldest(Interval, most: Interval)
    case deadlines(Int, most: Int)
    /// It is down already: there is nothing to rehearse, and something real to mend.
    case peerDown(RelayCode)
    /// Without these hops nothing usable is left on a route.
    case noBackup(route: String, without: [RelayCode])
    case noRoom

    package var words: String {
        switch self {
        case .misfit(let problem): problem
        case .isRunning(let name): "the drill \(name) is running; one at a time"
        case .backlog(let count, let most):
            "\(count) deliveries are queued, more than the guard's \(most)"
        case .oldest(let age, let most):
            "the oldest has waited \(age.milliseconds / 1_000) s, longer than the guard's "
                + "\(most.milliseconds / 1_000) s"
        case .deadlines(let count, let most):
            "\(count) deliveries are at risk of missing their deadline, more than the guard's "
                + "\(most)"
        case .peerDown(let peer): "\(peer) is down already; mend that first"
        case .noBackup(let route, let hops):
            "without \(hops.map(\.text).joined(separator: ", ")) the route \(route) has no usable "
                + "hop"
        case .noRoom: "the store has no room for new documents"
        }
    }
}

extension Node {
    /// Everything that stands in the way of a drill now; empty when it may begin.
    package func obstacles(
        to scenario: DrillScenario, _ backlog: Backlog, at moment: Moment
    ) -> [DrillObstacle] {
        if let drill { return [.isRunning(drill.name)] }
        let courses: [DrillCourse]
        switch self.courses(of: scenario) {
        case .success(let found): courses = found
        case .failure(let misfit): return misfit.problems.map { .misfit($0) }
        }
        var obstacles = pressure(
            scenario.guards, backlog, dueBefore: moment.now + scenario.lease, at: moment)
        if !hasRoom { obstacles.append(.noRoom) }
        let concerned = Set(courses.compactMap(\.peer))
        obstacles += concerned.filter { peers.current($0) == nil }.sorted().map { .peerDown($0) }
        return obstacles + lackingBackups(courses)
    }

    /// The scenario's faults at this relay, one course for each peer concerned.
    package func courses(of scenario: DrillScenario) -> Result<[DrillCourse], DrillMisfit> {
        let faults: [Fault]
        do throws(DrillMisfit) {
            faults = try scenario.faults(at: settings)
        } catch {
            return .failure(error)
        }
        var problems: [String] = []
        var courses: [DrillCourse] = []
        for (number, fault) in faults.enumerated() {
            let found = fault.courses(at: settings)
            if found.isEmpty {
                problems.append("fault \(number + 1): no peer has such an address: \(fault.words)")
            }
            courses += found
        }
        return problems.isEmpty ? .success(courses) : .failure(DrillMisfit(problems: problems))
    }

    /// What waits with a deadline in this time is at risk while a drill runs: a healthy relay has
    /// handed it over long before.
    static let deadlineMargin = Interval.minutes(2)

    /// The bounds of a scenario that are passed: at the start and all along.
    ///
    /// - Parameter dueBefore: what is queued with a deadline before that is at risk. At the start
    ///   that is the end of the lease, for so long the faults may last.
    func pressure(
        _ guards: DrillScenario.Guards, _ backlog: Backlog, dueBefore time: Instant,
        at moment: Moment
    ) -> [DrillObstacle] {
        var passed: [DrillObstacle] = []
        if backlog.queued > guards.backlogMax {
            passed.append(.backlog(backlog.queued, most: guards.backlogMax))
        }
        if let oldest = backlog.oldest, moment.now - oldest > guards.oldestMax {
            passed.append(.oldest(moment.now - oldest, most: guards.oldestMax))
        }
        let atRisk = backlog.atRisk(before: time)
        if atRisk > guards.deadlinesAtRiskMax {
            passed.append(.deadlines(atRisk, most: guards.deadlinesAtRiskMax))
        }
        return passed
    }

    /// Routes that would be left without a usable hop by outages that are, or will be, in force at
    /// one time. A route all of whose hops are spared asks nothing.
    func lackingBackups(_ courses: [DrillCourse]) -> [DrillObstacle] {
        let outages = courses.filter { $0.isOutage && $0.liftedAt == nil }
        var found: [DrillObstacle] = []
        for (entry, hops) in settings.routes.entries {
            let worst = outages.filter { $0.peer.map(hops.contains) ?? false }.compactMap { one in
                let together = outages.filter { other in
                    other.fault.after < one.fault.end && one.fault.after < other.fault.end
                }
                let out = Set(together.compactMap(\.peer))
                let isCovered = hops.contains { !out.contains($0) && peers.current($0) != nil }
                return isCovered ? nil : hops.filter(out.contains)
            }.max { $0.count < $1.count }
            if let worst { found.append(.noBackup(route: entry, without: worst)) }
        }
        return found
    }
}
