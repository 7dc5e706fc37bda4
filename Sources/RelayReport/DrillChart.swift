// The course of a drill as one drawing: when each fault was in force, how much waited, and the
// moments of the time line by their numbers.
//
// Whole numbers only, so that the same report is drawn to the same bytes everywhere.

struct DrillChart {
    private let report: DrillReport
    private let end: Int64

    private static let left: Int64 = 46
    private static let right: Int64 = 14
    private static let width: Int64 = 900
    private static let lane: Int64 = 24
    private static let plot: Int64 = 150
    private static let flagRows = 3
    private static let flag: Int64 = 22

    init(_ report: DrillReport) {
        self.report = report
        end = max(1_000, report.durationMs)
    }

    var svg: String {
        let lanesTop = Int64(Self.flagRows) * Self.flag + 10
        let plotTop = lanesTop + Int64(faults.count) * Self.lane + 26
        let bottom = plotTop + Self.plot
        let height = bottom + 26
        let words = Words("Sự cố, hàng đợi và các mốc", "Faults, queue and moments")
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" \
            aria-label="\(words.vi) / \(words.en)">
            \(axes(plotTop, bottom))
            \(curve(plotTop, bottom))
            \(lanes(lanesTop))
            \(flags(from: lanesTop, to: bottom))
            </svg>
            """
    }

    private func x(_ elapsed: Int64) -> Int64 {
        let span = Self.width - Self.left - Self.right
        return Self.left + min(max(0, elapsed), end) * span / end
    }

    // MARK: - Faults

    private struct Bar {
        let text: String
        let from: Int64
        var to: Int64
    }

    /// Begun and lifted are paired by peer and kind.
    private var faults: [Bar] {
        var bars: [Bar] = []
        var open: [String: Int] = [:]
        for moment in report.timeline {
            let text = [moment.peer, moment.detail].compactMap { $0 }.joined(separator: " · ")
            switch moment.what {
            case "fault-begun":
                open[text] = bars.count
                bars.append(Bar(text: text, from: moment.elapsedMs, to: end))
            case "fault-lifted":
                if let place = open.removeValue(forKey: text) { bars[place].to = moment.elapsedMs }
            default: break
            }
        }
        return bars
    }

    private func lanes(_ top: Int64) -> String {
        faults.enumerated().map { number, bar in
            let y = top + Int64(number) * Self.lane
            let (from, to) = (x(bar.from), x(bar.to))
            let width = max(2, to - from)
            // Beside the bar when it is too short for its words.
            let fits = width > Int64(bar.text.count) * 7
            let (place, style) = fits ? (from + 8, "onfault") : (to + 6, "")
            let anchor = !fits && place > Self.width * 2 / 3 ? " text-anchor=\"end\"" : ""
            let start = anchor.isEmpty ? place : from - 6
            return """
                <rect class="fault" x="\(from)" y="\(y)" width="\(width)" height="18" rx="3"/>
                <text class="\(style)" x="\(start)" y="\(y + 13)"\(anchor)>\(HTML.text(bar.text))</text>
                """
        }.joined(separator: "\n")
    }

    // MARK: - What waited

    private var queuedMax: Int { max(4, report.curve.map(\.queued).max() ?? 0) }

    private func axes(_ top: Int64, _ bottom: Int64) -> String {
        var lines: [String] = []
        let step = Self.step(of: end, most: 9)
        for time in stride(from: 0, through: end, by: Int64.Stride(step)) {
            let place = x(time)
            lines.append(
                "<line class=\"grid\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(top)\" y2=\"\(bottom)\"/>"
                    + "<text class=\"faint\" x=\"\(place)\" y=\"\(bottom + 16)\" "
                    + "text-anchor=\"middle\">\(Length.text(time))</text>")
        }
        for quarter in [0, 2, 4] {
            let count = queuedMax * quarter / 4
            let y = bottom - Self.plot * Int64(quarter) / 4
            lines.append(
                "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" "
                    + "y1=\"\(y)\" y2=\"\(y)\"/><text class=\"faint\" x=\"\(Self.left - 6)\" "
                    + "y=\"\(y + 4)\" text-anchor=\"end\">\(count)</text>")
        }
        let title = HTML.text("Văn bản thật đang chờ / real deliveries queued")
        lines.append("<text class=\"faint\" x=\"\(Self.left)\" y=\"\(top - 8)\">\(title)</text>")
        return lines.joined(separator: "\n")
    }

    private func curve(_ top: Int64, _ bottom: Int64) -> String {
        guard !report.curve.isEmpty else { return "" }
        let points = report.curve.map { point in
            let y = bottom - Self.plot * Int64(point.queued) / Int64(queuedMax)
            return "\(x(point.elapsedMs)),\(y)"
        }
        let first = x(report.curve.first?.elapsedMs ?? 0)
        let last = x(report.curve.last?.elapsedMs ?? 0)
        let line = points.joined(separator: " ")
        return """
            <polygon class="area" points="\(first),\(bottom) \(line) \(last),\(bottom)"/>
            <polyline class="curve" points="\(line)"/>
            """
    }

    // MARK: - Moments

    /// Flags that would cover each other stand in other rows.
    private func flags(from lanesTop: Int64, to bottom: Int64) -> String {
        var ends = [Int64](repeating: .min, count: Self.flagRows)
        return report.timeline.enumerated().map { number, moment in
            let place = x(moment.elapsedMs)
            let row =
                ends.firstIndex { $0 < place - 10 } ?? ends.indices.min { ends[$0] < ends[$1] } ?? 0
            let centre = max(place, ends[row] == .min ? place : ends[row] + 10)
            ends[row] = centre + 10
            let y = Int64(row) * Self.flag + 11
            return """
                <line class="mark" x1="\(place)" x2="\(place)" y1="\(y)" y2="\(bottom)"/>
                <circle class="flag" cx="\(centre)" cy="\(y)" r="9"/>\
                <text class="flagtext" x="\(centre)" y="\(y + 4)">\(number + 1)</text>
                """
        }.joined(separator: "\n")
    }

    /// A round step with at most so many ticks.
    private static func step(of end: Int64, most: Int64) -> Int64 {
        let seconds: [Int64] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400,
        ]
        return (seconds.first { end / ($0 * 1_000) <= most } ?? 14_400) * 1_000
    }
}
