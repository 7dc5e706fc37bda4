// Handing deliveries over to next hops, and how each hand-over ends.

extension Node {
    /// A hand-over begins: for this delivery, and for those of the same document that may go with
    /// it.
    mutating func forward(
        _ key: DeliveryKey, _ lane: Lane, _ hop: RelayCode, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard let envelope = known.envelope, let first = known.delivery(key),
            first.isReady, let link = peers.current(hop)
        else { return }
        guard mayTake(hop, first, from: lane) else {
            lay(first, outOf: lane, moment, &decision)
            return
        }
        // It was the best of its lane: what remains there is not more urgent.
        if let waiting = backlog[lane] {
            backlog[lane]?.priority = min(waiting.priority, first.priority)
        }
        let together = known.deliveries.filter { delivery in
            guard case .queued(let lane, _, nil) = delivery.state,
                delivery.path == first.path, delivery.round == first.round
            else { return false }
            return delivery.key == key
                || peers.hop(for: lane, routes: settings.routes, at: moment.tick) == hop
        }
        let transfer = Transfer(
            id: TransferID(nextTransfer), link: link.link, envelope: envelope,
            recipients: together.map(\.recipient), path: first.path + [settings.relay],
            round: first.round)
        nextTransfer += 1
        active[transfer.id] = ActiveTransfer(
            link: link, document: envelope.document, recipients: transfer.recipients)
        activeOn[link.link, default: 0] += 1
        progress += 1
        peers.sent(to: hop, at: moment.tick)
        for delivery in together {
            put(delivery.attempting(by: hop, at: moment.now), was: delivery, &decision)
        }
        decision.actions.append(.forward(transfer))
    }

    /// A hand-over has ended, for each of its recipients in its own way.
    mutating func conclude(
        _ id: TransferID, _ answers: [Answered], _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard let transfer = active.removeValue(forKey: id) else { return }
        let others = activeOn[transfer.link.link, default: 1] - 1
        activeOn[transfer.link.link] = others > 0 ? others : nil
        for recipient in transfer.recipients {
            let key = DeliveryKey(document: transfer.document, recipient: recipient)
            // A receipt may have come meanwhile, or its lifetime ended: then this answer is late.
            guard let delivery = known.delivery(key),
                case .attempting(let lane, let hop, _) = delivery.state, hop == transfer.link.peer
            else { continue }
            let answer = answers.first { $0.recipient == recipient }?.answer ?? .unknown
            switch answer {
            case .accepted:
                let relayed = delivery.relayed(
                    to: hop, at: moment.now, deadline: settings.receiptDeadline)
                put(relayed, was: delivery, &decision)
                decision.happened(.relayed, to: relayed, at: moment.now, relay: hop)
            case .busy(let after):
                peers.busy(
                    hop,
                    until: moment.tick + bounded(after, settings.retryBase, settings.retryCap))
                giveBack(delivery, lane, "next hop has no room now", moment, &decision)
            case .later(let after):
                let retry =
                    moment.now + bounded(after, settings.retryBase, settings.ownRetryCap)
                put(
                    delivery.queued(in: lane, at: moment.now, notBefore: retry), was: delivery,
                    &decision)
            case .unknown:
                giveBack(delivery, lane, "link was lost before an answer", moment, &decision)
            case .refused(let refusal):
                refuse(delivery, hop, refusal, moment, &decision)
            }
        }
    }

    /// What a peer asks for, within what this relay thinks reasonable: a peer that says "at once"
    /// would be asked without end.
    private func bounded(_ asked: Interval, _ least: Interval, _ most: Interval) -> Interval {
        max(least, min(asked, most))
    }

    private mutating func giveBack(
        _ delivery: Delivery, _ lane: Lane, _ why: String, _ moment: Moment,
        _ decision: inout Decision
    ) {
        put(delivery.queued(in: lane, at: moment.now), was: delivery, &decision)
        guard case .attempting(_, let hop, _) = delivery.state else { return }
        decision.happened(.returned, to: delivery, at: moment.now, relay: hop, detail: why)
    }

    /// Another hop, or when all have refused, the document's own retry time: never failed before
    /// its lifetime ends, never bounced.
    private mutating func refuse(
        _ delivery: Delivery, _ hop: RelayCode, _ refusal: Refusal, _ moment: Moment,
        _ decision: inout Decision
    ) {
        let refused = delivery.refused(by: hop)
        let lane = lane(for: delivery, refusedBy: refused.refusedBy)
        let retry = hasWay(lane) ? nil : moment.now + ownRetry(refused, moment)
        put(refused.queued(in: lane, at: moment.now, notBefore: retry), was: delivery, &decision)
        decision.happened(
            .refused, to: refused, at: moment.now, relay: hop, detail: refusal.words)
    }

    /// Doubles with each attempt, with up to a quarter of jitter, up to the cap.
    private func ownRetry(_ delivery: Delivery, _ moment: Moment) -> Interval {
        let doublings = min(delivery.attempts, 16)
        let plain = min(
            settings.ownRetryBase.milliseconds << Int64(doublings) / 2,
            settings.ownRetryCap.milliseconds)
        return .milliseconds(plain - Int64(moment.dice % UInt64(max(1, plain / 4))))
    }
}

extension Delivery {
    /// Whether a hand-over may begin: in the ready place, not waiting for its own retry time.
    fileprivate var isReady: Bool {
        guard case .queued(_, _, nil) = state else { return false }
        return true
    }
}

extension Refusal {
    /// For histories and logs.
    package var words: String {
        switch self {
        case .loop: "it has passed that relay before"
        case .tooManyHops: "it has passed too many relays"
        case .senderNotPermitted: "this relay may not hand over documents of that sender there"
        case .tooLarge: "larger than that relay takes"
        case .expired: "its lifetime has ended"
        case .conflict: "that relay knows the id with other contents"
        case .digestMismatch: "the bytes that arrived there did not match the digest"
        case .malformed: "that relay found the offer malformed"
        case .noRoute: "that relay has no route to the recipient"
        }
    }
}
