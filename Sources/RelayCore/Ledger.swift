// What durable storage must offer. LMDBLedger (RelayStore) and MemoryLedger (RelaySimulator) pass
// the same conformance tests, so the simulator does not lie.
//
// A ledger knows no policy: it stores records, keeps the rows that `Rows.swift` derives from them,
// the bodies, and the counters. All writes of a turn are in one transaction, or none is.

package protocol Ledger: AnyObject {
    associatedtype Transaction: LedgerTransaction

    /// Whether there is room beyond the reserve that receipts, acknowledgements and removals live
    /// on.
    var hasRoom: Bool { get }

    /// Runs `body` in one transaction and commits it durably. Throws what `body` threw, with
    /// nothing written, or what the commit failed with, with nothing written.
    func write<Result>(
        _ body: (Transaction) throws(LedgerFailure) -> Result
    ) throws(LedgerFailure) -> Result
}

package protocol LedgerTransaction {
    func inventory() throws(LedgerFailure) -> Inventory
    /// What is known of the subject, for `Node.decide`.
    func known(of subject: Subject) throws(LedgerFailure) -> Known
    /// The next deliveries of a lane's `ready` place, best first; none less urgent than `least`.
    func ready(
        in lane: Lane, atLeast least: Priority, limit: Int
    ) throws(LedgerFailure) -> [DeliveryKey]
    /// Deliveries that a former run was handing over.
    func leased(limit: Int) throws(LedgerFailure) -> [DeliveryKey]
    /// Deliveries whose timer row is at or before `now`, earliest first.
    func due(at now: Instant, limit: Int) throws(LedgerFailure) -> [DeliveryKey]
    /// The time of the earliest timer row.
    func nextTimer() throws(LedgerFailure) -> Instant?
    func apply(_ write: Write) throws(LedgerFailure)
    /// Adds a piece to a staged body. Pieces come in order; one that is already there is taken as
    /// read; one that leaves a gap is not taken, and false is returned. Other bytes at a place
    /// where some are staged already begin the upload anew: two senders' bytes are never mixed.
    func append(_ piece: Piece, at now: Instant) throws(LedgerFailure) -> Bool
    /// Discards staged bodies, at most `limit`, that nobody has added to since `time`. True when
    /// there may be more.
    func sweepUploads(untouchedSince time: Instant, limit: Int) throws(LedgerFailure) -> Bool
    /// Entries of the applications' feed after `number`, oldest first, at most `limit`.
    func announcements(
        after number: UInt64, limit: Int
    ) throws(LedgerFailure) -> AnnouncementPage
    /// Forgets entries of the feed from its old end, at most `limit`: those announced before `time`
    /// up to the first that was not, and those beyond the newest `countMax`. True when there may
    /// be more.
    func sweepAnnouncements(
        before time: Instant, keeping countMax: Int, limit: Int
    ) throws(LedgerFailure) -> Bool
}

/// A part of a body on its way to the store: `Limits.pieceBytes` long, the last one shorter.
package struct Piece: Hashable, Sendable {
    package let upload: UploadID
    /// Of the first byte; a multiple of `Limits.pieceBytes`.
    package let offset: UInt64
    package let bytes: [UInt8]

    package init(upload: UploadID, offset: UInt64, bytes: [UInt8]) {
        self.upload = upload
        self.offset = offset
        self.bytes = bytes
    }
}

package enum LedgerFailure: Error, Hashable, Sendable {
    /// The map or the disk is full. Nothing was written; receipts and removals may still fit.
    case noRoom
    /// The storage itself failed: nothing may be acknowledged any more.
    case broken(String)
}

/// What an event is about: what the turn must load before the node can decide.
package enum Subject: Hashable, Sendable {
    case nothing
    case delivery(DeliveryKey)
    /// All deliveries of a document.
    case document(DocumentID)
    case submission(Submission)
    /// The totals, and what waits for one organisation; with a drill, its counts too.
    case balance(OrganisationCode, drill: DocumentID?)
}

/// What the ledger holds of a subject.
package struct Known: Hashable, Sendable {
    package var envelope: Envelope?
    /// For a delivery, that one; for a document, all of them, by recipient.
    package var deliveries: [Delivery] = []
    /// For a submission: documents that went by the same keys. First those with the same digest.
    package var earlier: [Envelope] = []
    /// For a document: bytes of its body staged so far, in whole pieces: a sender goes on at one.
    package var stagedBytes: UInt64 = 0
    /// For a document: whether the whole body is here and bound to it.
    package var hasBody = false
    /// For a balance: the totals of this relay.
    package var balance: Balance?
    /// For a balance: deliveries to the organisation that are queued, or on the wire.
    package var waiting: UInt64 = 0
    /// For a balance that names a drill: its counts, if there are any.
    package var drill: Tally?

    package init() {}
}
