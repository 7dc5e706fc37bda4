// How fast deliveries leave for each destination: counted hand-overs, never hope.
//
// Volatile and bounded. Two windows are kept for a destination, the running one and the one before;
// together they give the rate of the last two minutes, smoothly and in a few bytes.

package struct DrainRates: Hashable, Sendable {
    /// Long enough for a slow link to hand over some, short enough that an outage shows.
    package static let window = Interval.minutes(2)

    /// Destinations that are measured at once: more than a relay serves in two minutes, and the
    /// node is copied at every turn.
    package static let destinationsMax = 4_096

    /// A rate over less than this would be a guess.
    private static let spanMin = Interval.seconds(10)

    private var gauges: [OrganisationCode: Gauge] = [:]
    private var nextSweep = Tick(milliseconds: 0)

    private struct Gauge: Hashable, Sendable {
        var window: Int64
        var former: UInt32
        var current: UInt32
        /// When the first one left, after a pause in which none did.
        var since: Tick

        /// As it is in a later window.
        func moved(to later: Int64) -> Gauge? {
            switch later - window {
            case 0: self
            case 1: Gauge(window: later, former: current, current: 0, since: since)
            default: nil
            }
        }
    }

    package init() {}

    private static func window(of tick: Tick) -> Int64 {
        tick.milliseconds / window.milliseconds
    }

    /// One has left: the next hop has custody.
    package mutating func left(for destination: OrganisationCode, at tick: Tick) {
        let window = Self.window(of: tick)
        if gauges[destination] == nil, gauges.count >= Self.destinationsMax {
            sweep(at: tick)
            guard gauges.count < Self.destinationsMax else { return }
        }
        var gauge =
            gauges[destination]?.moved(to: window)
            ?? Gauge(window: window, former: 0, current: 0, since: tick)
        gauge.current &+= 1
        gauges[destination] = gauge
    }

    /// Deliveries a second, over the last two minutes; 0 when none has left in that time.
    package func perSecond(to destination: OrganisationCode, at tick: Tick) -> Double {
        let window = Self.window(of: tick)
        guard let gauge = gauges[destination]?.moved(to: window) else { return 0 }
        let whole = Double(Self.window.milliseconds)
        let past = Double(tick.milliseconds - window * Self.window.milliseconds) / whole
        let count = Double(gauge.former) * (1 - past) + Double(gauge.current)
        let span = min(Self.window, max(tick - gauge.since, Self.spanMin))
        return count * 1_000 / Double(span.milliseconds)
    }

    /// Drops what has not moved; not oftener than once in a window, since it looks at all.
    private mutating func sweep(at tick: Tick) {
        guard nextSweep <= tick else { return }
        nextSweep = tick + Self.window
        gauges = gauges.filter { $0.value.moved(to: Self.window(of: tick)) != nil }
    }
}
