// Documents that peers offer: whether they are wanted, and taking custody of them.
//
// A repeated offer gets the same answer. It writes nothing, unless the origin has begun a new
// round, or this relay may have passed the document on to the very one that now offers it.

extension Node {
    /// How long a peer is told to wait when there is no room, or the body is arriving on another
    /// link.
    static let busyFor = Interval.seconds(5)

    /// An offer whose body is not here yet: ask for it, or answer at once.
    mutating func consider(
        _ offer: Offer, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        if let answer = refusal(of: offer, known, moment) {
            turnAway(offer, answer, moment, &decision)
        } else if !needsBody(offer, known) {
            take(offer, known, moment, &decision)
        } else if arriving[offer.envelope.document] != nil {
            answerAll(offer, .later(after: Self.busyFor), &decision)
        } else {
            arriving[offer.envelope.document] = offer.link
            decision.actions.append(.want(offer, from: known.stagedBytes))
        }
    }

    /// An offer whose body is staged whole, with the digest it should have.
    mutating func receive(
        _ offer: Offer, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        arriving[offer.envelope.document] = nil
        if let answer = refusal(of: offer, known, moment) {
            if case .refused = answer { decision.writes.append(.discard(offer.upload)) }
            turnAway(offer, answer, moment, &decision)
            return
        }
        let needsBody = needsBody(offer, known)
        if needsBody {
            if known.envelope == nil { decision.writes.append(.file(offer.envelope)) }
            decision.writes.append(.bind(offer.upload, to: offer.envelope))
        } else {
            decision.writes.append(.discard(offer.upload))
        }
        take(offer, known, moment, &decision)
    }

    /// A body that did not come, or is not what was announced.
    mutating func abandon(
        _ offer: Offer, _ failure: OfferFailure, _ decision: inout Decision
    ) {
        if arriving[offer.envelope.document] == offer.link {
            arriving[offer.envelope.document] = nil
        }
        switch failure {
        case .cut: break
        case .digestMismatch:
            decision.writes.append(.discard(offer.upload))
            answerAll(offer, .refused(.digestMismatch), &decision)
        case .notStored:
            answerAll(offer, .busy(after: Self.busyFor), &decision)
        }
    }

    /// Takes custody for every recipient of the offer; the body is bound, or was here before.
    private mutating func take(
        _ offer: Offer, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        for recipient in offer.recipients {
            let key = DeliveryKey(document: offer.envelope.document, recipient: recipient)
            if let delivery = known.delivery(key) {
                takeAgain(delivery, offer, known, moment, &decision)
            } else {
                let delivery = begin(
                    offer.envelope, to: recipient, path: offer.path, round: offer.round, moment,
                    &decision)
                decision.happened(
                    delivery.isInInbox ? .delivered : .received, to: delivery, at: moment.now,
                    relay: offer.peer)
            }
        }
        answerAll(offer, .accepted, &decision)
    }

    /// A delivery that is here already. Usually there is nothing to write. In a new round the
    /// origin has had no receipt, so what this relay has done once it does again.
    private mutating func takeAgain(
        _ delivery: Delivery, _ offer: Offer, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        let isNewRound = offer.round > delivery.round
        let goesOn = goesOnAgain(delivery, offer)
        guard isNewRound || goesOn else { return }
        var again = delivery
        again.round = max(delivery.round, offer.round)
        switch (delivery.state, delivery.part) {
        case (.relayed, .transit) where goesOn, (.failed, .transit) where goesOn:
            again.path = offer.path
            again.refusedBy = []
            again.holdsBody = true
            again = again.queued(in: lane(for: again), at: moment.now)
        case (.delivered, _), (.collected, _):
            for mark in [delivery.received, delivery.collected] {
                guard case .made(let receipt, _) = mark else { continue }
                let key = DeliveryKey(document: receipt, recipient: offer.envelope.sender)
                decision.next.append(.repeatReceipt(key, round: offer.round))
            }
        case (.failed, _) where delivery.kind == .receipt:
            // Repeated by the recipient: perhaps this relay's trust has been mended since.
            again = again.moved(to: .delivered(at: moment.now))
                .owing(.received, since: moment.now, again: moment.now + Self.signingPatience)
            work(on: .received, of: again, offer.envelope, at: moment.now, moment, &decision)
        default:
            // Still on its way from here, or stopped here: the new round changes nothing.
            break
        }
        put(again, was: delivery, &decision)
        decision.happened(
            .repeated, to: delivery, at: moment.now, relay: offer.peer,
            detail: "round \(offer.round)")
    }

    /// Whether a delivery that this relay has passed on is passed on once more. In a new round
    /// always. In the same round unless its next hop was the recipient's own relay: otherwise the
    /// one that offers it may have it from that next hop, and if both relied on the other, nobody
    /// would carry it. This ends, for each copy's path grows with every hand-over and no relay is
    /// on it twice.
    private func goesOnAgain(_ delivery: Delivery, _ offer: Offer) -> Bool {
        guard delivery.part == .transit else { return false }
        return switch delivery.state {
        case .relayed(let hop, _, _):
            offer.round > delivery.round || !serves(hop, delivery.recipient)
        case .failed: offer.round > delivery.round
        default: false
        }
    }

    /// Whether a delivery is just being handed to another relay on the way. A copy of it can't be
    /// taken meanwhile: should both hand-overs be accepted, each side might rely on the other.
    private func isBeingPassedOn(_ recipient: OrganisationCode, _ known: Known) -> Bool {
        guard let delivery = known.deliveries.first(where: { $0.recipient == recipient }),
            delivery.part == .transit, case .attempting(_, let hop, _) = delivery.state
        else { return false }
        return !serves(hop, recipient)
    }

    private func serves(_ hop: RelayCode, _ recipient: OrganisationCode) -> Bool {
        settings.peers[hop]?.organisations.contains(recipient) ?? false
    }

    /// Whether custody needs bytes that are not here: a recipient is new, or is to be sent on again
    /// after its body went.
    private func needsBody(_ offer: Offer, _ known: Known) -> Bool {
        guard !known.hasBody else { return false }
        return offer.recipients.contains { recipient in
            let key = DeliveryKey(document: offer.envelope.document, recipient: recipient)
            guard let delivery = known.delivery(key) else { return true }
            return goesOnAgain(delivery, offer)
        }
    }

    /// Why the whole offer is turned away, or put off; nil when it may come.
    private func refusal(of offer: Offer, _ known: Known, _ moment: Moment) -> Answer? {
        let envelope = offer.envelope
        if let here = known.envelope, here != envelope { return .refused(.conflict) }
        if offer.path.contains(settings.relay) { return .refused(.loop) }
        if offer.path.count >= Limits.hopsMax { return .refused(.tooManyHops) }
        if !isSound(offer, moment) { return .refused(.malformed) }
        if !mayHandOver(offer) { return .refused(.senderNotPermitted) }
        if offer.recipients.contains(where: { isBeingPassedOn($0, known) }) {
            // At the same moment the other side may be saying the same of us: not again together.
            let spread = UInt64(Self.busyFor.milliseconds)
            return .later(
                after: .milliseconds(Int64(spread / 2 + moment.dice % spread)))
        }
        let allHere = offer.recipients.allSatisfy { recipient in
            known.deliveries.contains { $0.recipient == recipient }
        }
        if allHere && !needsBody(offer, known) { return nil }
        if envelope.expiresAt <= moment.now { return .refused(.expired) }
        if envelope.size > settings.documentBytesMax { return .refused(.tooLarge) }
        if offer.recipients.contains(where: { !isReachable($0, path: offer.path) }) {
            return .refused(.noRoute)
        }
        // Receipts live on the reserve: they are small, and they free what waits for them.
        return hasRoom || envelope.kind == .receipt ? nil : .busy(after: Self.busyFor)
    }

    /// Whether an offer says nothing impossible. The recipients are among the envelope's, each
    /// once, or one delivery would be begun twice; a receipt goes to one.
    private func isSound(_ offer: Offer, _ moment: Moment) -> Bool {
        let envelope = offer.envelope
        let recipients = Set(offer.recipients)
        return !recipients.isEmpty && recipients.count == offer.recipients.count
            && recipients.isSubset(of: envelope.recipients)
            && (envelope.kind != .receipt || envelope.recipients.count == 1)
            && offer.path.last == offer.peer && offer.path.first == envelope.origin
            && envelope.expiresAt <= moment.now + Limits.lifetimeMax
    }

    /// An agency hands over its own documents, which it alone has carried, and nobody else's.
    private func mayHandOver(_ offer: Offer) -> Bool {
        guard let terms = settings.peers[offer.peer] else { return false }
        return switch terms.role {
        case .hub: true
        case .agency:
            terms.organisations.contains(offer.envelope.sender) && offer.path == [offer.peer]
        }
    }

    private func isReachable(_ recipient: OrganisationCode, path: [RelayCode]) -> Bool {
        settings.organisations.contains(recipient)
            || settings.routes.hops(to: recipient).contains { !path.contains($0) }
    }

    /// Answers with a refusal. That an id is known with another envelope is never an accident of
    /// the line: it is told here too.
    private func turnAway(
        _ offer: Offer, _ answer: Answer, _ moment: Moment, _ decision: inout Decision
    ) {
        if answer == .refused(.conflict) {
            decision.happened(
                Happening(
                    at: moment.now, document: offer.envelope.document, recipient: nil,
                    what: .conflicting, relay: offer.peer, detail: "offered with another envelope"),
                announced: true)
        }
        answerAll(offer, answer, &decision)
    }

    private func answerAll(_ offer: Offer, _ answer: Answer, _ decision: inout Decision) {
        decision.actions.append(
            .answer(
                offer, offer.recipients.map { Answered(recipient: $0, answer: answer) }))
    }
}
