// Kinds of value for what a link may carry: so many documents or bytes in a time, and hours.

import RelayCore

extension Kind where Value == Rate {
    /// So many in a second, a minute or an hour.
    static func rate(_ range: Extent<Int>) -> Self {
        let allowed = "a whole number for each second, minute or hour, such as 50/s, 10/m or 100/h"
        let times: [Substring: Interval] = ["s": .seconds(1), "m": .minutes(1), "h": .hours(1)]
        return Kind(name: "a rate", allowed: allowed, bounds: range.words(String.init)) { text in
            guard let (amount, per) = halves(text, at: "/"), let time = times[per],
                let number = Amount.read(String(amount), units: [], plain: 1),
                let count = Int(exactly: number)
            else { return .unlike }
            switch range.reading(count, String.init) {
            case .value(let count): return .value(Rate(count, per: time))
            case .refused(let message): return .refused(message)
            case .unlike: return .unlike
            }
        }
    }
}

extension Kind where Value == UInt64 {
    /// Bytes in each second, written as a size.
    static func bytesPerSecond(_ range: Extent<UInt64>) -> Self {
        let size = Kind.size(range)
        return Kind(
            name: "a rate of bytes", allowed: "a size for each second, such as 2 MiB/s",
            bounds: range.words { Amount.size($0) + "/s" }
        ) { text in
            guard let (amount, per) = halves(text, at: "/"), per == "s" else { return .unlike }
            return size.read(String(amount))
        }
    }
}

extension Kind where Value == DayWindow {
    /// Hours of every day, by the clocks of Vietnam.
    static var window: Self {
        let allowed = "HH:MM-HH:MM, such as \"07:00-19:00\" or \"22:00-05:30\"; 24:00 is the end"
        return Kind(name: "a time of day", allowed: allowed) { text in
            guard let (from, until) = halves(text, at: "-"), let start = minute(from),
                let end = minute(until)
            else { return .unlike }
            guard let window = DayWindow(from: start, until: end) else {
                return .refused(
                    "\(Shown.value(text)) holds no time; leave windows out for the whole day")
            }
            return .value(window)
        }
    }

    /// Minutes since midnight.
    private static func minute(_ text: Substring) -> Int? {
        guard text.utf8.count == 5, let (hours, minutes) = halves(String(text), at: ":"),
            hours.utf8.count == 2,
            text.utf8.allSatisfy({ $0 == UInt8(ascii: ":") || Host.isDigit($0) }),
            let hour = Int(hours), let minute = Int(minutes), minute < 60,
            hour < 24 || hour == 24 && minute == 0
        else { return nil }
        return hour * 60 + minute
    }
}

/// What stands before and after the only `sign`, without blanks at the ends.
private func halves(_ text: String, at sign: Character) -> (Substring, Substring)? {
    let parts = text.split(separator: sign, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    func bare(_ part: Substring) -> Substring {
        var part = part.drop { $0 == " " }
        while part.last == " " { part.removeLast() }
        return part
    }
    return (bare(parts[0]), bare(parts[1]))
}
