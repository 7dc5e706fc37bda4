// On which days offices work. Which days those are is data (a calendar file of the configuration);
// here is only the reckoning with them.

package struct WorkCalendar: Hashable, Sendable {
    /// Days of the week that are worked, unless they are holidays.
    package var weekdays: Set<Weekday>
    package var holidays: Set<Day>
    /// Days that are worked although the week or a holiday says otherwise: moved Saturdays.
    package var worked: Set<Day>
    /// The years for which holidays are entered; nil when none are.
    package var years: ClosedRange<Int64>?

    /// Vietnam keeps one time, and no summer time (Decision 121/CP of 1967; UTC+07:00).
    package static let zone = Interval.hours(7)

    /// Holidays in a row beyond which a calendar is a slip: the longest Tết has had nine days.
    package static let idleDaysMax = 31

    package init(
        weekdays: Set<Weekday>, holidays: Set<Day> = [], worked: Set<Day> = [],
        years: ClosedRange<Int64>? = nil
    ) {
        self.weekdays = weekdays
        self.holidays = holidays
        self.worked = worked
        self.years = years
    }

    /// Monday to Friday, and no holidays.
    package static let plain = WorkCalendar(
        weekdays: [.monday, .tuesday, .wednesday, .thursday, .friday])

    package func isWorking(_ day: Day) -> Bool {
        worked.contains(day) || (weekdays.contains(day.weekday) && !holidays.contains(day))
    }

    /// The first working day behind `day`. Of a calendar without any, the last day that was looked
    /// at: the configuration refuses such a calendar, and a deadline too early is seen.
    package func workingDay(after day: Day) -> Day {
        var next = day.next
        while !isWorking(next), next - day <= Int64(Self.idleDaysMax) { next = next.next }
        return next
    }

    /// The day in Vietnam.
    package static func day(of instant: Instant) -> Day {
        let local = instant + zone
        return Day(number: floorDivide(local.milliseconds, Timestamp.millisecondsPerDay))
    }

    /// So long after the beginning of a day in Vietnam.
    package static func time(_ sinceMidnight: Interval, on day: Day) -> Instant {
        let midnight = Instant(milliseconds: day.number * Timestamp.millisecondsPerDay)
        return midnight + sinceMidnight + .milliseconds(-zone.milliseconds)
    }
}
