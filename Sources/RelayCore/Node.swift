// The heart: one relay's decisions.
//
// `decide` is a function of the event, of what the ledger knows of its subject, and of the moment.
// It holds only what can be rebuilt from nothing: links and their health, which lanes have
// something queued, and what is on the wire. It reads no clock, draws no number, and touches
// nothing outside. Bodies never enter it; it deals in ids, sizes and digests.

package struct Node: Sendable {
    package internal(set) var settings: Settings
    package internal(set) var peers: Peers
    /// Lanes with something in their `ready` place.
    package internal(set) var backlog: [Lane: Waiting] = [:]
    /// Hand-overs on the wire.
    package internal(set) var active: [TransferID: ActiveTransfer] = [:]
    /// Bodies arriving, and on which link: a second transfer waits for the first.
    package internal(set) var arriving: [DocumentID: LinkID] = [:]
    package internal(set) var hasRoom = true
    /// Traces that answers are expected for.
    var traces = Traces()
    package internal(set) var deadlines = DeadlineCounts()
    var links: [LinkID: LinkUp] = [:]
    var activeOn: [LinkID: Int] = [:]
    var nextSequence: UInt64 = 1
    var nextTransfer: UInt64 = 1
    /// Numbers lanes in the order in which they begin to wait for a place.
    var nextWait: UInt64 = 1
    /// Deliveries laid into another lane when they were drawn.
    package internal(set) var moves: UInt64 = 0
    /// Changes whenever something was drawn, or it turned out that there is nothing to draw.
    package internal(set) var progress: UInt64 = 0
    /// When something may go that the limits of its link hold back.
    var heldUntil: Tick?

    /// A hand-over on the wire.
    package struct ActiveTransfer: Hashable, Sendable {
        package let link: LinkUp
        package let document: DocumentID
        package let recipients: [OrganisationCode]
    }

    package init(_ settings: Settings, at moment: Moment) {
        self.settings = settings
        peers = Peers(settings, at: moment)
    }

    /// What the turn must load for `decide`.
    package func subject(of event: Event) -> Subject {
        switch event {
        case .submitted(let submission): .submission(submission)
        case .collected(let key, _), .ordered(let key, _, _), .recovered(let key),
            .repeatReceipt(let key, _):
            .delivery(key)
        case .settled(let key), .unverifiable(let key, _): .document(key.document)
        case .offered(let offer), .received(let offer), .offerFailed(let offer, _):
            .document(offer.envelope.document)
        case .attempted(let transfer, _):
            active[transfer].map { .document($0.document) } ?? .nothing
        case .signed(let receipt): .delivery(receipt.statement.key.delivery)
        case .verified(let receipt): .delivery(receipt.statement.key.delivery)
        case .due(let key), .ready(let key, _, _): .document(key.document)
        case .asked(let question, _): .balance(question.destination, drill: question.drill)
        case .heard(.trace(let trace), _): .balance(trace.destination, drill: trace.drill)
        case .heard, .linkUp, .linkDown, .dialFailed, .peerRefused, .started, .tick, .room,
            .reconfigured:
            .nothing
        }
    }

    /// Decides. The caller writes what the decision says, and only then acts.
    package mutating func decide(
        _ event: Event, about known: Known, at moment: Moment
    ) -> Decision {
        var decision = Decision()
        switch event {
        case .submitted(let submission): submit(submission, known, moment, &decision)
        case .collected(let key, let caller): collect(key, caller, known, moment, &decision)
        case .ordered(let key, let order, let caller):
            obey(order, about: key, caller, known, moment, &decision)
        case .asked(let question, let caller): ask(question, caller, known, moment, &decision)
        case .linkUp(let link): linkUp(link, moment, &decision)
        case .linkDown(let link, let reason): linkDown(link, reason, moment, &decision)
        case .dialFailed(let peer, let reason): peers.unreachable(peer, reason: reason, at: moment)
        case .peerRefused(let peer, let reason): peers.turnedAway(peer, reason: reason)
        case .offered(let offer): consider(offer, known, moment, &decision)
        case .received(let offer): receive(offer, known, moment, &decision)
        case .offerFailed(let offer, let failure): abandon(offer, failure, &decision)
        case .attempted(let transfer, let answers):
            conclude(transfer, answers, known, moment, &decision)
        case .heard(let memo, let link): take(memo, on: link, known, moment, &decision)
        case .signed(let receipt): issue(receipt, known, moment, &decision)
        case .verified(let receipt): believe(receipt, known, moment, &decision)
        case .unverifiable(_, let reason): reject(reason, known, moment, &decision)
        case .started(let inventory): start(inventory, moment, &decision)
        case .recovered(let key): recover(key, known, moment, &decision)
        case .due(let key): wake(key, known, moment, &decision)
        case .ready(let key, let lane, let hop): forward(key, lane, hop, known, moment, &decision)
        case .tick: tick(moment, &decision)
        case .room(let room): hasRoom = room
        case .reconfigured(let settings, let caller):
            reconfigure(settings, caller, moment, &decision)
        case .repeatReceipt(let key, let round): sendAgain(key, round, known, moment, &decision)
        case .settled: settle(known, moment, &decision)
        }
        return decision
    }

    /// When the volatile side wants to be called again.
    package var wake: Tick? {
        [peers.wake, traces.wake, heldUntil].compactMap(\.self).min()
    }
}

extension Node {
    /// The first event of a run.
    private mutating func start(
        _ inventory: Inventory, _ moment: Moment, _ decision: inout Decision
    ) {
        // Timers of the same turn come first, and what they have queued is not in the inventory.
        for (lane, priority) in inventory.lanes.sorted(by: { $0.key < $1.key }) {
            enqueue(lane, priority)
        }
        nextSequence = max(nextSequence, inventory.lastSequence + 1)
        for (peer, terms) in settings.peers.sorted(by: { $0.key < $1.key }) where terms.isDiallable
        {
            decision.actions.append(.dial(peer))
        }
    }

    private mutating func tick(_ moment: Moment, _ decision: inout Decision) {
        for peer in peers.pass(to: moment) { decision.actions.append(.dial(peer)) }
        giveUpTraces(moment, &decision)
    }

    /// A memo of a link that is still there.
    private mutating func take(
        _ memo: Memo, on id: LinkID, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard let link = links[id] else { return }
        switch memo {
        case .trace(let trace): follow(trace, from: link, known, moment, &decision)
        case .traceAnswer(let answer): hear(answer, from: link.peer, moment, &decision)
        }
    }

    /// A delivery that a former run was handing over: what became of it can't be known.
    private mutating func recover(
        _ key: DeliveryKey, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        guard let delivery = known.delivery(key),
            case .attempting(let lane, let hop, _) = delivery.state
        else { return }
        put(delivery.queued(in: lane, at: moment.now), was: delivery, &decision)
        decision.happened(
            .returned, to: delivery, at: moment.now, relay: hop, detail: "relay was restarted")
    }

    /// Records a delivery, and notes its lane when it may go.
    mutating func put(_ delivery: Delivery, was former: Delivery?, _ decision: inout Decision) {
        if former == nil { precondition(StateName.beginnings.contains(delivery.state.name)) }
        decision.writes.append(.put(delivery, was: former))
        if case .queued(let lane, _, nil) = delivery.state { enqueue(lane, delivery.priority) }
    }

    mutating func takeSequence() -> UInt64 {
        defer { nextSequence += 1 }
        return nextSequence
    }

    /// The lane of a document that has come by `path` and was refused by `refused`.
    func lane(
        of document: DocumentID, _ kind: Envelope.Kind, to destination: OrganisationCode,
        path: [RelayCode], refusedBy refused: [RelayCode] = [], avoiding avoided: RelayCode? = nil
    ) -> Lane {
        let route = settings.routes.match(destination)?.route
        let hops = route?.relays ?? []
        return Lane(
            to: destination, slot: route?.isShared == true ? document.slot : nil,
            carriesReceipts: kind == .receipt,
            excluding: hops.filter { path.contains($0) || refused.contains($0) },
            avoiding: avoided.flatMap { hops.contains($0) ? $0 : nil })
    }

    /// The lane of a delivery that is here, with the detour that it was ordered to make. What an
    /// operator has it avoid goes before what the last round suggests.
    func lane(
        for delivery: Delivery, refusedBy refused: [RelayCode] = [],
        avoiding avoided: RelayCode? = nil
    ) -> Lane {
        guard let detour = delivery.detour else {
            return plainLane(for: delivery, refused, avoided)
        }
        switch detour {
        case .avoiding(let hop):
            return plainLane(for: delivery, refused, hop)
        case .via(let hop):
            let plain = plainLane(for: delivery, refused, avoided == hop ? nil : avoided)
            let isOut =
                delivery.path.contains(hop) || refused.contains(hop) || settings.peers[hop] == nil
            return isOut
                ? plain
                : Lane(
                    to: plain.destination, slot: plain.slot,
                    carriesReceipts: plain.carriesReceipts, excluding: plain.excluded,
                    preferring: hop, avoiding: plain.avoided)
        }
    }

    private func plainLane(
        for delivery: Delivery, _ refused: [RelayCode], _ avoided: RelayCode?
    ) -> Lane {
        lane(
            of: delivery.document, delivery.kind, to: delivery.recipient, path: delivery.path,
            refusedBy: refused, avoiding: avoided)
    }

    /// Whether some hop of the lane is not excluded, be it up or down.
    func hasWay(_ lane: Lane) -> Bool { !settings.routes.ways(of: lane).isEmpty }

    /// The part this relay plays for one recipient of a document.
    func part(of envelope: Envelope, for recipient: OrganisationCode) -> Delivery.Part {
        let isOrigin = envelope.origin == settings.relay
        let isDestination = settings.organisations.contains(recipient)
        return switch (isOrigin, isDestination) {
        case (true, true): .local
        case (true, false): .origin
        case (false, true): .destination
        case (false, false): .transit
        }
    }

    /// A new id. The relay's code salts it, so that relays that draw alike still differ.
    func newID(_ moment: Moment) -> DocumentID {
        let salt = settings.relay.text.utf8.reduce(UInt16(7)) { $0 &* 31 &+ UInt16($1) }
        return DocumentID(at: moment.now, dice: moment.dice, salt: salt)
    }
}

extension Known {
    package func delivery(_ key: DeliveryKey) -> Delivery? {
        deliveries.first { $0.key == key }
    }
}

extension Decision {
    /// Notes it in the history, and in the delivery log once it is durable.
    mutating func happened(
        _ what: Happening.What, to delivery: Delivery, at now: Instant, relay: RelayCode? = nil,
        detail: String = ""
    ) {
        happened(
            Happening(
                at: now, document: delivery.document, recipient: delivery.recipient, what: what,
                relay: relay, detail: detail), announced: delivery.announces(what))
    }

    mutating func happened(_ happening: Happening, announced: Bool) {
        writes.append(.happened(happening))
        if announced { writes.append(.announce(happening)) }
        actions.append(.log(happening))
    }
}
