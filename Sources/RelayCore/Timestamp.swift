// Times as text: RFC 3339 in UTC with milliseconds, `2026-03-02T01:30:00.250Z`, in receipts, in the
// API and in logs.
//
// One form is written, always of the same length, so that texts sort as their times do. Reading
// takes any offset and any number of decimals. Local time is a matter of those who show it to
// people.

package enum Timestamp {
    package static func text(_ instant: Instant) -> String {
        let (date, time, milliseconds) = parts(instant)
        return "\(date)T\(time).\(padded(milliseconds, 3))Z"
    }

    /// For people, in a zone that is so many seconds ahead of UTC: `2026-03-02 08:30:00 +07:00`.
    package static func local(_ instant: Instant, secondsFromUTC: Int) -> String {
        let (date, time, _) = parts(instant + .seconds(Int64(secondsFromUTC)))
        let minutes = Int64(abs(secondsFromUTC) / 60)
        let sign = secondsFromUTC < 0 ? "-" : "+"
        return "\(date) \(time) \(sign)\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
    }

    private static func parts(
        _ instant: Instant
    ) -> (date: String, time: String, milliseconds: Int64) {
        let day = floorDivide(instant.milliseconds, millisecondsPerDay)
        let rest = instant.milliseconds - day * millisecondsPerDay
        let date = CivilDate(daysSince1970: day)
        let seconds = rest / 1_000
        return (
            "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))",
            "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):"
                + padded(seconds % 60, 2),
            rest % 1_000
        )
    }

    /// Nil when the text is not a date and time of RFC 3339 with an offset. A leap second is read
    /// as the first moment of the next minute.
    package static func instant(_ text: String) -> Instant? {
        var rest = Array(text.utf8)[...]
        guard let year = number(&rest, digits: 4), drop(&rest, 0x2D),
            let month = number(&rest, digits: 2), drop(&rest, 0x2D),
            let day = number(&rest, digits: 2), drop(&rest, 0x54) || drop(&rest, 0x74),
            let hour = number(&rest, digits: 2), drop(&rest, 0x3A),
            let minute = number(&rest, digits: 2), drop(&rest, 0x3A),
            let second = number(&rest, digits: 2),
            hour < 24, minute < 60, second <= 60,
            let days = CivilDate(year: year, month: month, day: day).daysSince1970
        else { return nil }
        guard let fraction = milliseconds(&rest), let offset = offsetMinutes(&rest), rest.isEmpty
        else { return nil }
        let seconds = (hour * 60 + minute - offset) * 60 + second
        return Instant(
            milliseconds: days * millisecondsPerDay + seconds * 1_000 + fraction)
    }

    /// Nil for anything but the very form that `text` writes, from 1970 on: what is signed has one
    /// form.
    package static func canonical(_ text: String) -> Instant? {
        guard let instant = instant(text), instant.milliseconds >= 0, Self.text(instant) == text
        else { return nil }
        return instant
    }

    static let millisecondsPerDay: Int64 = 86_400_000

    /// Takes exactly so many decimal digits off the front.
    private static func number(_ rest: inout ArraySlice<UInt8>, digits: Int) -> Int64? {
        guard rest.count >= digits else { return nil }
        var value: Int64 = 0
        for byte in rest.prefix(digits) {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        rest = rest.dropFirst(digits)
        return value
    }

    private static func drop(_ rest: inout ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// A fraction of a second; what is below a millisecond is dropped.
    private static func milliseconds(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard drop(&rest, 0x2E) else { return 0 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        let first = Array(digits.prefix(3)) + [0x30, 0x30]
        return first.prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// `Z` or a distance from UTC. A time without one is refused: nobody knows when it is.
    private static func offsetMinutes(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        if drop(&rest, 0x5A) || drop(&rest, 0x7A) { return 0 }
        let sign: Int64 = rest.first == 0x2B ? 1 : rest.first == 0x2D ? -1 : 0
        rest = rest.dropFirst()
        guard sign != 0, let hours = number(&rest, digits: 2), drop(&rest, 0x3A),
            let minutes = number(&rest, digits: 2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
