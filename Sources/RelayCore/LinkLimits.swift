// What a peer may be sent, and when: so many documents in a time, at some hours of the day.
//
// What is urgent passes at any hour and waits for no rate; it is made up for afterwards. Receipts
// pass at any hour too: others wait for them. A limit holds documents back, it does not make them
// look for another way: the link is well.

package struct LinkLimits: Hashable, Sendable {
    /// Nil: as many as there are places for.
    package var documents: Rate?
    /// The hours at which documents go; empty for all of them.
    package var windows: [DayWindow] = []
    /// Documents of this priority and above are not held back.
    package var urgent = Priority.express

    package init() {}

    func isOpen(at now: Instant) -> Bool {
        windows.isEmpty || windows.contains { $0.contains(now.minuteOfDay) }
    }

    /// How long it takes until a window opens; nil when there is none.
    func opens(after now: Instant) -> Interval? {
        let minute = now.minuteOfDay
        let waits = windows.map { ($0.from - minute + DayWindow.minutes) % DayWindow.minutes }
        // A window that begins this very minute is open, so no wait is less than a minute's rest.
        guard let least = waits.min() else { return nil }
        return .milliseconds(Int64(least) * 60_000 - now.millisecondOfMinute)
    }
}

/// So many in a time.
package struct Rate: Hashable, Sendable {
    package let count: Int
    package let per: Interval

    package init(_ count: Int, per: Interval) {
        precondition(count > 0 && per.milliseconds > 0, "a rate lets something pass")
        self.count = count
        self.per = per
    }
}

/// Hours of every day, by the clocks of Vietnam. May pass midnight.
package struct DayWindow: Hashable, Sendable {
    /// Minutes since midnight; `until` is the first that is outside.
    package let from: Int
    package let until: Int

    package static let minutes = 24 * 60

    package init?(from: Int, until: Int) {
        guard 0..<Self.minutes ~= from, 1...Self.minutes ~= until, from != until else { return nil }
        self.from = from
        self.until = until
    }

    func contains(_ minute: Int) -> Bool {
        from < until
            ? from <= minute && minute < until : from <= minute || minute < until
    }
}

extension Instant {
    /// By the clocks of Vietnam: seven hours ahead of UTC all year.
    private var local: Int64 { milliseconds + 7 * 3_600_000 }

    fileprivate var minuteOfDay: Int {
        let day = Int64(DayWindow.minutes) * 60_000
        return Int(((local % day + day) % day) / 60_000)
    }

    fileprivate var millisecondOfMinute: Int64 { (local % 60_000 + 60_000) % 60_000 }
}

/// What of a rate is left: a bucket that fills with time and holds a second's worth.
struct Allowance: Hashable, Sendable {
    let rate: Rate
    /// In documents times milliseconds of the rate, so that nothing is rounded away. Negative
    /// after what did not wait.
    private var level: Int64
    private var filledAt: Tick

    init(_ rate: Rate, at tick: Tick) {
        self.rate = rate
        level = Self.most(rate)
        filledAt = tick
    }

    private static func most(_ rate: Rate) -> Int64 {
        max(rate.per.milliseconds, Int64(rate.count) * min(1_000, rate.per.milliseconds))
    }

    private func level(at tick: Tick) -> Int64 {
        let passed = max(0, (tick - filledAt).milliseconds)
        return min(Self.most(rate), level + passed * Int64(rate.count))
    }

    /// How many may go now.
    func documents(at tick: Tick) -> Int {
        Int(max(0, level(at: tick)) / rate.per.milliseconds)
    }

    /// When the next may go; not sooner than a twentieth of a second, so that a high rate does not
    /// cost a turn for each document.
    func next(after tick: Tick) -> Tick {
        let missing = rate.per.milliseconds - level(at: tick)
        let count = Int64(rate.count)
        return tick + .milliseconds(max(50, (missing + count - 1) / count))
    }

    mutating func take(at tick: Tick) {
        // What is urgent goes into debt, though not for more than the bucket holds.
        level = max(-Self.most(rate), level(at: tick) - rate.per.milliseconds)
        filledAt = tick
    }
}
