// What will miss its deadline, if everything goes on as it does now.
//
// Queued deliveries of a destination leave by falling priority, and among equals in the order of
// their arrival; the deadlines of equals rise nearly so. So counts by priority and minute of the
// deadline are enough, however many are queued.

/// Queued deliveries of one priority whose deadlines lie in one minute.
package struct DueCount: Hashable, Sendable {
    package let place: DuePlace
    package let count: UInt64

    package init(_ place: DuePlace, count: UInt64) {
        self.place = place
        self.count = count
    }
}

package struct DuePlace: Hashable, Sendable, Comparable {
    package let priority: Priority
    /// Since 1970; nil without a deadline.
    package let minute: Int64?

    package init(priority: Priority, minute: Int64?) {
        self.priority = priority
        self.minute = minute
    }

    package init(priority: Priority, dueAt: Instant?) {
        self.init(
            priority: priority, minute: dueAt.map { floorDivide($0.milliseconds, Self.length) })
    }

    /// When the minute begins: a deadline within it is taken for so early.
    package var dueAt: Instant? { minute.map { Instant(milliseconds: $0 * Self.length) } }

    private static let length = Interval.minutes(1).milliseconds

    /// In the order in which they leave. Those without a deadline stand before their equals: nobody
    /// knows where among them they are, and a forecast rather warns.
    package static func < (a: Self, b: Self) -> Bool {
        (b.priority, a.minute ?? .min) < (a.priority, b.minute ?? .min)
    }
}

/// The forecast for one destination.
package struct Forecast: Hashable, Sendable {
    package let course: Course
    package let queued: UInt64
    /// The deadline has passed.
    package let missed: UInt64
    /// It has passed, or will have when their turn comes.
    package let late: UInt64
    /// The earliest deadline of all.
    package let earliestDueAt: Instant?
    /// When the last one will have left; nil unless it drains.
    package let leavesAt: Instant?
    /// Where some or all will be late: how many of how many leave in time.
    package let lateAt: [DuePlace: Share]

    package enum Course: Hashable, Sendable {
        /// Some have left lately: the rate is known.
        case draining
        /// None has left lately, and there is a way: nothing is foretold but what has passed.
        case idle
        /// None has left lately, and there is no way: if that lasts, all will be late.
        case stalled
    }

    package struct Share: Hashable, Sendable {
        package let inTime: UInt64
        package let count: UInt64
    }

    /// - Parameters:
    ///   - perSecond: how many leave in a second, of the last minutes; 0 when none did.
    ///   - hasWay: whether some hop can be used now.
    package init(_ counts: [DueCount], perSecond: Double, hasWay: Bool, at now: Instant) {
        course = perSecond > 0 ? .draining : hasWay ? .idle : .stalled
        var (ahead, missed, late) = (UInt64(0), UInt64(0), UInt64(0))
        var lateAt: [DuePlace: Share] = [:]
        for row in counts.sorted(by: { $0.place < $1.place }) {
            if let dueAt = row.place.dueAt {
                let inTime = Self.inTime(row.count, ahead, course, perSecond, dueAt - now)
                if inTime < row.count {
                    lateAt[row.place] = Share(inTime: inTime, count: row.count)
                }
                late += row.count - inTime
                if dueAt <= now { missed += row.count }
            }
            ahead += row.count
        }
        queued = ahead
        self.missed = missed
        self.late = late
        self.lateAt = lateAt
        earliestDueAt = counts.compactMap(\.place.dueAt).min()
        leavesAt =
            course == .draining && ahead > 0
            ? now + Self.interval(seconds: Double(ahead) / perSecond) : nil
    }

    /// How many of a row leave before their deadline, behind those that are `ahead` of them.
    private static func inTime(
        _ count: UInt64, _ ahead: UInt64, _ course: Course, _ perSecond: Double, _ left: Interval
    ) -> UInt64 {
        guard left > .milliseconds(0) else { return 0 }
        switch course {
        case .idle: return count
        case .stalled: return 0
        case .draining:
            let free = perSecond * Double(left.milliseconds) / 1_000 - Double(ahead)
            return free <= 0 ? 0 : free >= Double(count) ? count : UInt64(free)
        }
    }

    /// A forecast of more than ten years is none, and would not fit.
    private static func interval(seconds: Double) -> Interval {
        .milliseconds(Int64(min(seconds, 315_360_000) * 1_000))
    }
}

/// Which deliveries are late by the forecasts of all destinations: for listings.
package struct Lateness: Hashable, Sendable {
    private let now: Instant
    private var verdicts: [OrganisationCode: [DuePlace: Verdict]] = [:]

    private enum Verdict: Hashable, Sendable {
        case all
        /// Those that came first leave in time.
        case arrivedSince(Instant)
    }

    package init(at now: Instant) { self.now = now }

    /// - Parameter arrival: when the one arrived that has this share of all that is queued for the
    ///   destination before it.
    package mutating func add<Failure: Error>(
        _ forecast: Forecast, of destination: OrganisationCode,
        arrival: (Double) throws(Failure) -> Instant?
    ) throws(Failure) {
        for (place, share) in forecast.lateAt {
            var verdict = Verdict.all
            if share.inTime > 0,
                let since = try arrival(Double(share.inTime) / Double(share.count))
            {
                verdict = .arrivedSince(since)
            }
            verdicts[destination, default: [:]][place] = verdict
        }
    }

    /// Whether a delivery has missed its deadline, or will. What is not in the queue is late only
    /// when the time has passed: nobody knows when an operator releases it, or a receipt comes.
    package func isLate(
        _ state: StateName, to destination: OrganisationCode, priority: Priority, dueAt: Instant?,
        arrivedAt: Instant
    ) -> Bool {
        guard let dueAt else { return false }
        switch state {
        case .delivered, .collected, .failed, .cancelled: return false
        case .held, .relayed: return dueAt <= now
        case .queued, .attempting:
            if dueAt <= now { return true }
            let place = DuePlace(priority: priority, dueAt: dueAt)
            switch verdicts[destination]?[place] {
            case .all: return true
            case .arrivedSince(let since): return since <= arrivedAt
            case nil: return false
            }
        }
    }
}
