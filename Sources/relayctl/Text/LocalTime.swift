// Times and amounts for people. The local zone needs the zone database, which all of Foundation
// brings.

import Foundation
import RelayAPI
import RelayCore

struct LocalTime: Sendable {
    var now: Instant
    /// Seconds ahead of UTC at a point in time.
    var offset: @Sendable (Instant) -> Int

    /// The clock and the zone of this machine.
    static var current: LocalTime {
        LocalTime(
            now: Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)),
            offset: { instant in
                let date = Date(timeIntervalSince1970: Double(instant.milliseconds) / 1_000)
                return TimeZone.autoupdatingCurrent.secondsFromGMT(for: date)
            })
    }

    func text(_ instant: Instant) -> String {
        Timestamp.local(instant, secondsFromUTC: offset(instant))
    }

    func text(_ instant: Instant?) -> String? { instant.map { text($0) } }

    /// `in 12 s`, `3 min ago`.
    func distance(_ instant: Instant) -> String {
        let interval = instant - now
        return interval.milliseconds < 0
            ? "\(Amount.span(Interval(milliseconds: -interval.milliseconds))) ago"
            : "in \(Amount.span(interval))"
    }

    /// How long ago.
    func age(_ instant: Instant) -> String {
        Amount.span(max(now - instant, .milliseconds(0)))
    }
}

enum Amount {
    /// The two largest units at most: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`.
    static func span(_ interval: Interval) -> String {
        let seconds = interval.milliseconds / 1_000
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min"
        case ..<86_400:
            let minutes = seconds / 60 % 60
            return "\(seconds / 3_600) h" + (minutes == 0 ? "" : " \(minutes) min")
        default:
            let hours = seconds / 3_600 % 24
            return "\(seconds / 86_400) d" + (hours == 0 ? "" : " \(hours) h")
        }
    }

    /// `512 B`, `4.0 KiB`, `1.5 GiB`.
    static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        var unit = "B"
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1_024 {
            value /= 1_024
            unit = next
        }
        guard unit != "B" else { return "\(count) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    /// The number with its name in law.
    static func priority(_ priority: Int) -> String {
        let words = ["normal", "khẩn", "thượng khẩn", "hỏa tốc", "hỏa tốc hẹn giờ"]
        return words.indices.contains(priority) ? "\(priority) \(words[priority])" : "\(priority)"
    }
}
