// Failover drills as the API shows them: what would be done, how one stands, and all there were.

package import RelayCore

/// What an operator orders.
package struct DrillRequest: Codable, Hashable, Sendable {
    /// The scenario's file, as text.
    package var scenario: String
    /// Needed to start one.
    package var reason: String

    package init(scenario: String, reason: String = "") {
        self.scenario = scenario
        self.reason = reason
    }
}

package struct DrillAbort: Codable, Hashable, Sendable {
    package var reason: String
    package init(reason: String) { self.reason = reason }
}

/// What a scenario would do at this relay, and whether it would be refused now.
package struct DrillPlanView: Codable, Hashable, Sendable {
    package var scenario: String
    package var titleVi: String
    package var titleEn: String
    package var leaseMs: Int64
    package var faults: [DrillFaultView]
    /// Test documents, and to whom; 0 on the real queues alone.
    package var testDocuments: Int
    package var testRecipients: [OrganisationCode]
    package var guards: [DrillGuardView]
    /// Empty when it would begin.
    package var refusedBecause: [String]

    package init(
        scenario: String, titleVi: String, titleEn: String, leaseMs: Int64,
        faults: [DrillFaultView], testDocuments: Int, testRecipients: [OrganisationCode],
        guards: [DrillGuardView], refusedBecause: [String]
    ) {
        self.scenario = scenario
        self.titleVi = titleVi
        self.titleEn = titleEn
        self.leaseMs = leaseMs
        self.faults = faults
        self.testDocuments = testDocuments
        self.testRecipients = testRecipients
        self.guards = guards
        self.refusedBecause = refusedBecause
    }
}

package struct DrillFaultView: Codable, Hashable, Sendable {
    /// Such as `link-hung`, with its parameters.
    package var fault: String
    package var peer: RelayCode?
    package var afterMs: Int64
    package var durationMs: Int64
    /// Whether the peer cannot be reached while it lasts.
    package var isOutage: Bool

    package init(
        fault: String, peer: RelayCode?, afterMs: Int64, durationMs: Int64, isOutage: Bool
    ) {
        self.fault = fault
        self.peer = peer
        self.afterMs = afterMs
        self.durationMs = durationMs
        self.isOutage = isOutage
    }
}

/// A bound past which no drill begins, and a running one ends.
package struct DrillGuardView: Codable, Hashable, Sendable {
    /// `backlog`, `oldestMs` or `deadlinesAtRisk`.
    package var name: String
    package var most: Int64
    package var now: Int64

    package init(name: String, most: Int64, now: Int64) {
        self.name = name
        self.most = most
        self.now = now
    }
}

/// One drill: running, or ended.
package struct DrillView: Codable, Hashable, Sendable {
    package var drill: DocumentID
    package var scenario: String
    package var titleVi: String
    package var titleEn: String
    package var by: String
    package var reason: String
    package var startedAt: Instant
    /// When all faults are over at the latest.
    package var leaseEndsAt: Instant
    package var endedAt: Instant?
    /// `running`, `completed`, `lease-ended`, `aborted` or `restarted`.
    package var state: String
    package var endReason: String?
    package var hasReport: Bool
    package var timeline: [DrillMomentView]
    package var accepted: Int
    package var proven: Int
    package var testsAccepted: Int
    package var testsProven: Int

    package init(
        drill: DocumentID, scenario: String, titleVi: String, titleEn: String, by: String,
        reason: String, startedAt: Instant, leaseEndsAt: Instant, state: String, hasReport: Bool,
        timeline: [DrillMomentView]
    ) {
        self.drill = drill
        self.scenario = scenario
        self.titleVi = titleVi
        self.titleEn = titleEn
        self.by = by
        self.reason = reason
        self.startedAt = startedAt
        self.leaseEndsAt = leaseEndsAt
        self.state = state
        self.hasReport = hasReport
        self.timeline = timeline
        accepted = 0
        proven = 0
        testsAccepted = 0
        testsProven = 0
    }

    package var isRunning: Bool { state == "running" }
}

package struct DrillMomentView: Codable, Hashable, Sendable {
    package var elapsedMs: Int64
    /// A fixed word, such as `fault-begun`, `detected`, `rerouted`.
    package var what: String
    package var peer: RelayCode?
    package var tookMs: Int64?
    package var detail: String?

    package init(
        elapsedMs: Int64, what: String, peer: RelayCode?, tookMs: Int64?, detail: String?
    ) {
        self.elapsedMs = elapsedMs
        self.what = what
        self.peer = peer
        self.tookMs = tookMs
        self.detail = detail
    }
}

package struct DrillList: Codable, Hashable, Sendable {
    /// Newest first.
    package var drills: [DrillView]
    package init(drills: [DrillView]) { self.drills = drills }
}
