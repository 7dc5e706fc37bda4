// What will miss its deadline, destination by destination, if everything goes on as it does now.

package import RelayCore

package struct QueueForecast: Codable, Hashable, Sendable {
    /// Of all destinations, those that are not listed included.
    package var queued: Int
    package var late: Int
    package var missed: Int
    /// The time that the rates are of.
    package var windowSeconds: Int
    /// Those with most late first, then by earliest deadline; at most `rowsMax`.
    package var rows: [QueueForecastRow]

    /// More than anybody reads; what is behind them is better off.
    package static let rowsMax = 1_000

    package init(rows all: [QueueForecastRow], windowSeconds: Int) {
        queued = all.reduce(0) { $0 + $1.queued }
        late = all.reduce(0) { $0 + $1.late }
        missed = all.reduce(0) { $0 + $1.missed }
        self.windowSeconds = windowSeconds
        rows = Array(all.sorted { $0.isBefore($1) }.prefix(Self.rowsMax))
    }
}

package enum QueueCourse: String, CaseIterable, Codable, Sendable {
    /// Some have left lately.
    case draining
    /// None has left lately, and there is a way.
    case idle
    /// None has left lately, and there is no way: if that lasts, all will be late.
    case stalled
}

package struct QueueForecastRow: Codable, Hashable, Sendable {
    package var destination: OrganisationCode
    package var queued: Int
    package var course: QueueCourse
    /// Deliveries a second.
    package var drainPerSecond: Double
    /// When the last one queued now will have left; absent unless it drains.
    package var leavesAt: Instant?
    /// Have missed their deadline, or will.
    package var late: Int
    /// Of these: have.
    package var missed: Int
    package var earliestDueAt: Instant?

    package init(destination: OrganisationCode, queued: Int, course: QueueCourse) {
        self.destination = destination
        self.queued = queued
        self.course = course
        drainPerSecond = 0
        late = 0
        missed = 0
    }

    fileprivate func isBefore(_ other: Self) -> Bool {
        if late != other.late { return late > other.late }
        let never = Instant(milliseconds: .max)
        return (earliestDueAt ?? never, destination)
            < (other.earliestDueAt ?? never, other.destination)
    }
}
