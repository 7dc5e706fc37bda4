// Traces: asking, answering, and passing on.
//
// A peer's trace is judged like its documents: an agency asks for itself alone. What a relay tells
// is about itself: totals, times, and its own route. Nothing of any document.

extension Node {
    /// An operator here asks.
    mutating func ask(
        _ question: RouteTrace.Question, _ caller: CallerID, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard traces.hasRoom(for: nil) else {
            decision.actions.append(.reply(caller, .tooMany))
            return
        }
        let trace = RouteTrace(
            id: RouteTrace.ID(newID(moment)), destination: question.destination, path: [],
            patience: bounded(question.patience), answersMax: RouteTrace.answersMax + 1,
            drill: question.drill)
        let hops = hops(for: trace, mayPass: true, moment)
        let own = answer(to: trace, hops, known, moment)
        var inquiry = Traces.Inquiry(
            caller: caller, destination: trace.destination, sentAt: moment, heard: [],
            expected: [])
        inquiry.note(own, at: moment)
        guard !inquiry.expected.isEmpty else {
            decision.actions.append(.reply(caller, .traced(inquiry.report(trace.id))))
            return
        }
        let allowed = send(trace, by: hops, &decision)
        traces.asked(
            Traces.Key(id: trace.id, path: own.path), inquiry, allowed: allowed,
            until: moment.tick + trace.patience)
    }

    /// A peer's trace: answered at once, and passed on.
    mutating func follow(
        _ trace: RouteTrace, from link: LinkUp, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        let key = Traces.Key(id: trace.id, path: trace.path + [settings.relay])
        guard isSound(trace, from: link.peer), !traces.isWaiting(for: key) else { return }
        let hops = hops(for: trace, mayPass: traces.hasRoom(for: link.peer), moment)
        decision.actions.append(
            .say(link.link, .traceAnswer(answer(to: trace, hops, known, moment))))
        let allowed = send(trace, by: hops, &decision)
        guard !allowed.isEmpty else { return }
        traces.passedOn(
            key, from: link.peer, allowed: allowed,
            until: moment.tick + bounded(trace.patience))
    }

    /// An answer comes back along the path.
    mutating func hear(
        _ answer: RouteTrace.Answer, from peer: RelayCode, _ moment: Moment,
        _ decision: inout Decision
    ) {
        switch traces.heard(answer, from: peer, here: settings.relay, moment) {
        case .nothing, .noted: break
        case .pass(let former):
            guard let link = peers.current(former), link.features.contains(.trace) else { break }
            decision.actions.append(.say(link.link, .traceAnswer(answer)))
        case .complete(let report, let caller):
            decision.actions.append(.reply(caller, .traced(report)))
        }
    }

    /// The time of some traces is up: whoever has not answered by now is silent.
    mutating func giveUpTraces(_ moment: Moment, _ decision: inout Decision) {
        for (report, caller) in traces.pass(to: moment.tick) {
            decision.actions.append(.reply(caller, .traced(report)))
        }
    }
}

// MARK: -

extension Node {
    private func isSound(_ trace: RouteTrace, from peer: RelayCode) -> Bool {
        guard let terms = settings.peers[peer], trace.path.last == peer,
            !trace.path.contains(settings.relay), trace.path.count < Limits.hopsMax,
            Set(trace.path).count == trace.path.count
        else { return false }
        return terms.role == .hub || trace.path == [peer]
    }

    private func bounded(_ patience: Interval) -> Interval {
        max(RouteTrace.patienceMin, min(patience, RouteTrace.patienceMax))
    }

    private func answer(
        to trace: RouteTrace, _ hops: [(hop: RouteTrace.Hop, answersMax: Int)], _ known: Known,
        _ moment: Moment
    ) -> RouteTrace.Answer {
        RouteTrace.Answer(
            trace: trace.id, path: trace.path + [settings.relay], at: moment.now,
            isDestination: settings.organisations.contains(trace.destination),
            waiting: known.waiting, balance: known.balance ?? Balance(), takesIn: hasRoom,
            forwards: settings.peers.isEmpty
                || peers.all.values.contains { $0.isUsable(at: moment.tick) },
            version: Version.text,
            hops: hops.map(\.hop), drill: known.drill)
    }

    /// The next hops of the route, and how many answers each may bring: an even share of those that
    /// are left, the preferred hops first.
    private func hops(
        for trace: RouteTrace, mayPass: Bool, _ moment: Moment
    ) -> [(hop: RouteTrace.Hop, answersMax: Int)] {
        guard !settings.organisations.contains(trace.destination) else { return [] }
        let here = trace.path + [settings.relay]
        // Of a shared route the first share: a trace is for no document.
        let lane = Lane(to: trace.destination, excluding: here)
        let chosen = peers.hop(for: lane, routes: settings.routes, at: moment.tick)
        // The answer of this relay is one of them.
        var left = min(trace.answersMax, RouteTrace.answersMax + 1) - 1
        let all = settings.routes.hops(to: trace.destination)
        let statuses = all.map { hop -> RouteTrace.Status in
            if here.contains(hop) { return .passed }
            guard let link = peers.current(hop) else { return .down }
            if !link.features.contains(.trace) { return .tooOld }
            guard mayPass, here.count < Limits.hopsMax, left > 0 else { return .leftOut }
            left -= 1
            return .asked
        }
        var asked = statuses.count { $0 == .asked }
        return zip(all, statuses).map { hop, status in
            var share = 0
            if status == .asked {
                let more = (left + asked - 1) / asked
                share = 1 + more
                left -= more
                asked -= 1
            }
            return (RouteTrace.Hop(relay: hop, status: status, isChosen: hop == chosen), share)
        }
    }

    /// Returns the answers that each next hop may bring.
    private func send(
        _ trace: RouteTrace, by hops: [(hop: RouteTrace.Hop, answersMax: Int)],
        _ decision: inout Decision
    ) -> [RelayCode: Int] {
        var allowed: [RelayCode: Int] = [:]
        for (hop, answersMax) in hops where hop.status == .asked {
            guard let link = peers.current(hop.relay) else { continue }
            allowed[hop.relay] = answersMax
            let next = RouteTrace(
                id: trace.id, destination: trace.destination, path: trace.path + [settings.relay],
                patience: bounded(trace.patience), answersMax: answersMax, drill: trace.drill)
            decision.actions.append(.say(link.link, .trace(next)))
        }
        return allowed
    }
}
