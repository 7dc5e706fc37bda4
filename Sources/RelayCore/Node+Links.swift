// Links coming and going. When one goes, whatever was on the wire is "unknown", at once and for all
// of it; the lanes choose another hop in the same turn.

extension Node {
    /// Links with hand-overs on them.
    package var linksInUse: Set<LinkID> { Set(activeOn.keys) }

    mutating func linkUp(_ link: LinkUp, _ moment: Moment, _ decision: inout Decision) {
        // Its peer may have been removed while it came about.
        guard peers.knows(link.peer) else {
            decision.actions.append(.close(link.link, reason: Self.noPeer))
            return
        }
        links[link.link] = link
        if let superfluous = peers.linked(link, at: moment) {
            decision.actions.append(
                .close(superfluous.link, reason: "another link to this peer is used"))
        }
        drainIfOrdered(link.peer, &decision)
    }

    mutating func linkDown(
        _ id: LinkID, _ reason: String, _ moment: Moment, _ decision: inout Decision
    ) {
        guard let link = links.removeValue(forKey: id) else { return }
        let wasCurrent = peers.current(link.peer)?.link == id
        peers.lost(link, reason: reason, at: moment)
        if wasCurrent { drillLost(link.peer, reason, moment) }
        for document in arriving.filter({ $0.value == id }).keys { arriving[document] = nil }
        let lost = active.filter { $0.value.link.link == id }
        for (transfer, what) in lost.sorted(by: { $0.key < $1.key }) {
            let answers = what.recipients.map { Answered(recipient: $0, answer: .unknown) }
            decision.next.append(.attempted(transfer, answers))
        }
    }
}
