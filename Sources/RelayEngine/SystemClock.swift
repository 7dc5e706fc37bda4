// The clocks of the machine, and fresh random bits: what a `Moment` is made of in production.

import Glibc
package import RelayCore

package struct SystemClock: Sendable {
    /// The steady clock at the start of the process's use of it, so that ticks begin near zero.
    private let origin: Int64

    package init() {
        origin = Self.milliseconds(of: CLOCK_BOOTTIME)
    }

    /// The wall clock.
    package var now: Instant { Instant(milliseconds: Self.milliseconds(of: CLOCK_REALTIME)) }

    /// The steady clock; it goes on while the machine is suspended, so that leases lapse.
    package var tick: Tick {
        Tick(milliseconds: Self.milliseconds(of: CLOCK_BOOTTIME) - origin)
    }

    package var moment: Moment {
        Moment(now: now, tick: tick, dice: Self.dice())
    }

    /// 64 bits of the system's generator.
    package static func dice() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        // Fails only for clocks that do not exist.
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
