// The keys about deadlines, in the configuration file and in a calendar file, and their kinds.

import RelayCore

extension Schema {
    /// By when documents are due. Without classes nothing is, and old files stay what they are.
    enum Deadlines {
        static let calendar = Field(
            "deadlines.calendar", .path, without: "Monday to Friday, without holidays")
        static let morningEnds = DefaultedField(
            "deadlines.morningEnds", .timeOfDay, default: "11:30")
        static let dayEnds = DefaultedField("deadlines.dayEnds", .timeOfDay, default: "24:00")
        static let signedWithin = DefaultedField(
            "deadlines.signedWithin",
            .duration(
                Extent(
                    .days(0), because: "a duration is not negative",
                    to: .days(3_650),
                    because: "an older letter is not being sent for the first time")
            ),
            default: "30 d")
        static let warn = DefaultedField("deadlines.warn", .duration(leads), default: "30 m")
        static let classes = GroupField(path: "deadlines.classes", most: Bounds.classesMax)
        static let name = Field("deadlines.classes[].name", .name)
        static let kinds = ListField(
            "deadlines.classes[].kinds",
            of: .word(["document": .document, "status": Envelope.Kind.status]), least: 1, most: 2,
            without: "all")
        static let priorities = ListField(
            "deadlines.classes[].priorities",
            of: .word([
                "0": .normal, "1": .urgent, "2": .veryUrgent, "3": .express,
                "4": Priority.expressTimed,
            ]), least: 1, most: 5, without: "all")
        static let types = ListField(
            "deadlines.classes[].types", of: .line, least: 1, most: Bounds.typesMax,
            without: "all")
        static let due = Field("deadlines.classes[].due", .term)
        static let classWarn = Field(
            "deadlines.classes[].warn", .duration(leads), without: "deadlines.warn")
        static let basis = Field("deadlines.classes[].basis", .line, without: "none")

        private static let leads = Extent<Interval>(
            .milliseconds(0), because: "a duration is not negative",
            to: .days(30), because: "a warning that comes so early is none")

        static let declared: [any Declared] = [
            calendar, morningEnds, dayEnds, signedWithin, warn, classes, name, kinds, priorities,
            types, due, classWarn, basis,
        ]
    }

    /// The file that `deadlines.calendar` names.
    enum Calendar {
        static let years = ListField(
            "years",
            of: .count(
                Extent(
                    2_000, because: "nothing older is reckoned with",
                    to: 2_200, because: "holidays are laid down from year to year")),
            least: 1, most: Bounds.yearsMax)
        static let weekdays = ListField(
            "weekdays",
            of: .word([
                "monday": .monday, "tuesday": .tuesday, "wednesday": .wednesday,
                "thursday": .thursday, "friday": .friday, "saturday": .saturday,
                "sunday": Weekday.sunday,
            ]), least: 1, most: 7, without: "[monday, tuesday, wednesday, thursday, friday]")
        static let holidays = GroupField(path: "holidays", most: Bounds.daysMax)
        static let holidayDate = Field("holidays[].date", .day)
        static let holidayName = Field("holidays[].name", .line)
        static let worked = GroupField(path: "worked", most: Bounds.daysMax)
        static let workedDate = Field("worked[].date", .day)
        static let workedName = Field("worked[].name", .line)

        static let rows: [SchemaRow] = declared.map(\.row)
        static let keys = KeyTable(rows)

        private static let declared: [any Declared] = [
            years, weekdays, holidays, holidayDate, holidayName, worked, workedDate, workedName,
        ]
    }
}

// MARK: - Kinds

extension Kind where Value == Day {
    static var day: Self {
        Kind(name: "a date", allowed: "year-month-day, such as 2026-09-02") { text in
            Day(text).map(Reading.value) ?? .unlike
        }
    }
}

extension Kind where Value == Interval {
    /// Since midnight. 24:00 is the end of the day.
    static var timeOfDay: Self {
        Kind(
            name: "a time of day", allowed: "hours:minutes from 00:01 to 24:00, such as 11:30",
            bounds: "00:01 to 24:00"
        ) { text in
            let parts = text.utf8.split(separator: 0x3A, omittingEmptySubsequences: false)
            guard parts.map(\.count) == [2, 2], let hours = Int64(String(text.prefix(2))),
                let minutes = Int64(String(text.suffix(2))), minutes < 60, hours >= 0,
                minutes >= 0, (1...1_440).contains(hours * 60 + minutes)
            else { return .unlike }
            return .value(.minutes(hours * 60 + minutes))
        }
    }
}

extension Kind where Value == String {
    /// A name of our own, safe wherever it is shown.
    static var name: Self {
        Kind(name: "a name", allowed: Code.rule) { text in
            Code.isValid(text) ? .value(text) : .unlike
        }
    }

    /// A line for people.
    static var line: Self {
        let most = Bounds.lineBytesMax
        return Kind(name: "a text", allowed: "one line of 1 to \(most) bytes") { text in
            let isLine = !text.unicodeScalars.contains(where: Shown.isControl)
            return (1...most).contains(text.utf8.count) && isLine ? .value(text) : .unlike
        }
    }
}

extension Kind where Value == DeadlineClass.Term {
    static var term: Self {
        let words: [(String, DeadlineClass.Term)] = [
            ("next-working-morning", .nextWorkingMorning), ("same-day", .sameDay), ("none", .none),
        ]
        let names = words.map(\.0)
        let duration = Kind<Interval>.duration(
            Extent(
                .minutes(1), because: "no relay on the way could keep it",
                to: .days(365), because: "a document is due on the next working day"))
        return Kind(
            name: "a time",
            allowed:
                "\(names.joined(separator: ", ")), or a duration after the submission, such as "
                + "30 m",
            bounds: "\(names.joined(separator: ", ")), or \(duration.bounds)"
        ) { text in
            if let word = words.first(where: { $0.0 == text }) { return .value(word.1) }
            switch duration.read(text) {
            case .value(let interval): return .value(.after(interval))
            case .refused(let message): return .refused(message)
            case .unlike: break
            }
            guard let near = Suggestion.nearest(to: text, among: names) else { return .unlike }
            return .refused("\(Shown.value(text)) is not a time; did you mean \(near)?")
        }
    }
}
