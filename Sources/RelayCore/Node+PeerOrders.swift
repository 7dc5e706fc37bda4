// Pausing and draining a link, and serving it again.
//
// A peer under an order counts as not usable, so its lanes go by their backups in the same turn, or
// wait. What was on the wire ends as it would have; what has come whole is taken.

extension Node {
    mutating func obey(
        _ command: PeerCommand, about peer: RelayCode, _ caller: CallerID, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard peers.knows(peer) || peers.orders[peer] != nil else {
            decision.actions.append(.reply(caller, .notFound))
            return
        }
        guard peers.orders[peer]?.what != command.what else {
            decision.actions.append(.reply(caller, .unchanged))
            return
        }
        let order = command.what.map {
            PeerOrder($0, by: command.by, reason: command.reason, since: moment.now)
        }
        decision.writes.append(.order(peer, order))
        if peers.put(order, on: peer, at: moment) { decision.actions.append(.dial(peer)) }
        drainIfOrdered(peer, &decision)
        decision.actions.append(.reply(caller, .done))
    }

    /// Has the links of a drained peer end.
    func drainIfOrdered(_ peer: RelayCode, _ decision: inout Decision) {
        guard let order = peers.orders[peer], order.what == .drain else { return }
        for (id, link) in links.sorted(by: { $0.key < $1.key }) where link.peer == peer {
            decision.actions.append(.drain(id, reason: order.words))
        }
    }
}
