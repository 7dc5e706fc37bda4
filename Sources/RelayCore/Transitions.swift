// The arrows between states, and the functions that follow them, from value to value.
//
// A caller checks first that the state is the one it means (a legitimate race is ignored there); an
// arrow that does not exist is our own bug and traps, in release builds too.

extension StateName {
    /// The states a delivery may go to from this one. Receipts tell the truth: a verified one moves
    /// any state of the origin's to `delivered` or `collected`, a failed or cancelled one included.
    package var successors: Set<StateName> {
        switch self {
        case .queued: [.queued, .attempting, .held, .delivered, .collected, .failed, .cancelled]
        case .attempting: [.queued, .relayed, .delivered, .collected, .failed]
        case .held: [.queued, .held, .delivered, .collected, .failed, .cancelled]
        case .relayed: [.queued, .relayed, .delivered, .collected, .failed]
        case .delivered: [.delivered, .collected, .failed]
        case .collected: [.collected]
        case .failed: [.queued, .delivered, .collected, .failed]
        case .cancelled: [.delivered, .collected, .cancelled]
        }
    }

    /// The states a new record may begin in.
    package static let beginnings: Set<StateName> = [.queued, .delivered]
}

extension Delivery {
    /// The record in another state; traps when there is no such arrow.
    package func moved(to next: State) -> Delivery {
        precondition(
            state.name.successors.contains(next.name),
            "no arrow from \(state.name) to \(next.name)")
        var moved = self
        moved.state = next
        if case .relayed(let hop, _, _) = next { moved.custodian = hop }
        // A failure is attested only while it is one: a receipt, or an operator, may be faster.
        if next.name != .failed, case .owed = failed { moved.failed = .none }
        return moved
    }

    /// A hand-over begins. Only from the `ready` place of the queue.
    package func attempting(by hop: RelayCode, at now: Instant) -> Delivery {
        guard case .queued(let lane, _, nil) = state else {
            preconditionFailure("a hand-over begins in the ready queue, not in \(state.name)")
        }
        var moved = moved(to: .attempting(lane: lane, hop: hop, since: now))
        moved.attempts += 1
        return moved
    }

    /// The next hop took custody.
    ///
    /// - Parameter deadline: how long the origin waits for the receipt.
    package func relayed(to hop: RelayCode, at now: Instant, deadline: Interval) -> Delivery {
        let awaitsReceipt = part.isOrigin && kind != .receipt
        return moved(
            to: .relayed(hop: hop, at: now, due: awaitsReceipt ? now + deadline : nil))
    }

    /// Queued again, to go by `lane`, not before its own retry time if it has one.
    package func queued(in lane: Lane, at now: Instant, notBefore: Instant? = nil) -> Delivery {
        moved(to: .queued(lane: lane, since: now, notBefore: notBefore))
    }

    /// A hop refused it: another lane, without that hop.
    package func refused(by hop: RelayCode) -> Delivery {
        var refused = self
        if !refused.refusedBy.contains(hop) { refused.refusedBy.append(hop) }
        return refused
    }

    /// The origin sends again.
    package func resent(in lane: Lane, at now: Instant) -> Delivery {
        var again = queued(in: lane, at: now)
        again.round += 1
        again.refusedBy = []
        return again
    }

    /// A receipt of one kind is to be signed (or, on a receipt, verified).
    package func owing(_ kind: Receipt.Kind, since: Instant, again: Instant) -> Delivery {
        marking(kind, .owed(since: since, again: again))
    }

    package func marking(_ kind: Receipt.Kind, _ mark: Mark) -> Delivery {
        var marked = self
        switch kind {
        case .received: marked.received = mark
        case .collected: marked.collected = mark
        case .failed: marked.failed = mark
        }
        return marked
    }

    package func mark(of kind: Receipt.Kind) -> Mark {
        switch kind {
        case .received: received
        case .collected: collected
        case .failed: failed
        }
    }

    /// The body is no longer kept on account of this delivery.
    package func withoutBody() -> Delivery {
        var without = self
        without.holdsBody = false
        return without
    }
}
