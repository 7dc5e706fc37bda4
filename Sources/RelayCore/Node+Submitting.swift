// Documents that applications hand over, and collect.

extension Node {
    mutating func submit(
        _ submission: Submission, _ known: Known, _ moment: Moment, _ decision: inout Decision
    ) {
        let refusal: Reply?
        if let same = known.earlier.first(where: { $0.isSame(as: submission) }) {
            refusal = .known(same)
        } else if let other = known.earlier.first, !submission.isIntended {
            decision.happened(
                Happening(
                    at: moment.now, document: other.document, recipient: nil, what: .conflicting,
                    detail: "submitted again with other bytes or recipients"),
                announced: true)
            refusal = .conflicting(other)
        } else {
            refusal = hasRoom ? nil : .full
        }
        if let refusal {
            decision.writes.append(.discard(submission.upload))
            decision.actions.append(.reply(submission.caller, refusal))
            return
        }
        let deadline = settings.deadlines.deadline(
            DeadlineRules.Facts(
                kind: submission.kind, priority: submission.priority, types: submission.types,
                signedOn: submission.signedOn, submittedAt: moment.now))
        let envelope = Envelope(
            document: newID(moment), kind: submission.kind, origin: settings.relay,
            sender: submission.sender, recipients: submission.recipients,
            reference: submission.reference, businessType: submission.businessType,
            priority: submission.priority, size: submission.size, digest: submission.digest,
            mediaType: submission.mediaType, name: submission.name, submittedAt: moment.now,
            expiresAt: moment.now + settings.lifetime, dueAt: deadline?.at)
        decision.writes.append(.file(envelope))
        decision.writes.append(.bind(submission.upload, to: envelope))
        for key in submission.keys { decision.writes.append(.remember(key, envelope)) }
        for recipient in envelope.recipients {
            let delivery = begin(
                envelope, to: recipient, path: [], round: 1, moment, &decision)
            decision.happened(
                .accepted, to: delivery, at: moment.now, detail: deadline?.by.words ?? "")
            if delivery.isInInbox {
                decision.happened(.delivered, to: delivery, at: moment.now)
            }
        }
        decision.actions.append(.reply(submission.caller, .created(envelope)))
    }

    /// A delivery that is new here: into the queue, the inbox, or (a receipt) to verification.
    mutating func begin(
        _ envelope: Envelope, to recipient: OrganisationCode, path: [RelayCode], round: UInt32,
        _ moment: Moment, _ decision: inout Decision
    ) -> Delivery {
        let part = part(of: envelope, for: recipient)
        let state: Delivery.State =
            part.isDestination
            ? .delivered(at: moment.now)
            : .queued(
                lane: lane(of: envelope.document, envelope.kind, to: recipient, path: path),
                since: moment.now, notBefore: nil)
        var delivery = Delivery(
            envelope, to: recipient, part: part, sequence: takeSequence(), path: path,
            round: round, dueStage: settings.deadlines.stage(of: envelope, at: moment.now),
            state: state)
        if part.isDestination {
            delivery = delivery.owing(
                .received, since: moment.now, again: moment.now + Self.signingPatience)
            work(on: .received, of: delivery, envelope, at: moment.now, moment, &decision)
        }
        put(delivery, was: nil, &decision)
        return delivery
    }

    /// The recipient's application has the document.
    mutating func collect(
        _ key: DeliveryKey, _ caller: CallerID, _ known: Known, _ moment: Moment,
        _ decision: inout Decision
    ) {
        guard let delivery = known.delivery(key), let envelope = known.envelope,
            delivery.part.isDestination, delivery.kind != .receipt
        else {
            decision.actions.append(.reply(caller, .notFound))
            return
        }
        switch delivery.state {
        case .delivered:
            let collected = delivery.moved(to: .collected(at: moment.now))
                .owing(
                    .collected, since: moment.now, again: moment.now + Self.signingPatience)
            put(collected, was: delivery, &decision)
            decision.happened(.collected, to: collected, at: moment.now)
            work(on: .collected, of: collected, envelope, at: moment.now, moment, &decision)
            decision.actions.append(.reply(caller, .done))
        case .collected:
            decision.actions.append(.reply(caller, .done))
        default:
            decision.actions.append(.reply(caller, .notPossible(delivery.state.name)))
        }
    }
}

extension Envelope {
    /// Whether a submission says what this document said: the same bytes for the same recipients.
    fileprivate func isSame(as submission: Submission) -> Bool {
        digest == submission.digest && size == submission.size
            && Set(recipients) == Set(submission.recipients)
    }
}
