// Time as the core sees it: two numbers that come in through the door.
//
// `Instant` is the wall clock, for what is stored and shown: deadlines, lifetimes, histories. It
// may jump when somebody sets the clock. `Tick` only moves forward, for what lives in memory:
// leases, back-off, keep-alive. A tick means nothing after a restart and is never stored.

/// A point in time, in milliseconds since 1970-01-01 00:00 UTC.
package struct Instant: Hashable, Sendable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
    /// At the ends of what 64 bits hold, the end: instants come from other relays too.
    package static func + (a: Self, b: Interval) -> Self {
        let (sum, overflow) = a.milliseconds.addingReportingOverflow(b.milliseconds)
        return Self(milliseconds: overflow ? (b.milliseconds > 0 ? .max : .min) : sum)
    }
    /// How long after `b` this is; negative when it is before.
    package static func - (a: Self, b: Self) -> Interval {
        let (difference, overflow) = a.milliseconds.subtractingReportingOverflow(b.milliseconds)
        return Interval(milliseconds: overflow ? (b.milliseconds < 0 ? .max : .min) : difference)
    }
}

/// A point on the steady clock of this run of the process, in milliseconds since its start.
package struct Tick: Hashable, Sendable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
    package static func + (a: Self, b: Interval) -> Self {
        Self(milliseconds: a.milliseconds + b.milliseconds)
    }
    package static func - (a: Self, b: Self) -> Interval {
        Interval(milliseconds: a.milliseconds - b.milliseconds)
    }
}

/// A length of time, in milliseconds.
package struct Interval: Hashable, Sendable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func milliseconds(_ count: Int64) -> Self { Self(milliseconds: count) }
    package static func seconds(_ count: Int64) -> Self { Self(milliseconds: count * 1_000) }
    package static func minutes(_ count: Int64) -> Self { seconds(count * 60) }
    package static func hours(_ count: Int64) -> Self { minutes(count * 60) }
    package static func days(_ count: Int64) -> Self { hours(count * 24) }

    package static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
}

/// The things the core may not find out for itself: what time it is, and chance.
package struct Moment: Hashable, Sendable {
    package var now: Instant
    package var tick: Tick
    /// 64 fresh random bits, for ids and jitter. Never the same for two events.
    package var dice: UInt64

    package init(now: Instant, tick: Tick, dice: UInt64) {
        self.now = now
        self.tick = tick
        self.dice = dice
    }
}
