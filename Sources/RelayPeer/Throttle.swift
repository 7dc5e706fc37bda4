// Bounds what strangers can make us say: a connection that proves nothing costs its sender little,
// and must not fill the log nor keep the engine busy.

import RelayCore

/// So many at once, then one for each pause; counts what was left out.
struct Throttle {
    private let burst: Int
    private let pause: Interval
    private var left: Int
    /// When the next one is regained; nil while all are left.
    private var regainedAt: Tick?
    private var omitted = 0

    init(burst: Int, pause: Interval) {
        precondition(burst > 0 && pause.milliseconds > 0)
        self.burst = burst
        self.pause = pause
        left = burst
    }

    /// Nil when this one is to be left out; otherwise how many were, since the last that was not.
    mutating func admit(at now: Tick) -> Int? {
        while let next = regainedAt, next <= now {
            left += 1
            regainedAt = left < burst ? next + pause : nil
        }
        guard left > 0 else {
            omitted += 1
            return nil
        }
        left -= 1
        if regainedAt == nil { regainedAt = now + pause }
        defer { omitted = 0 }
        return omitted
    }
}
