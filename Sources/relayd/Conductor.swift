// Between the engine and the shells: what links bring goes to the engine, what turns decide goes to
// links, threads, callers and logs. Decides nothing.

import Logging
import RelayCore
import RelayEngine
import RelayPeer
import RelayReport

/// What links need of the relay.
struct LinkBridge: PeerDelegate {
    let engine: Engine
    let bodies: Bodies
    let audit: AuditDesk

    func post(_ event: Event) { engine.post(.event(event)) }
    /// Books are compared on snapshots, past the engine.
    func heard(_ memo: Memo, on link: LinkID, from peer: RelayCode) {
        switch memo {
        case .trace, .traceAnswer: engine.post(.event(.heard(memo, on: link)))
        case .auditQuestion(let question): audit.heard(question, on: link, from: peer)
        case .auditAnswer(let answer): audit.heard(answer, from: peer)
        }
    }

    func stage(_ piece: Piece) { engine.post(.piece(piece)) }
    func take(_ offer: Offer, body: Piece) { engine.post(.closing(body, .received(offer))) }
    func digest(of upload: UploadID) async -> SHA256Digest? { await bodies.digest(of: upload) }

    func body(of document: DocumentID, from offset: UInt64, count: Int) async -> [UInt8]? {
        await bodies.bytes(of: document, from: offset, count: count)
    }
}

/// What turns decide, carried out. Runs on the engine's thread and blocks on nothing.
struct Conductor: Performer {
    let peers: PeerService
    let desk: ReceiptDesk
    let drills: DrillDesk
    let callers: Callers
    let bell: EventBell
    let figures: Figures
    let deliveryLog: DeliveryLog
    let logger: Logger
    /// Ends the process: the storage failed.
    let fail: @Sendable (LedgerFailure) -> Void

    func perform(_ outcome: Outcome) {
        var commands: [(link: LinkID, command: LinkCommand)] = []
        var happenings: [Happening] = []
        for action in outcome.actions {
            switch action {
            case .reply(let caller, let reply): callers.answer(caller, reply)
            case .dial(let peer): peers.dial(peer)
            case .close(let link, let reason): commands.append((link, .close(reason: reason)))
            case .drain(let link, let reason): commands.append((link, .drain(reason: reason)))
            case .forward(let transfer): commands.append((transfer.link, .forward(transfer)))
            case .want(let offer, let from): commands.append((offer.link, .want(offer, from: from)))
            case .answer(let offer, let answers):
                commands.append((offer.link, .answer(offer, answers)))
            case .say(let link, let memo): commands.append((link, .say(memo)))
            case .sign(let statement, let receipt): desk.sign(statement, receipt: receipt)
            case .verify(let key): desk.verify(key)
            case .log(let happening): happenings.append(happening)
            case .bringAbout(let faults, let name, let until):
                peers.bringAbout(Faults(faults, of: name, until: until))
            case .makeTest(let test): drills.make(test)
            case .noteDrill(let mark, let name): note(mark, of: name)
            case .reportDrill(let record): drills.report(record)
            }
        }
        if !commands.isEmpty { peers.perform(commands) }
        let stored = outcome.stored.filter { !callers.settle($0, .durable) }
        if !stored.isEmpty { peers.stored(stored) }
        let refused = outcome.refused.filter { !callers.settle($0, .refused) }
        if !refused.isEmpty { peers.notStored(refused) }
        deliveryLog.write(happenings)
        figures.note(happenings)
        warn(happenings)
        if outcome.hasAnnounced { bell.ring() }
    }

    /// Deadlines in the program's log, a line for each destination and turn: after a long outage
    /// thousands are missed at once.
    private func warn(_ happenings: [Happening]) {
        for what in [Happening.What.deadlineNear, .deadlineMissed] {
            let told = happenings.filter { $0.what == what }
            for (recipient, told) in Dictionary(grouping: told, by: \.recipient) {
                guard let first = told.first else { continue }
                logger.warning(
                    what == .deadlineNear ? "deadline near" : "deadline missed",
                    metadata: [
                        "recipient": "\(recipient?.text ?? "-")", "count": "\(told.count)",
                        "document": "\(first.document)", "detail": "\(first.detail)",
                    ])
            }
        }
    }

    /// A drill is never mistaken for an outage by whoever reads the log.
    private func note(_ mark: DrillMark, of name: String) {
        logger.notice(
            "drill \(name): \(mark.what.word)",
            metadata: [
                "peer": "\(mark.peer?.text ?? "-")",
                "took": "\(mark.took.map { "\($0.milliseconds) ms" } ?? "-")",
                "detail": "\(mark.detail)",
            ])
    }

    func storageFailed(_ failure: LedgerFailure) {
        logger.critical(
            "the store failed; nothing is acknowledged any more, ending for a restart",
            metadata: ["reason": "\(failure)"])
        callers.end()
        fail(failure)
    }
}
