// What time brings to a delivery: its own retry, a receipt that did not come, the end of its body's
// retention, of its lifetime, of its record. Deadlines, which come first: `Node+Deadlines.swift`.

extension Node {
    mutating func wake(
        _ key: DeliveryKey, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        guard let delivery = known.delivery(key), let envelope = known.envelope,
            let time = delivery.timer(retention: settings.retention), time <= moment.now
        else { return }
        if tellDeadline(of: delivery, moment, &decision) { return }
        switch delivery.state {
        case .queued, .attempting, .held:
            if delivery.expiresAt <= moment.now {
                giveUp(delivery, envelope, because: .expired, moment, &decision)
            } else {
                retry(delivery, moment, &decision)
            }
        case .relayed(let hop, _, let due?):
            if delivery.expiresAt <= moment.now {
                giveUp(delivery, envelope, because: .expired, moment, &decision)
            } else if due <= moment.now {
                let lane = lane(for: delivery, avoiding: hop)
                let again = delivery.resent(in: lane, at: moment.now)
                put(again, was: delivery, &decision)
                decision.happened(
                    .resent, to: again, at: moment.now, relay: hop,
                    detail: "no receipt in time; round \(again.round)")
            }
        case .delivered, .collected, .failed:
            if !repeatOwed(delivery, envelope, moment, &decision) {
                end(delivery, known, moment, &decision)
            }
        case .relayed, .cancelled:
            end(delivery, known, moment, &decision)
        }
    }

    /// Its own retry time has come: all hops may be asked again.
    private mutating func retry(
        _ delivery: Delivery, _ moment: Moment, _ decision: inout Decision
    ) {
        guard case .queued = delivery.state else { return }
        var again = delivery
        again.refusedBy = []
        let lane = lane(for: delivery)
        put(again.queued(in: lane, at: moment.now), was: delivery, &decision)
    }

    /// Begins again what is owed and was not heard of. False when nothing is owed.
    private mutating func repeatOwed(
        _ delivery: Delivery, _ envelope: Envelope, _ moment: Moment, _ decision: inout Decision
    ) -> Bool {
        var later = delivery
        for kind in Receipt.Kind.allCases {
            guard case .owed(let since, let again) = delivery.mark(of: kind), again <= moment.now
            else { continue }
            later = later.owing(
                kind, since: since, again: Self.patience(since: since, at: moment.now))
            work(on: kind, of: delivery, envelope, at: since, moment, &decision)
        }
        guard later != delivery else { return false }
        put(later, was: delivery, &decision)
        return true
    }

    /// First the body goes, then the record.
    private mutating func end(
        _ delivery: Delivery, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        if delivery.forgottenAt <= moment.now {
            decision.writes.append(.forget(delivery))
            return
        }
        guard delivery.holdsBody, delivery.kind != .receipt else { return }
        put(delivery.withoutBody(), was: delivery, &decision)
        if !known.deliveries.contains(where: { $0.key != delivery.key && $0.holdsBody }) {
            decision.writes.append(.releaseBody(delivery.document))
        }
    }
}
