// What will miss its deadline, from the store's counts and the node's measured rates. One look
// costs some rows for each destination, however many documents are queued.

import RelayAPI
import RelayCore
import RelayStore

/// The forecasts of all destinations at one moment.
struct Forecasts: Sendable {
    let rows: [(destination: OrganisationCode, forecast: Forecast, perSecond: Double)]
    let lateness: Lateness

    /// - Throws: `ReadFailure`.
    init(_ reader: StoreReader, _ picture: Picture) throws {
        var rows: [(destination: OrganisationCode, forecast: Forecast, perSecond: Double)] = []
        var lateness = Lateness(at: picture.now)
        var after: OrganisationCode?
        while true {
            let page = try reader.due(after: after, limit: StoreReader.pageMax)
            for (destination, counts) in page {
                let (perSecond, hasWay) = picture.drain(to: destination)
                let forecast = Forecast(
                    counts, perSecond: perSecond, hasWay: hasWay, at: picture.now)
                try lateness.add(forecast, of: destination) { share in
                    try reader.arrival(ofShare: share, to: destination)
                }
                rows.append((destination, forecast, perSecond))
            }
            guard page.count == StoreReader.pageMax, let last = page.last else { break }
            after = last.destination
        }
        self.rows = rows
        self.lateness = lateness
    }

    var view: QueueForecast {
        QueueForecast(
            rows: rows.map { destination, forecast, perSecond in
                var row = QueueForecastRow(
                    destination: destination, queued: Int(clamping: forecast.queued),
                    course: QueueCourse(forecast.course))
                // Thousandths are as much as two minutes can tell.
                row.drainPerSecond = (perSecond * 1_000).rounded() / 1_000
                row.leavesAt = forecast.leavesAt
                row.late = Int(clamping: forecast.late)
                row.missed = Int(clamping: forecast.missed)
                row.earliestDueAt = forecast.earliestDueAt
                return row
            }, windowSeconds: Int(DrainRates.window.milliseconds / 1_000))
    }
}

extension Picture {
    /// How fast deliveries leave for a destination, and whether a hop can be used now.
    func drain(to destination: OrganisationCode) -> (perSecond: Double, hasWay: Bool) {
        guard let node else { return (0, false) }
        let hop = node.peers.hop(
            for: Lane(to: destination), routes: node.settings.routes, at: tick)
        return (node.drains.perSecond(to: destination, at: tick), hop != nil)
    }
}

extension QueueCourse {
    init(_ course: Forecast.Course) {
        self =
            switch course {
            case .draining: .draining
            case .idle: .idle
            case .stalled: .stalled
            }
    }
}
