// Why a document is where it is: the facts of `GET /v1/documents/{id}/why`, with codes in place of
// words.
//
// Pure: from the record, the history and the node as it is now. Who must act follows from the same
// facts, so that it is the same for everybody who asks.

import RelayAPI
import RelayCore
import RelayStore
import RelayWire

extension Picture {
    func why(of stored: RelayStore.DocumentView, history: [Happening]) -> WhyView {
        let envelope = stored.envelope
        var view = WhyView(
            id: envelope.document, kind: envelope.kind.view, sender: envelope.sender,
            priority: Int(envelope.priority.rawValue), relay: relay,
            expiresAt: envelope.expiresAt,
            recipients: stored.deliveries.map { why(of: $0.delivery, history) })
        view.documentId = envelope.reference.isEmpty ? nil : envelope.reference
        return view
    }

    private func why(of delivery: Delivery, _ history: [Happening]) -> WhyRecipient {
        let mishap = mishap(of: delivery, history)
        let code = code(of: delivery)
        let routes = isUnderWay(delivery) ? hops(of: delivery) : []
        let (act, actor) = actor(for: code, delivery, mishap, routes)
        var view = WhyRecipient(
            recipient: delivery.recipient, state: delivery.state.name.status, why: code, act: act,
            since: delivery.state.since, attempts: Int(delivery.attempts),
            round: Int(delivery.round), routes: routes)
        view.actor = actor
        let next = waiting(delivery)
        // A link may be probed meanwhile; the document waits for the order's end all the same.
        view.nextTryAt = code == .allPaused ? nil : next.nextTryAt
        view.nextHop = next.nextHop
        view.dueAt = delivery.dueAt
        view.custodian = custodian(of: delivery)
        view.detour = delivery.detour?.description
        view.lastError = mishap
        switch delivery.state {
        case .held(let by, let reason, _), .cancelled(let by, let reason, _):
            (view.by, view.reason) = (by, reason)
        case .failed(reason: .ordered, _):
            view.reason = history.last { $0.what == .failed && $0.concerns(delivery) }?.detail
        default: break
        }
        return view
    }

    private func isUnderWay(_ delivery: Delivery) -> Bool {
        switch delivery.state {
        case .queued, .attempting, .held: true
        case .relayed(_, _, let due): due != nil
        default: false
        }
    }

    // MARK: - Codes

    private func code(of delivery: Delivery) -> WhyCode {
        switch delivery.state {
        case .queued(_, _, .some): delivery.refusedBy.isEmpty ? .putOff : .refused
        case .queued(let lane, _, nil): code(of: lane)
        case .attempting: .handingOver
        case .held: .held
        case .relayed(_, _, let due): due == nil ? .passedOn : .receipt
        case .delivered: delivery.isInInbox ? .inInbox : .delivered
        case .collected: .collected
        case .failed(.expired, _): .expired
        case .failed(.unverifiable, _): .unverifiable
        case .failed(.ordered, _): .ordered
        case .cancelled: .cancelled
        }
    }

    private func code(of lane: Lane) -> WhyCode {
        guard let node else { return .stopping }
        let routes = node.settings.routes
        if node.peers.hop(for: lane, routes: routes, at: tick) != nil { return .next }
        let ways = routes.ways(of: lane)
        if ways.isEmpty {
            return routes.hops(to: lane.destination).isEmpty ? .noRoute : .noWay
        }
        return ways.allSatisfy { node.peers.orders[$0] != nil } ? .allPaused : .noLink
    }

    /// The ways of a delivery in the order in which they are asked, those that are out last.
    private func hops(of delivery: Delivery) -> [WhyHop] {
        guard let node else { return [] }
        let lane = delivery.lane ?? Lane(to: delivery.recipient)
        let chosen = node.peers.hop(for: lane, routes: node.settings.routes, at: tick)
        let ways = node.settings.routes.ways(of: lane)
        let others = node.settings.routes.hops(to: delivery.recipient)
            .filter { !ways.contains($0) }
        return (ways + others).map { hop in
            var view = WhyHop(relay: hop, code: code(of: hop, for: delivery, chosen, node))
            if let health = node.peers.all[hop] {
                view.order = health.order.map(PeerOrderView.init)
                if view.code == .down || view.code == .connecting || view.code == .awaited,
                    !health.lastError.isEmpty
                {
                    view.detail = health.lastError
                }
            }
            return view
        }
    }

    private func code(
        of hop: RelayCode, for delivery: Delivery, _ chosen: RelayCode?, _ node: Node
    ) -> HopCode {
        if delivery.path.contains(hop) { return .onPath }
        if delivery.refusedBy.contains(hop) { return .refused }
        guard let health = node.peers.all[hop] else { return .unknown }
        switch health.order?.what {
        case .pause: return .paused
        case .drain: return .drained
        case nil: break
        }
        if hop == chosen { return .chosen }
        switch status(of: health) {
        case .up: return health.isUsable(at: tick) ? .ready : .busy
        case .connecting: return .connecting
        case .down: return .down
        case .waiting: return .awaited
        }
    }

    // MARK: - What went wrong last

    private func mishap(of delivery: Delivery, _ history: [Happening]) -> Mishap? {
        for happening in history.reversed() where happening.concerns(delivery) {
            switch happening.what {
            case .refused: return Mishap(happening, MishapCode(refusal: happening.detail))
            case .returned: return Mishap(happening, MishapCode(returned: happening.detail))
            case .resent: return Mishap(happening, .receiptLate)
            case .receiptRejected: return Mishap(happening, .receiptRejected)
            // What went well since is the last word.
            case .receiptVerified, .delivered, .collected: return nil
            default: continue
            }
        }
        guard case .queued(let lane, _, nil) = delivery.state, code(of: lane) == .noLink,
            let node, let hop = node.settings.routes.ways(of: lane).first,
            let health = node.peers.all[hop], !health.lastError.isEmpty
        else { return nil }
        return Mishap(.link, at: health.since, peer: hop, detail: health.lastError)
    }

    // MARK: - Who must act

    private func actor(
        for code: WhyCode, _ delivery: Delivery, _ mishap: Mishap?, _ routes: [WhyHop]
    ) -> (ActCode, RelayCode?) {
        switch code {
        case .next, .handingOver, .putOff, .passedOn, .collected, .stopping: return (.nobody, nil)
        case .held, .allPaused, .noRoute, .noWay, .unverifiable: return (.administrator, nil)
        case .expired, .ordered, .cancelled: return (.sender, nil)
        case .inInbox, .delivered: return (.recipient, nil)
        case .receipt:
            // Once late may be chance; twice, somebody on the way has it and does not go on.
            guard delivery.round > 1, let peer = custodian(of: delivery) else {
                return (.nobody, nil)
            }
            return (.peerAdministrator, peer)
        case .noLink:
            // No link at all is this agency's own network; one is the other end's.
            let isCutOff = !(node?.peers.all.values.contains { $0.current != nil } ?? false)
            let down = routes.first { $0.code == .down || $0.code == .awaited }
            return isCutOff || down == nil
                ? (.administrator, nil) : (.peerAdministrator, down?.relay)
        case .refused:
            switch mishap?.code {
            case .tooLarge, .expired: return (.sender, nil)
            case .senderNotPermitted, .noRoute: return (.peerAdministrator, mishap?.peer)
            default: return (.administrator, nil)
            }
        }
    }
}

extension Happening {
    fileprivate func concerns(_ delivery: Delivery) -> Bool {
        recipient == nil || recipient == delivery.recipient
    }
}

extension Delivery {
    /// The lane that it is in, or would be in again.
    fileprivate var lane: Lane? {
        switch state {
        case .queued(let lane, _, _), .attempting(let lane, _, _): lane
        default: nil
        }
    }
}

extension Delivery.State {
    fileprivate var since: Instant {
        switch self {
        case .queued(_, let since, _), .attempting(_, _, let since), .held(_, _, let since): since
        case .relayed(_, let at, _), .delivered(let at), .collected(let at), .failed(_, let at),
            .cancelled(_, _, let at):
            at
        }
    }
}

extension Mishap {
    fileprivate init(_ happening: Happening, _ code: MishapCode) {
        self.init(
            code, at: happening.at, peer: happening.relay,
            detail: code == .other && !happening.detail.isEmpty ? happening.detail : nil)
    }
}

extension MishapCode {
    /// From the words that histories hold.
    fileprivate init(refusal words: String) {
        switch Refusal.allCases.first(where: { $0.words == words }) {
        case .loop: self = .loop
        case .tooManyHops: self = .tooManyHops
        case .senderNotPermitted: self = .senderNotPermitted
        case .tooLarge: self = .tooLarge
        case .expired: self = .expired
        case .conflict: self = .conflict
        case .digestMismatch: self = .digestMismatch
        case .malformed: self = .malformed
        case .noRoute: self = .noRoute
        case nil: self = .other
        }
    }

    fileprivate init(returned words: String) {
        switch Return.allCases.first(where: { $0.words == words }) {
        case .noRoom: self = .noRoom
        case .linkLost: self = .linkLost
        case .restarted: self = .restarted
        case nil: self = .other
        }
    }
}

extension PeerOrderView {
    init(_ order: PeerOrder) {
        self.init(
            order: order.what == .pause ? .pause : .drain, by: order.by, reason: order.reason,
            since: order.since)
    }
}
