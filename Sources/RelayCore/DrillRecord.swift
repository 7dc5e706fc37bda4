// What is kept of a drill: who ordered it and why, what happened and when, what was measured, and
// how it ended. Durable from the moment it begins; a report is made from it, and nothing else.

/// What names a drill, at every relay that its test documents pass.
package struct DrillID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let id: DocumentID

    package init(_ id: DocumentID) { self.id = id }

    package init?(_ text: String) {
        guard let id = DocumentID(text) else { return nil }
        self.id = id
    }

    package var description: String { id.description }
    package static func < (a: Self, b: Self) -> Bool { a.id < b.id }
}

package struct DrillRecord: Hashable, Sendable {
    package let drill: DrillID
    /// The scenario's name, its titles, and its file as it was handed in.
    package let scenario: String
    package let title: DrillScenario.Title
    package let source: String
    /// Who ordered it, and why.
    package let by: String
    package let reason: String
    package let startedAt: Instant
    package let lease: Interval
    package let objectives: DrillScenario.Objectives
    /// Test documents that are to be sent; 0 on the real queues alone.
    package let testsPlanned: Int
    /// The time line, oldest first.
    package var marks: [DrillMark] = []
    package var measures = DrillMeasures()
    /// Hand-overs since the start, by route and next hop, in order of their names.
    package var hops: [DrillHop] = []
    package var samples: [DrillSample] = []
    /// What was accepted here since the start: real documents and this drill's test documents.
    package var real = DrillCohort()
    package var tests = DrillCohort()
    /// Nil while it runs.
    package var end: DrillEnd?

    package init(
        drill: DrillID, scenario: String, title: DrillScenario.Title, source: String, by: String,
        reason: String, startedAt: Instant, lease: Interval,
        objectives: DrillScenario.Objectives, testsPlanned: Int
    ) {
        self.drill = drill
        self.scenario = scenario
        self.title = title
        self.source = source
        self.by = by
        self.reason = reason
        self.startedAt = startedAt
        self.lease = lease
        self.objectives = objectives
        self.testsPlanned = testsPlanned
    }
}

/// A moment of the time line.
package struct DrillMark: Hashable, Sendable {
    package let at: Instant
    /// Since the start, by the steady clock.
    package let elapsed: Interval
    package let what: What
    package let peer: RelayCode?
    /// What was measured with it.
    package let took: Interval?
    /// More words, such as the kind of a fault; bounded by `Limits.reasonBytesMax`.
    package let detail: String

    package enum What: UInt8, Sendable, CaseIterable {
        case started = 1
        case faultBegun = 2
        /// The link is known dead.
        case detected = 3
        /// The first document since has gone by another way.
        case rerouted = 4
        /// All that was queued when the link died is handed over.
        case drained = 5
        case faultLifted = 6
        /// Documents go by the preferred way again.
        case returned = 7
        case testsSent = 8
        /// Every document accepted during the drill has its receipt.
        case proven = 9
        case aborted = 10
        case leaseEnded = 11
        case restarted = 12
        case ended = 13
    }

    package init(
        at: Instant, elapsed: Interval, what: What, peer: RelayCode? = nil, took: Interval? = nil,
        detail: String = ""
    ) {
        self.at = at
        self.elapsed = elapsed
        self.what = what
        self.peer = peer
        self.took = took
        self.detail = detail.bounded(toBytes: Limits.reasonBytesMax)
    }
}

/// What the objectives are compared with. Of several faults, the slowest counts.
package struct DrillMeasures: Hashable, Sendable {
    package var detect = Measure.notApplicable
    package var reroute = Measure.notApplicable
    package var drain = Measure.notApplicable
    package var giveBack = Measure.notApplicable

    package init() {}

    package enum Measure: Hashable, Sendable {
        /// No fault of the drill calls for it.
        case notApplicable
        /// It should have happened, and has not.
        case open
        case took(Interval)

        /// Another fault calls for it too.
        mutating func add(_ other: Measure) {
            switch (self, other) {
            case (_, .notApplicable), (.open, _): break
            case (.notApplicable, _), (_, .open): self = other
            case (.took(let one), .took(let two)): self = .took(max(one, two))
            }
        }
    }
}

/// Hand-overs by one next hop of one route.
package struct DrillHop: Hashable, Sendable {
    /// The entry of the route table that decided.
    package let route: String
    package let hop: RelayCode
    package var begun = 0
    package var accepted = 0
    /// Queued again: no answer, or "not now".
    package var returned = 0
    package var refused = 0

    package init(route: String, hop: RelayCode) {
        self.route = route
        self.hop = hop
    }
}

/// How it stood at one moment: a point of the report's curve.
package struct DrillSample: Hashable, Sendable {
    package let elapsed: Interval
    package let queued: Int
    /// How long the oldest had waited; nil when none did.
    package let oldest: Interval?
    /// Hand-overs accepted since the start, by all hops.
    package let handedOver: Int

    package init(elapsed: Interval, queued: Int, oldest: Interval?, handedOver: Int) {
        self.elapsed = elapsed
        self.queued = queued
        self.oldest = oldest
        self.handedOver = handedOver
    }
}

/// Deliveries that were accepted here during a drill, and what has become of them.
package struct DrillCohort: Hashable, Sendable {
    /// Of applications, and of the drill itself.
    package var accepted = 0
    /// Of these, those whose recipient's relay has signed for them.
    package var proven = 0
    /// Of these, those given up or cancelled.
    package var failed = 0
    /// Test documents that were not accepted, for want of room.
    package var refused = 0
    /// Second receipts for one delivery: the recipient's relay has taken it in twice.
    package var duplicates = 0
    /// Taken over from peers, and of these, passed on.
    package var passing = 0
    package var passed = 0

    package init() {}

    /// Neither proven nor given up.
    package var open: Int { accepted - proven - failed + passing - passed }
}

package struct DrillEnd: Hashable, Sendable {
    package let at: Instant
    package let elapsed: Interval
    package let how: How
    /// For an abort: by whom, or which bound was passed.
    package let reason: String

    package enum How: UInt8, Sendable, CaseIterable {
        /// Everything that was to be measured has been.
        case completed = 1
        case leaseEnded = 2
        /// By an operator, or by itself past a bound.
        case aborted = 3
        /// The relay was restarted; the faults ended with the run.
        case restarted = 4
    }

    package init(at: Instant, elapsed: Interval, how: How, reason: String = "") {
        self.at = at
        self.elapsed = elapsed
        self.how = how
        self.reason = reason.bounded(toBytes: Limits.reasonBytesMax)
    }
}
