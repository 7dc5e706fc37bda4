// What operators order about deliveries: stop one, let it go on, try it now, send it by another
// way, or give it up. Who, when and why go into its history.
//
// `effect` is a pure function of the delivery, so that what an order would do is found out by the
// same code that does it. An order that comes too late changes nothing and is told the state; one
// that is repeated changes nothing either.

extension Node {
    mutating func obey(
        _ order: Order, about key: DeliveryKey, _ caller: CallerID, _ known: Known,
        _ moment: Moment, _ decision: inout Decision
    ) {
        guard let delivery = known.delivery(key), let envelope = known.envelope else {
            decision.actions.append(.reply(caller, .notFound))
            return
        }
        switch effect(of: order, on: delivery, at: moment.now) {
        case .notPossible:
            decision.actions.append(.reply(caller, .notPossible(delivery.state.name)))
        case .unchanged:
            decision.actions.append(.reply(caller, .unchanged))
        case .changed where order.what == .expire:
            giveUp(
                delivery, envelope, because: .ordered, detail: order.detail, moment, &decision)
            decision.actions.append(.reply(caller, .done))
        case .changed(let next):
            put(next, was: delivery, &decision)
            let round = next.round > delivery.round ? "; round \(next.round)" : ""
            decision.happened(
                order.what.happening, to: delivery, at: moment.now, relay: order.what.hop,
                detail: order.detail + round)
            decision.actions.append(.reply(caller, .done))
        }
    }

    /// What an order does to a delivery as it is now.
    package func effect(of order: Order, on delivery: Delivery, at now: Instant) -> Effect {
        switch order.what {
        case .hold: held(delivery, by: order, at: now)
        case .release: released(delivery, at: now)
        case .retry: retried(delivery, at: now)
        case .reroute(let detour): rerouted(delivery, detour, at: now)
        case .cancel: cancelled(delivery, by: order, at: now)
        case .expire: expired(delivery, at: now)
        }
    }

    private func held(_ delivery: Delivery, by order: Order, at now: Instant) -> Effect {
        switch delivery.state {
        case .queued:
            .changed(
                delivery.moved(to: .held(by: order.by, reason: order.reason, since: now)))
        case .held: .unchanged
        default: .notPossible
        }
    }

    private func released(_ delivery: Delivery, at now: Instant) -> Effect {
        switch delivery.state {
        case .held: .changed(afresh(delivery, at: now))
        case .queued: .unchanged
        default: .notPossible
        }
    }

    private func retried(_ delivery: Delivery, at now: Instant) -> Effect {
        switch delivery.state {
        case .queued(_, _, nil) where delivery.refusedBy.isEmpty: .unchanged
        case .queued: .changed(afresh(delivery, at: now))
        case .relayed(let hop, _, _?): .changed(inNewRound(delivery, after: hop, at: now))
        default: .notPossible
        }
    }

    private func rerouted(_ delivery: Delivery, _ detour: Detour?, at now: Instant) -> Effect {
        // By a relay that it has passed: no order makes a loop.
        if case .via(let hop) = detour, delivery.path.contains(hop) { return .notPossible }
        var rerouted = delivery
        rerouted.detour = detour
        let isSo = delivery.detour == detour
        switch delivery.state {
        case .queued: return isSo ? .unchanged : .changed(afresh(rerouted, at: now))
        case .held: return isSo ? .unchanged : .changed(rerouted)
        case .relayed(let hop, _, _?):
            return isSo ? .unchanged : .changed(inNewRound(rerouted, after: hop, at: now))
        default: return .notPossible
        }
    }

    /// Receipts are the relays' own, and evidence: nobody withdraws one.
    private func cancelled(_ delivery: Delivery, by order: Order, at now: Instant) -> Effect {
        switch delivery.state {
        case .queued where delivery.kind != .receipt, .held where delivery.kind != .receipt:
            .changed(delivery.moved(to: .cancelled(by: order.by, reason: order.reason, at: now)))
        case .cancelled: .unchanged
        default: .notPossible
        }
    }

    private func expired(_ delivery: Delivery, at now: Instant) -> Effect {
        switch delivery.state {
        case .queued where delivery.kind != .receipt, .held where delivery.kind != .receipt,
            .relayed(_, _, _?):
            .changed(delivery.moved(to: .failed(reason: .ordered, at: now)))
        case .failed(reason: .ordered, _): .unchanged
        default: .notPossible
        }
    }

    /// To be tried now, by any hop.
    private func afresh(_ delivery: Delivery, at now: Instant) -> Delivery {
        var afresh = delivery
        afresh.refusedBy = []
        return afresh.queued(in: lane(for: afresh), at: now)
    }

    /// Sent again by the origin, if there is one by another hop than before.
    private func inNewRound(
        _ delivery: Delivery, after hop: RelayCode, at now: Instant
    ) -> Delivery {
        delivery.resent(in: lane(for: delivery, avoiding: hop), at: now)
    }
}

extension Order.What {
    fileprivate var happening: Happening.What {
        switch self {
        case .hold: .held
        case .release: .released
        case .retry: .retried
        case .reroute: .rerouted
        case .cancel: .cancelled
        case .expire: .failed
        }
    }

    /// The relay that the order is about, if it is about one.
    fileprivate var hop: RelayCode? {
        switch self {
        case .reroute(.via(let hop)), .reroute(.avoiding(let hop)): hop
        default: nil
        }
    }
}
