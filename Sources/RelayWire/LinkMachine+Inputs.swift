// What this relay wants of the link: hand-overs, answers, what became of pieces, and its end.

package import RelayCore

// MARK: - Handing over

extension LinkMachine {
    /// Begins a hand-over: `Action.forward`. Traps when there are more than the peer takes at once,
    /// or before the link is up: the node keeps count.
    package mutating func forward(_ transfer: Transfer, at now: Tick) -> ForwardAnswer {
        switch phase {
        case .greeting:
            preconditionFailure("a hand-over before the link is up")
        case .closed:
            return .notTaken(transfer.answers(.unknown))
        case .draining:
            return .notTaken(transfer.answers(.busy(after: WireLimits.drainPause)))
        case .up(let agreement):
            precondition(outgoing.count < agreement.places, "more than the peer takes at once")
            if let refusal = agreement.refusal(of: transfer) {
                return .notTaken(transfer.answers(.refused(refusal)))
            }
            outgoing.begin(transfer, inlineBytesMax: agreement.inlineBytesMax, at: now)
            return .taken
        }
    }

    /// The bytes that `LinkOutput.read` asked for. Nothing happens when the transfer has ended
    /// meanwhile.
    package mutating func bodyRead(_ bytes: [UInt8], for read: BodyRead, at now: Tick) {
        outgoing.loaded(bytes, for: read, at: now)
    }

    /// The bytes that `LinkOutput.read` asked for cannot be had: the transfer is given up, and put
    /// off for a while, so that a body that stays unreadable does not go in circles.
    package mutating func bodyUnreadable(_ read: BodyRead) -> [LinkEvent] {
        let answer = Answer.later(after: WireLimits.unreadablePause)
        return outgoing.giveUp(read.transfer, with: answer, control: &control)
            .map { [.attempted(read.transfer, $0)] } ?? []
    }
}

// MARK: - Taking over

extension LinkMachine {
    /// `Action.want`: asks for the body from this offset, the end of what is staged.
    package mutating func want(_ offer: Offer, from: UInt64, at now: Tick) {
        precondition(offer.link == link, "an offer of another link")
        incoming.want(offer, from: from, control: &control, at: now)
    }

    /// `Action.answer`: ends the transfer. What else arrives of it is dropped.
    package mutating func answer(_ offer: Offer, _ answers: [Answered], at now: Tick) {
        precondition(offer.link == link, "an offer of another link")
        incoming.answer(offer, answers, control: &control, at: now)
    }

    /// The piece is durable: the peer may send as much again.
    package mutating func stored(_ piece: Piece, at now: Tick) {
        incoming.stored(piece, control: &control, at: now)
    }

    /// The piece could not be stored. `Event.offerFailed(.notStored)` is due for these offers; none
    /// when that was said before.
    package mutating func notStored(_ piece: Piece, at now: Tick) -> [Offer] {
        incoming.notStored(piece, control: &control, at: now)
    }
}

// MARK: - The end

extension LinkMachine {
    /// Ends the link when what runs has finished. The shell decides how long that may take, then
    /// calls
    /// `close`.
    package mutating func drain(reason: String) -> [LinkEvent] {
        switch phase {
        case .greeting: return close(reason: reason)
        case .up(let agreement): phase = .draining(agreement, by: .here)
        case .draining(let agreement, .there): phase = .draining(agreement, by: .both)
        case .draining, .closed: return []
        }
        FrameWriter.append(.goodbye, GoodbyeMessage(.draining, reason), to: &control)
        return withdraw()
    }

    /// What was not offered yet will not be, on this link.
    mutating func withdraw() -> [LinkEvent] {
        outgoing.withdraw(with: .busy(after: WireLimits.drainPause))
    }

    /// Ends the link now: `Action.close`.
    package mutating func close(reason: String) -> [LinkEvent] {
        var events: [LinkEvent] = []
        close(LinkEnd(cause: .closedHere, reason: reason), saying: .closing, &events)
        return events
    }

    /// The connection is gone, or was closed because `next` said so.
    package mutating func lost(reason: String) -> [LinkEvent] {
        var events: [LinkEvent] = []
        if case .draining = phase, outgoing.isEmpty, incoming.isEmpty {
            let end = LinkEnd(cause: .drained, reason: "everything was finished")
            close(end, saying: nil, &events)
        } else {
            close(LinkEnd(cause: .lost, reason: reason), saying: nil, &events)
        }
        return events
    }

    /// Whatever runs is over, with an outcome that nobody knows.
    mutating func close(
        _ end: LinkEnd, saying code: GoodbyeCode?, _ events: inout [LinkEvent]
    ) {
        if isClosed { return }
        events += outgoing.endAll()
        incoming = IncomingTransfers(places: 0, inlineBytesMax: 0)
        // A HELLO that is still here stays here: the peer shall not think the link up for a moment.
        var goodbye: [UInt8] = []
        control = []
        memos = []
        if let code {
            FrameWriter.append(.goodbye, GoodbyeMessage(code, end.reason), to: &goodbye)
        }
        phase = .closed(goodbye: goodbye.isEmpty ? nil : goodbye)
        events.append(.closed(end))
    }
}

extension GoodbyeMessage {
    init(_ code: GoodbyeCode, _ text: String) {
        self.init()
        self.code = code
        self.text = text.bounded(toBytes: Limits.reasonBytesMax)
    }
}
