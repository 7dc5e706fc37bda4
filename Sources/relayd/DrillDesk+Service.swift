// What operators ask about drills, answered from the core's state and the store.

import RelayAPI
import RelayConfiguration
import RelayCore
import RelayEngine
import RelayReport
import RelayStore

extension DrillDesk: DrillService {
    func planDrill(_ request: DrillRequest) async throws(Problem) -> DrillPlanView {
        let scenario = try read(request.scenario)
        let backlog = try await reading { try $0.backlog() }
        let (clock, moment) = (clock, clock.moment)
        let answer = await engine.inspect { node in
            let obstacles = node.obstacles(to: scenario, backlog, at: clock.moment)
            guard case .success(let courses) = node.courses(of: scenario) else {
                return (obstacles, [DrillCourse](), node.settings)
            }
            return (obstacles, courses, node.settings)
        }
        guard let (obstacles, courses, settings) = answer else { throw .stopped }
        var tests = 0
        var recipients: [OrganisationCode] = []
        if case .test(let documents) = scenario.traffic {
            tests = documents.count
            recipients = documents.recipients(at: settings)
        }
        let age = backlog.oldest.map { max((moment.now - $0).milliseconds, 0) } ?? 0
        let guards = scenario.guards
        return DrillPlanView(
            scenario: scenario.name, titleVi: scenario.title.vietnamese,
            titleEn: scenario.title.english, leaseMs: scenario.lease.milliseconds,
            faults: courses.map(DrillFaultView.init), testDocuments: tests,
            testRecipients: recipients,
            guards: [
                DrillGuardView(
                    name: "backlog", most: Int64(guards.backlogMax), now: Int64(backlog.queued)),
                DrillGuardView(
                    name: "oldestMs", most: guards.oldestMax.milliseconds, now: age),
                DrillGuardView(
                    name: "deadlinesAtRisk", most: Int64(guards.deadlinesAtRiskMax),
                    now: Int64(backlog.atRisk(before: moment.now + scenario.lease))),
            ], refusedBecause: obstacles.map(\.words))
    }

    func startDrill(
        _ request: DrillRequest, by name: String
    ) async throws(Problem) -> DrillView {
        let scenario = try read(request.scenario)
        try Self.check(reason: request.reason)
        let reply = await callers.reply { caller in
            engine.postIfRoom(
                .event(
                    .drillOrdered(
                        DrillOrder(
                            scenario: scenario, source: request.scenario, by: name,
                            reason: request.reason, caller: caller))))
        }
        switch reply {
        case .drillBegun(let record): return DrillView(record, hasReport: false)
        case .drillRefused(let obstacles):
            throw Problem(
                .drillRefused,
                "The drill \(scenario.name) does not begin: "
                    + obstacles.map(\.words).joined(separator: "; ") + ".")
        default: throw .stopped
        }
    }

    func abortDrill(_ abort: DrillAbort, by name: String) async throws(Problem) -> DrillView {
        try Self.check(reason: abort.reason)
        let running = await engine.inspect { $0.drill?.id }
        let reply = await callers.reply { caller in
            engine.postIfRoom(
                .event(.drillAborted(by: name, reason: abort.reason, caller: caller)))
        }
        switch reply {
        case .done:
            guard let id = running ?? nil, let view = try await drill(id) else { throw .stopped }
            return view
        case .notFound: throw Problem(.notFound, "No drill is running.")
        default: throw .stopped
        }
    }

    func drills() async throws(Problem) -> [DrillView] {
        let found = try await reading { reader in
            try reader.drills(limit: StoreReader.pageMax).map { record in
                (record, try reader.drillReport(record.drill) != nil)
            }
        }
        return found.map { DrillView($0.0, hasReport: $0.1) }
    }

    /// What the node knows of a running one is newer than its record.
    func drill(_ id: DrillID) async throws(Problem) -> DrillView? {
        let found = try await reading { reader in
            (try reader.drill(id), try reader.drillReport(id) != nil)
        }
        let running = await engine.inspect { $0.drill?.record }
        if let record = running ?? nil, record.drill == id {
            return DrillView(record, hasReport: false)
        }
        return found.0.map { DrillView($0, hasReport: found.1) }
    }

    func drillReport(_ id: DrillID) async throws(Problem) -> [UInt8]? {
        try await reading { try $0.drillReport(id) }
    }

    // MARK: -

    private func read(_ text: String) throws(Problem) -> DrillScenario {
        switch DrillScenario.parse(text, file: "scenario") {
        case .success(let scenario): return scenario
        case .failure(let errors):
            throw Problem(.invalidRequest, field: "scenario", "\(errors)")
        }
    }

    /// A drill without a reason is one that nobody can explain afterwards.
    private static func check(reason: String) throws(Problem) {
        guard (1...Limits.reasonBytesMax).contains(reason.utf8.count) else {
            throw Problem(
                .invalidRequest, field: "reason",
                "A reason is needed, of at most \(Limits.reasonBytesMax) bytes.")
        }
    }

    private func reading<Value: Sendable>(
        _ body: @escaping @Sendable (StoreReader) throws -> Value
    ) async throws(Problem) -> Value {
        do {
            return try await bodies.result(of: body)
        } catch {
            throw Problem(.internalError, "The store could not be read: \(error)")
        }
    }
}

extension Problem {
    fileprivate static var stopped: Problem {
        Problem(.unavailable, "The relay did not take the order; try again.")
    }
}

extension DrillFaultView {
    fileprivate init(_ course: DrillCourse) {
        self.init(
            fault: course.fault.words, peer: course.peer,
            afterMs: course.fault.after.milliseconds,
            durationMs: course.fault.duration.milliseconds, isOutage: course.isOutage)
    }
}

extension DrillView {
    init(_ record: DrillRecord, hasReport: Bool) {
        self.init(
            drill: record.drill.id, scenario: record.scenario,
            titleVi: record.title.vietnamese, titleEn: record.title.english, by: record.by,
            reason: record.reason, startedAt: record.startedAt,
            leaseEndsAt: record.startedAt + record.lease,
            state: record.end.map { Self.word($0.how) } ?? "running", hasReport: hasReport,
            timeline: record.marks.map { mark in
                DrillMomentView(
                    elapsedMs: mark.elapsed.milliseconds, what: mark.what.word, peer: mark.peer,
                    tookMs: mark.took?.milliseconds,
                    detail: mark.detail.isEmpty ? nil : mark.detail)
            })
        endedAt = record.end?.at
        endReason = record.end.flatMap { $0.reason.isEmpty ? nil : $0.reason }
        accepted = record.real.accepted + record.real.passing
        proven = record.real.proven + record.real.passed
        testsAccepted = record.tests.accepted
        testsProven = record.tests.proven
    }

    private static func word(_ how: DrillEnd.How) -> String {
        switch how {
        case .completed: "completed"
        case .leaseEnded: "lease-ended"
        case .aborted: "aborted"
        case .restarted: "restarted"
        }
    }
}
