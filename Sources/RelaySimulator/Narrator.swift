// Tells what happens in a scenario, in fixed words that a reader without Swift understands.

import RelayCore

final class Narrator {
    private(set) var lines: [String] = []
    /// By the number of the work; a name stands for the first work that has it.
    var names: [String] = []
    private unowned let world: World
    private var isSilent = true

    init(_ world: World) {
        self.world = world
        world.onHappening = { [unowned self] relay, happening in tell(happening, relay) }
        world.onNotice = { [unowned self] relay, notice in tell(notice, relay) }
    }

    /// The links are up; from here on everything is told.
    func begin() { isSilent = false }

    func say(_ line: String) { lines.append(line) }

    func command(_ words: [String]) { say("> " + words.joined(separator: " ")) }

    private func tell(_ relay: Int, _ text: String) {
        guard !isSilent else { return }
        let name = world.relays[relay].name
        let padding = String(repeating: " ", count: max(1, 7 - name.count))
        say("\(Trace.clock(world.now))  \(name)\(padding)\(text)")
    }

    /// `letter`, or `receipt of letter by B.1`.
    func name(of document: DocumentID) -> String {
        if let work = world.work(behind: document), work < names.count { return names[work] }
        for relay in world.relays {
            for (key, receipt) in relay.ledger.disk.receipts where receipt == document {
                let (letter, recipient) = (name(of: key.delivery.document), key.delivery.recipient)
                switch key.kind {
                case .received: return "receipt of \(letter) by \(recipient)"
                case .collected: return "second receipt of \(letter) by \(recipient)"
                case .failed: return "statement that \(letter) failed for \(recipient)"
                }
            }
        }
        return "\(document)"
    }
}

// MARK: - Happenings

extension Narrator {
    private func tell(_ happening: Happening, _ relay: Int) {
        let what = name(of: happening.document)
        let whom = happening.recipient.map { " for \($0)" } ?? ""
        let peer = happening.relay.map { "\($0)" } ?? "?"
        switch happening.what {
        case .accepted: tell(relay, "accepts \(what)\(whom) from its application")
        case .received: tell(relay, "takes custody of \(what)\(whom) from \(peer)")
        case .relayed: tell(relay, "is told that \(peer) has custody of \(what)\(whom)")
        case .returned: tell(relay, "queues \(what)\(whom) again: \(happening.detail)")
        case .refused: tell(relay, "is refused \(what)\(whom) by \(peer): \(happening.detail)")
        case .delivered: tell(relay, "puts \(what)\(whom) into the inbox")
        case .receiptSigned: tell(relay, "signs that \(what)\(whom) is \(happening.detail)")
        case .receiptVerified:
            tell(relay, "verifies that \(what)\(whom) is \(happening.detail), signed by \(peer)")
        case .receiptRejected: tell(relay, "rejects \(what): \(happening.detail)")
        case .collected: tell(relay, "hands \(what)\(whom) to its application")
        case .resent: tell(relay, "will send \(what)\(whom) again: \(happening.detail)")
        case .repeated: tell(relay, "has \(what)\(whom) already, from \(peer), \(happening.detail)")
        case .failed: tell(relay, "gives up \(what)\(whom): \(happening.detail)")
        case .failureSigned: tell(relay, "signs that \(what)\(whom) has failed")
        case .held: tell(relay, "holds \(what)\(whom), ordered by \(happening.detail)")
        case .released: tell(relay, "releases \(what)\(whom), ordered by \(happening.detail)")
        case .cancelled: tell(relay, "cancels \(what)\(whom), ordered by \(happening.detail)")
        case .retried: tell(relay, "tries \(what)\(whom) at once, ordered by \(happening.detail)")
        case .rerouted:
            tell(relay, "sends \(what)\(whom) another way, ordered by \(happening.detail)")
        case .rehearsed: tell(relay, "takes in \(what)\(whom) from \(peer), for no application")
        case .conflicting: tell(relay, "reports a conflict about \(what): \(happening.detail)")
        case .deadlineNear: tell(relay, "warns of \(what)\(whom), \(happening.detail)")
        case .deadlineMissed: tell(relay, "says that \(what)\(whom) is late, \(happening.detail)")
        }
    }

    private func tell(_ notice: Notice, _ relay: Int) {
        switch notice {
        case .started: tell(relay, "starts")
        case .died: tell(relay, "dies")
        case .linkUp(let peer): tell(relay, "has a link to \(peer)")
        case .linkDown(let peer, let reason): tell(relay, "has lost its link to \(peer): \(reason)")
        case .reply(.traced(let report), _): tell(report, relay)
        case .reply(let reply, let asked): tell(relay, "answers the \(asked): \(words(reply))")
        case .sent(let transfer, let peer):
            let recipients = transfer.recipients.map(\.text).joined(separator: ", ")
            let round = transfer.round > 1 ? ", round \(transfer.round)" : ""
            let what = name(of: transfer.envelope.document)
            tell(relay, "offers \(what) for \(recipients) to \(peer)\(round)")
        case .declined(let offer, let answer):
            let what = name(of: offer.envelope.document)
            tell(relay, "declines \(what) from \(offer.peer): \(words(answer))")
        case .drill(let mark, let drill): tell(relay, "drill \(drill): \(words(mark))")
        }
    }

    private func words(_ reply: Reply) -> String {
        switch reply {
        case .created: "accepted"
        case .known: "accepted before, the same document"
        case .conflicting: "refused, other contents went under this reference"
        case .full: "no room, nothing was stored"
        case .done: "done"
        case .unchanged: "it is so already"
        case .notPossible(let state): "not possible, it is \(state)"
        case .notFound: "not found"
        case .failed: "failed, nothing was stored"
        case .traced: "traced"
        case .tooMany: "too many at once"
        case .drillBegun: "the drill has begun"
        case .drillRefused(let obstacles):
            "no drill now: " + obstacles.map(\.words).joined(separator: "; ")
        }
    }

    private func words(_ mark: DrillMark) -> String {
        let peer = mark.peer.map { " \($0)" } ?? ""
        let took = mark.took.map { " after \($0.milliseconds) ms" } ?? ""
        return "\(mark.what)\(peer)\(took)" + (mark.detail.isEmpty ? "" : ": \(mark.detail)")
    }

    private func words(_ answer: Answer) -> String {
        switch answer {
        case .accepted: "accepted"
        case .refused(.loop): "it has passed here before"
        case .refused(let refusal): refusal == .noRoute ? "no way from here" : "\(refusal)"
        case .busy: "no room for any document now"
        case .later: "not this one now"
        case .unknown: "unknown"
        }
    }
}

// MARK: - Traces

extension Narrator {
    private func tell(_ report: RouteTrace.Report, _ relay: Int) {
        let verdict = report.reachesDestination ? "reaches" : "does not reach"
        tell(relay, "has traced the way to \(report.destination), which \(verdict) it")
        for heard in report.heard.sorted(by: {
            $0.answer.path.lexicographicallyPrecedes($1.answer.path)
        }) {
            let answer = heard.answer
            let hops = answer.hops.map { hop in
                "\(hop.relay) \(words(hop.status))\(hop.isChosen ? " (chosen)" : "")"
            }
            say(
                "       " + answer.path.map(\.text).joined(separator: " > ")
                    + " answers after \(heard.roundTrip.milliseconds) ms, "
                    + "\(answer.waiting) for it of \(answer.balance.queued) queued"
                    + (answer.isDestination ? ", serves it" : "")
                    + (hops.isEmpty ? "" : "; " + hops.joined(separator: ", ")))
        }
        for path in report.silent {
            say("       " + path.map(\.text).joined(separator: " > ") + " is silent")
        }
    }

    private func words(_ status: RouteTrace.Status) -> String {
        switch status {
        case .asked: "asked"
        case .down: "is down"
        case .passed: "was passed"
        case .tooOld: "is too old"
        case .leftOut: "is left out"
        }
    }
}

// MARK: - What is on the disks

extension Narrator {
    /// Where a document and its receipts are.
    func show(_ document: DocumentID) {
        for relay in world.relays {
            for delivery in relay.ledger.disk.deliveries(of: document) {
                say(
                    "       \(relay.name): \(name(of: document)) for \(delivery.recipient) is "
                        + words(delivery))
            }
        }
    }

    private func words(_ delivery: Delivery) -> String {
        switch delivery.state {
        case .queued(_, _, nil): "queued"
        case .queued: "queued, with a retry time of its own"
        case .attempting(_, let hop, _): "being handed to \(hop)"
        case .held(let by, let reason, _): "held by \(by): \(reason)"
        case .relayed(let hop, _, let due):
            "with \(hop)" + (due == nil ? "" : ", a receipt is awaited")
        case .delivered: delivery.isInInbox ? "in the inbox" : "delivered, receipt verified"
        case .collected:
            delivery.part == .origin ? "collected, receipt verified" : "collected"
        case .failed(let reason, _):
            "given up: \(reason.words)" + (delivery.isAttested ? ", and signed so" : "")
        case .cancelled: "cancelled"
        }
    }

    /// What every relay has accepted, and where it is.
    func balance() {
        for relay in world.relays {
            let disk = relay.ledger.disk
            let parts = StateName.allCases.compactMap { state in
                disk.counts[state].flatMap { $0 > 0 ? "\($0) \(state)" : nil }
            }
            let sum = parts.isEmpty ? "nothing" : parts.joined(separator: " + ")
            say("       \(relay.name): \(disk.accepted) accepted = \(sum)")
        }
    }
}

extension Delivery {
    fileprivate var isAttested: Bool { if case .made = failed { true } else { false } }
}
