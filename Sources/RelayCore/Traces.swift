// The traces that this relay waits for answers of: its own, and those that it has passed on.
//
// Volatile and bounded: forgotten when their time is up, and a peer's are not taken beyond a
// number.

package struct Traces: Hashable, Sendable {
    private var waiting: [Key: Waiting] = [:]

    /// A trace can come to one relay by several paths; each is answered on its own.
    struct Key: Hashable, Sendable {
        let id: RouteTrace.ID
        /// Up to this relay, which is the last.
        let path: [RelayCode]
    }

    /// A trace of ours: who asked, and what was heard so far.
    struct Inquiry: Hashable, Sendable {
        let caller: CallerID
        let destination: OrganisationCode
        let sentAt: Moment
        var heard: [RouteTrace.Heard]
        /// Paths whose last relay was asked.
        var expected: Set<[RelayCode]>
    }

    private struct Waiting: Hashable, Sendable {
        let until: Tick
        /// The peer that sent it, and that answers are passed to; nil for our own.
        let peer: RelayCode?
        /// Answers that each next hop may still bring.
        var allowed: [RelayCode: Int]
        var inquiry: Inquiry?
    }

    /// Of one peer at once: what its rate (WireLimits) lets it send while the first still waits.
    static let perPeerMax = 128
    /// Of all peers, some hundred bytes each.
    static let peersMax = 1_024
    /// Of operators here.
    static let ownMax = 8

    /// Whether one more of this peer, or of an operator here, can be waited for.
    func hasRoom(for peer: RelayCode?) -> Bool {
        guard let peer else { return waiting.values.count { $0.peer == nil } < Self.ownMax }
        return waiting.count < Self.peersMax
            && waiting.values.count { $0.peer == peer } < Self.perPeerMax
    }

    func isWaiting(for key: Key) -> Bool { waiting[key] != nil }

    mutating func passedOn(
        _ key: Key, from peer: RelayCode, allowed: [RelayCode: Int], until: Tick
    ) {
        waiting[key] = Waiting(until: until, peer: peer, allowed: allowed, inquiry: nil)
    }

    mutating func asked(
        _ key: Key, _ inquiry: Inquiry, allowed: [RelayCode: Int], until: Tick
    ) {
        waiting[key] = Waiting(until: until, peer: nil, allowed: allowed, inquiry: inquiry)
    }

    /// What an answer that came from `peer` means here.
    enum Meaning {
        /// Nobody waits for it.
        case nothing
        case pass(to: RelayCode)
        case noted
        /// It was the last that was expected.
        case complete(RouteTrace.Report, CallerID)
    }

    mutating func heard(
        _ answer: RouteTrace.Answer, from peer: RelayCode, here: RelayCode, _ moment: Moment
    )
        -> Meaning
    {
        guard let place = answer.path.firstIndex(of: here), place + 1 < answer.path.count,
            answer.path[place + 1] == peer
        else { return .nothing }
        let key = Key(id: answer.trace, path: Array(answer.path[...place]))
        guard let allowed = waiting[key]?.allowed[peer], allowed > 0 else { return .nothing }
        waiting[key]?.allowed[peer] = allowed - 1
        guard var inquiry = waiting[key]?.inquiry else {
            return (waiting[key]?.peer).map { .pass(to: $0) } ?? .nothing
        }
        inquiry.note(answer, at: moment)
        waiting[key]?.inquiry = inquiry
        guard inquiry.expected.isEmpty else { return .noted }
        waiting[key] = nil
        return .complete(inquiry.report(key.id), inquiry.caller)
    }

    /// The next time at which one of them is given up.
    var wake: Tick? { waiting.values.map(\.until).min() }

    /// Gives up those whose time has come, and returns what was heard of our own.
    mutating func pass(to tick: Tick) -> [(report: RouteTrace.Report, caller: CallerID)] {
        let over = waiting.filter { $0.value.until <= tick }
        for key in over.keys { waiting[key] = nil }
        return over.compactMap { key, waiting in
            waiting.inquiry.map { ($0.report(key.id), $0.caller) }
        }.sorted { $0.caller.number < $1.caller.number }
    }
}

extension Traces.Inquiry {
    mutating func note(_ answer: RouteTrace.Answer, at moment: Moment) {
        // Twice the same, or one that nobody was asked for: the first counts.
        guard !heard.contains(where: { $0.answer.path == answer.path }) else { return }
        let roundTrip = moment.tick - sentAt.tick
        let there = sentAt.now + .milliseconds(roundTrip.milliseconds / 2)
        heard.append(
            RouteTrace.Heard(answer: answer, roundTrip: roundTrip, offset: answer.at - there))
        expected.remove(answer.path)
        for hop in answer.hops where hop.status == .asked {
            let path = answer.path + [hop.relay]
            // Links may change meanwhile, and an answer overtake the one before it.
            if !heard.contains(where: { $0.answer.path == path }) { expected.insert(path) }
        }
    }

    func report(_ id: RouteTrace.ID) -> RouteTrace.Report {
        RouteTrace.Report(
            id: id, destination: destination, startedAt: sentAt.now, heard: heard,
            silent: expected.sorted { $0.lexicographicallyPrecedes($1) })
    }
}
