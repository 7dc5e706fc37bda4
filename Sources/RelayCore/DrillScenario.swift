// What a failover drill rehearses, as it was written down: which faults, when and how long, on what
// traffic, when it has to stop by itself, and what is to be achieved.
//
// Guarantees: plain values, nothing decided. Leaves to others: reading the file
// (RelayConfiguration keeps the bounds of `Limits`), carrying it out, and comparing.

package struct DrillScenario: Hashable, Sendable {
    /// By the grammar of codes, so that it can name a file and stand in a log line.
    package var name: String
    package var title: Title
    /// All faults end by then, whatever happens to the relay or to whoever started the drill.
    package var lease: Interval
    /// At least one; in the order of the file.
    package var faults: [DrillFault]
    package var traffic: Traffic
    package var guards: Guards
    package var objectives: Objectives

    package init(
        name: String, title: Title, lease: Interval, faults: [DrillFault], traffic: Traffic,
        guards: Guards, objectives: Objectives
    ) {
        self.name = name
        self.title = title
        self.lease = lease
        self.faults = faults
        self.traffic = traffic
        self.guards = guards
        self.objectives = objectives
    }

    /// For people, in both languages.
    package struct Title: Hashable, Sendable {
        package var vietnamese: String
        package var english: String

        package init(vietnamese: String, english: String) {
            self.vietnamese = vietnamese
            self.english = english
        }
    }

    /// What travels while the faults last.
    package enum Traffic: Hashable, Sendable {
        /// The real queues alone.
        case real
        /// Marked test documents besides.
        case test(TestDocuments)
    }

    /// Documents that travel like real ones and never reach an application.
    package struct TestDocuments: Hashable, Sendable {
        package var count: Int
        /// Of each, in bytes.
        package var size: UInt64
        package var perHour: Int
        /// Empty: every organisation of an agency that is a peer, and every route that may be one.
        package var recipients: [OrganisationCode]
        package var priority: Priority

        package init(
            count: Int, size: UInt64, perHour: Int, recipients: [OrganisationCode],
            priority: Priority
        ) {
            self.count = count
            self.size = size
            self.perHour = perHour
            self.recipients = recipients
            self.priority = priority
        }

        /// From the first submission to the last.
        package var duration: Interval {
            .milliseconds(Int64(count) * Interval.hours(1).milliseconds / Int64(max(1, perHour)))
        }
    }

    /// Past any of these a drill does not begin, and ends by itself.
    package struct Guards: Hashable, Sendable {
        /// Deliveries queued.
        package var backlogMax: Int
        /// How long the oldest of them has waited.
        package var oldestMax: Interval
        /// Deliveries that will miss their deadline.
        package var deadlinesAtRiskMax: Int

        package init(backlogMax: Int, oldestMax: Interval, deadlinesAtRiskMax: Int) {
            self.backlogMax = backlogMax
            self.oldestMax = oldestMax
            self.deadlinesAtRiskMax = deadlinesAtRiskMax
        }
    }

    /// What is compared with what happened; nil is not asked for.
    package struct Objectives: Hashable, Sendable {
        /// From the fault to the link being known dead.
        package var detect: Interval?
        /// From there to the first document handed to a backup.
        package var reroute: Interval?
        /// From there until all that was queued then is handed over.
        package var drain: Interval?
        /// From the end of the fault to the first document by the preferred way again.
        package var giveBack: Interval?
        package var lostMax: Int
        package var duplicatesMax: Int

        package init(
            detect: Interval? = nil, reroute: Interval? = nil, drain: Interval? = nil,
            giveBack: Interval? = nil, lostMax: Int = 0, duplicatesMax: Int = 0
        ) {
            self.detect = detect
            self.reroute = reroute
            self.drain = drain
            self.giveBack = giveBack
            self.lostMax = lostMax
            self.duplicatesMax = duplicatesMax
        }
    }

    /// When the last fault ends.
    package var faultsEnd: Interval { faults.map(\.end).max() ?? .seconds(0) }
}

extension DrillScenario {
    /// The faults as they are at one relay, or every reason why they cannot be.
    package func faults(at relay: Settings) throws(DrillMisfit) -> [Fault] {
        var problems: [String] = []
        var resolved: [Fault] = []
        for (number, fault) in faults.enumerated() {
            switch fault.resolved(at: relay) {
            case .success(let fault): resolved.append(fault)
            case .failure(let misfit):
                problems += misfit.problems.map { "fault \(number + 1): \($0)" }
            }
        }
        if case .test(let documents) = traffic {
            problems += documents.problems(at: relay)
        }
        guard problems.isEmpty else { throw DrillMisfit(problems: problems) }
        return resolved
    }
}

extension DrillScenario.TestDocuments {
    /// Who gets them, when they are sent from this relay.
    package func recipients(at relay: Settings) -> [OrganisationCode] {
        guard recipients.isEmpty else { return recipients }
        let agencies = relay.peers.values.flatMap(\.organisations)
        let routes = relay.routes.entries.compactMap { OrganisationCode($0.entry) }
        return Set(agencies + routes).subtracting(relay.organisations).sorted()
    }

    fileprivate func problems(at relay: Settings) -> [String] {
        var problems: [String] = []
        if relay.organisations.isEmpty {
            problems.append("test documents need a sender, and this relay serves no organisation")
        }
        for recipient in recipients where relay.organisations.contains(recipient) {
            problems.append("test documents for \(recipient) would not leave this relay")
        }
        for recipient in recipients
        where !relay.organisations.contains(recipient)
            && relay.routes.hops(to: recipient).isEmpty
        {
            problems.append("test documents for \(recipient) have no route")
        }
        if recipients(at: relay).isEmpty {
            problems.append("test documents have no recipient; name some in traffic.to")
        }
        return problems
    }
}

/// Why a scenario cannot be played at a relay: every reason, each a sentence. Never empty.
package struct DrillMisfit: Error, Hashable, Sendable {
    package let problems: [String]

    package init(problems: [String]) {
        self.problems = problems
    }
}
