// From the record of a drill, and what the relays concerned say of themselves, to its report.

package import RelayCore

extension DrillReport {
    /// - Parameters:
    ///   - accounts: of this relay first, then of every other that was asked.
    ///   - software: the version of the relay.
    package init(
        _ record: DrillRecord, at relay: RelayCode, software: String, accounts: [Account]
    ) {
        let end =
            record.end
            ?? DrillEnd(at: record.startedAt, elapsed: .milliseconds(0), how: .restarted)
        self.init(
            drill: record.drill.description, relay: relay.text, software: software,
            scenario: Scenario(
                name: record.scenario, titleVi: record.title.vietnamese,
                titleEn: record.title.english, source: record.source),
            by: record.by, reason: record.reason, startedAt: Timestamp.text(record.startedAt),
            endedAt: Timestamp.text(end.at), durationMs: end.elapsed.milliseconds,
            leaseMs: record.lease.milliseconds, end: End(end.how),
            endReason: end.reason.isEmpty ? nil : end.reason, verdict: .failed, objectives: [],
            timeline: record.marks.map(Moment.init), routes: record.hops.map(Route.init),
            documents: [Cohort(record.real, kind: "real")], relays: accounts,
            curve: record.samples.map(Point.init))
        if record.testsPlanned > 0 { documents.append(Cohort(record.tests, kind: "test")) }
        objectives = Objectives(record, self).all
        verdict = Self.verdict(end.how, objectives)
    }

    private static func verdict(_ how: DrillEnd.How, _ objectives: [Objective]) -> Verdict {
        switch how {
        case .aborted, .restarted: return .aborted
        case .completed, .leaseEnded: break
        }
        let isGood = objectives.allSatisfy { $0.result == .met || $0.result == .notApplicable }
        return isGood ? .passed : .failed
    }
}

/// The comparison of what was wanted with what was measured.
private struct Objectives {
    private let record: DrillRecord
    private let report: DrillReport

    init(_ record: DrillRecord, _ report: DrillReport) {
        self.record = record
        self.report = report
    }

    var all: [DrillReport.Objective] {
        let (wanted, measured) = (record.objectives, record.measures)
        return [
            time(.detect, wanted.detect, measured.detect),
            time(.reroute, wanted.reroute, measured.reroute),
            time(.drain, wanted.drain, measured.drain),
            time(.giveBack, wanted.giveBack, measured.giveBack),
            lost, duplicates,
        ].compactMap { $0 }
    }

    private func time(
        _ name: DrillReport.Objective.Name, _ goal: Interval?, _ measure: DrillMeasures.Measure
    ) -> DrillReport.Objective? {
        guard let goal = goal?.milliseconds else { return nil }
        switch measure {
        case .notApplicable:
            return DrillReport.Objective(name, goal: goal, measured: nil, result: .notApplicable)
        case .open:
            return DrillReport.Objective(
                name, goal: goal, measured: nil, result: .notMeasured,
                note: "it had not happened when the drill ended")
        case .took(let took):
            return DrillReport.Objective(
                name, goal: goal, measured: took.milliseconds,
                result: took.milliseconds <= goal ? .met : .missed)
        }
    }

    /// Given up, in no state, or not at any destination.
    private var lost: DrillReport.Objective {
        let cohorts = report.documents
        let given = cohorts.reduce(0) { $0 + Int64($1.failed) }
        let open = cohorts.reduce(0) { $0 + $1.open }
        let astray = report.relays.reduce(0) {
            $0 + abs($1.real?.difference ?? 0) + abs($1.test?.difference ?? 0)
        }
        return count(
            .lost, goal: record.objectives.lostMax, given + astray,
            doubt: open > 0 ? "\(open) deliveries had no receipt yet" : silence)
    }

    /// Second receipts, and test documents that are at their destinations more often than sent.
    private var duplicates: DrillReport.Objective {
        let seen = report.documents.reduce(0) { $0 + Int64($1.duplicates) }
        let arrived = report.relays.dropFirst().reduce(0) { $0 + ($1.test?.delivered ?? 0) }
        let twice = max(0, arrived - Int64(record.tests.accepted))
        return count(
            .duplicates, goal: record.objectives.duplicatesMax, seen + twice, doubt: silence)
    }

    private func count(
        _ name: DrillReport.Objective.Name, goal: Int, _ found: Int64, doubt: String?
    ) -> DrillReport.Objective {
        if found > Int64(goal) {
            return DrillReport.Objective(
                name, goal: Int64(goal), measured: found, result: .missed)
        }
        return DrillReport.Objective(
            name, goal: Int64(goal), measured: found, result: doubt == nil ? .met : .notMeasured,
            note: doubt)
    }

    /// A relay that has not answered is never counted as fine.
    private var silence: String? {
        let silent = report.relays.filter { !$0.hasAnswered }.map(\.relay)
        return silent.isEmpty ? nil : "unknown: \(silent.joined(separator: ", ")) did not answer"
    }
}

extension DrillReport.End {
    fileprivate init(_ how: DrillEnd.How) {
        self =
            switch how {
            case .completed: .completed
            case .leaseEnded: .leaseEnded
            case .aborted: .aborted
            case .restarted: .restarted
            }
    }
}

extension DrillReport.Moment {
    package init(_ mark: DrillMark) {
        self.init(
            at: Timestamp.text(mark.at), elapsedMs: mark.elapsed.milliseconds,
            what: mark.what.word, peer: mark.peer?.text, tookMs: mark.took?.milliseconds,
            detail: mark.detail.isEmpty ? nil : mark.detail)
    }
}

extension DrillReport.Route {
    package init(_ entry: DrillHop) {
        self.init(
            route: entry.route, hop: entry.hop.text, begun: entry.begun, accepted: entry.accepted,
            returned: entry.returned, refused: entry.refused)
    }
}

extension DrillReport.Cohort {
    package init(_ cohort: DrillCohort, kind: String) {
        self.init(
            kind: kind, accepted: cohort.accepted, proven: cohort.proven, failed: cohort.failed,
            open: max(0, cohort.open), refused: cohort.refused, duplicates: cohort.duplicates,
            passing: cohort.passing, passed: cohort.passed)
    }
}

extension DrillReport.Point {
    fileprivate init(_ sample: DrillSample) {
        self.init(
            elapsedMs: sample.elapsed.milliseconds, queued: sample.queued,
            oldestMs: sample.oldest?.milliseconds, handedOver: sample.handedOver)
    }
}

extension DrillMark.What {
    /// The fixed word, in reports, logs and the API.
    package var word: String {
        switch self {
        case .started: "started"
        case .faultBegun: "fault-begun"
        case .detected: "detected"
        case .rerouted: "rerouted"
        case .drained: "drained"
        case .faultLifted: "fault-lifted"
        case .returned: "returned"
        case .testsSent: "tests-sent"
        case .proven: "proven"
        case .aborted: "aborted"
        case .leaseEnded: "lease-ended"
        case .restarted: "restarted"
        case .ended: "ended"
        }
    }
}
