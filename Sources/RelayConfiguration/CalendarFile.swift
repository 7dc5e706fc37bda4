// A calendar file: which days are worked, as the yearly notices of the government have it.
//
// Guarantees: days are told once, each with its name, within the years that the file says it
// covers; every error is reported at once. Leaves to others: whether the notices say so.

package import RelayCore

extension WorkCalendar {
    /// Reads the text of a calendar file; `file` names it in messages.
    package static func parse(
        _ text: String, file: String
    ) -> Result<WorkCalendar, ConfigurationErrors> {
        let findings = Findings(file: file)
        guard let element = Composer.mapping(of: text, findings: findings) else {
            return .failure(findings.outcome ?? ConfigurationErrors(errors: [], more: 0))
        }
        let draft = CalendarDraft(
            Section(file: element, keys: Schema.Calendar.keys, findings: findings))
        draft.check(findings)
        let calendar = draft.calendar
        draft.checkWork(calendar, findings)
        return findings.outcome.map(Result.failure) ?? .success(calendar)
    }

    package static func load(path: String) -> Result<WorkCalendar, ConfigurationErrors> {
        TextFile.read(path, as: "a calendar file").flatMap { parse($0, file: path) }
    }
}

/// What the file says, as far as it could be read.
private struct CalendarDraft {
    let years: [Item<Int>]
    let weekdays: [Item<Weekday>]?
    let holidays: [(key: String, day: Day)]
    let worked: [(key: String, day: Day)]

    init(_ root: Section) {
        years = root.list(Schema.Calendar.years) ?? []
        weekdays = root.list(Schema.Calendar.weekdays)
        holidays = root.sections(Schema.Calendar.holidays).compactMap { section in
            // The name is asked for so that whoever checks the list next year can.
            _ = section.value(Schema.Calendar.holidayName)
            return section.value(Schema.Calendar.holidayDate).map { ("\(section.path).date", $0) }
        }
        worked = root.sections(Schema.Calendar.worked).compactMap { section in
            _ = section.value(Schema.Calendar.workedName)
            return section.value(Schema.Calendar.workedDate).map { ("\(section.path).date", $0) }
        }
    }

    var calendar: WorkCalendar {
        let years = years.map { Int64($0.value) }
        return WorkCalendar(
            weekdays: weekdays.map { Set($0.map(\.value)) } ?? WorkCalendar.plain.weekdays,
            holidays: Set(holidays.map(\.day)), worked: Set(worked.map(\.day)),
            years: years.min().flatMap { least in years.max().map { least...$0 } })
    }

    /// Each day once, and in a year that is covered.
    func check(_ findings: Findings) {
        var first: [Day: String] = [:]
        let covered = Set(years.map { Int64($0.value) })
        for (key, day) in holidays + worked {
            if let other = first[day] {
                findings.refuse(key, "\(day) is given already, by \(other)")
            } else if findings.areSound(["years"]), !covered.contains(day.year) {
                findings.refuse(key, "\(day) is in none of the years that the file covers (years)")
            }
            first[day] = key
        }
        var named: Set<Int> = []
        for item in years where !named.insert(item.value).inserted {
            findings.refuse(item.key, "\(item.value) stands in the list twice")
        }
        for item in years where !holidays.contains(where: { $0.day.year == item.value }) {
            findings.refuse(
                item.key,
                "no holiday of \(item.value) is given; enter them, or take the year from the list")
        }
        if let least = named.min(), let most = named.max(), most - least >= named.count {
            findings.refuse("years", "has a gap; give the years from \(least) to \(most)")
        }
    }

    /// What the days come to together.
    func checkWork(_ calendar: WorkCalendar, _ findings: Findings) {
        guard findings.outcome == nil else { return }
        for (key, day) in worked where calendar.weekdays.contains(day.weekday) {
            findings.refuse(key, "\(day) is a \(day.weekday), which is worked anyway")
        }
        for (key, day) in holidays {
            let idle = calendar.workingDay(after: day) - day
            if idle > Int64(WorkCalendar.idleDaysMax) {
                findings.refuse(
                    key, "more than \(WorkCalendar.idleDaysMax) days are free from \(day) on")
            }
        }
    }
}
