// Instants as RFC 3339 texts in UTC with milliseconds, `2026-05-04T00:00:00.123Z`, and back. The
// calendar is the Gregorian one, leap seconds do not occur, and only what this file writes is read.

package import RelayCore

package enum CivilTime {
    /// Years 1970 to 9999: what is outside is written as the nearest time inside.
    package static func text(_ time: Instant) -> String {
        let milliseconds = min(max(0, time.milliseconds), WireLimits.timeMax.milliseconds)
        let (seconds, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        let (days, second) = seconds.quotientAndRemainder(dividingBy: secondsOfDay)
        let date = date(ofDay: Int(days))
        let parts = [
            (date.year, 4, "-"), (date.month, 2, "-"), (date.day, 2, "T"),
            (Int(second) / 3_600, 2, ":"), (Int(second) / 60 % 60, 2, ":"),
            (Int(second) % 60, 2, "."), (Int(fraction), 3, "Z"),
        ]
        return parts.reduce(into: "") { text, part in
            let digits = String(part.0)
            text += String(repeating: "0", count: part.1 - digits.utf8.count) + digits + part.2
        }
    }

    /// Nil for anything that `text` does not write.
    package static func instant(_ text: String) -> Instant? {
        let bytes = Array(text.utf8)
        // The length is fixed, so no index below can be out of range.
        guard bytes.count == 24 else { return nil }
        var numbers: [Int] = []
        var place = 0
        for (digits, separator) in shape {
            var number = 0
            for byte in bytes[place..<place + digits] {
                guard (0x30...0x39).contains(byte) else { return nil }
                number = number * 10 + Int(byte - 0x30)
            }
            guard bytes[place + digits] == separator else { return nil }
            numbers.append(number)
            place += digits + 1
        }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        guard year >= 1_970, (1...12).contains(month),
            (1...days(inMonth: month, of: year)).contains(day),
            numbers[3] < 24, numbers[4] < 60, numbers[5] < 60
        else { return nil }
        let seconds =
            Int64(Self.day(year, month, day)) * secondsOfDay
            + Int64(numbers[3] * 3_600 + numbers[4] * 60 + numbers[5])
        return Instant(milliseconds: seconds * 1_000 + Int64(numbers[6]))
    }

    private static let secondsOfDay: Int64 = 86_400

    /// Digits of each number, and what follows it.
    private static let shape: [(digits: Int, separator: UInt8)] = [
        (4, UInt8(ascii: "-")), (2, UInt8(ascii: "-")), (2, UInt8(ascii: "T")),
        (2, UInt8(ascii: ":")), (2, UInt8(ascii: ":")), (2, UInt8(ascii: ".")),
        (3, UInt8(ascii: "Z")),
    ]
}

// MARK: - The calendar

extension CivilTime {
    /// Days from 1970-01-01 to a date of a year from 1970 on.
    static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let before = (1..<month).reduce(0) { $0 + days(inMonth: $1, of: year) }
        return firstDay(ofYear: year) + before + day - 1
    }

    /// The date that lies so many days after 1970-01-01.
    static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        // 400 years have 146,097 days, so the estimate is one year off at most.
        var year = 1_970 + day * 400 / 146_097
        if firstDay(ofYear: year) > day { year -= 1 }
        if firstDay(ofYear: year + 1) <= day { year += 1 }
        var rest = day - firstDay(ofYear: year)
        var month = 1
        while rest >= days(inMonth: month, of: year) {
            rest -= days(inMonth: month, of: year)
            month += 1
        }
        return (year, month, rest + 1)
    }

    /// Days from 1970-01-01 to the first of January: 365 for each year between, and one for each leap
    /// year. 477 leap years lie before 1970.
    private static func firstDay(ofYear year: Int) -> Int {
        let last = year - 1
        return (year - 1_970) * 365 + last / 4 - last / 100 + last / 400 - 477
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
    }
}
