// The node's state at one moment, in the words of the API: where a delivery is, why it waits, when
// it is tried next, and how the peers are.

import RelayAPI
import RelayConfiguration
import RelayCore
import RelayStore
import RelayWire

struct Picture {
    let relay: RelayCode
    /// Nil when the engine has stopped.
    let node: Node?
    let now: Instant
    let tick: Tick

    /// A tick as a time of the wall clock.
    private func instant(_ other: Tick) -> Instant { now + (other - tick) }

    // MARK: - Deliveries

    func view(
        of stored: RelayStore.DocumentView, history: [Happening]
    ) -> RelayAPI.DocumentView {
        let envelope = stored.envelope
        var view = RelayAPI.DocumentView(
            id: envelope.document, kind: envelope.kind.view, sender: envelope.sender,
            priority: Int(envelope.priority.rawValue), size: Int64(clamping: envelope.size),
            sha256: envelope.digest, mediaType: envelope.mediaType, origin: envelope.origin,
            submittedAt: envelope.submittedAt, expiresAt: envelope.expiresAt,
            recipients: stored.deliveries.map { recipient($0.delivery) },
            history: history.map(HistoryEntry.init))
        view.documentId = envelope.reference.isEmpty ? nil : envelope.reference
        view.businessType = Int(envelope.businessType)
        view.fileName = envelope.name.isEmpty ? nil : envelope.name
        view.dueAt = envelope.dueAt
        return view
    }

    private func recipient(_ delivery: Delivery) -> RecipientView {
        var view = RecipientView(
            recipient: delivery.recipient, state: delivery.state.name.status,
            attempts: Int(delivery.attempts), round: Int(delivery.round))
        let waiting = waiting(delivery)
        view.why = waiting.why
        view.nextTryAt = waiting.nextTryAt
        view.nextHop = waiting.nextHop
        view.at = custodian(of: delivery)
        if case .made(_, let at) = delivery.received { view.receivedAt = at }
        if case .made(_, let at) = delivery.collected { view.collectedAt = at }
        if case .made(_, let at) = delivery.failed { view.failedAt = at }
        view.deadline = DeadlineState(delivery)
        return view
    }

    /// Who has custody, as far as this relay knows.
    private func custodian(of delivery: Delivery) -> RelayCode? {
        switch delivery.state {
        case .relayed(let hop, _, _): hop
        case .delivered, .collected: delivery.part.isDestination ? relay : nil
        case .queued, .attempting, .held, .failed, .cancelled: relay
        }
    }

    func entry(_ envelope: Envelope, _ stored: StoredDelivery) -> QueueEntry {
        let delivery = stored.delivery
        var entry = QueueEntry(
            id: envelope.document, kind: envelope.kind.view, sender: envelope.sender,
            destination: delivery.recipient, state: delivery.state.name.status,
            priority: Int(delivery.priority.rawValue), size: Int64(clamping: envelope.size),
            queuedAt: stored.arrivedAt, attempts: Int(delivery.attempts))
        let waiting = waiting(delivery)
        entry.why = waiting.why
        entry.nextTryAt = waiting.nextTryAt
        entry.nextHop = waiting.nextHop
        entry.dueAt = delivery.dueAt
        return entry
    }

    /// Why a delivery is where it is, and what comes next.
    private func waiting(
        _ delivery: Delivery
    ) -> (why: Reason?, nextTryAt: Instant?, nextHop: RelayCode?) {
        switch delivery.state {
        case .queued(_, _, let notBefore?):
            return (Reason(code: "refused", words: refusals(delivery)), notBefore, nil)
        case .queued(let lane, _, nil): return queued(in: lane, delivery.priority)
        case .attempting(_, let hop, _):
            return (Reason(code: "handing-over", words: "on the wire to \(hop)"), nil, hop)
        case .held(let name, let reason, _):
            return (Reason(code: "held", words: "held by \(name): \(reason)"), nil, nil)
        case .relayed(let hop, _, let due):
            let words = "waits for the recipient's receipt; sent again when none comes in time"
            return (due.map { _ in Reason(code: "receipt", words: words) }, due, hop)
        case .failed(let failure, _):
            return (Reason(code: "failed", words: failure.words), nil, nil)
        case .cancelled(let name, let reason, _):
            return (Reason(code: "cancelled", words: "by \(name): \(reason)"), nil, nil)
        case .delivered, .collected: return (nil, nil, nil)
        }
    }

    private func refusals(_ delivery: Delivery) -> String {
        let hops = delivery.refusedBy.map(\.text).joined(separator: ", ")
        return hops.isEmpty
            ? "the next hop put this document off" : "refused by \(hops); all are asked again"
    }

    private func queued(
        in lane: Lane, _ priority: Priority
    ) -> (why: Reason?, nextTryAt: Instant?, nextHop: RelayCode?) {
        guard let node else { return (nil, nil, nil) }
        if let hop = node.peers.hop(for: lane, routes: node.settings.routes, at: tick) {
            if let hold = hold(on: hop, lane), priority < node.peers.limits(of: hop).urgent {
                return (reason(of: hold, on: hop), instant(hold.until), hop)
            }
            return (Reason(code: "next", words: "goes to \(hop) next"), nil, hop)
        }
        let hops = node.settings.routes.hops(to: lane.destination)
        guard !hops.isEmpty else {
            let words = "no route to \(lane.destination) is configured"
            return (Reason(code: "no-route", words: words), nil, nil)
        }
        let ways = node.settings.routes.ways(of: lane)
        guard !ways.isEmpty else {
            let words = "every next hop is on its path already or has refused it"
            return (Reason(code: "no-way", words: words), nil, nil)
        }
        let probes = ways.compactMap { hop -> Tick? in
            guard case .down(let probe) = node.peers.all[hop]?.phase else { return nil }
            return probe
        }
        let words = ways.map { "\($0) is \(linkWords($0))" }.joined(separator: "; ")
        return (Reason(code: "no-link", words: words), probes.min().map(instant), ways.first)
    }

    private func hold(on hop: RelayCode, _ lane: Lane) -> Hold? {
        node?.peers.hold(on: hop, lane, at: Moment(now: now, tick: tick, dice: 0))
    }

    private func reason(of hold: Hold, on hop: RelayCode) -> Reason {
        switch hold {
        case .hours:
            Reason(
                code: "hours",
                words: "outside the hours of the link to \(hop); only what is urgent goes now")
        case .rate:
            Reason(code: "rate", words: "as many as may go to \(hop) in a time have gone")
        }
    }

    private func linkWords(_ hop: RelayCode) -> String {
        guard let health = node?.peers.all[hop] else { return "no configured peer" }
        let reason = health.lastError.isEmpty ? "" : " (\(health.lastError))"
        switch status(of: health) {
        case .up: return "up, and has no room now"
        case .connecting: return "being connected\(reason)"
        case .down: return "down\(reason)"
        case .waiting: return "awaited: it has to dial this relay\(reason)"
        }
    }

    // MARK: - Peers and routes

    private func status(of health: PeerHealth) -> LinkStatus {
        switch health.phase {
        case .up: .up
        case .connecting, .untried: health.terms.isDiallable ? .connecting : .waiting
        case .down(nil): .waiting
        case .down: .down
        }
    }

    func peers(
        _ configured: [Configuration.Peer], certificatesEnd: [RelayCode: Instant],
        waiting: [ShapeRow]
    ) -> [PeerView] {
        guard let node else { return [] }
        var queued: [RelayCode: Int] = [:]
        for row in waiting {
            let lane = Lane(to: row.destination)
            let hop =
                node.peers.hop(for: lane, routes: node.settings.routes, at: tick)
                ?? node.settings.routes.hops(to: row.destination).first
            if let hop { queued[hop, default: 0] += Int(clamping: row.total) }
        }
        return configured.compactMap { peer in
            guard let health = node.peers.all[peer.code] else { return nil }
            var view = PeerView(
                code: peer.code, role: peer.role.rawValue, state: status(of: health),
                since: health.since, addresses: peer.addresses.map(\.description),
                queued: queued[peer.code] ?? 0,
                inFlight: node.active.values.filter { $0.link.peer == peer.code }.count)
            if !health.lastError.isEmpty {
                view.lastError = Reason(code: "link", words: health.lastError)
            }
            if case .down(let probe?) = health.phase { view.nextTryAt = instant(probe) }
            // What holds back documents holds them back whoever they are for.
            if let here = node.settings.organisations.first,
                let hold = hold(on: peer.code, Lane(to: here))
            {
                view.heldBack = reason(of: hold, on: peer.code)
                view.heldUntil = instant(hold.until)
            }
            view.certificateExpiresAt = certificatesEnd[peer.code]
            return view
        }
    }

    func routes(for code: OrganisationCode?) -> [RouteView] {
        guard let node else { return [] }
        guard let code else {
            return node.settings.routes.all.sorted { $0.key < $1.key }
                .map { route($0.key, $0.value) }
        }
        if node.settings.organisations.contains(code) {
            let here = HopView(relay: node.settings.relay, state: .up)
            return [RouteView(to: code.text, via: [here], chosen: node.settings.relay)]
        }
        guard let match = node.settings.routes.match(code) else { return [] }
        return [route(match.entry, match.route)]
    }

    private func route(_ entry: String, _ route: Route) -> RouteView {
        // By slots, which is how documents are dealt out.
        let taken = (0..<Route.slotCount).compactMap { slot in
            node?.peers.hop(among: route.relays(slot: UInt8(slot)), at: tick)
        }
        let views = route.hops.map { hop -> HopView in
            var view = self.view(of: hop.relay)
            view.priority = hop.priority
            guard route.isShared else { return view }
            view.weight = hop.weight
            view.share = taken.count { $0 == hop.relay } * 100 / Route.slotCount
            return view
        }
        return RouteView(to: entry, via: views, chosen: taken.first)
    }

    private func view(of hop: RelayCode) -> HopView {
        guard let health = node?.peers.all[hop] else { return HopView(relay: hop, state: .down) }
        let status = status(of: health)
        let isWell = status == .up || health.lastError.isEmpty
        return HopView(
            relay: hop, state: status,
            why: isWell ? nil : Reason(code: "link", words: health.lastError))
    }

    // MARK: - Health

    func health(version: String, startedAt: Instant) -> HealthView {
        var reasons: [Reason] = []
        let hasRoom = node?.hasRoom ?? false
        if node == nil {
            reasons.append(Reason(code: "stopping", words: "the relay is stopping"))
        } else if !hasRoom {
            reasons.append(
                Reason(code: "store-full", words: "the store has no room for new documents"))
        }
        let peers = node?.peers.all ?? [:]
        let usable = peers.values.contains { $0.isUsable(at: tick) }
        for (code, health) in peers.sorted(by: { $0.key < $1.key })
        where !health.isUsable(at: tick) {
            reasons.append(Reason(code: "peer-down", words: "\(code) is \(linkWords(code))"))
        }
        return HealthView(
            canTakeIn: hasRoom, canForward: node != nil && (usable || peers.isEmpty),
            reasons: reasons, relay: relay, version: version,
            startedAt: startedAt)
    }
}
