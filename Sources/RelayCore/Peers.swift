// The health of all peers, and the choice of a hop for a lane.

package struct Peers: Hashable, Sendable {
    package private(set) var all: [RelayCode: PeerHealth]
    /// What operators have ordered, also about peers that are not configured any more.
    package private(set) var orders: [RelayCode: PeerOrder] = [:]
    private let here: RelayCode
    private var returnAfter: Interval

    package init(_ settings: Settings, at moment: Moment) {
        here = settings.relay
        returnAfter = settings.returnAfter
        let backOff = BackOff(base: settings.retryBase, cap: settings.retryCap)
        all = settings.peers.mapValues { PeerHealth(terms: $0, backOff: backOff, at: moment) }
    }

    /// The hop a lane goes by now; nil when it has to wait.
    ///
    /// Preferred hops first, of a shared route those of the lane's slot; the avoided one last. A
    /// hop that was down is passed over for any that is settled, until it has been stable; and
    /// taken all the same when it is the only one usable.
    /// A hop not heard of yet since the start holds its place for `PeerHealth.grace`.
    package func hop(for lane: Lane, routes: RouteTable, at tick: Tick) -> RelayCode? {
        hop(among: routes.ways(of: lane), at: tick)
    }

    /// The one of these, in order of preference, that is taken now.
    package func hop(among hops: [RelayCode], at tick: Tick) -> RelayCode? {
        var fallback: RelayCode?
        for hop in hops {
            guard let health = all[hop] else { continue }
            if health.isSettled(at: tick, returnAfter: returnAfter) { return hop }
            if fallback == nil {
                if health.isUntried(at: tick) { return nil }
                if health.isUsable(at: tick) { fallback = hop }
            }
        }
        return fallback
    }

    /// Peers that stay keep their links and their health. Returns those to dial now.
    package mutating func adopt(_ settings: Settings, at moment: Moment) -> [RelayCode] {
        returnAfter = settings.returnAfter
        let backOff = BackOff(base: settings.retryBase, cap: settings.retryCap)
        let former = all
        var dials: [RelayCode] = []
        all = [:]
        for (peer, terms) in settings.peers.sorted(by: { $0.key < $1.key }) {
            var health = former[peer]
            let isDialled =
                health?.adopt(terms, backOff: backOff, at: moment) ?? terms.isDiallable
            all[peer] = health ?? PeerHealth(addedWith: terms, backOff: backOff, at: moment)
            if health == nil { _ = all[peer]?.put(orders[peer], at: moment) }
            if isDialled, orders[peer]?.what != .drain { dials.append(peer) }
        }
        return dials
    }

    /// An order, or nil to take it back. True when the peer is to be dialled now.
    mutating func put(_ order: PeerOrder?, on peer: RelayCode, at moment: Moment) -> Bool {
        orders[peer] = order
        return all[peer]?.put(order, at: moment) ?? false
    }

    package func knows(_ peer: RelayCode) -> Bool { all[peer] != nil }

    // MARK: - Limits

    package func limits(of peer: RelayCode) -> LinkLimits {
        all[peer]?.terms.limits ?? LinkLimits()
    }

    /// What holds back documents of a lane that are not urgent; nil when they may go.
    ///
    /// - Parameter given: how many more than those sent count as sent.
    package func hold(
        on peer: RelayCode, _ lane: Lane, given: Int = 0, at moment: Moment
    ) -> Hold? {
        let limits = limits(of: peer)
        if !lane.carriesReceipts, !limits.isOpen(at: moment.now),
            let wait = limits.opens(after: moment.now)
        {
            return .hours(moment.tick + wait)
        }
        guard let allowance = all[peer]?.allowance,
            allowance.documents(at: moment.tick) <= given
        else { return nil }
        return .rate(allowance.next(after: moment.tick))
    }

    /// How many documents the peer's rate allows now; nil without a rate.
    func allowed(by peer: RelayCode, at tick: Tick) -> Int? {
        all[peer]?.allowance?.documents(at: tick)
    }

    mutating func sent(to peer: RelayCode, at tick: Tick) {
        all[peer]?.allowance?.take(at: tick)
    }

    /// Whether traffic goes to a peer again, as far as its health is concerned.
    func isSettled(_ peer: RelayCode, at tick: Tick) -> Bool {
        all[peer]?.isSettled(at: tick, returnAfter: returnAfter) ?? false
    }

    package func current(_ peer: RelayCode) -> LinkUp? { all[peer]?.current }

    /// The next time at which something changes by time alone.
    package var wake: Tick? {
        all.values.compactMap { $0.wake(returnAfter: returnAfter) }.min()
    }

    /// What time alone changes; the peers to dial now, in order of their codes.
    package mutating func pass(to moment: Moment) -> [RelayCode] {
        all.keys.sorted().filter {
            all[$0]?.pass(to: moment, returnAfter: returnAfter) ?? false
        }
    }

    /// Returns the link that is one too many, if any.
    package mutating func linked(_ link: LinkUp, at moment: Moment) -> LinkUp? {
        all[link.peer]?.linked(link, here: here, at: moment)
    }

    package mutating func lost(_ link: LinkUp, reason: String, at moment: Moment) {
        guard all[link.peer]?.current?.link == link.link else { return }
        all[link.peer]?.lost(reason: reason, at: moment, stable: returnAfter)
    }

    package mutating func unreachable(_ peer: RelayCode, reason: String, at moment: Moment) {
        all[peer]?.unreachable(reason: reason, at: moment)
    }

    package mutating func turnedAway(_ peer: RelayCode, reason: String) {
        all[peer]?.turnedAway(reason: reason)
    }

    package mutating func busy(_ peer: RelayCode, until tick: Tick) {
        all[peer]?.busy(until: tick)
    }
}
