// Days of the calendar as numbers, so that deadlines can be reckoned without a clock or a library.
//
// A day has no zone: whose day it is stands with whoever asks (`WorkCalendar`).

/// A day of the Gregorian calendar, counted from 1970-01-01.
package struct Day: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let number: Int64

    package init(number: Int64) { self.number = number }

    /// Nil when there is no such day, or its year has not four digits.
    package init?(year: Int64, month: Int64, day: Int64) {
        let date = CivilDate(year: year, month: month, day: day)
        guard (0...9_999).contains(year), let number = date.daysSince1970 else { return nil }
        self.number = number
    }

    /// Reads `yyyy-MM-dd` and nothing else.
    package init?(_ text: String) {
        self.init(text, separators: "-", isDayFirst: false)
    }

    /// Reads a date as edXML documents have it: `yyyy/MM/dd`, the form that is asked for;
    /// `yyyy-MM-dd`; and `dd/MM/yyyy`, which some producers write. A time behind it is passed over.
    package init?(edXML text: String) {
        let date = String(text.prefix { $0 != " " && $0 != "T" })
        if let day = Day(date, separators: "/-", isDayFirst: false) {
            self = day
        } else if let day = Day(date, separators: "/-", isDayFirst: true) {
            self = day
        } else {
            return nil
        }
    }

    private init?(_ text: String, separators: String, isDayFirst: Bool) {
        guard let separator = separators.utf8.first(where: { text.utf8.contains($0) })
        else { return nil }
        let parts = text.utf8.split(separator: separator, omittingEmptySubsequences: false)
        let lengths = isDayFirst ? [2, 2, 4] : [4, 2, 2]
        guard parts.map(\.count) == lengths,
            parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let numbers = parts.map { part in
            part.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        }
        self.init(
            year: numbers[isDayFirst ? 2 : 0], month: numbers[1],
            day: numbers[isDayFirst ? 0 : 2])
    }

    package var year: Int64 { CivilDate(daysSince1970: number).year }

    package var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        let place = (number + 3) - floorDivide(number + 3, 7) * 7
        return Weekday.allCases[Int(place)]
    }

    package var next: Day { self + 1 }

    package var description: String {
        let date = CivilDate(daysSince1970: number)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    }

    package static func < (a: Self, b: Self) -> Bool { a.number < b.number }
    package static func + (a: Self, days: Int64) -> Self { Self(number: a.number + days) }
    /// Days from `b` to `a`; negative when `a` is before.
    package static func - (a: Self, b: Self) -> Int64 { a.number - b.number }
}

package enum Weekday: UInt8, Sendable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday
}

/// A date in its parts, counted in eras of 400 years that begin on the first of March, so that the
/// leap day is the last of its year.
struct CivilDate: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Nil when there is no such day.
    var daysSince1970: Int64? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let marchYear = month <= 2 ? year - 1 : year
        let era = floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return CivilDate(daysSince1970: days) == self ? days : nil
    }
}

/// Division that rounds down, also before 1970.
func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
    let quotient = number / divisor
    return number % divisor < 0 ? quotient - 1 : quotient
}

/// With zeros before it, up to a width.
func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
