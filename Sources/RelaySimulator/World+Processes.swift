// Processes: they start, take turns, carry out what was decided, and die at any step.

package import RelayCore
import RelayEngine
import RelayWire

extension World {
    /// Starts every relay.
    package func startAll() {
        for relay in relays.indices { restart(relay) }
    }

    package func restart(_ relay: Int) {
        guard relays[relay].process == nil else { return }
        relays[relay].boots += 1
        let moment = Moment(
            now: wallClock(of: relay), tick: Tick(milliseconds: 0), dice: dice.next())
        let node = Node(relays[relay].site.settings, at: moment)
        relays[relay].process = Relay.Process(
            turn: Turn(node, on: relays[relay].ledger), startedAt: now)
        trace.note(1, UInt64(relay), at: now, "\(relays[relay].name) starts")
        onNotice?(relay, .started)
        checkers.started(relays[relay].ledger.disk, relay, self)
        turn(relay, isFirst: true, [])
    }

    /// The process is gone, and with it everything but the disk.
    package func die(_ relay: Int, isSilent: Bool = false) {
        guard let process = relays[relay].process.take() else { return }
        relays[relay].fate = nil
        relays[relay].ledger.crash()
        trace.note(2, UInt64(relay), at: now, "\(relays[relay].name) dies")
        onNotice?(relay, .died)
        for (_, link) in process.links.sorted(by: { $0.key < $1.key }) {
            abandon(link.connection, end: link.end, isSilent: isSilent)
        }
        desk.callersDied(of: relay)
    }

    /// The process will die at this step of its next turn that has something to do.
    package func doom(_ relay: Int, _ fate: Relay.Fate) {
        relays[relay].fate = fate
    }

    func post(_ inputs: [Input], to relay: Int) {
        guard relays[relay].process != nil else { return }
        relays[relay].process?.mailbox += inputs
        arrangeTurn(relay, in: delay(0...3))
    }

    private func arrangeTurn(_ relay: Int, in milliseconds: Int64) {
        let time = now + max(0, milliseconds)
        if let arranged = relays[relay].process?.turnAt, arranged <= time { return }
        relays[relay].process?.turnAt = time
        agenda.add(.turn(relay, boot: relays[relay].boots), at: time)
    }

    func takeTurn(_ relay: Int, _ boot: UInt64) {
        guard relays[relay].boots == boot, let process = relays[relay].process,
            process.turnAt == now
        else { return }
        relays[relay].process?.turnAt = nil
        // Sometimes not all that waits fits into one batch.
        let most = isExact ? 256 : dice.draw(1...64)
        let inputs = Array(process.mailbox.prefix(most))
        relays[relay].process?.mailbox.removeFirst(inputs.count)
        if process.mailbox.count > inputs.count { arrangeTurn(relay, in: delay(0...3)) }
        turn(relay, isFirst: false, inputs)
    }

    private func turn(_ relay: Int, isFirst: Bool, _ inputs: [Input]) {
        guard var turn = relays[relay].process?.turn else { return }
        let moment = moment(of: relay)
        let inputs = sabotage.alterInput.map { inputs.map($0) } ?? inputs
        let fate = inputs.isEmpty ? nil : relays[relay].fate.take()
        if fate == .beforeCommit {
            relays[relay].ledger.nextCommitFails = .broken("the process died")
        }
        let outcome: Outcome
        do {
            outcome =
                isFirst
                ? try turn.start(at: moment, dice: { self.dice.next() })
                : try turn.run(inputs, at: moment, dice: { self.dice.next() })
        } catch {
            failed(relay, error)
            return
        }
        relays[relay].process?.turn = turn
        trace.note(
            3, UInt64(relay), UInt64(inputs.count), UInt64(outcome.actions.count), at: now,
            inputs.isEmpty && outcome.actions.isEmpty
                ? nil
                : "\(relays[relay].name) turn: \(inputs.count) inputs, "
                    + "\(outcome.actions.count) actions")
        checkers.turned(turn.node, relays[relay].ledger, relay, self)
        if fate == .afterCommit {
            die(relay)
            arrange(.restart(relay), in: delay(50...4_000))
            return
        }
        arrangeTurn(relay, in: outcome.wake - moment.tick)
        perform(outcome, relay, fate)
    }

    /// The storage failed: nothing may be acknowledged any more, and the process ends.
    private func failed(_ relay: Int, _ failure: LedgerFailure) {
        trace.note(4, UInt64(relay), at: now, "\(relays[relay].name) storage: \(failure)")
        if case .broken(let what) = failure, what != "the process died" {
            violate("the store and the core agree", "\(relays[relay].name): \(what)")
        }
        die(relay)
        arrange(.restart(relay), in: delay(50...4_000))
    }

    private func arrangeTurn(_ relay: Int, in interval: Interval) {
        arrangeTurn(relay, in: interval.milliseconds)
    }
}

// MARK: - Actions

extension World {
    private func perform(_ outcome: Outcome, _ relay: Int, _ fate: Relay.Fate?) {
        let boot = relays[relay].boots
        var actions = outcome.actions
        if let alter = sabotage.alterAction { actions = actions.flatMap(alter) }
        if case .amidActions(let count) = fate {
            for action in actions.prefix(count) { perform(action, relay) }
            die(relay)
            arrange(.restart(relay), in: delay(50...4_000))
            return
        }
        for action in actions {
            perform(action, relay)
            guard relays[relay].boots == boot, relays[relay].process != nil else { return }
        }
        for piece in outcome.stored { stored(piece, relay) }
        for piece in outcome.refused { refused(piece, relay) }
    }

    private func perform(_ action: Action, _ relay: Int) {
        checkers.acts(action, relays[relay].ledger.disk, relay, self)
        switch action {
        case .reply(let caller, let reply): heard(reply, caller, relay)
        case .dial(let peer): dial(from: relay, to: peer)
        case .close(let link, let reason):
            withLink(link, of: relay) { machine, _ in machine.close(reason: reason) }
        case .drain(let link, let reason):
            withLink(link, of: relay) { machine, _ in machine.drain(reason: reason) }
        case .forward(let transfer): forward(transfer, relay)
        case .want(let offer, let offset): want(offer, from: offset, relay)
        case .answer(let offer, let answers):
            if let answer = answers.first?.answer, answer != .accepted {
                onNotice?(relay, .declined(offer, answer))
            }
            withLink(offer.link, of: relay) { machine, now in
                machine.answer(offer, answers, at: now)
                return []
            }
        case .say(let link, let memo):
            withLink(link, of: relay) { machine, _ in
                machine.say(memo)
                return []
            }
        case .sign(let statement, let receipt): sign(statement, receipt, relay)
        case .verify(let key): verify(key, relay)
        case .bringAbout(let faults, _, _): bringAbout(faults, relay)
        case .makeTest(let test): makeTest(test, relay)
        case .noteDrill(let mark, let drill): onNotice?(relay, .drill(mark, of: drill))
        case .reportDrill(let record): report(record, relay)
        case .log(let happening):
            trace.note(
                5, UInt64(relay), UInt64(happening.what.rawValue), happening.document.low, at: now,
                "\(relays[relay].name) \(happening.line)")
            onHappening?(relay, happening)
            noticed(happening, relay)
        }
    }

    /// Usually at once; at times so late that the core asks again.
    private func signingTime() -> Int64 {
        if isExact { return 5 }
        return temper == .wild && dice.chance(3) ? delay(4_000...20_000) : delay(1...200)
    }

    private func sign(_ statement: Receipt.Statement, _ receipt: DocumentID, _ relay: Int) {
        let bytes = notary.sign(statement)
        let upload = UploadID(receipt)
        let signed = SignedReceipt(
            statement: statement, receipt: receipt, upload: upload, size: UInt64(bytes.count),
            digest: Checksum.of(bytes))
        let piece = Piece(upload: upload, offset: 0, bytes: bytes)
        arrange(
            .inputs(relay, boot: relays[relay].boots, [.closing(piece, .signed(signed))]),
            in: signingTime())
    }

    private func verify(_ key: DeliveryKey, _ relay: Int) {
        let body = relays[relay].ledger.disk.bodies[key.document]
        let event: Event
        if distrusting.contains(relay) {
            rejected.insert(key.document)
            event = .unverifiable(key, reason: "no issuer is trusted")
        } else if let statement = body.flatMap({ notary.verify($0, topology) }) {
            event = .verified(Receipt.Verified(checked: statement, receipt: key.document))
        } else {
            event = .unverifiable(key, reason: "nobody who may has signed it")
        }
        arrange(.inputs(relay, boot: relays[relay].boots, [.event(event)]), in: signingTime())
    }
}

extension Happening {
    /// One line of the delivery log.
    package var line: String {
        var line = "\(what) \(document)"
        if let recipient { line += " to \(recipient)" }
        if let relay { line += " (\(relay))" }
        return detail.isEmpty ? line : line + ": " + detail
    }
}
