// Days and working days: the edges of years, leap days, moved Saturdays, holidays back to back.

import RelayCore
import Testing

private func day(_ text: String) -> Day {
    guard let day = Day(text) else { preconditionFailure("no day: \(text)") }
    return day
}

func instant(_ text: String) -> Instant {
    guard let instant = Timestamp.instant(text) else { preconditionFailure("no time: \(text)") }
    return instant
}

/// The public holidays around the Tết of 2026, and a Saturday that makes up for one of them.
let tet: WorkCalendar = {
    var calendar = WorkCalendar.plain
    calendar.holidays = Set(
        [
            "2025-12-31", "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18",
            "2026-02-19", "2026-02-20",
        ].map(day))
    calendar.worked = [day("2026-01-10"), day("2026-02-21")]
    return calendar
}()

@Suite("The calendar")
struct CalendarTests {
    @Test("a day is read as it is written, and only if there is one")
    func days() {
        for text in ["1970-01-01", "2000-02-29", "2026-12-31", "2027-01-01", "9999-12-31"] {
            #expect(Day(text)?.description == text)
        }
        #expect(day("1970-01-01").number == 0)
        #expect(day("2028-02-28").next == day("2028-02-29"))
        #expect(day("2100-02-28").next == day("2100-03-01"))
        for text in [
            "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-1", "26-01-01",
            "2026/01/01", "2026-01-01 ", "", "2026-01-0x", "+026-01-01", "2026-01-01-01",
        ] {
            #expect(Day(text) == nil, "\(text)")
        }
    }

    @Test("dates of edXML documents are read in the forms that occur")
    func documentDates() {
        for text in [
            "2026/03/09", "2026-03-09", "09/03/2026", "2026/03/09 08:30:00", "2026-03-09T08:30:00",
        ] {
            #expect(Day(edXML: text) == day("2026-03-09"), "\(text)")
        }
        for text in ["", "9/3/2026", "2026/3/9", "09-3-2026", "13/13/2026", "N/A", "2026.03.09"] {
            #expect(Day(edXML: text) == nil, "\(text)")
        }
    }

    @Test("the days of the week go round, before 1970 too")
    func weekdays() {
        #expect(day("1970-01-01").weekday == .thursday)
        #expect(day("1969-12-28").weekday == .sunday)
        #expect(day("2026-11-25").weekday == .wednesday)
        #expect(day("2028-02-29").weekday == .tuesday)
        for number in -1_000..<Int64(1_000) {
            let (one, next) = (Day(number: number).weekday, Day(number: number + 1).weekday)
            #expect(next.rawValue == one.rawValue % 7 + 1)
        }
    }

    @Test("a day begins and ends at midnight in Vietnam")
    func zone() {
        #expect(WorkCalendar.day(of: instant("2026-03-08T16:59:59.999Z")) == day("2026-03-08"))
        #expect(WorkCalendar.day(of: instant("2026-03-08T17:00:00Z")) == day("2026-03-09"))
        #expect(WorkCalendar.day(of: instant("2025-12-31T17:00:00Z")) == day("2026-01-01"))
        #expect(
            WorkCalendar.time(.minutes(690), on: day("2026-03-09"))
                == instant("2026-03-09T11:30:00+07:00"))
        #expect(
            WorkCalendar.time(.hours(24), on: day("2026-12-31"))
                == instant("2027-01-01T00:00:00+07:00"))
    }

    @Test(
        "the next working day passes over weekends and holidays, and stops at moved Saturdays",
        arguments: [
            ("2026-03-09", "2026-03-10"), ("2026-03-13", "2026-03-16"),
            ("2026-03-14", "2026-03-16"), ("2026-03-15", "2026-03-16"),
            // Over the end of the year, from a Tuesday to a Monday; then a Saturday that is worked.
            ("2025-12-30", "2026-01-05"), ("2026-01-09", "2026-01-10"),
            ("2026-01-10", "2026-01-12"),
            // Tết: two weekends and a week, the second Saturday worked.
            ("2026-02-13", "2026-02-21"), ("2026-02-18", "2026-02-21"),
            ("2026-02-21", "2026-02-23"), ("2028-02-28", "2028-02-29"),
        ])
    func workingDays(after: String, next: String) {
        #expect(tet.workingDay(after: day(after)) == day(next))
    }

    @Test("without a working day the search ends")
    func none() {
        let never = WorkCalendar(weekdays: [])
        #expect(never.workingDay(after: day("2026-01-01")) - day("2026-01-01") == 32)
    }
}
