// The section `deadlines`: read, held against itself, and remarked on.

package import RelayCore

extension Draft {
    struct Deadlines {
        let calendar: String?
        let morningEnds: Interval
        let dayEnds: Interval
        let signedWithin: Interval
        let warn: Interval
        let classes: [Class]

        /// A class with the key of its section; nil where something required is not right.
        struct Class {
            let key: String
            let value: DeadlineClass?
        }
    }
}

extension Draft.Deadlines {
    init(_ section: Section, file: String) {
        calendar = section.value(Schema.Deadlines.calendar).map { Path.resolved($0, beside: file) }
        morningEnds = section.value(Schema.Deadlines.morningEnds)
        dayEnds = section.value(Schema.Deadlines.dayEnds)
        signedWithin = section.value(Schema.Deadlines.signedWithin)
        warn = section.value(Schema.Deadlines.warn)
        classes = section.sections(Schema.Deadlines.classes).map { section in
            let name = section.value(Schema.Deadlines.name)
            let kinds = section.list(Schema.Deadlines.kinds) ?? []
            let priorities = section.list(Schema.Deadlines.priorities) ?? []
            let types = section.list(Schema.Deadlines.types) ?? []
            let due = section.value(Schema.Deadlines.due)
            let warn = section.value(Schema.Deadlines.classWarn)
            let basis = section.value(Schema.Deadlines.basis)
            return Class(
                key: section.path,
                value: name.flatMap { name in
                    due.map { due in
                        DeadlineClass(
                            name: name, kinds: Set(kinds.map(\.value)),
                            priorities: Set(priorities.map(\.value)),
                            types: Set(types.map(\.value)), term: due, lead: warn,
                            basis: basis ?? "")
                    }
                })
        }
    }

    var configuration: Configuration.Deadlines {
        var rules = DeadlineRules()
        rules.classes = classes.compactMap(\.value)
        rules.morningEnds = morningEnds
        rules.dayEnds = dayEnds
        rules.signedDaysMax = signedWithin.milliseconds / Interval.days(1).milliseconds
        rules.lead = warn
        return Configuration.Deadlines(calendar: calendar, rules: rules)
    }
}

extension CrossChecks {
    /// A class that an earlier one leaves nothing to is a slip in their order.
    func checkDeadlines() {
        var earlier: [(key: String, value: DeadlineClass)] = []
        for (key, value) in draft.deadlines.classes.compactMap({ item in
            item.value.map { (item.key, $0) }
        }) {
            if let other = earlier.first(where: { $0.value.name == value.name }) {
                findings.refuse("\(key).name", "\(value.name) is the name of \(other.key) too")
            }
            if let other = earlier.first(where: { $0.value.covers(value) }) {
                findings.refuse(
                    key,
                    "\(value.name) never matches: \(other.value.name) (\(other.key)) stands before "
                        + "it and takes all that it would; the first class that matches counts")
            }
            if case .after(let interval) = value.term, let lead = value.lead, lead >= interval {
                findings.refuse(
                    "\(key).warn",
                    "\(Amount.duration(lead)) is not less than due (\(Amount.duration(interval))); "
                        + "the warning would come before the document")
            }
            earlier.append((key, value))
        }
        let days = Interval.days(1).milliseconds
        if !draft.deadlines.signedWithin.milliseconds.isMultiple(of: days) {
            findings.refuse(
                "deadlines.signedWithin",
                "dates are counted in days; give a number of them, such as 30 d")
        }
    }
}

extension DeadlineClass {
    /// Whether whatever `other` matches, this matches too.
    fileprivate func covers(_ other: DeadlineClass) -> Bool {
        func covers<Value>(_ all: Set<Value>, _ some: Set<Value>) -> Bool {
            all.isEmpty || (!some.isEmpty && some.isSubset(of: all))
        }
        return covers(kinds, other.kinds) && covers(priorities, other.priorities)
            && covers(types, other.types)
    }
}

/// Something that is allowed, and most likely not meant.
package struct ConfigurationWarning: Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let place: Place
    package let key: String
    package let message: String

    /// `file:line:column: key: warning: message`, on one line.
    package var description: String {
        "\(file):\(place.line):\(place.column): \(key): warning: \(message)"
    }
}

extension Configuration {
    /// What an operator should know of a configuration without errors, on this day.
    package func warnings(on today: Day) -> [ConfigurationWarning] {
        guard !deadlines.rules.classes.isEmpty else { return [] }
        let place = places["deadlines.calendar"] ?? places["deadlines"] ?? .start
        func warning(_ message: String) -> [ConfigurationWarning] {
            [
                ConfigurationWarning(
                    file: file, place: place, key: "deadlines.calendar", message: message)
            ]
        }
        guard let calendar = deadlines.calendar else {
            return warning(
                "is not given, so every Monday to Friday counts as worked, holidays too; give a "
                    + "calendar")
        }
        guard let years = deadlines.rules.calendar.years else { return [] }
        if !years.contains(today.year) {
            return warning("\(calendar) has no holidays of \(today.year); enter them")
        }
        let soon = today + Bounds.calendarEndsDays
        guard !years.contains(soon.year) else { return [] }
        return warning(
            "\(calendar) ends with \(years.upperBound); enter the holidays of \(soon.year)")
    }
}
