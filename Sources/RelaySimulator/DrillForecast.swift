// What would come of a drill, as values: for people as sentences, for programs as JSON. The keys
// are stable and documented in Docs/Simulation.md.

import RelayCore

package struct DrillForecast: Sendable, Encodable {
    package let drill: String
    package let title: String
    package let relay: String
    /// Relays without a configuration.
    package let modelled: [String]
    package let remarks: [String]
    package let load: Load
    /// From the first fault's beginning to the last one's end.
    package let outageSeconds: Double
    package let documents: Documents
    package let faults: [FaultCourse]
    package let queue: Queue
    package let links: [Line]
    package let objectives: [Comparison]
    /// The guard that would have ended the drill, and when.
    package let guardPassed: GuardPassed?
    /// A broken promise; nil as long as the core is right.
    package let brokenRule: String?
    /// All objectives, and nothing else went wrong.
    package let isMet: Bool
    package let simulatedSeconds: Double
    package let steps: UInt64

    package struct Load: Sendable, Encodable {
        package let perHour: Int
        package let incomingPerHour: Int
        package let size: Int
        package let lineBytesPerSecond: UInt64?
        package let isEverywhere: Bool
        package let seed: UInt64
    }

    package struct Documents: Sendable, Encodable {
        package let accepted: Int
        package let delivered: Int
        package let receipts: Int
        /// Accepted and on no disk any more.
        package let lost: Int
        package let duplicates: Int
        /// Not delivered, and still where it should be.
        package let waiting: Int
        /// Sent again, since no receipt had come in time.
        package let resent: Int
        /// Submissions that heard "no room".
        package let turnedAway: Int
        /// Told once for each delivery, by whichever relay held it then.
        package let deadlinesMissed: Int
        package let medianSeconds: Double
        package let slowestSeconds: Double
    }

    package struct FaultCourse: Sendable, Encodable {
        package let fault: String
        package let peers: [String]
        /// From the start of the drill.
        package let beginsSeconds: Double
        package let lastsSeconds: Double
        /// From its beginning.
        package let detectedSeconds: Double?
        /// From its detection.
        package let reroutedSeconds: Double?
        /// Whether another way was left when it was detected.
        package let hasBackup: Bool
        package let drainedSeconds: Double?
        /// How many waited for these peers when it was detected.
        package let waited: Int
        /// From its end.
        package let returnedSeconds: Double?
    }

    package struct Queue: Sendable, Encodable {
        package let most: Int
        /// The longest that a document waited to be handed over at this relay.
        package let oldestSeconds: Double
    }

    package struct Line: Sendable, Encodable {
        package let from: String
        package let to: String
        /// During the faults, in bytes a second.
        package let mean: Double
        package let busiestMinute: Double
        /// Of what the line carries, in the busiest minute; nil when no limit is known.
        package let use: Double?
    }

    package struct Comparison: Sendable, Encodable {
        package let objective: String
        package let wanted: Double
        /// Nil: it never came.
        package let found: Double?
        package let isMet: Bool
    }

    package struct GuardPassed: Sendable, Encodable {
        package let name: String
        package let atSeconds: Double
    }

    struct Times {
        let start: Int64
        let firstFault: Int64
        let quiet: Int64
        let end: Int64
    }
}

// MARK: - From what was watched

extension DrillForecast {
    init(
        _ play: DrillPlay, _ world: World, _ watch: DrillWatch, _ course: DrillPlay.Course,
        times: Times
    ) {
        drill = play.scenario.name
        title = play.scenario.title.english
        relay = play.relay.text
        modelled = play.network.modelled.map(\.text)
        remarks = play.network.remarks
        load = Load(
            perHour: play.load.perHour, incomingPerHour: play.load.incomingPerHour,
            size: play.load.size, lineBytesPerSecond: play.load.lineBytesPerSecond,
            isEverywhere: play.load.isEverywhere, seed: play.load.seed)
        outageSeconds = Self.seconds(times.quiet - times.firstFault)
        documents = Documents(watch, world)
        faults = watch.faults.map { FaultCourse($0, start: times.start) }
        queue = Queue(most: course.backlogMax, oldestSeconds: Self.seconds(course.oldestMax))
        links = Self.lines(play, watch, from: times.firstFault, to: times.quiet)
        guardPassed = course.passed.map {
            GuardPassed(name: $0.what, atSeconds: Self.seconds($0.at))
        }
        brokenRule = world.checkers.violation.map { "\($0.rule): \($0.what)" }
        simulatedSeconds = Self.seconds(world.now)
        steps = world.trace.steps
        objectives = Self.compare(play.scenario.objectives, watch.faults, documents)
        isMet =
            brokenRule == nil && guardPassed == nil && documents.waiting == 0
            && objectives.allSatisfy(\.isMet)
    }

    private static func lines(
        _ play: DrillPlay, _ watch: DrillWatch, from start: Int64, to end: Int64
    ) -> [Line] {
        let sites = play.network.topology.sites
        return watch.lines.slices.keys.sorted { ($0.from, $0.to) < ($1.from, $1.to) }.map { line in
            let (mean, peak) = watch.lines.rates(line, from: start, to: end)
            return Line(
                from: sites[line.from].settings.relay.text, to: sites[line.to].settings.relay.text,
                mean: mean, busiestMinute: peak,
                use: play.load.lineBytesPerSecond.map { peak / Double($0) })
        }
    }

    /// The worst fault counts. Faults that close no link have nothing to be detected.
    private static func compare(
        _ wanted: DrillScenario.Objectives, _ faults: [DrillWatch.Watched], _ documents: Documents
    ) -> [Comparison] {
        let closing = faults.filter(\.fault.kind.closesLinks)
        func worst(
            _ name: String, _ most: Interval?, _ time: (DrillWatch.Watched) -> Int64?,
            of faults: [DrillWatch.Watched]
        ) -> Comparison? {
            guard let most, !faults.isEmpty else { return nil }
            let times = faults.map(time)
            let found = times.contains(nil) ? nil : times.compactMap { $0 }.max()
            return Comparison(
                objective: name, wanted: seconds(most.milliseconds), found: found.map(seconds),
                isMet: found.map { $0 <= most.milliseconds } ?? false)
        }
        func count(_ name: String, _ most: Int, _ found: Int) -> Comparison {
            Comparison(
                objective: name, wanted: Double(most), found: Double(found), isMet: found <= most)
        }
        return [
            worst("detect", wanted.detect, \.detecting, of: closing),
            // Where nothing was left to go by, there is nothing to compare.
            worst("reroute", wanted.reroute, \.rerouting, of: closing.filter(\.hasBackup)),
            worst("drain", wanted.drain, \.draining, of: closing),
            worst("return", wanted.giveBack, \.returning, of: closing),
        ].compactMap { $0 } + [
            count("lost", wanted.lostMax, documents.lost),
            count("duplicates", wanted.duplicatesMax, documents.duplicates),
        ]
    }

    static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1_000 }
}

extension DrillForecast.Documents {
    init(_ watch: DrillWatch, _ world: World) {
        accepted = watch.accepted
        delivered = watch.delivered
        receipts = watch.proven
        // What nobody has is lost; what somebody still means to deliver is not.
        lost = watch.underway.keys.count { key in
            !world.relays.contains { relay in
                relay.ledger.disk.deliveries[key].map { !StateName.lost.contains($0.state.name) }
                    ?? false
            }
        }
        duplicates = watch.duplicates
        waiting = watch.underway.count - lost
        resent = watch.resent
        turnedAway = watch.turnedAway
        deadlinesMissed = watch.deadlinesMissed
        let waits = watch.waits.sorted()
        medianSeconds = DrillForecast.seconds(waits.isEmpty ? 0 : waits[waits.count / 2])
        slowestSeconds = DrillForecast.seconds(waits.last ?? 0)
    }
}

extension StateName {
    /// States from which nothing leads to the inbox.
    fileprivate static let lost: Set<StateName> = [.failed, .cancelled]
}

extension DrillForecast.FaultCourse {
    init(_ watched: DrillWatch.Watched, start: Int64) {
        fault = watched.fault.kind.word
        peers = watched.peers.map(\.text).sorted()
        beginsSeconds = DrillForecast.seconds(watched.begins - start)
        lastsSeconds = DrillForecast.seconds(watched.ends - watched.begins)
        detectedSeconds = watched.detecting.map(DrillForecast.seconds)
        reroutedSeconds = watched.rerouting.map(DrillForecast.seconds)
        hasBackup = watched.hasBackup
        drainedSeconds = watched.draining.map(DrillForecast.seconds)
        waited = watched.waited
        returnedSeconds = watched.returning.map(DrillForecast.seconds)
    }
}

extension DrillWatch.Watched {
    var detecting: Int64? { detected.map { $0 - begins } }
    var rerouting: Int64? { hasBackup ? rerouted : nil }
    var draining: Int64? { detected.flatMap { detected in drained.map { $0 - detected } } }
    var returning: Int64? { returned.map { $0 - ends } }
}

extension Fault.Kind {
    /// Whether links come down by it.
    var closesLinks: Bool {
        switch self {
        case .linkRefused, .linkHung, .addressBlackholed, .certificateRefused: true
        case .linkSlow, .spaceShort: false
        }
    }
}
