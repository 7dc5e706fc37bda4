// The index rows of a delivery, as functions of its record.
//
// A ledger that writes a record removes the rows of the old one and adds those of the new one, and
// nothing else writes them. So no crash, and no forgotten branch, can leave an index that
// disagrees.

/// Where in the queue a delivery stands. Rows sort by lane, place, falling priority, then sequence.
package struct QueueRow: Hashable, Sendable {
    package let lane: Lane
    package let place: Place
    package let priority: Priority
    package let sequence: UInt64

    package enum Place: UInt8, Sendable {
        /// May go as soon as a hop of the lane is usable.
        case ready = 0
        /// Waits for its own retry time.
        case deferred = 1
        /// Is being handed over.
        case leased = 2
    }

    package init(lane: Lane, place: Place, priority: Priority, sequence: UInt64) {
        self.lane = lane
        self.place = place
        self.priority = priority
        self.sequence = sequence
    }
}

extension Delivery {
    /// Exactly one in `queued` and `attempting`, none in any other state.
    package var queueRow: QueueRow? {
        switch state {
        case .queued(let lane, _, let notBefore):
            row(in: lane, notBefore == nil ? .ready : .deferred)
        case .attempting(let lane, _, _):
            row(in: lane, .leased)
        case .held, .relayed, .delivered, .collected, .failed, .cancelled:
            nil
        }
    }

    private func row(in lane: Lane, _ place: QueueRow.Place) -> QueueRow {
        QueueRow(lane: lane, place: place, priority: priority, sequence: sequence)
    }

    /// When this record is to be looked at again; nil when only an event from outside can move it.
    ///
    /// - Parameters:
    ///   - retention: how long a body is kept after nothing needs it any more.
    package func timer(retention: Interval) -> Instant? {
        let step = stateTimer(retention)
        return dueStep.map { min($0, step ?? $0) } ?? step
    }

    private func stateTimer(_ retention: Interval) -> Instant? {
        switch state {
        case .queued(_, let since, let notBefore):
            min(notBefore ?? (refusedBy.isEmpty ? expiresAt : since + Self.refusalLasts), expiresAt)
        case .attempting, .held: expiresAt
        case .relayed(_, let at, let due):
            if let due { min(due, expiresAt) } else { ending(from: at, retention) }
        case .delivered(let at):
            // A document in the inbox stays until an application takes it, however long that is.
            owedAgain ?? (isInInbox ? nil : ending(from: at, retention))
        case .collected(let at):
            owedAgain ?? ending(from: at, retention)
        case .failed(_, let at):
            owedAgain ?? ending(from: at, retention)
        case .cancelled(_, _, let at): ending(from: at, retention)
        }
    }

    /// After this a hop that refused the document is asked again, though others have not refused
    /// it: they may be down for good.
    static let refusalLasts = Interval.minutes(10)

    private var owedAgain: Instant? {
        [received, collected, failed]
            .compactMap { if case .owed(_, let again) = $0 { again } else { nil } }.min()
    }

    /// First the body goes, after its retention; at the end of the de-duplication window, the
    /// record. A receipt keeps its body until then: it may have to be repeated, and it is evidence.
    private func ending(from at: Instant, _ retention: Interval) -> Instant {
        holdsBody && kind != .receipt ? min(at + kept(retention), forgottenAt) : forgottenAt
    }

    /// A test document has nothing in it that anybody would come back for.
    private func kept(_ retention: Interval) -> Interval {
        drill == nil ? retention : min(retention, .hours(1))
    }

    /// The origin may send until `expiresAt`, and a copy may be a day on the road; after that
    /// nobody can offer it again, and the id need not be known any more.
    /// A failure that was attested is kept longer, or its statement could be had for a day only.
    package var forgottenAt: Instant {
        let end = expiresAt + .days(1)
        guard case .made(_, let at) = failed else { return end }
        return max(end, at + Self.attestedFor)
    }

    /// How long the statement of a failure can be exported: an application that was away for a
    /// holiday still finds it.
    static let attestedFor = Interval.days(30)

    /// Whether applications of the recipient see it in their inbox. A test document is never there.
    package var isInInbox: Bool {
        guard part.isDestination, kind != .receipt, drill == nil, case .delivered = state
        else { return false }
        return true
    }
}

extension Delivery.State {
    /// When it was entered.
    package var entered: Instant {
        switch self {
        case .queued(_, let since, _), .attempting(_, _, let since), .held(_, _, let since): since
        case .relayed(_, let at, _), .delivered(let at), .collected(let at), .failed(_, let at),
            .cancelled(_, _, let at):
            at
        }
    }
}
