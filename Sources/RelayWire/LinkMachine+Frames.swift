// What the peer says, frame by frame.
//
// Each frame goes to the side that it concerns: those of the peer's transfers to `incoming`, those
// of ours to `outgoing`. Here stands only what concerns the link as a whole: greeting, draining,
// goodbye.

import RelayCore

extension LinkMachine {
    /// Reacts to one frame. What it throws ends the link; events that came before stand.
    mutating func take(
        _ frame: Frame, at now: Tick, _ events: inout [LinkEvent]
    ) throws(LinkFault) {
        // An extension that this version does not know, greeted or not.
        guard let type = frame.type else { return }
        if case .greeting = phase {
            switch type {
            case .hello: try greeted(HelloMessage(of: frame, type), &events)
            // Turned away before there was a link.
            case .goodbye: said(try GoodbyeMessage(of: frame, type), &events)
            default: throw .notHello(type)
            }
            return
        }
        switch type {
        case .hello: throw .helloTwice
        case .offer: try offered(frame, at: now, &events)
        case .data: deliver(try incoming.data(frame, at: now), &events)
        case .end:
            let end = try EndMessage(of: frame, type)
            let arrived = try incoming.ended(end.transfer, control: &control, at: now)
            deliver(arrived, &events)
        case .cancel:
            let cancel = try CancelMessage(of: frame, type)
            if let offer = try incoming.cancelled(cancel.transfer, control: &control, at: now) {
                events.append(.cut(offer))
            }
        case .want:
            let want = try WantMessage(of: frame, type)
            try outgoing.wanted(want, control: &control, at: now)
        case .result:
            let result = try ResultMessage(of: frame, type)
            if let (transfer, answers) = try outgoing.answered(result) {
                events.append(.attempted(transfer, answers))
            }
        // Any byte has told already that the peer lives; a PONG has nothing to add.
        case .ping: owedPong = try PingMessage(of: frame, type).token
        case .pong: _ = try PingMessage(of: frame, type)
        case .goodbye: said(try GoodbyeMessage(of: frame, type), &events)
        case .trace, .traceAnswer, .audit, .auditAnswer: try heard(frame, type, at: now, &events)
        }
    }

    private mutating func greeted(
        _ hello: HelloMessage, _ events: inout [LinkEvent]
    ) throws(LinkFault) {
        let agreement = try Agreement(hello, from: peer)
        phase = .up(agreement)
        events.append(
            .up(
                LinkUp(
                    link: link, peer: peer, isDialledHere: isDialledHere, boot: agreement.boot,
                    places: agreement.places, features: agreement.features)))
    }

    private mutating func offered(
        _ frame: Frame, at now: Tick, _ events: inout [LinkEvent]
    ) throws(LinkFault) {
        // What crossed our own GOODBYE is no fault; what follows theirs is.
        if case .draining(_, let side) = phase, side != .here { throw .offerAfterGoodbye }
        let arrival = try incoming.offered(
            frame, on: link, from: peer, control: &control, at: now)
        switch arrival {
        case .unfit(let number, let fault):
            events.append(.unfit(transfer: number, fault))
        case .offered(let offer):
            if putOff(offer, at: now) { return }
            events.append(.offered(offer))
        case .whole(let offer, let body):
            if putOff(offer, at: now) { return }
            events.append(.offeredWhole(offer, body: body))
        }
    }

    /// An OFFER that crossed our GOODBYE is put off without asking anybody.
    private mutating func putOff(_ offer: Offer, at now: Tick) -> Bool {
        guard case .draining = phase else { return false }
        let busy = Answer.busy(after: WireLimits.drainPause)
        incoming.answer(
            offer, offer.recipients.map { Answered(recipient: $0, answer: busy) },
            control: &control, at: now)
        return true
    }

    private func deliver(
        _ arrived: IncomingTransfers.Arrived, _ events: inout [LinkEvent]
    ) {
        switch arrived {
        case .piece(let offer, let piece): events.append(.piece(offer, piece))
        case .whole(let offer, let last): events.append(.whole(offer, last: last))
        case .nothing: break
        }
    }

    private mutating func said(_ goodbye: GoodbyeMessage, _ events: inout [LinkEvent]) {
        let text = goodbye.text.printable.bounded(toBytes: Limits.reasonBytesMax)
        switch phase {
        case .up(let agreement) where goodbye.code == .draining:
            phase = .draining(agreement, by: .there)
        case .draining(let agreement, .here) where goodbye.code == .draining:
            phase = .draining(agreement, by: .both)
        case .draining where goodbye.code == .draining:
            return
        case .greeting, .up, .draining, .closed:
            // Codes of later versions too: whoever says goodbye is going to close.
            close(LinkEnd(cause: .closedThere, reason: text), saying: nil, &events)
            return
        }
        events.append(.draining(reason: text))
        events += withdraw()
    }
}

extension String {
    /// Without control characters: what a peer says may stand in a log line.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
