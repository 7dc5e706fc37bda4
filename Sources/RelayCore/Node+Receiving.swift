// Documents that peers offer: whether they are wanted, and taking custody of them.
//
// A repeated offer gets the same answer, and writes nothing, unless the origin has begun a new round.

extension Node {
    /// How long a peer is told to wait when there is no room, or the body is arriving on another link.
    static let busyFor = Interval.seconds(5)

    /// An offer whose body is not here yet: ask for it, or answer at once.
    mutating func consider(
        _ offer: Offer, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        if let answer = refusal(of: offer, known, moment) {
            answerAll(offer, answer, &decision)
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
            answerAll(offer, answer, &decision)
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

    /// A delivery that is here already. The same round: nothing to write. A new round: the origin has
    /// had no receipt, so what this relay has done once it does again.
    private mutating func takeAgain(
        _ delivery: Delivery, _ offer: Offer, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard offer.round > delivery.round else { return }
        var again = delivery
        again.round = offer.round
        switch (delivery.state, delivery.part) {
        case (.relayed, .transit), (.failed, .transit):
            again.path = offer.path
            again.refusedBy = []
            again.holdsBody = true
            again = again.queued(
                in: lane(to: delivery.recipient, path: offer.path), at: moment.now)
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

    /// Whether custody needs bytes that are not here: a recipient is new, or is to be sent on again
    /// after its body went.
    private func needsBody(_ offer: Offer, _ known: Known) -> Bool {
        guard !known.hasBody else { return false }
        return offer.recipients.contains { recipient in
            let key = DeliveryKey(document: offer.envelope.document, recipient: recipient)
            guard let delivery = known.delivery(key) else { return true }
            guard offer.round > delivery.round, delivery.part == .transit else { return false }
            return switch delivery.state {
            case .relayed, .failed: true
            default: false
            }
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

    /// Whether an offer says nothing impossible. The recipients are among the envelope's, each once,
    /// or one delivery would be begun twice; a receipt goes to one.
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
        settings.organisations.contains(recipient) || hasWay(lane(to: recipient, path: path))
    }

    private func answerAll(_ offer: Offer, _ answer: Answer, _ decision: inout Decision) {
        decision.actions.append(
            .answer(
                offer, offer.recipients.map { Answered(recipient: $0, answer: answer) }))
    }
}
