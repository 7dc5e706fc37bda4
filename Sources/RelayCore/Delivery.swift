// One document to one recipient, as one relay sees it: the only thing that has a state.
//
// What is on disk in each state (B body, R record, Q queue row, T timer row, C receipt; `?`
// either). This table is the one place where crash recovery is defined; Docs/Delivery.md explains
// it.
//
//   state       B R Q T C  what a crash leaves, and what a restart does
//   incoming    ? - - - -  pieces arriving under an upload id. Not ours yet; swept when stale
//   queued      + + + + -  ours from the commit that writes R. In the `ready` place of its lane, or
//                          in `deferred` until its own retry time
//   attempting  + + + + -  on the wire to a next hop; Q in the `leased` place. The lease is the
//                          link's: a restart, like a lost link, puts it back to queued
//   held        + + - + -  an operator stopped it, with a reason and a name
//   relayed     ? + - + -  the next hop took custody. Origin: B stays, T is the receipt's deadline;
//                          past it, sent again by another route. Elsewhere: B until its retention
//                          ends
//   delivered   ? + - ? +  origin: the recipient relay's signed receipt is verified. Recipient: in
//                          the inbox; T while a receipt is still to be signed
//   collected   ? + - + +  the recipient's application took it and said so; second receipt
//   failed      ? + - + ?  given up, with a reason; at the origin T while the statement of it is
//                          still to be signed, and C once it is
//   cancelled   ? + - + -  by whom and why
//
// Rows of Q, T and the inbox are functions of the record (`Rows.swift`), so they cannot disagree.

package struct Delivery: Hashable, Sendable {
    package let document: DocumentID
    package let recipient: OrganisationCode
    /// Whether this relay is the document's origin, its destination, both, or on the way.
    package let part: Part
    package let priority: Priority
    package let kind: Envelope.Kind
    /// Order of arrival at this relay; unique here, and never used again.
    package let sequence: UInt64
    package let expiresAt: Instant
    /// By when it should be at the recipient's; nil without a deadline.
    package let dueAt: Instant?
    package var dueStage: DueStage
    /// The drill whose test document this is, or a receipt for one; nil for everything real.
    package let drill: DrillID?
    /// The relays it passed before this one, the origin first. Empty at the origin.
    package var path: [RelayCode]
    /// How often the origin has sent it, from 1. A higher round opens closed doors: a relay that
    /// had passed it on does so again, the recipient repeats its receipt.
    package var round: UInt32
    /// Hand-overs begun at this relay.
    package var attempts: UInt32
    /// Next hops that refused this document for good; not asked again before its own retry time.
    package var refusedBy: [RelayCode]
    /// Whether the body is still kept on account of this delivery.
    package var holdsBody: Bool
    /// How it departs from its route, by an operator's order.
    package var detour: Detour?
    package var received: Mark
    package var collected: Mark
    /// Only at the origin: the statement that it was given up. Owed only while it is `failed`.
    package var failed: Mark
    /// The last next hop that took custody; nil when none did.
    package var custodian: RelayCode?
    package var state: State

    package enum Part: UInt8, Sendable {
        case origin = 1
        case transit = 2
        case destination = 3
        /// Sender and recipient are both served here: nothing to carry, receipts all the same.
        case local = 4

        package var isDestination: Bool { self == .destination || self == .local }
        package var isOrigin: Bool { self == .origin || self == .local }
    }

    /// Where a receipt of one kind stands. At the destination it is made, at the origin verified.
    /// On a delivery of kind receipt, `received` stands for the verification itself.
    package enum Mark: Hashable, Sendable {
        case none
        /// To be signed, or for a receipt to be verified, since this time, which the receipt will
        /// state; taken up `again` if nothing was heard of it by then, as after a crash.
        case owed(since: Instant, again: Instant)
        /// Signed (destination) or verified (origin): the receipt document, and when.
        case made(DocumentID, at: Instant)
    }

    package enum State: Hashable, Sendable {
        /// `notBefore`: the document's own retry time, if the last failure was its own.
        case queued(lane: Lane, since: Instant, notBefore: Instant?)
        case attempting(lane: Lane, hop: RelayCode, since: Instant)
        case held(by: String, reason: String, since: Instant)
        /// `due`: when the origin expects a receipt by; nil elsewhere.
        case relayed(hop: RelayCode, at: Instant, due: Instant?)
        case delivered(at: Instant)
        case collected(at: Instant)
        case failed(reason: Failure, at: Instant)
        case cancelled(by: String, reason: String, at: Instant)
    }

    /// Why a delivery was given up.
    package enum Failure: UInt8, Sendable, CaseIterable {
        /// No receipt, or no way, before the document's lifetime ended.
        case expired = 1
        /// A receipt arrived whose signature or signer could not be accepted.
        case unverifiable = 2
        /// An operator ended its lifetime.
        case ordered = 3
    }

    package init(
        _ envelope: Envelope, to recipient: OrganisationCode, part: Part, sequence: UInt64,
        path: [RelayCode], round: UInt32, dueStage: DueStage = .none, state: State
    ) {
        document = envelope.document
        self.recipient = recipient
        self.part = part
        priority = envelope.priority
        kind = envelope.kind
        self.sequence = sequence
        expiresAt = envelope.expiresAt
        dueAt = envelope.dueAt
        self.dueStage = dueStage
        drill = envelope.drill
        self.path = path
        self.round = round
        attempts = 0
        refusedBy = []
        holdsBody = true
        received = .none
        collected = .none
        failed = .none
        custodian = nil
        self.state = state
    }

    /// For the record codec, which sets every field.
    package init(
        document: DocumentID, recipient: OrganisationCode, part: Part, priority: Priority,
        kind: Envelope.Kind, sequence: UInt64, expiresAt: Instant, path: [RelayCode],
        round: UInt32, attempts: UInt32, refusedBy: [RelayCode], holdsBody: Bool,
        received: Mark, collected: Mark, failed: Mark, custodian: RelayCode?,
        dueAt: Instant? = nil, dueStage: DueStage = .none, state: State, drill: DrillID? = nil
    ) {
        self.document = document
        self.recipient = recipient
        self.part = part
        self.priority = priority
        self.kind = kind
        self.sequence = sequence
        self.expiresAt = expiresAt
        self.dueAt = dueAt
        self.dueStage = dueStage
        self.drill = drill
        self.path = path
        self.round = round
        self.attempts = attempts
        self.refusedBy = refusedBy
        self.holdsBody = holdsBody
        self.received = received
        self.collected = collected
        self.failed = failed
        self.custodian = custodian
        self.state = state
    }

    package var key: DeliveryKey { DeliveryKey(document: document, recipient: recipient) }
}

/// What names a delivery, on every relay alike.
package struct DeliveryKey: Hashable, Sendable, Comparable {
    package let document: DocumentID
    package let recipient: OrganisationCode

    package init(document: DocumentID, recipient: OrganisationCode) {
        self.document = document
        self.recipient = recipient
    }

    package static func < (a: Self, b: Self) -> Bool {
        (a.document, a.recipient) < (b.document, b.recipient)
    }
}

/// The states without what they carry: for counters, filters and words.
package enum StateName: UInt8, Sendable, CaseIterable {
    case queued = 1
    case attempting = 2
    case held = 3
    case relayed = 4
    case delivered = 5
    case collected = 6
    case failed = 7
    case cancelled = 8
}

extension Delivery.State {
    package var name: StateName {
        switch self {
        case .queued: .queued
        case .attempting: .attempting
        case .held: .held
        case .relayed: .relayed
        case .delivered: .delivered
        case .collected: .collected
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }
}
