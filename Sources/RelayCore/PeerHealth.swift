// What this relay knows of one peer's reachability: derived from what links did, never from hope.
//
// Volatile: rebuilt from nothing after a restart. One timer however many documents wait.

package struct PeerHealth: Hashable, Sendable {
    package private(set) var terms: PeerTerms
    package private(set) var phase: Phase
    /// The link that is used for sending, while `phase` is `up`.
    package private(set) var current: LinkUp?
    /// The peer said "not now", or has no room.
    package private(set) var busyUntil: Tick?
    /// Why it was last lost, or could not be reached, or was turned away.
    package private(set) var lastError = ""
    package private(set) var since: Instant
    /// What is left of its rate; nil without one.
    var allowance: Allowance?
    private var backOff: BackOff
    private var upSince: Tick?
    /// A first link before this is as good as none lost: all relays of a network may start at once.
    private let graceUntil: Tick
    /// False once it was down: then it must be stable for a while before traffic returns to it.
    private var isUntroubled = true

    package enum Phase: Hashable, Sendable {
        /// Not heard of yet in this run; others wait for it a moment before they take its place.
        case untried(until: Tick)
        case connecting
        case up
        /// Dialled again at this time; nil when it has to dial us.
        case down(probeAt: Tick?)
    }

    /// How long after the start a preferred hop may take to connect before a backup is used.
    package static let grace = Interval.seconds(3)

    package init(terms: PeerTerms, backOff: BackOff, at moment: Moment) {
        self.terms = terms
        self.backOff = backOff
        allowance = terms.limits.documents.map { Allowance($0, at: moment.tick) }
        graceUntil = moment.tick + Self.grace
        phase = .untried(until: graceUntil)
        since = moment.now
    }

    /// A peer that is new in the configuration of a running relay. Nobody waits for it; it is taken
    /// at once if it connects within the grace.
    init(addedWith terms: PeerTerms, backOff: BackOff, at moment: Moment) {
        self.init(terms: terms, backOff: backOff, at: moment)
        phase = terms.isDiallable ? .connecting : .down(probeAt: nil)
    }

    /// New terms for a peer that stays. True when it is to be dialled now: the reason why it could
    /// not be reached may be what was corrected.
    mutating func adopt(_ terms: PeerTerms, backOff: BackOff, at moment: Moment) -> Bool {
        let former = self.terms
        self.terms = terms
        if former.limits.documents != terms.limits.documents {
            allowance = terms.limits.documents.map { Allowance($0, at: moment.tick) }
        }
        self.backOff = backOff
        switch phase {
        case .up, .connecting: return false
        case .untried where former.isDiallable == terms.isDiallable: return false
        case .untried, .down:
            guard terms.isDiallable else {
                phase = .down(probeAt: nil)
                return false
            }
            enter(.connecting, at: moment)
            return true
        }
    }

    package func isUsable(at tick: Tick) -> Bool {
        current != nil && (busyUntil ?? tick) <= tick
    }

    /// Usable, and long enough that traffic may return to it.
    package func isSettled(at tick: Tick, returnAfter: Interval) -> Bool {
        isUsable(at: tick) && (isUntroubled || upSince.map { $0 + returnAfter <= tick } ?? false)
    }

    package func isUntried(at tick: Tick) -> Bool {
        if case .untried(let until) = phase { tick < until } else { false }
    }

    /// When something about this peer changes by time alone.
    package func wake(returnAfter: Interval) -> Tick? {
        var times: [Tick] = []
        switch phase {
        case .untried(let until): times.append(until)
        case .down(let probeAt): if let probeAt { times.append(probeAt) }
        case .up: if !isUntroubled, let upSince { times.append(upSince + returnAfter) }
        case .connecting: break
        }
        if let busyUntil { times.append(busyUntil) }
        return times.min()
    }

    /// What time alone changes. True when the peer is to be dialled now.
    package mutating func pass(to moment: Moment, returnAfter: Interval) -> Bool {
        if let until = busyUntil, until <= moment.tick { busyUntil = nil }
        switch phase {
        case .untried(let until) where until <= moment.tick:
            enter(terms.isDiallable ? .connecting : .down(probeAt: nil), at: moment)
            if lastError.isEmpty { lastError = "no link since the start" }
            return false
        case .down(let probeAt?) where probeAt <= moment.tick:
            enter(.connecting, at: moment)
            return true
        case .up:
            // Being busy does not count here, or the time below would stay in the past.
            if let upSince, upSince + returnAfter <= moment.tick { isUntroubled = true }
            return false
        default:
            return false
        }
    }

    /// A link is up. Returns the link that is now one too many, if any.
    package mutating func linked(
        _ link: LinkUp, here: RelayCode, at moment: Moment
    ) -> LinkUp? {
        if let current, !link.supersedes(current, here: here) { return link }
        let former = current
        current = link
        if former == nil {
            upSince = moment.tick
            if moment.tick >= graceUntil { isUntroubled = false }
            enter(.up, at: moment)
        }
        busyUntil = nil
        return former
    }

    /// The current link is gone.
    package mutating func lost(reason: String, at moment: Moment, stable: Interval) {
        if let upSince, upSince + stable <= moment.tick { backOff.reset() }
        current = nil
        upSince = nil
        isUntroubled = false
        fail(reason: reason, at: moment)
    }

    /// A dial did not lead to a link.
    package mutating func unreachable(reason: String, at moment: Moment) {
        guard current == nil else { return }
        fail(reason: reason, at: moment)
    }

    /// It came to us and was turned away; noted for the operator, nothing else changes.
    package mutating func turnedAway(reason: String) {
        lastError = reason
    }

    package mutating func busy(until tick: Tick) {
        busyUntil = max(busyUntil ?? tick, tick)
    }

    private mutating func fail(reason: String, at moment: Moment) {
        lastError = reason
        let wait = backOff.next(dice: moment.dice)
        enter(.down(probeAt: terms.isDiallable ? moment.tick + wait : nil), at: moment)
    }

    private mutating func enter(_ next: Phase, at moment: Moment) {
        phase = next
        since = moment.now
    }
}

extension LinkUp {
    /// Which of two links to one peer stays. Both ends decide alike, or they would close both:
    /// after a restart of the peer the new one; of two that one end dialled, the later; of two that
    /// both ends dialled, the one of the relay with the lesser code.
    func supersedes(_ other: LinkUp, here: RelayCode) -> Bool {
        if boot != other.boot || isDialledHere == other.isDialledHere { return true }
        return isDialledHere == (here < peer)
    }
}
