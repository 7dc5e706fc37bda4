// By when a document is due at its recipient's: a function of what it is, when it was signed, and
// when it was handed over.
//
// The rules are data of the configuration, legal references included: laws change more often than
// programs. The origin reckons once; the result travels on the envelope and never changes.

package struct DeadlineRules: Hashable, Sendable {
    package var calendar = WorkCalendar.plain
    /// The first that matches counts. None that matches: no deadline.
    package var classes: [DeadlineClass] = []
    /// When a working morning ends, and when a day does, in Vietnam's time, since midnight.
    package var morningEnds = Interval.minutes(11 * 60 + 30)
    package var dayEnds = Interval.hours(24)
    /// How many days before it was handed over a document can have been signed. A date that is
    /// older, or lies ahead, is a slip or an old letter, and says nothing about this sending.
    package var signedDaysMax: Int64 = 30
    /// How long before the deadline it is warned of, where no class says otherwise.
    package var lead = Interval.minutes(30)

    package init() {}

    /// What decides about a deadline.
    package struct Facts: Hashable, Sendable {
        package var kind: Envelope.Kind
        package var priority: Priority
        /// Names and numbers that the document gives its own type.
        package var types: [String]
        package var signedOn: Day?
        package var submittedAt: Instant

        package init(
            kind: Envelope.Kind, priority: Priority, types: [String] = [], signedOn: Day? = nil,
            submittedAt: Instant
        ) {
            self.kind = kind
            self.priority = priority
            self.types = types
            self.signedOn = signedOn
            self.submittedAt = submittedAt
        }
    }

    /// When it is due, and by which class; nil when no rule gives it a deadline.
    package func deadline(_ facts: Facts) -> (at: Instant, by: DeadlineClass)? {
        guard facts.kind != .receipt, let found = classes.first(where: { $0.matches(facts) })
        else { return nil }
        return time(found.term, facts).map { ($0, found) }
    }

    private func time(_ term: DeadlineClass.Term, _ facts: Facts) -> Instant? {
        switch term {
        case .none:
            return nil
        case .after(let interval):
            return facts.submittedAt + interval
        case .nextWorkingMorning:
            let day = calendar.workingDay(after: signingDay(facts))
            return WorkCalendar.time(morningEnds, on: day)
        case .sameDay:
            let day = WorkCalendar.day(of: facts.submittedAt)
            let end = WorkCalendar.time(dayEnds, on: day)
            // What is handed over after hours can't be there before them.
            if facts.submittedAt < end { return end }
            return WorkCalendar.time(dayEnds, on: calendar.workingDay(after: day))
        }
    }

    /// The day it says it was signed on, if that can be; else the day it was handed over.
    package func signingDay(_ facts: Facts) -> Day {
        let submitted = WorkCalendar.day(of: facts.submittedAt)
        guard let signed = facts.signedOn, (0...signedDaysMax).contains(submitted - signed)
        else { return submitted }
        return signed
    }

    /// How long before its deadline a document is warned of. On the way only kind and priority are
    /// known, so classes that look at the type as well do not count.
    package func lead(of envelope: Envelope) -> Interval {
        let facts = Facts(
            kind: envelope.kind, priority: envelope.priority, submittedAt: envelope.submittedAt)
        return classes.first { $0.matches(facts) }?.lead ?? lead
    }

    /// What is told first of a delivery that begins now. The warning comes no sooner than half-way
    /// between now and the deadline: a document that was just handed over is not late yet. What
    /// comes here late, from a relay that has told it, is not told again.
    package func stage(
        of envelope: Envelope, at now: Instant, isOrigin: Bool = true
    ) -> Delivery.DueStage {
        guard let dueAt = envelope.dueAt else { return .none }
        if dueAt <= now, !isOrigin { return .missed }
        let left = (dueAt - now).milliseconds
        let lead = min(lead(of: envelope).milliseconds, left / 2)
        return lead > 0 ? .warn(at: dueAt + .milliseconds(-lead)) : .warned
    }
}

/// Documents that are due alike.
package struct DeadlineClass: Hashable, Sendable {
    package var name: String
    /// Empty: any. A document has to meet all three.
    package var kinds: Set<Envelope.Kind>
    package var priorities: Set<Priority>
    package var types: Set<String>
    package var term: Term
    package var lead: Interval?
    /// Where this is laid down, in the words of the configuration.
    package var basis: String

    package enum Term: Hashable, Sendable {
        /// When the morning of the first working day after the day of signing ends.
        case nextWorkingMorning
        /// By the end of the day on which it was handed over.
        case sameDay
        /// So long after it was handed over.
        case after(Interval)
        case none
    }

    package init(
        name: String, kinds: Set<Envelope.Kind> = [], priorities: Set<Priority> = [],
        types: Set<String> = [], term: Term, lead: Interval? = nil, basis: String = ""
    ) {
        self.name = name
        self.kinds = kinds
        self.priorities = priorities
        self.types = Set(types.map(Self.folded))
        self.term = term
        self.lead = lead
        self.basis = basis
    }

    package func matches(_ facts: DeadlineRules.Facts) -> Bool {
        (kinds.isEmpty || kinds.contains(facts.kind))
            && (priorities.isEmpty || priorities.contains(facts.priority))
            && (types.isEmpty || facts.types.contains { types.contains(Self.folded($0)) })
    }

    /// People write `Công văn` and `CÔNG VĂN ` for one type.
    private static func folded(_ text: String) -> String {
        text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// For histories: `class normal (Decision ...)`.
    package var words: String { "class \(name)" + (basis.isEmpty ? "" : " (\(basis))") }
}
