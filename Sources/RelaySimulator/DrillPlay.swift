// Plays a drill on the virtual clock: the production core of every relay, the scenario's faults,
// and as much traffic as is asked for.
//
// Guarantees: a function of its network, scenario, load and seed. Leaves to others: reading files,
// and saying what came of it (`DrillForecast`).

package import RelayCore

package struct DrillPlay: Sendable {
    package let network: DrillNetwork
    package let scenario: DrillScenario
    /// The relay that plays the drill.
    package let relay: RelayCode
    package let load: Load

    package struct Load: Sendable {
        /// Documents that its applications submit in an hour.
        package var perHour: Int
        /// Documents that others send to it in an hour.
        package var incomingPerHour = 0
        /// Of each, in bytes.
        package var size: Int
        package var priority = Priority.normal
        /// Empty: everybody in turn.
        package var recipients: [OrganisationCode] = []
        /// From the first fault's beginning to the last one's end, in place of the scenario's.
        package var duration: Interval?
        /// What every line between two relays carries, in bytes a second, in each direction.
        package var lineBytesPerSecond: UInt64?
        /// Whether the faults hold for every relay that knows the peer, as in a real outage.
        package var isEverywhere = false
        package var seed: UInt64 = 1

        package init(perHour: Int, size: Int) {
            self.perHour = perHour
            self.size = size
        }
    }

    /// Fails with every reason why the scenario cannot be played at this relay.
    package init(
        _ scenario: DrillScenario, at relay: RelayCode, in network: DrillNetwork, load: Load
    ) throws(DrillMisfit) {
        guard let home = network.topology.index(of: relay) else {
            throw DrillMisfit(problems: ["\(relay) is not among the relays"])
        }
        let settings = network.topology.sites[home].settings
        faults = Self.stretched(try scenario.faults(at: settings), to: load.duration)
        self.network = network
        self.scenario = scenario
        self.relay = relay
        self.load = load
        self.home = home
        let known = network.recipients(from: relay)
        recipients = load.recipients.isEmpty ? known : load.recipients
        var problems: [String] = []
        if recipients.isEmpty { problems.append("there is nobody to write to") }
        for recipient in recipients where !known.contains(recipient) {
            problems.append("\(recipient) is not served by any relay there is")
        }
        if settings.organisations.isEmpty {
            problems.append("\(relay) serves no organisation, so no application submits there")
        }
        guard problems.isEmpty else { throw DrillMisfit(problems: problems) }
    }

    private let faults: [Fault]
    private let home: Int
    private let recipients: [OrganisationCode]

    /// Faults keep their order and their proportions.
    private static func stretched(_ faults: [Fault], to duration: Interval?) -> [Fault] {
        let first = faults.map(\.after.milliseconds).min() ?? 0
        let span = (faults.map(\.end.milliseconds).max() ?? 0) - first
        guard let duration, span > 0 else { return faults }
        func stretched(_ milliseconds: Int64) -> Int64 {
            Int64(Double(milliseconds) * Double(duration.milliseconds) / Double(span))
        }
        return faults.map { fault in
            Fault(
                kind: fault.kind, peer: fault.peer,
                after: .milliseconds(first + stretched(fault.after.milliseconds - first)),
                duration: .milliseconds(stretched(fault.duration.milliseconds)))
        }
    }
}

// MARK: - The run

extension DrillPlay {
    /// Links come up and traffic flows for so long before the drill begins, in milliseconds.
    private static let warmUp: Int64 = 30_000
    /// How long after the last fault something may take to arrive.
    private static let drainMax: Int64 = 4 * 3_600_000
    /// Bodies go so soon after they are not needed: nothing here looks at them, and the memory is
    /// wanted for a day's documents.
    private static let retention = Interval.minutes(2)
    private static let look: Int64 = 1_000

    package func run() -> DrillForecast {
        let world = World(topology, seed: load.seed, trace: .hash, temper: .even)
        if let bytes = load.lineBytesPerSecond {
            world.network.usualBytesPerMillisecond = max(1, Int(bytes / 1_000))
        }
        for relay in world.relays { relay.ledger.keepsHistory = false }
        world.desk.collectsPercent = 100
        let start = Self.warmUp
        let watch = DrillWatch(world, at: home, faults: watched(from: start))
        let quiet = start + (faults.map(\.end).max() ?? .seconds(0)).milliseconds
        let end = quiet + calm.milliseconds
        world.desk.works = works(until: end)
        world.startAll()
        world.arrangeWork()
        world.arrangeDisturbances(disturbances(from: start))
        var course = Course()
        while world.now < end, world.checkers.violation == nil {
            world.run(until: world.now + Self.look)
            course.look(world, home, watch, guards: scenario.guards, start: start)
        }
        drain(world, watch, &course, until: end + Self.drainMax)
        return DrillForecast(
            self, world, watch, course,
            times: .init(start: start, firstFault: start + firstFault, quiet: quiet, end: end))
    }

    /// What is looked at every second.
    struct Course {
        var backlogMax = 0
        var oldestMax: Int64 = 0
        /// The guard that was passed first, and when.
        var passed: (what: String, at: Int64)?

        mutating func look(
            _ world: World, _ relay: Int, _ watch: DrillWatch, guards: DrillScenario.Guards,
            start: Int64
        ) {
            let backlog = world.relays[relay].ledger.disk.counts[.queued, default: 0]
            let oldest = watch.oldest()
            backlogMax = max(backlogMax, backlog)
            oldestMax = max(oldestMax, oldest)
            guard passed == nil else { return }
            if backlog > guards.backlogMax {
                passed = ("backlog", world.now - start)
            } else if oldest > guards.oldestMax.milliseconds {
                passed = ("oldest", world.now - start)
            }
        }
    }

    private func drain(
        _ world: World, _ watch: DrillWatch, _ course: inout Course, until end: Int64
    ) {
        while world.now < end, world.checkers.violation == nil, isBusy(world, watch) {
            world.run(until: world.now + 10 * Self.look)
            course.oldestMax = max(course.oldestMax, watch.oldest())
        }
        for relay in world.relays.indices where world.checkers.violation == nil {
            world.checkers.audit(world.relays[relay].ledger, relay, world)
        }
    }

    private func isBusy(_ world: World, _ watch: DrillWatch) -> Bool {
        watch.proven < watch.accepted
            || world.relays.contains { relay in
                [StateName.queued, .attempting].contains {
                    relay.ledger.disk.counts[$0, default: 0] > 0
                }
            }
    }

    /// Traffic goes on after the faults until it should be by the old ways again.
    private var calm: Interval {
        let settings = topology.sites[home].settings
        let usual = settings.retryCap.milliseconds + settings.returnAfter.milliseconds
        return .milliseconds(max(usual, scenario.objectives.giveBack?.milliseconds ?? 0) + 60_000)
    }

    private var firstFault: Int64 { faults.map(\.after.milliseconds).min() ?? 0 }

    private var topology: Topology {
        var topology = network.topology
        for site in topology.sites.indices {
            topology.sites[site].settings.retention = Self.retention
        }
        return topology
    }
}

// MARK: - What happens

extension DrillPlay {
    private func watched(from start: Int64) -> [DrillWatch.Watched] {
        let site = topology.sites[home]
        return faults.map { fault in
            var peers: Set<RelayCode> = []
            if let peer = fault.peer { peers = [peer] }
            if case .addressBlackholed(.network(let network)) = fault.kind {
                peers = Set(
                    site.addresses.filter { $0.value.contains(where: network.contains) }.keys)
            }
            return DrillWatch.Watched(
                fault: fault, peers: peers, begins: start + fault.after.milliseconds,
                ends: start + fault.end.milliseconds)
        }
    }

    private func disturbances(from start: Int64) -> [Disturbance] {
        faults.flatMap { fault -> [Disturbance] in
            let sites = topology.sites.indices.filter { site in
                if site == home { return true }
                guard load.isEverywhere, let peer = fault.peer else { return false }
                return topology.sites[site].settings.peers[peer] != nil
            }
            return sites.map { site in
                Disturbance(
                    at: start + fault.after.milliseconds, lasts: fault.duration.milliseconds,
                    .drill(site, fault))
            }
        }
    }

    /// Evenly in the mean, each at a time of its own.
    private func works(until end: Int64) -> [Desk.Work] {
        var dice = Dice(seed: load.seed).fork(7)
        let body = Checksum.body(seed: load.seed, count: load.size)
        let own = topology.sites[home].settings.organisations.sorted()
        var works: [Desk.Work] = []
        func add(_ perHour: Int, _ make: (Int, Int64) -> Desk.Work) {
            guard perHour > 0 else { return }
            let gap = 3_600_000 / Double(perHour)
            let count = Int(Double(end - Self.warmUp / 3) / gap)
            for number in 0..<count {
                let time = Double(Self.warmUp / 3) + Double(number) * gap
                let jitter = dice.draw(0...max(1, Int(gap)) - 1)
                works.append(make(number, Int64(time) + Int64(jitter)))
            }
        }
        add(load.perHour) { number, time in
            Desk.Work(
                at: time, relay: home, sender: own[number % own.count],
                recipients: [recipients[number % recipients.count]], priority: load.priority,
                body: body)
        }
        add(load.incomingPerHour) { number, time in
            let sender = recipients[number % recipients.count]
            return Desk.Work(
                at: time, relay: topology.site(serving: sender) ?? home, sender: sender,
                recipients: [own[number % own.count]], priority: load.priority, body: body)
        }
        return works
    }
}
