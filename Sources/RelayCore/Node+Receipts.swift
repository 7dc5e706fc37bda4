// Receipts: signed where the document arrives, verified where it came from; and the origin's own
// statement that a delivery was given up, which is signed and verified there.
//
// A receipt is a document, and rides the same queue; there is no second pipeline. Signing and
// verifying happen on other threads: the core says what is owed, and notes it durably, so that a
// crash in between leaves the debt.

extension Node {
    /// After this a signature or verification that was not heard of is begun again. It takes
    /// milliseconds; only a crash, a full disk, or a key in a slow token, makes it late.
    static let signingPatience = Interval.seconds(5)

    /// When what was begun now is taken up again: the wait grows with the debt's age, so that a
    /// slow token is not buried in repetitions.
    static func patience(since: Instant, at now: Instant) -> Instant {
        now + max(signingPatience, min(now - since, .hours(1)))
    }

    /// Begins what a mark owes: to sign, or on a receipt, to verify.
    mutating func work(
        on kind: Receipt.Kind, of delivery: Delivery, _ envelope: Envelope, at time: Instant,
        _ moment: Moment, _ decision: inout Decision
    ) {
        if delivery.kind == .receipt {
            decision.actions.append(.verify(delivery.key))
            return
        }
        let statement = Receipt.Statement(
            kind: kind, document: delivery.document, sender: envelope.sender,
            recipient: delivery.recipient, reference: envelope.reference, digest: envelope.digest,
            size: envelope.size, submittedAt: envelope.submittedAt, at: time,
            relay: settings.relay, path: delivery.path,
            failure: kind == .failed ? failure(of: delivery) : nil)
        // One event can owe several receipts, and give a document its id besides; each id is
        // another, for the factor is odd.
        let salt = UInt64(decision.actions.count + 1) &* 0x9E37_79B9_7F4A_7C15
        var moment = moment
        moment.dice ^= salt
        decision.actions.append(.sign(statement, receipt: newID(moment)))
    }

    /// A receipt has been signed: it becomes a document of its own.
    mutating func issue(
        _ signed: SignedReceipt, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        let statement = signed.statement
        guard let delivery = known.delivery(statement.key.delivery), let envelope = known.envelope,
            case .owed = delivery.mark(of: statement.kind)
        else {
            decision.writes.append(.discard(signed.upload))
            return
        }
        let receipt = Envelope(
            document: signed.receipt, kind: .receipt, origin: settings.relay,
            sender: statement.speaksFor, recipients: [statement.sender],
            priority: envelope.priority, size: signed.size, digest: signed.digest,
            mediaType: "application/pkcs7-mime", submittedAt: moment.now,
            expiresAt: envelope.drill == nil
                ? moment.now + lifetime(of: statement.kind) : envelope.expiresAt,
            drill: envelope.drill)
        decision.writes.append(.file(receipt))
        decision.writes.append(.bind(signed.upload, to: receipt))
        let mark = Delivery.Mark.made(receipt.document, at: moment.now)
        put(delivery.marking(statement.kind, mark), was: delivery, &decision)
        decision.writes.append(.keep(statement.key, receipt: receipt.document))
        decision.happened(
            statement.kind == .failed ? .failureSigned : .receiptSigned, to: delivery,
            at: moment.now, detail: statement.kind.word)
        _ = begin(
            receipt, to: statement.sender, path: [], round: delivery.round, moment, &decision)
    }

    /// A statement of failure never leaves this relay, and stays as long as its delivery's record.
    private func lifetime(of kind: Receipt.Kind) -> Interval {
        kind == .failed ? max(settings.lifetime, Delivery.attestedFor) : settings.lifetime
    }

    /// A receipt has been checked: signature, chain, and the signer's right to speak. Whether it is
    /// about a document that we sent, and says the same of it, is checked here.
    mutating func believe(
        _ verified: Receipt.Verified, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        let statement = verified.statement
        let receipt = DeliveryKey(document: verified.receipt, recipient: statement.sender)
        guard let delivery = known.delivery(statement.key.delivery), delivery.part.isOrigin,
            let envelope = known.envelope, envelope.agrees(with: statement)
        else {
            let reason = "it is about no document that this relay has sent"
            decision.next.append(.unverifiable(receipt, reason: reason))
            return
        }
        guard statement.kind != .failed || isOwn(verified, of: delivery) else {
            let reason = "only its own relay says that a document was not delivered"
            decision.next.append(.unverifiable(receipt, reason: reason))
            return
        }
        decision.next.append(.settled(receipt))
        if case .made(let first, _) = delivery.mark(of: statement.kind) {
            if first != verified.receipt { drill?.duplicated(delivery) }
            return
        }
        let marked = delivery.marking(
            statement.kind, .made(verified.receipt, at: moment.now))
        put(marked.moved(to: proven(by: statement, delivery, moment)), was: delivery, &decision)
        decision.writes.append(.keep(statement.key, receipt: verified.receipt))
        let judged =
            statement.kind == .received ? judge(delivery, arrivedAt: statement.at) : ""
        decision.happened(
            .receiptVerified, to: delivery, at: moment.now, relay: statement.relay,
            detail: statement.kind.word + judged)
    }

    /// Whether a statement of failure is the one that this relay has made of this delivery. From
    /// anywhere else it proves nothing: who does not have a receipt can say so of any document.
    private func isOwn(_ verified: Receipt.Verified, of delivery: Delivery) -> Bool {
        guard case .made(verified.receipt, _) = delivery.failed else { return false }
        return verified.statement.relay == settings.relay
    }

    /// The origin's state once a receipt is believed; a `received` that comes after `collected`
    /// takes nothing back.
    private func proven(
        by statement: Receipt.Statement, _ delivery: Delivery, _ moment: Moment
    ) -> Delivery.State {
        switch (statement.kind, delivery.state) {
        case (.received, .collected), (.collected, .collected), (.failed, _): delivery.state
        case (.received, _): .delivered(at: moment.now)
        case (.collected, _): .collected(at: moment.now)
        }
    }

    /// A receipt that proves nothing: kept, shown, and nothing is believed on its account.
    mutating func reject(
        _ reason: String, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        guard let receipt = known.receiptAtWork else { return }
        let rejected = receipt.moved(to: .failed(reason: .unverifiable, at: moment.now))
            .marking(.received, .none)
        put(rejected, was: receipt, &decision)
        decision.happened(.receiptRejected, to: receipt, at: moment.now, detail: reason)
    }

    /// A receipt document has done its work here.
    mutating func settle(_ known: Known, _ moment: Moment, _ decision: inout Decision) {
        guard let receipt = known.receiptAtWork else { return }
        put(
            receipt.moved(to: .collected(at: moment.now)).marking(.received, .none),
            was: receipt, &decision)
    }

    /// The origin has sent a document again: its receipt goes home again, the same bytes, and
    /// relays on the way let it pass because of the round.
    mutating func sendAgain(
        _ key: DeliveryKey, _ round: UInt32, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard let receipt = known.delivery(key), round > receipt.round else { return }
        var again = receipt
        again.round = round
        if case .relayed(let hop, _, _) = receipt.state {
            let lane = lane(for: receipt, avoiding: hop)
            again = again.queued(in: lane, at: moment.now)
            decision.happened(.resent, to: receipt, at: moment.now, detail: "round \(round)")
        }
        put(again, was: receipt, &decision)
    }
}

extension Known {
    /// The receipt that was being verified. It is looked up by its document alone: whom it is
    /// addressed to stands on its envelope, and what its statement says of that proves nothing.
    fileprivate var receiptAtWork: Delivery? {
        deliveries.first { $0.kind == .receipt && $0.state.name == .delivered }
    }
}

extension Envelope {
    /// Whether a statement is about this document, and about nothing else.
    fileprivate func agrees(with statement: Receipt.Statement) -> Bool {
        kind != .receipt && document == statement.document && sender == statement.sender
            && recipients.contains(statement.recipient) && reference == statement.reference
            && digest == statement.digest && size == statement.size
            && submittedAt == statement.submittedAt
    }
}

extension Receipt.Kind {
    package var word: String {
        switch self {
        case .received: "received"
        case .collected: "collected"
        case .failed: "failed"
        }
    }
}
