// Drills: ordered by an operator, looked at ten times a second while they run, ended by their own
// lease, by a bound that is passed, by an operator, or when there is nothing left to measure.
//
// The core decides when a fault begins and ends; shells bring it about and lift it as they
// are told.
// Whatever ends a drill lifts every fault in the same turn.

/// What an operator orders.
package struct DrillOrder: Hashable, Sendable {
    package let scenario: DrillScenario
    /// The scenario's file, which the report quotes.
    package let source: String
    package let by: String
    package let reason: String
    package let caller: CallerID

    package init(
        scenario: DrillScenario, source: String, by: String, reason: String, caller: CallerID
    ) {
        self.scenario = scenario
        self.source = source
        self.by = by
        self.reason = reason
        self.caller = caller
    }
}

extension Node {
    mutating func begin(
        _ order: DrillOrder, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        let backlog = known.backlog ?? Backlog()
        let obstacles = obstacles(to: order.scenario, backlog, at: moment)
        guard obstacles.isEmpty, case .success(let courses) = courses(of: order.scenario) else {
            decision.actions.append(.reply(order.caller, .drillRefused(obstacles)))
            return
        }
        let scenario = order.scenario
        var recipients: [OrganisationCode] = []
        var planned = 0
        if case .test(let documents) = scenario.traffic {
            recipients = documents.recipients(at: settings)
            planned = documents.count
        }
        let record = DrillRecord(
            drill: DrillID(newID(moment)), scenario: scenario.name, title: scenario.title,
            source: order.source, by: order.by, reason: order.reason, startedAt: moment.now,
            lease: scenario.lease, objectives: scenario.objectives, testsPlanned: planned)
        var run = DrillRun(
            record, scenario, courses: courses, recipients: recipients,
            firstSequence: nextSequence, at: moment.tick)
        run.mark(.started, at: moment, detail: "\(order.by): \(order.reason)")
        drill = run
        decision.actions.append(.reply(order.caller, .drillBegun(run.record)))
        decision.next.append(.drillChecked)
    }

    mutating func abort(
        by name: String, _ reason: String, _ caller: CallerID, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard drill != nil else {
            decision.actions.append(.reply(caller, .notFound))
            return
        }
        endDrill(.aborted, "\(name): \(reason)", moment, &decision)
        decision.actions.append(.reply(caller, .done))
    }

    /// A look at the running drill: what has to begin or end by now, and what can be measured.
    mutating func checkDrill(
        _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        guard let before = drill else { return }
        let backlog = known.backlog ?? Backlog()
        drill?.nextCheck = moment.tick + DrillRun.checkEvery
        drill?.sample(backlog, at: moment)
        passFaults(moment)
        for place in before.courses.indices { measure(place, backlog, moment) }
        let bounds =
            pressure(
                before.scenario.guards, backlog, dueBefore: moment.now + Self.deadlineMargin,
                at: moment) + lackingBackups(drill?.courses ?? [])
        if let bound = bounds.first {
            endDrill(.aborted, "by itself: \(bound.words)", moment, &decision)
        } else if before.leaseEndsAt <= moment.tick {
            drill?.mark(.leaseEnded, at: moment)
            endDrill(.leaseEnded, "", moment, &decision)
        } else if isDrillComplete(moment) {
            endDrill(.completed, "", moment, &decision)
        } else {
            sendTests(moment, &decision)
            if drill?.faultsInForce != before.faultsInForce { tellFaults(&decision) }
        }
    }

    /// A restart ends what ran: the faults have gone with the former run. Whatever has no report
    /// yet gets one now.
    func takeUp(
        _ drills: [DrillRecord], _ moment: Moment, _ decision: inout Decision
    ) {
        for var record in drills {
            if record.end == nil {
                let elapsed = max(moment.now - record.startedAt, .milliseconds(0))
                record.marks.append(
                    DrillMark(at: moment.now, elapsed: elapsed, what: .restarted))
                record.end = DrillEnd(
                    at: moment.now, elapsed: elapsed, how: .restarted,
                    reason: "the relay was restarted")
                decision.writes.append(.drill(record))
            }
            decision.actions.append(.reportDrill(record))
        }
    }

    private mutating func endDrill(
        _ how: DrillEnd.How, _ reason: String, _ moment: Moment, _ decision: inout Decision
    ) {
        guard var run = drill else { return }
        if how == .aborted { run.mark(.aborted, at: moment, detail: reason) }
        for place in run.courses.indices { run.lift(place, at: moment) }
        run.record.measures = run.measures
        run.mark(.ended, at: moment, detail: reason)
        run.record.end = DrillEnd(
            at: moment.now, elapsed: moment.tick - run.startedAt, how: how, reason: reason)
        drill = nil
        let last = run.record.marks.filter {
            $0.at == moment.now && $0.elapsed == moment.tick - run.startedAt
        }
        decision.actions += last.map { .noteDrill($0, drill: run.name) }
        decision.writes.append(.drill(run.record))
        decision.actions.append(.bringAbout([], drill: run.name, until: moment.tick))
        decision.actions.append(.reportDrill(run.record))
    }

    /// Writes the record when the time line has grown, and says so.
    ///
    /// - Parameter marks: in the time line before this event.
    mutating func keepDrill(after marks: Int, _ decision: inout Decision) {
        guard var run = drill, run.isChanged else { return }
        run.isChanged = false
        drill = run
        decision.writes.append(.drill(run.record))
        for mark in run.record.marks.dropFirst(marks) {
            decision.actions.append(.noteDrill(mark, drill: run.name))
        }
    }

    private func tellFaults(_ decision: inout Decision) {
        guard let drill else { return }
        decision.actions.append(
            .bringAbout(drill.faultsInForce, drill: drill.name, until: drill.leaseEndsAt))
    }

    private mutating func sendTests(_ moment: Moment, _ decision: inout Decision) {
        guard let sender = settings.organisations.sorted().first,
            let due = drill?.takeTests(from: sender, at: moment.tick)
        else { return }
        decision.actions += due.map { .makeTest($0) }
        if let run = drill, run.record.testsPlanned > 0, run.nextTest == nil {
            drill?.markOnce(.testsSent, at: moment, detail: "\(run.testsSent)")
        }
    }

    /// Nothing is left to measure, to send or to prove.
    private mutating func isDrillComplete(_ moment: Moment) -> Bool {
        guard let run = drill, run.courses.allSatisfy(\.isOver), run.nextTest == nil else {
            return false
        }
        let tests = run.record.tests
        guard tests.accepted + tests.refused >= run.record.testsPlanned, tests.open == 0,
            run.record.real.open == 0
        else { return false }
        if tests.accepted + run.record.real.accepted > 0 {
            drill?.markOnce(.proven, at: moment)
        }
        return true
    }
}

// MARK: - Faults and what follows them

extension Node {
    /// Faults begin and end when their time has come.
    private mutating func passFaults(_ moment: Moment) {
        guard var run = drill else { return }
        for place in run.courses.indices {
            let course = run.courses[place]
            if course.begunAt == nil, run.startedAt + course.fault.after <= moment.tick {
                run.begin(place, at: moment)
            }
            if course.liftedAt == nil, run.startedAt + course.fault.end <= moment.tick {
                run.lift(place, at: moment)
            }
        }
        drill = run
    }

    /// What a look shows of one course: drained, and returned although nothing was to be carried.
    private mutating func measure(_ place: Int, _ backlog: Backlog, _ moment: Moment) {
        guard let course = drill?.courses[place], let peer = course.peer,
            let lostAt = course.lostAt
        else { return }
        let waiting = backlog.first.filter { entry in
            settings.routes.hops(to: entry.key).contains(peer)
        }
        if course.drained == nil, waiting.values.allSatisfy({ $0 >= course.horizon }) {
            drill?.drained(place, after: moment.tick - lostAt, at: moment)
        }
        guard let liftedAt = course.liftedAt, course.returned == nil else { return }
        guard waiting.isEmpty, peers.isSettled(peer, at: moment.tick) else {
            drill?.courses[place].quietSince = nil
            return
        }
        let quietSince = course.quietSince ?? moment.tick
        drill?.courses[place].quietSince = quietSince
        if quietSince + DrillRun.quietFor <= moment.tick {
            drill?.returned(
                place, after: quietSince - liftedAt, at: moment,
                detail: "the route is back; nothing was waiting")
        }
    }

    /// The current link to a peer is gone.
    mutating func drillLost(_ peer: RelayCode, _ reason: String, _ moment: Moment) {
        guard var run = drill else { return }
        for place in run.courses.indices {
            run.lost(place, peer, reason, horizon: nextSequence, at: moment)
        }
        drill = run
    }

    /// A hand-over begins.
    mutating func drillForwards(
        _ first: Delivery, _ transfer: Transfer, to hop: RelayCode, _ moment: Moment
    ) {
        guard var run = drill else { return }
        for recipient in transfer.recipients {
            run.count(entry(of: recipient), hop) { $0.begun += 1 }
        }
        if case .queued(_, let since, _) = first.state {
            let hops = settings.routes.hops(to: first.recipient)
            let waited = max(moment.now - since, .milliseconds(0))
            for place in run.courses.indices where run.courses[place].isAvoided(by: hop, of: hops) {
                run.tries(place, transfer.id, waited: waited, at: moment.tick)
            }
        }
        drill = run
    }

    /// A hand-over has ended for one recipient.
    mutating func drillConcludes(
        _ id: TransferID, _ delivery: Delivery, _ hop: RelayCode, _ answer: Answer,
        _ moment: Moment
    ) {
        guard var run = drill else { return }
        run.count(entry(of: delivery.recipient), hop) { count in
            switch answer {
            case .accepted: count.accepted += 1
            case .busy, .later, .unknown: count.returned += 1
            case .refused: count.refused += 1
            }
        }
        for place in run.courses.indices {
            run.concluded(place, id, hop, isAccepted: answer == .accepted, at: moment)
        }
        drill = run
    }

    private func entry(of recipient: OrganisationCode) -> String {
        settings.routes.match(recipient)?.entry ?? recipient.text
    }
}

extension DrillCourse {
    /// Whether a hop carries what would have gone to this course's peer, since that was lost.
    fileprivate func isAvoided(by hop: RelayCode, of hops: [RelayCode]) -> Bool {
        guard lostAt != nil, rerouted == nil, trial == nil, let peer,
            let place = hops.firstIndex(of: peer)
        else { return false }
        return hop == peer || hops.firstIndex(of: hop).map { $0 > place } ?? false
    }
}

extension DrillRun {
    /// Of all courses together.
    fileprivate var measures: DrillMeasures {
        var sum = DrillMeasures()
        for course in courses {
            let measures = course.measures
            sum.detect.add(measures.detect)
            sum.reroute.add(measures.reroute)
            sum.drain.add(measures.drain)
            sum.giveBack.add(measures.giveBack)
        }
        return sum
    }

    fileprivate mutating func begin(_ place: Int, at moment: Moment) {
        courses[place].begunAt = moment.tick
        let course = courses[place]
        mark(.faultBegun, at: moment, peer: course.peer, detail: course.fault.words)
    }

    fileprivate mutating func lift(_ place: Int, at moment: Moment) {
        guard courses[place].isInForce else { return }
        courses[place].liftedAt = moment.tick
        let course = courses[place]
        mark(.faultLifted, at: moment, peer: course.peer, detail: course.fault.words)
    }

    fileprivate mutating func lost(
        _ place: Int, _ peer: RelayCode, _ reason: String, horizon: UInt64, at moment: Moment
    ) {
        guard courses[place].isInForce, courses[place].peer == peer,
            courses[place].lostAt == nil, let begunAt = courses[place].begunAt
        else { return }
        courses[place].lostAt = moment.tick
        courses[place].horizon = horizon
        mark(
            .detected, at: moment, peer: peer, took: moment.tick - begunAt, detail: reason)
        nextCheck = min(nextCheck, moment.tick)
    }

    /// The first document since goes another way: it has waited since the link was lost, or since
    /// it came.
    fileprivate mutating func tries(
        _ place: Int, _ transfer: TransferID, waited: Interval, at tick: Tick
    ) {
        guard let lostAt = courses[place].lostAt else { return }
        let came = Tick(milliseconds: tick.milliseconds - waited.milliseconds)
        courses[place].trial = (transfer, max(lostAt, came))
    }

    fileprivate mutating func concluded(
        _ place: Int, _ transfer: TransferID, _ hop: RelayCode, isAccepted: Bool,
        at moment: Moment
    ) {
        if let trial = courses[place].trial, trial.transfer == transfer {
            courses[place].trial = nil
            if isAccepted, courses[place].rerouted == nil {
                let took = moment.tick - trial.since
                courses[place].rerouted = took
                mark(.rerouted, at: moment, peer: hop, took: took)
            }
        }
        if isAccepted, hop == courses[place].peer, courses[place].lostAt != nil,
            courses[place].returned == nil, let liftedAt = courses[place].liftedAt
        {
            returned(place, after: moment.tick - liftedAt, at: moment)
        }
    }

    fileprivate mutating func drained(_ place: Int, after took: Interval, at moment: Moment) {
        courses[place].drained = took
        mark(.drained, at: moment, peer: courses[place].peer, took: took)
    }

    fileprivate mutating func returned(
        _ place: Int, after took: Interval, at moment: Moment, detail: String = ""
    ) {
        courses[place].returned = took
        mark(
            .returned, at: moment, peer: courses[place].peer, took: took, detail: detail)
    }
}
