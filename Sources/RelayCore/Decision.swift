// What the core decides: first what must be on disk, then what may be said and done.

package struct Decision: Hashable, Sendable {
    /// In order, in one commit ...
    package var writes: [Write] = []
    /// ... before any of these is performed, in order.
    package var actions: [Action] = []
    /// Events that follow at once, in the same commit, and see these writes.
    package var next: [Event] = []

    package init() {}
}

package enum Write: Hashable, Sendable {
    /// A document that is new here.
    case file(Envelope)
    /// A new or changed record; its rows in queue, timers, inbox and counters follow from it.
    case put(Delivery, was: Delivery?)
    /// The staged body becomes the document's. From this commit on it is ours.
    case bind(UploadID, to: Envelope)
    /// A staged body that nobody needs.
    case discard(UploadID)
    /// Nobody here needs the document's body any more.
    case releaseBody(DocumentID)
    /// What a repeated submission is recognised by.
    case remember(SubmissionKey, Envelope)
    /// The receipt of a delivery is the body of this receipt document.
    case keep(ReceiptKey, receipt: DocumentID)
    case happened(Happening)
    /// What an operator has ordered about a peer; nil when it is taken back.
    case order(RelayCode, PeerOrder?)
    /// The next entry of the feed that applications read; follows `happened`.
    case announce(Happening)
    /// A drill's record, new or grown; one that has ended still lacks its report.
    case drill(DrillRecord)
    case reportDrill(DrillID, [UInt8])
    /// The end of the de-duplication window: record, history, receipts and submission keys.
    case forget(Delivery)
}

package enum Action: Hashable, Sendable {
    case reply(CallerID, Reply)
    case dial(RelayCode)
    case close(LinkID, reason: String)
    /// Close it when what runs on it has ended; take in nothing new meanwhile.
    case drain(LinkID, reason: String)
    case forward(Transfer)
    /// Ask for the body, from this offset (a multiple of `Limits.pieceBytes`).
    case want(Offer, from: UInt64)
    case answer(Offer, [Answered])
    /// Volatile: nothing is lost when the link is gone.
    case say(LinkID, Memo)
    /// Sign and stage the receipt, then tell with `Event.signed`.
    case sign(Receipt.Statement, receipt: DocumentID)
    /// Read and check the receipt document, then tell with `verified` or `unverifiable`.
    case verify(DeliveryKey)
    /// The delivery log and the history say the same, for they are the same.
    case log(Happening)
    /// These faults and no others, until they are lifted or, whatever happens, until that tick.
    case bringAbout([Fault], drill: String, until: Tick)
    /// Make a test document and submit it.
    case makeTest(DrillTest)
    /// Something happened in a drill; its record has it already.
    case noteDrill(DrillMark, drill: String)
    /// Gather what the report needs, sign it, then tell with `drillReported`.
    case reportDrill(DrillRecord)
}

/// One hand-over to a peer: one body, one or more recipients.
package struct Transfer: Hashable, Sendable {
    package let id: TransferID
    package let link: LinkID
    package let envelope: Envelope
    package let recipients: [OrganisationCode]
    package let path: [RelayCode]
    package let round: UInt32

    package init(
        id: TransferID, link: LinkID, envelope: Envelope, recipients: [OrganisationCode],
        path: [RelayCode], round: UInt32
    ) {
        self.id = id
        self.link = link
        self.envelope = envelope
        self.recipients = recipients
        self.path = path
        self.round = round
    }
}

/// What a caller hears, after the commit.
package enum Reply: Hashable, Sendable {
    case created(Envelope)
    /// The same submission was accepted before.
    case known(Envelope)
    /// Another submission went under the same reference or idempotency key.
    case conflicting(Envelope)
    /// No room: nothing was stored.
    case full
    case done
    /// It was as ordered already: nothing was changed.
    case unchanged
    /// The state does not allow it.
    case notPossible(StateName)
    case notFound
    /// What a trace has brought.
    case traced(RouteTrace.Report)
    /// Too much of it is under way already.
    case tooMany
    /// The commit failed: nothing was accepted.
    case failed
    case drillBegun(DrillRecord)
    /// Never empty.
    case drillRefused([DrillObstacle])
}

/// What makes two submissions the same, or contradict each other.
package struct SubmissionKey: Hashable, Sendable {
    package let sender: OrganisationCode
    package let name: Name

    package enum Name: Hashable, Sendable {
        /// The application's own key.
        case idempotency(String)
        /// The document's reference, kind and business type. Status messages answer one document
        /// many times, so for them the digest belongs to the name and nothing contradicts.
        case reference(String, Envelope.Kind, businessType: UInt8, status: SHA256Digest?)
    }

    package init(sender: OrganisationCode, name: Name) {
        self.sender = sender
        self.name = name
    }
}

extension Submission {
    /// The keys this submission goes by; none when it has neither key nor reference.
    package var keys: [SubmissionKey] {
        var names: [SubmissionKey.Name] = []
        if !idempotencyKey.isEmpty { names.append(.idempotency(idempotencyKey)) }
        if !reference.isEmpty {
            names.append(
                .reference(
                    reference, kind, businessType: businessType,
                    status: kind == .status ? digest : nil))
        }
        return names.map { SubmissionKey(sender: sender, name: $0) }
    }
}
