// What operators order: stop one delivery, let it go on, or give it up. Who, when and why go into
// its history.

/// An order, with who gave it and why.
struct Order {
    let by: String
    let reason: String
    let caller: CallerID

    var detail: String { "\(by): \(reason)" }
}

extension Node {
    mutating func hold(
        _ key: DeliveryKey, _ order: Order, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        carryOut(order, key, known, from: [.queued], .held, moment, &decision) { delivery in
            delivery.moved(to: .held(by: order.by, reason: order.reason, since: moment.now))
        }
    }

    mutating func release(
        _ key: DeliveryKey, _ order: Order, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        carryOut(order, key, known, from: [.held], .released, moment, &decision) {
            [self] delivery in
            var released = delivery
            released.refusedBy = []
            return released.queued(
                in: lane(to: delivery.recipient, path: delivery.path), at: moment.now)
        }
    }

    mutating func cancel(
        _ key: DeliveryKey, _ order: Order, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        carryOut(order, key, known, from: [.queued, .held], .cancelled, moment, &decision) {
            $0.moved(to: .cancelled(by: order.by, reason: order.reason, at: moment.now))
        }
    }

    private mutating func carryOut(
        _ order: Order, _ key: DeliveryKey, _ known: Known, from states: Set<StateName>,
        _ what: Happening.What, _ moment: Moment, _ decision: inout Decision,
        _ move: (Delivery) -> Delivery
    ) {
        guard let delivery = known.delivery(key) else {
            decision.actions.append(.reply(order.caller, .notFound))
            return
        }
        guard states.contains(delivery.state.name) else {
            decision.actions.append(.reply(order.caller, .notPossible(delivery.state.name)))
            return
        }
        put(move(delivery), was: delivery, &decision)
        decision.happened(what, to: delivery, at: moment.now, detail: order.detail)
        decision.actions.append(.reply(order.caller, .done))
    }
}
