// A new configuration while everything goes on.
//
// Links and health of peers that stay are kept, and so is what is on the wire. Lanes are resolved
// against the routes of the moment, so what is queued follows a new route in the same turn, however
// much it is; only a delivery that finds a new hop on its own path needs a lane of its own.

extension Node {
    /// Takes new settings. Whoever called must have checked them.
    mutating func reconfigure(
        _ next: Settings, _ caller: CallerID, _ moment: Moment, _ decision: inout Decision
    ) {
        precondition(next.relay == settings.relay, "a relay keeps its name")
        settings = next
        for peer in peers.adopt(next, at: moment) { decision.actions.append(.dial(peer)) }
        for (link, up) in links.sorted(by: { $0.key < $1.key }) where !peers.knows(up.peer) {
            decision.actions.append(.close(link, reason: Self.noPeer))
        }
        decision.actions.append(.reply(caller, .done))
    }

    static let noPeer = "it is no configured peer any more"

    /// Whether a delivery may be offered to the hop of its lane. Lanes name the excluded hops of
    /// the route that held when the delivery was queued; a hop that is new in the route may be one
    /// that the document has passed. And of a route that is shared now, each takes its share.
    func mayTake(_ hop: RelayCode, _ delivery: Delivery, from lane: Lane) -> Bool {
        guard !delivery.path.contains(hop) else { return false }
        let isShared = settings.routes.match(lane.destination)?.route.isShared ?? false
        return lane.slot != nil || !isShared
    }

    /// Moves a queued delivery into the lane that the present routes give it. That lane has the
    /// slot or excludes the hop for which it is moved, so it is another one, and this ends.
    mutating func lay(
        _ delivery: Delivery, outOf lane: Lane, _ moment: Moment, _ decision: inout Decision
    ) {
        let next = self.lane(
            for: delivery, refusedBy: delivery.refusedBy, avoiding: lane.avoided)
        precondition(next != lane, "a delivery is laid into another lane")
        moves += 1
        progress += 1
        put(delivery.queued(in: next, at: moment.now), was: delivery, &decision)
    }
}
