// Everything that can happen to a relay, as values. Shells make them, `Node.decide` takes them.

package enum Event: Hashable, Sendable {
    // From applications
    case submitted(Submission)
    /// The recipient's application has the document and says so.
    case collected(DeliveryKey, caller: CallerID)

    // From operators
    case ordered(DeliveryKey, Order, caller: CallerID)
    case peerOrdered(RelayCode, PeerCommand, caller: CallerID)
    /// An operator asks which way a document would go, and how it is there.
    case asked(RouteTrace.Question, caller: CallerID)

    /// The operator has given new settings, already checked. The relay's name is the same.
    case reconfigured(Settings, caller: CallerID)

    // From links
    case linkUp(LinkUp)
    case linkDown(LinkID, reason: String)
    case dialFailed(RelayCode, reason: String)
    /// Somebody who claims to be this peer was turned away before a link existed.
    case peerRefused(RelayCode, reason: String)
    /// A peer would hand over a document whose body is not here yet.
    case offered(Offer)
    /// The body of an offer is staged whole and its digest matches.
    case received(Offer)
    /// The body of an offer did not arrive, or is not what the offer says.
    case offerFailed(Offer, OfferFailure)
    /// How one hand-over ended, for each recipient it was for.
    case attempted(TransferID, [Answered])
    /// A peer asks or tells something beside documents.
    case heard(Memo, on: LinkID)

    // From the signing threads
    case signed(SignedReceipt)
    case verified(Receipt.Verified)
    case unverifiable(DeliveryKey, reason: String)

    // From operators of drills, and from whoever makes the reports
    case drillOrdered(DrillOrder)
    case drillAborted(by: String, reason: String, caller: CallerID)
    /// The report of a drill that has ended, signed.
    case drillReported(DrillID, report: [UInt8])

    // From the turn itself
    /// The first event of a run: what the store found.
    case started(Inventory)
    /// A record in `attempting` found at start.
    case recovered(DeliveryKey)
    /// A timer row's time has come.
    case due(DeliveryKey)
    /// The best of a lane, for the hop chosen for it.
    case ready(DeliveryKey, lane: Lane, hop: RelayCode)
    /// The volatile side's time has come: probes, returning to a preferred hop.
    case tick
    /// A running drill's time has come: see how it stands.
    case drillChecked
    /// Whether there is room for more than receipts, acknowledgements and removals.
    case room(Bool)
    /// Whether there is so much room that test documents may take some.
    case spareRoom(Bool)
    /// The origin sent a document again: repeat the receipt that this is.
    case repeatReceipt(DeliveryKey, round: UInt32)
    /// A receipt document has done its work.
    case settled(DeliveryKey)
}

/// Who waits for an answer; means something only to the shell that made it.
package struct CallerID: Hashable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
}

/// One connection to a peer, in one run of the process.
package struct LinkID: Hashable, Sendable, Comparable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (a: Self, b: Self) -> Bool { a.number < b.number }
}

/// One hand-over begun by this relay, in one run of the process.
package struct TransferID: Hashable, Sendable, Comparable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (a: Self, b: Self) -> Bool { a.number < b.number }
}

/// A body that is arriving, or has arrived and belongs to no document yet. A peer's upload has the
/// document's id, so that it can be resumed; an application's has one of its own.
package struct UploadID: Hashable, Sendable {
    package let id: DocumentID
    package init(_ id: DocumentID) { self.id = id }
}

/// A document that an application hands over. Its body is staged whole under `upload`.
package struct Submission: Hashable, Sendable {
    package let caller: CallerID
    package let upload: UploadID
    package let kind: Envelope.Kind
    package let sender: OrganisationCode
    /// Each once, also when it was named twice.
    package let recipients: [OrganisationCode]
    package let reference: String
    package let businessType: UInt8
    package let priority: Priority
    package let size: UInt64
    package let digest: SHA256Digest
    package let mediaType: String
    package let name: String
    package let idempotencyKey: String
    /// Said explicitly: other bytes under a reference already used are meant.
    package let isIntended: Bool
    /// What the document calls itself, and when it was signed: for its deadline alone.
    package let types: [String]
    package let signedOn: Day?
    /// The drill that this is a test document of; nobody waits for an answer then.
    package let drill: DrillID?

    package init(
        caller: CallerID, upload: UploadID, kind: Envelope.Kind, sender: OrganisationCode,
        recipients: [OrganisationCode], reference: String, businessType: UInt8,
        priority: Priority, size: UInt64, digest: SHA256Digest, mediaType: String, name: String,
        idempotencyKey: String, isIntended: Bool, types: [String] = [], signedOn: Day? = nil,
        drill: DrillID? = nil
    ) {
        self.caller = caller
        self.upload = upload
        self.kind = kind
        self.sender = sender
        var named: Set<OrganisationCode> = []
        self.recipients = recipients.filter { named.insert($0).inserted }
        self.reference = reference
        self.businessType = businessType
        self.priority = priority
        self.size = size
        self.digest = digest
        self.mediaType = mediaType
        self.name = name
        self.idempotencyKey = idempotencyKey
        self.isIntended = isIntended
        self.types = types
        self.signedOn = signedOn
        self.drill = drill
    }
}

/// A link that has finished its handshake: certificate, identity and HELLO are checked.
package struct LinkUp: Hashable, Sendable {
    package let link: LinkID
    package let peer: RelayCode
    package let isDialledHere: Bool
    /// Drawn by the peer at its start: another number means that the peer was restarted.
    package let boot: UInt64
    /// Transfers that the peer takes at once.
    package let places: Int
    /// What the peer understands beside documents.
    package let features: Features

    package init(
        link: LinkID, peer: RelayCode, isDialledHere: Bool, boot: UInt64, places: Int,
        features: Features = []
    ) {
        self.link = link
        self.peer = peer
        self.isDialledHere = isDialledHere
        self.boot = boot
        self.places = places
        self.features = features
    }
}

/// A peer's wish to hand a document over, for some of its recipients.
package struct Offer: Hashable, Sendable {
    package let link: LinkID
    package let peer: RelayCode
    /// The peer's number for the transfer, unique on its link.
    package let transfer: UInt64
    package let envelope: Envelope
    /// Those of the envelope's recipients this transfer is for.
    package let recipients: [OrganisationCode]
    /// The relays it passed, the origin first, the peer last.
    package let path: [RelayCode]
    package let round: UInt32

    package init(
        link: LinkID, peer: RelayCode, transfer: UInt64, envelope: Envelope,
        recipients: [OrganisationCode], path: [RelayCode], round: UInt32
    ) {
        self.link = link
        self.peer = peer
        self.transfer = transfer
        self.envelope = envelope
        self.recipients = recipients
        self.path = path
        self.round = round
    }

    package var upload: UploadID { UploadID(envelope.document) }
}

package enum OfferFailure: Hashable, Sendable {
    /// The bytes are not those that the offer announced. The peer's fault, or its disk's.
    case digestMismatch
    /// The link ended or the peer gave the transfer up; what is staged serves the next try.
    case cut
    /// This relay could not store a piece.
    case notStored
}

/// One recipient's answer to a hand-over.
package struct Answered: Hashable, Sendable {
    package let recipient: OrganisationCode
    package let answer: Answer

    package init(recipient: OrganisationCode, answer: Answer) {
        self.recipient = recipient
        self.answer = answer
    }
}

/// How a hand-over of one delivery can end. Only `accepted` is custody; whatever can't be known is
/// `unknown`, and tried again.
package enum Answer: Hashable, Sendable {
    case accepted
    /// Not by this hop, whenever it is asked.
    case refused(Refusal)
    /// No room for any document now; not before `after`.
    case busy(after: Interval)
    /// Not this document now, since it is arriving by another way; not before `after`.
    case later(after: Interval)
    /// The link was lost, or fell silent, before an answer came.
    case unknown
}

/// Why a relay will not take a document. The numbers are on the wire (Docs/Protocol.md).
package enum Refusal: UInt8, Sendable, CaseIterable {
    /// It has passed this relay before.
    case loop = 1
    case tooManyHops = 2
    /// The peer may not hand over documents of this sender.
    case senderNotPermitted = 3
    case tooLarge = 4
    case expired = 5
    /// The id is known here with another digest.
    case conflict = 6
    /// The bytes did not match the digest.
    case digestMismatch = 7
    /// A bound of the protocol or a field was broken.
    case malformed = 8
    /// It serves neither the recipient nor a way to it: custody stays where there may be one.
    case noRoute = 9
}

/// A receipt as a document of its own, its bytes staged under `upload`.
package struct SignedReceipt: Hashable, Sendable {
    package let statement: Receipt.Statement
    package let receipt: DocumentID
    package let upload: UploadID
    package let size: UInt64
    package let digest: SHA256Digest

    package init(
        statement: Receipt.Statement, receipt: DocumentID, upload: UploadID, size: UInt64,
        digest: SHA256Digest
    ) {
        self.statement = statement
        self.receipt = receipt
        self.upload = upload
        self.size = size
        self.digest = digest
    }
}

/// What a ledger holds when it is opened: enough to rebuild a node from nothing.
package struct Inventory: Hashable, Sendable {
    /// Every lane with a row in the queue, and the highest priority in it.
    package let lanes: [Lane: Priority]
    package let lastSequence: UInt64
    /// Peers that an operator has paused or drained.
    package let orders: [RelayCode: PeerOrder]
    /// Drills without a report; one of them may have been running.
    package let drills: [DrillRecord]

    package init(
        lanes: [Lane: Priority], lastSequence: UInt64, orders: [RelayCode: PeerOrder] = [:],
        drills: [DrillRecord] = []
    ) {
        self.lanes = lanes
        self.lastSequence = lastSequence
        self.orders = orders
        self.drills = drills
    }
}
