// Both sides of the conservation law, as numbers: what was taken in, and what has become of it.

/// Deliveries that are counted together. `accepted` is the sum of all states and `forgotten`,
/// always.
package struct Tally: Hashable, Sendable {
    package var accepted: UInt64 = 0
    /// Records whose de-duplication window has ended.
    package var forgotten: UInt64 = 0
    /// By state, in the order of `StateName`.
    package private(set) var states = [UInt64](repeating: 0, count: StateName.allCases.count)

    package init() {}

    /// For codecs; nil when there is not one number for each state.
    package init?(accepted: UInt64, forgotten: UInt64, states: [UInt64]) {
        guard states.count == self.states.count else { return nil }
        self.accepted = accepted
        self.forgotten = forgotten
        self.states = states
    }

    package subscript(state: StateName) -> UInt64 {
        get { states[Int(state.rawValue) - 1] }
        _modify { yield &states[Int(state.rawValue) - 1] }
    }

    /// Follows a delivery from one record to the next; nil before the first and after the last.
    package mutating func count(from former: Delivery?, to next: Delivery?) {
        if let former { self[former.state.name] &-= 1 }
        if let next { self[next.state.name] &+= 1 }
        if former == nil { accepted += 1 }
        if next == nil { forgotten += 1 }
    }

    /// What the right side of the law adds up to. Wraps: some of it may come from another relay.
    package var accountedFor: UInt64 { states.reduce(forgotten, &+) }

    /// Whether both sides of the law agree.
    package var isConserved: Bool { accepted == accountedFor }
}

/// The totals of one relay, by class.
package struct Balance: Hashable, Sendable {
    /// Documents and status messages.
    package var documents: Tally
    package var receipts: Tally

    package init(documents: Tally = Tally(), receipts: Tally = Tally()) {
        self.documents = documents
        self.receipts = receipts
    }

    /// The class that a kind of document counts in.
    package subscript(kind: Envelope.Kind) -> Tally {
        get { kind == .receipt ? receipts : documents }
        // In place: every write of a turn counts.
        _modify {
            if kind == .receipt { yield &receipts } else { yield &documents }
        }
    }

    /// Waiting here, or on the wire to a next hop.
    package var queued: UInt64 {
        [documents, receipts].reduce(0) { $0 &+ $1[.queued] &+ $1[.attempting] }
    }
}
