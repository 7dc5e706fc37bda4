// Back-off with decorrelated jitter: each wait is drawn between the base and three times the wait
// before, and never exceeds the cap. Many relays that lose a hub at once do not return at once.

package struct BackOff: Hashable, Sendable {
    package let base: Interval
    package let cap: Interval
    /// The last wait; the base before the first.
    private var last: Interval

    package init(base: Interval, cap: Interval) {
        precondition(base.milliseconds > 0 && cap >= base)
        self.base = base
        self.cap = cap
        last = base
    }

    /// The next wait, from 64 random bits.
    package mutating func next(dice: UInt64) -> Interval {
        let spread = UInt64(last.milliseconds * 3 - base.milliseconds)
        let drawn = base.milliseconds + Int64(dice % (spread + 1))
        last = min(cap, .milliseconds(drawn))
        return last
    }

    package mutating func reset() { last = base }
}
