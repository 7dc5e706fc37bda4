// An operator's order, carried out: which deliveries it is about, one bounded part at a time, and
// what became of each.
//
// Guarantees: a part looks at a bounded number of deliveries in short reading transactions, and the
// engine is handed a bounded number of events at a time, so submissions pass in between, and
// neither memory nor a snapshot grows with the queue. What is decided about each delivery is
// RelayCore's; a dry run asks the same function. Whoever gave the order goes on from `next`; an
// order that is given again changes only what is not so yet.

import Logging
import RelayAPI
import RelayCore
import RelayEngine
import RelayStore
import RelayWire

struct OrderDesk: Sendable {
    let engine: Engine
    let callers: Callers
    let bodies: Bodies
    let clock: SystemClock
    let logger: Logger

    /// Deliveries whose orders are in the engine's mailbox at once: a turn's time in milliseconds.
    private static let batchMax = 128
    /// A part ends after so long, whatever it has looked at; the caller waits for an answer.
    private static let partLasts = Interval.seconds(5)

    func carryOut(
        _ wanted: QueueOrder, by giver: OperatorIdentity
    ) async throws(Problem) -> OrderAnswer {
        guard !wanted.needsConfirmation || wanted.confirm == QueueOrder.confirmation else {
            throw Problem(
                .confirmationNeeded, field: "confirm",
                "This order \(wanted.order.isFinal ? "gives documents up" : "leaves nothing out")"
                    + "; look at it with dryRun, then say confirm: \(QueueOrder.confirmation).")
        }
        guard let node = await engine.inspect({ $0 }) else { throw Self.stopped }
        let order = Order(
            try Self.what(wanted, node), by: giver.words, reason: wanted.reason)
        let now = clock.now
        // One more millisecond: what arrived in this one is meant.
        var work = Part(
            order, wanted, node: wanted.dryRun ? node : nil,
            asOf: wanted.asOf ?? now + .milliseconds(1))
        if let ids = wanted.ids {
            try await carryOut(&work, about: ids, wanted, until: clock.tick + Self.partLasts)
        } else {
            try await carryOut(&work, wanted, until: clock.tick + Self.partLasts)
        }
        if !wanted.dryRun { log(work.answer, order) }
        return work.answer
    }

    private static func what(_ wanted: QueueOrder, _ node: Node) throws(Problem) -> Order.What {
        func peer(_ code: RelayCode, _ field: String) throws(Problem) -> RelayCode {
            guard node.settings.peers[code] != nil else {
                throw Problem(
                    .invalidRequest, field: field, "\(code) is no peer of this relay.")
            }
            return code
        }
        switch wanted.order {
        case .hold: return .hold
        case .release: return .release
        case .retry: return .retry
        case .cancel: return .cancel
        case .expire: return .expire
        case .reroute:
            if let via = wanted.via { return .reroute(.via(try peer(via, "via"))) }
            if let avoiding = wanted.avoiding {
                return .reroute(.avoiding(try peer(avoiding, "avoiding")))
            }
            return .reroute(nil)
        }
    }

    // MARK: - By id

    /// Goes on at the id whose place in the list is the cursor.
    private func carryOut(
        _ work: inout Part, about ids: [DocumentID], _ wanted: QueueOrder, until end: Tick
    ) async throws(Problem) {
        var place = 0
        if let after = wanted.after {
            guard let number = Int(after), ids.indices.contains(number) else {
                throw Self.cursorFault
            }
            place = number
        }
        while place < ids.count {
            guard work.examined < APILimits.orderPageMax, clock.tick < end else {
                work.answer.next = String(place)
                return
            }
            let id = ids[place]
            place += 1
            let view = try await reading { try $0.document(id) }
            let meant = (view?.deliveries ?? []).filter {
                (wanted.recipient ?? $0.delivery.recipient) == $0.delivery.recipient
            }
            guard let envelope = view?.envelope, !meant.isEmpty else {
                work.missed(id, wanted.recipient)
                continue
            }
            let listed = meant.map { ListedDelivery(envelope: envelope, stored: $0) }
            try await carryOut(&work, on: listed)
        }
    }

    // MARK: - By filter

    private func carryOut(
        _ work: inout Part, _ wanted: QueueOrder, until end: Tick
    ) async throws(Problem) {
        var listing = try ListingFilter(wanted.filter ?? QueueFilter(), at: clock.now)
        listing.arrivedBefore = min(listing.arrivedBefore ?? work.answer.asOf, work.answer.asOf)
        var cursor = try ListingCursor(parsing: wanted.after)
        let filter = listing
        while true {
            let after = cursor
            let page = try await reading {
                try $0.deliveries(filter, after: after, limit: Self.batchMax)
            }
            try await carryOut(&work, on: page.deliveries)
            guard let next = page.next else { return }
            cursor = next
            guard work.examined < APILimits.orderPageMax, clock.tick < end else {
                work.answer.next = next.text
                return
            }
        }
    }

    // MARK: - One batch after the other

    private func carryOut(
        _ work: inout Part, on listed: [ListedDelivery]
    ) async throws(Problem) {
        if let node = work.node {
            for one in listed {
                let effect = node.effect(of: work.order, on: one.stored.delivery, at: clock.now)
                work.note(Part.reply(to: one, effect), one)
            }
            return
        }
        var rest = listed[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batchMax))
            rest = rest.dropFirst(batch.count)
            let order = work.order
            let keys = batch.map(\.stored.delivery.key)
            let replies = await callers.replies(to: keys.count) { (number, caller) in
                engine.post(.event(.ordered(keys[number], order, caller: caller)))
            }
            for (reply, one) in zip(replies, batch) {
                guard reply != .failed else { throw Self.stopped }
                work.note(reply, one)
            }
        }
    }

    private func reading<Value: Sendable>(
        _ body: @escaping @Sendable (StoreReader) throws -> Value
    ) async throws(Problem) -> Value {
        try await bodies.answer(body)
    }

    private func log(_ answer: OrderAnswer, _ order: Order) {
        logger.notice(
            "an operator's order was carried out",
            metadata: [
                "order": "\(answer.order.rawValue)", "by": "\(order.by)",
                "reason": "\(order.reason)", "done": "\(answer.done)",
                "unchanged": "\(answer.unchanged)", "goesOn": "\(answer.next != nil)",
                "notPossible": "\(answer.notPossible.values.reduce(0, +))",
                "notFound": "\(answer.notFound)",
            ])
    }

    func log(
        _ order: PeerOrderRequest, _ peer: RelayCode, _ giver: OperatorIdentity, changed: Bool
    ) {
        logger.notice(
            "an operator's order about a peer was carried out",
            metadata: [
                "order": "\(order.order.rawValue)", "peer": "\(peer)", "by": "\(giver.words)",
                "reason": "\(order.reason)", "changed": "\(changed)",
            ])
    }

    private static let stopped = Problem(
        .unavailable,
        "The relay is stopping; a part of the order may be carried out. Give it again: what is as "
            + "ordered stays so.")

    private static let cursorFault = Problem(
        .invalidRequest, field: "after", "after takes the next of the answer before, unchanged.")
}

/// What one part of an order has come to.
private struct Part {
    let order: Order
    /// For a dry run: what decides in place of the engine.
    let node: Node?
    private(set) var examined = 0
    var answer: OrderAnswer
    private var rows: [Row: Int] = [:]

    private struct Row: Hashable {
        let destination: OrganisationCode
        let state: StateName
    }

    init(_ order: Order, _ wanted: QueueOrder, node: Node?, asOf: Instant) {
        self.order = order
        self.node = node
        answer = OrderAnswer(order: wanted.order, dryRun: wanted.dryRun, asOf: asOf)
    }

    static func reply(to one: ListedDelivery, _ effect: Effect) -> Reply {
        switch effect {
        case .changed: .done
        case .unchanged: .unchanged
        case .notPossible: .notPossible(one.stored.delivery.state.name)
        }
    }

    mutating func note(_ reply: Reply, _ one: ListedDelivery) {
        examined += 1
        let delivery = one.stored.delivery
        switch reply {
        case .done:
            answer.done += 1
            count(delivery, bytes: Int64(clamping: one.envelope.size))
            example(delivery, .done)
        case .unchanged:
            answer.unchanged += 1
            example(delivery, .unchanged)
        case .notPossible(let state):
            answer.notPossible[state.status.rawValue, default: 0] += 1
            example(delivery, .notPossible, state.status)
        default:
            // Forgotten since it was listed.
            missed(delivery.document, delivery.recipient)
        }
    }

    mutating func missed(_ id: DocumentID, _ recipient: OrganisationCode?) {
        examined += 1
        answer.notFound += 1
        add(OrderExample(id: id, recipient: recipient, outcome: .notFound))
    }

    private mutating func count(_ delivery: Delivery, bytes: Int64) {
        answer.bytes += bytes
        let row = Row(destination: delivery.recipient, state: delivery.state.name)
        if let place = rows[row] {
            answer.rows[place].count += 1
            answer.rows[place].bytes += bytes
        } else {
            rows[row] = answer.rows.count
            answer.rows.append(
                OrderRow(
                    destination: delivery.recipient, state: delivery.state.name.status, count: 1,
                    bytes: bytes))
        }
    }

    private mutating func example(
        _ delivery: Delivery, _ outcome: OrderExample.Outcome, _ state: DeliveryStatus? = nil
    ) {
        add(
            OrderExample(
                id: delivery.document, recipient: delivery.recipient, outcome: outcome,
                state: state))
    }

    /// What did not go as ordered says more than what did, and takes its place.
    private mutating func add(_ example: OrderExample) {
        let isWorth = example.outcome == .notPossible || example.outcome == .notFound
        if answer.examples.count < APILimits.orderExamplesMax {
            answer.examples.append(example)
        } else if isWorth,
            let place = answer.examples.firstIndex(where: {
                $0.outcome == .done || $0.outcome == .unchanged
            })
        {
            answer.examples[place] = example
        }
    }
}
