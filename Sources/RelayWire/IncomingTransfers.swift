// The transfers of the peer: taking offers in, asking for bodies, checking what arrives, answering.
//
// Guarantees: pieces come out in order, each once, inside the size, and only as far as was asked
// for; what is asked for and not yet durable never exceeds `WireLimits.creditPieces` over all
// transfers; a peer that does not read its answers cannot pile them up.

import RelayCore

struct IncomingTransfers: Sendable {
    private var all: [UInt64: Incoming] = [:]
    private var lastNumber: UInt64 = 0
    /// Those whose bodies come in pieces, until the answer: in the order in which they get credit.
    private var bodies: [UInt64] = []
    /// Answers that lie in the output.
    private var unsentResults = 0
    private let places: Int
    private let inlineBytesMax: Int

    init(places: Int, inlineBytesMax: Int) {
        self.places = places
        self.inlineBytesMax = inlineBytesMax
    }

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    /// Everything in the output was handed out.
    mutating func resultsSent() { unsentResults = 0 }
}

// MARK: - Offers

extension IncomingTransfers {
    enum Arrival {
        case offered(Offer)
        case whole(Offer, [UInt8])
        case unfit(UInt64, MessageFault)
    }

    /// OFFER. What is wrong with the number or the body breaks the protocol; what is wrong with the
    /// document is that document's own misfortune, and the link goes on.
    mutating func offered(
        _ frame: Frame, on link: LinkID, from peer: RelayCode, control: inout [UInt8],
        at now: Tick
    ) throws(LinkFault) -> Arrival {
        let message = try OfferMessage(of: frame, .offer)
        guard message.transfer > lastNumber
        else { throw .offerNumber(message.transfer, after: lastNumber) }
        lastNumber = message.transfer
        // An honest peer may have given up some whose answers still lie here, but not many.
        guard all.count < places, unsentResults < 2 * places
        else { throw .tooManyTransfers(places) }
        let offer: Offer
        do throws(MessageFault) {
            offer = try Offer(checking: message, on: link, from: peer)
        } catch {
            conclude(
                ResultMessage(message.transfer, all: .refused(.malformed)), control: &control)
            return .unfit(message.transfer, error)
        }
        let (body, size) = (frame.body, offer.envelope.size)
        let isWhole = UInt64(body.count) == size
        guard body.isEmpty || isWhole && body.count <= inlineBytesMax
        else { throw .inlineBody(bytes: body.count, size: size) }
        all[message.transfer] = Incoming(
            offer: offer, stage: isWhole ? .whole(nil) : .offered, movedAt: now)
        return isWhole ? .whole(offer, body) : .offered(offer)
    }

    /// The node wants the body. What is staged may reach its end, or be no part of it, as when a
    /// peer has named another size before: then no byte is asked for, and the digest will tell.
    /// Nothing happens when the peer has given it up meanwhile.
    mutating func want(
        _ offer: Offer, from: UInt64, control: inout [UInt8], at now: Tick
    ) {
        guard var incoming = all[offer.transfer] else { return }
        guard case .offered = incoming.stage else {
            preconditionFailure("a body is wanted once")
        }
        let start = from.isPieceBoundary(of: incoming.size) ? from : incoming.size
        incoming.stage = .wanted(from: start)
        all[offer.transfer] = incoming
        let place = bodies.firstIndex { all[$0].map(incoming.isBefore) ?? false }
        bodies.insert(offer.transfer, at: place ?? bodies.count)
        grant(control: &control, at: now)
        if case .wanted? = all[offer.transfer]?.stage {
            // Its turn will come; the peer shall not think that it was forgotten.
            appendWant(offer.transfer, from: start, until: start, to: &control)
        }
    }

    /// The node's answer ends the transfer. Nothing happens when it is over already.
    mutating func answer(
        _ offer: Offer, _ answers: [Answered], control: inout [UInt8], at now: Tick
    ) {
        guard all[offer.transfer] != nil else { return }
        precondition(
            answers.map(\.recipient) == offer.recipients, "an answer for each recipient, in order")
        remove(offer.transfer, control: &control, at: now)
        conclude(ResultMessage(offer.transfer, answers), control: &control)
    }

    /// CANCEL; nil when it is over already.
    mutating func cancelled(
        _ number: UInt64, control: inout [UInt8], at now: Tick
    ) throws(LinkFault) -> Offer? {
        guard let incoming = try find(number, .cancel) else { return nil }
        remove(number, control: &control, at: now)
        return incoming.offer
    }

    /// Those whose bytes were asked for and have not come since `time`: given up, answered with
    /// "later". What is staged serves the next try.
    mutating func giveUp(
        unmovedSince time: Tick, control: inout [UInt8], at now: Tick
    ) -> [Offer] {
        let stalled = bodies.compactMap { all[$0] }
            .filter { $0.isOwed && $0.movedAt <= time }
        for incoming in stalled {
            remove(incoming.offer.transfer, control: &control, at: now)
            conclude(
                ResultMessage(
                    incoming.offer.transfer, all: .later(after: WireLimits.stallPause)),
                control: &control)
        }
        return stalled.map(\.offer)
    }

    private mutating func conclude(_ result: ResultMessage, control: inout [UInt8]) {
        unsentResults += 1
        FrameWriter.append(.result, result, to: &control)
    }

    private mutating func remove(_ number: UInt64, control: inout [UInt8], at now: Tick) {
        all[number] = nil
        guard let place = bodies.firstIndex(of: number) else { return }
        bodies.remove(at: place)
        grant(control: &control, at: now)
    }

    /// Nil for one that is over: the peer could not know that yet.
    private func find(_ number: UInt64, _ type: FrameType) throws(LinkFault) -> Incoming? {
        guard number > 0, number <= lastNumber else { throw .unknownTransfer(type, number) }
        return all[number]
    }
}

// MARK: - Bodies

extension IncomingTransfers {
    enum Arrived {
        case piece(Offer, Piece)
        case whole(Offer, last: Piece?)
        /// Nothing for the shell: kept back, or dropped since the transfer is over.
        case nothing
    }

    /// DATA.
    mutating func data(_ frame: Frame, at now: Tick) throws(LinkFault) -> Arrived {
        guard var incoming = try find(frame.transfer, .data) else { return .nothing }
        guard case .receiving(var window) = incoming.stage else {
            if case .unstored = incoming.stage { return .nothing }
            throw .unexpectedData(frame.transfer)
        }
        let expected = window.next + UInt64(window.parts.count)
        guard frame.offset == expected
        else { throw .dataOrder(offset: frame.offset, expected: expected) }
        guard window.next < window.until else { throw .creditExceeded(until: window.until) }
        let count = Int(min(UInt64(Limits.pieceBytes), incoming.size - window.next))
        let missing = count - window.parts.count
        guard (min(missing, WireLimits.partBytesMin)...missing).contains(frame.body.count)
        else { throw .dataLength(frame.body.count) }
        incoming.movedAt = now
        guard frame.body.count == missing else {
            window.parts.reserveCapacity(count)
            window.parts += frame.body
            incoming.stage = .receiving(window)
            all[frame.transfer] = incoming
            return .nothing
        }
        let bytes = window.parts.isEmpty ? frame.body : window.parts + frame.body
        let piece = Piece(upload: incoming.offer.upload, offset: window.next, bytes: bytes)
        window.parts = []
        window.next += UInt64(count)
        // The last piece is stored in the same commit as what it completes, hence not before END.
        let isLast = window.next == incoming.size
        if isLast { window.last = piece }
        incoming.stage = .receiving(window)
        all[frame.transfer] = incoming
        return isLast ? .nothing : .piece(incoming.offer, piece)
    }

    /// END.
    mutating func ended(
        _ number: UInt64, control: inout [UInt8], at now: Tick
    ) throws(LinkFault) -> Arrived {
        guard var incoming = try find(number, .end) else { return .nothing }
        guard case .receiving(let window) = incoming.stage else {
            if case .unstored = incoming.stage { return .nothing }
            throw .unexpectedData(number)
        }
        guard window.next == incoming.size
        else { throw .endTooEarly(at: window.next, size: incoming.size) }
        incoming.stage = .whole(window.withoutLast)
        all[number] = incoming
        grant(control: &control, at: now)
        return .whole(incoming.offer, last: window.last)
    }

    /// A piece is durable: the peer may send as much again.
    mutating func stored(_ piece: Piece, control: inout [UInt8], at now: Tick) {
        let through = piece.offset + UInt64(piece.bytes.count)
        for number in bodies {
            guard all[number]?.offer.upload == piece.upload else { continue }
            all[number]?.isDurable(through: through)
        }
        grant(control: &control, at: now)
    }

    /// A piece could not be stored. The offers concerned, each once.
    mutating func notStored(
        _ piece: Piece, control: inout [UInt8], at now: Tick
    ) -> [Offer] {
        let failed = bodies.filter { all[$0]?.offer.upload == piece.upload }
        // They leave the line for credit, and wait only for the node's answer.
        for number in failed { all[number]?.stage = .unstored }
        bodies.removeAll(where: failed.contains)
        grant(control: &control, at: now)
        return failed.compactMap { all[$0]?.offer }
    }

    /// Tells the peer of every body that has to wait for credit that it is not forgotten.
    func remind(control: inout [UInt8]) {
        for number in bodies {
            switch all[number]?.stage {
            case .wanted(let from)?:
                appendWant(number, from: from, until: from, to: &control)
            case .receiving(let window)? where window.next == window.until:
                appendWant(number, from: window.durable, until: window.until, to: &control)
            default: break
            }
        }
    }

    /// Shares the credit out: an even part for each open body, the first ones first.
    private mutating func grant(control: inout [UInt8], at now: Tick) {
        // Pieces of whole bodies count too, as long as they are not stored: the shell holds them.
        var free = WireLimits.creditPieces
        var open: [UInt64] = []
        var unfinished = 0
        for number in bodies {
            guard let incoming = all[number] else { continue }
            free -= incoming.credit
            switch incoming.stage {
            case .receiving: open.append(number)
            case .wanted where unfinished < WireLimits.openMax: open.append(number)
            default: break
            }
            if !incoming.stage.isWhole { unfinished += 1 }
        }
        let share = min(
            max(1, WireLimits.creditPieces / max(1, open.count)), WireLimits.windowPieces)
        for number in open {
            guard var incoming = all[number], let window = incoming.widened(by: free, to: share)
            else { continue }
            free -= window.credit - incoming.credit
            incoming.stage = .receiving(window)
            incoming.movedAt = now
            all[number] = incoming
            appendWant(number, from: window.durable, until: window.until, to: &control)
        }
    }

    private func appendWant(
        _ number: UInt64, from: UInt64, until: UInt64, to control: inout [UInt8]
    ) {
        var want = WantMessage()
        want.transfer = number
        want.from = from
        want.until = until
        FrameWriter.append(.want, want, to: &control)
    }
}
