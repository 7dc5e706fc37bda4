// A forecast in sentences.

extension DrillForecast {
    /// One sentence that says it all, then the details.
    package var lines: [String] {
        var lines = [headline]
        if let brokenRule { lines.append("BROKEN RULE: \(brokenRule)") }
        lines += ["", "\(drill) (\(title)), played at \(relay)"]
        if !modelled.isEmpty {
            lines.append(
                "without a configuration, and made up: \(modelled.joined(separator: ", "))")
        }
        lines += remarks.map { "does not fit: \($0)" }
        lines += [""] + faults.flatMap(Self.lines)
        lines += ["", documentLine]
        lines.append(
            "queue at \(relay): at most \(queue.most), the oldest for "
                + Self.time(queue.oldestSeconds))
        if documents.resent > 0 {
            lines.append("sent again without a receipt in time: \(documents.resent)")
        }
        if documents.deadlinesMissed > 0 {
            lines.append("deadlines missed: \(documents.deadlinesMissed)")
        }
        if documents.turnedAway > 0 {
            lines.append("submissions that heard \"no room\": \(documents.turnedAway)")
        }
        if let guardPassed {
            lines.append(
                "the drill would have ended by itself \(Self.time(guardPassed.atSeconds)) after "
                    + "its start: guard \(guardPassed.name)")
        }
        lines += [""] + linkLines + [""] + objectives.map(Self.line)
        lines.append(isMet ? "all objectives met" : "NOT all objectives met")
        return lines
    }

    /// `4 h without HUB-1 at 10000 documents an hour: 0 lost, ...`
    package var headline: String {
        let peers = Set(faults.flatMap(\.peers)).sorted()
        let words = Set(faults.map(\.fault))
        let trouble =
            if words.isSubset(of: ["link-slow"]) {
                "with a slow line to \(peers.joined(separator: ", "))"
            } else if peers.isEmpty {
                "with a full disk"
            } else if words.contains("link-slow") || words.contains("space-short") {
                "of trouble with \(peers.joined(separator: ", "))"
            } else {
                "without \(peers.joined(separator: ", "))"
            }
        var parts = [
            "\(documents.lost) lost", "\(documents.duplicates) duplicates",
            "oldest \(Self.time(documents.slowestSeconds))",
        ]
        if documents.waiting > 0 { parts.append("\(documents.waiting) still waiting") }
        if let busiest { parts.append(busiest) }
        return "\(Self.time(outageSeconds)) \(trouble) at \(load.perHour + load.incomingPerHour) "
            + "documents an hour: \(parts.joined(separator: ", "))"
    }

    /// The line out of this relay that had most to carry.
    private var busiest: String? {
        guard let line = links.filter({ $0.from == relay }).max(by: { $0.mean < $1.mean })
        else { return nil }
        let load =
            line.use.map { "\(Int(($0 * 100).rounded())) %" } ?? Self.speed(line.busiestMinute)
        return "link to \(line.to) at \(load)"
    }

    private var documentLine: String {
        "documents: \(documents.accepted) accepted, \(documents.delivered) delivered, "
            + "\(documents.receipts) receipts verified; half within "
            + "\(Self.time(documents.medianSeconds)), all within "
            + Self.time(documents.slowestSeconds)
    }

    private static func lines(_ fault: FaultCourse) -> [String] {
        let whom = fault.peers.isEmpty ? "" : " " + fault.peers.joined(separator: ", ")
        var lines = [
            "\(fault.fault)\(whom): from \(time(fault.beginsSeconds)) after the start, for "
                + time(fault.lastsSeconds)
        ]
        func add(_ name: String, _ seconds: Double?, _ from: String) {
            lines.append("  \(name) " + (seconds.map { "\(time($0)) \(from)" } ?? "never"))
        }
        switch fault.fault {
        case "link-slow": break
        case "space-short":
            if let seconds = fault.detectedSeconds {
                add("first submission turned away", seconds, "after it began")
            }
        default:
            add("detected", fault.detectedSeconds, "after it began")
            if fault.hasBackup {
                add("re-routed", fault.reroutedSeconds, "later")
            } else {
                lines.append("  not re-routed: there was no other way then")
            }
            add(
                "drained", fault.drainedSeconds, "after it was detected, \(fault.waited) had waited"
            )
            add("returned", fault.returnedSeconds, "after it had ended")
        }
        return lines
    }

    private var linkLines: [String] {
        ["bytes a second while faults lasted: mean, busiest minute"]
            + links.filter { $0.busiestMinute > 0 }.map { line in
                let use = line.use.map { ", \(Int(($0 * 100).rounded())) % of the line" } ?? ""
                return "  \(line.from) to \(line.to): \(Self.speed(line.mean)), "
                    + Self.speed(line.busiestMinute) + use
            }
    }

    private static func line(_ comparison: Comparison) -> String {
        let isCount = ["lost", "duplicates"].contains(comparison.objective)
        let show: (Double) -> String = { isCount ? "\(Int($0))" : time($0) }
        return "\(comparison.objective): " + (comparison.found.map(show) ?? "never")
            + ", wanted at most \(show(comparison.wanted)): "
            + (comparison.isMet ? "met" : "NOT met")
    }

    /// `41 s`, `2 min 5 s`, `4 h`.
    static func time(_ seconds: Double) -> String {
        if seconds < 1 { return "\(Int((seconds * 1_000).rounded())) ms" }
        if seconds < 10 {
            let tenths = Int((seconds * 10).rounded())
            return tenths.isMultiple(of: 10)
                ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = Int(seconds.rounded())
        let parts = [(whole / 3_600, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")]
        return parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    private static func speed(_ bytes: Double) -> String {
        let whole = Int(bytes.rounded())
        if whole < 10_240 { return "\(whole) B/s" }
        return whole < 10 << 20 ? "\(whole >> 10) KiB/s" : "\(whole >> 20) MiB/s"
    }
}
