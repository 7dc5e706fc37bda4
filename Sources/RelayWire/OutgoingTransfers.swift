// The transfers of this end: offering them, sending their bodies, hearing how they end.
//
// Guarantees: each is concluded exactly once; offers of higher priority go first, and pieces of
// several bodies take turns, those of higher priority first; no more is read ahead than
// `WireLimits` allows; a body's bytes are sent in order, as far as the peer's credit goes and no
// further.

import RelayCore

struct OutgoingTransfers: Sendable {
    private var all: [TransferID: Outgoing] = [:]
    private var byNumber: [UInt64: TransferID] = [:]
    private var lastNumber: UInt64 = 0
    /// In stage `unread`, and in stage `due`: by falling priority, then in order of arrival.
    private var unread: [TransferID] = []
    private var due: [TransferID] = []
    /// With credit and no piece at hand: the one that has waited longest stands first.
    private var turns: [TransferID] = []
    /// With a piece at hand.
    private var laden: [TransferID] = []
    /// Being read or at hand: pieces, and bytes of inline bodies.
    private var piecesAhead = 0
    private var inlineBytesAhead = 0

    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }

    mutating func begin(_ transfer: Transfer, inlineBytesMax: Int, at now: Tick) {
        precondition(all[transfer.id] == nil, "a transfer is begun once")
        let size = transfer.envelope.size
        // An empty body is inside every offer, and needs no reading.
        let isRead = size > 0 && size <= UInt64(inlineBytesMax)
        all[transfer.id] = Outgoing(
            transfer: transfer, stage: isRead ? .unread : .due(body: []), movedAt: now)
        if isRead {
            Self.insert(transfer.id, into: &unread, of: all)
        } else {
            Self.insert(transfer.id, into: &due, of: all)
        }
    }

    /// Behind its equals, before everything less urgent.
    private static func insert(
        _ id: TransferID, into queue: inout [TransferID], of all: [TransferID: Outgoing]
    ) {
        let priority = all[id]?.priority ?? .normal
        let place = queue.lastIndex { all[$0]?.priority ?? .normal >= priority }
        queue.insert(id, at: place.map { $0 + 1 } ?? 0)
    }
}

// MARK: - Reading ahead

extension OutgoingTransfers {
    /// What should be read now, if anything.
    mutating func nextRead() -> BodyRead? {
        if let id = unread.first, var outgoing = all[id] {
            let count = Int(outgoing.size)
            let most =
                outgoing.priority >= .express
                ? WireLimits.inlineAheadExpressBytesMax : WireLimits.inlineAheadBytesMax
            if inlineBytesAhead + count <= most {
                unread.removeFirst()
                inlineBytesAhead += count
                outgoing.stage = .reading
                all[id] = outgoing
                return read(outgoing, offset: 0, count: count)
            }
        }
        // Pieces have a bound of their own, so that inline bodies cannot keep them from being read.
        guard let place = mostUrgent(turns), mayReadAhead(turns[place]) else { return nil }
        let id = turns.remove(at: place)
        guard var outgoing = all[id], case .sending(let number, var window) = outgoing.stage
        else { preconditionFailure("a transfer in turn has credit") }
        piecesAhead += 1
        window.piece = .reading
        outgoing.stage = .sending(number: number, window)
        all[id] = outgoing
        return read(
            outgoing, offset: window.next, count: outgoing.pieceCount(at: window.next))
    }

    /// Something more urgent than what is ahead does not wait until that has gone.
    private func mayReadAhead(_ id: TransferID) -> Bool {
        if piecesAhead < WireLimits.piecesAheadMax { return true }
        guard piecesAhead == WireLimits.piecesAheadMax, let priority = all[id]?.priority
        else { return false }
        return all.values.allSatisfy { $0.priority < priority || !$0.isAhead }
    }

    private func read(_ outgoing: Outgoing, offset: UInt64, count: Int) -> BodyRead {
        BodyRead(
            transfer: outgoing.transfer.id, document: outgoing.transfer.envelope.document,
            offset: offset, count: count)
    }

    /// The first of the highest priority there is.
    private func mostUrgent(_ queue: [TransferID]) -> Int? {
        var best: (place: Int, priority: Priority)?
        for (place, id) in queue.enumerated() {
            let priority = all[id]?.priority ?? .normal
            if best.map({ priority > $0.priority }) ?? true { best = (place, priority) }
        }
        return best?.place
    }

    /// Bytes that were asked for are here. Nothing happens when the transfer has ended meanwhile.
    mutating func loaded(_ bytes: [UInt8], for read: BodyRead, at now: Tick) {
        guard var outgoing = all[read.transfer] else { return }
        precondition(bytes.count == read.count, "a body is read as far as was asked")
        switch outgoing.stage {
        case .reading:
            outgoing.stage = .due(body: bytes)
            outgoing.movedAt = now
            all[read.transfer] = outgoing
            Self.insert(read.transfer, into: &due, of: all)
        case .sending(let number, var window):
            guard case .reading = window.piece, window.next == read.offset
            else { preconditionFailure("a piece is read once") }
            window.piece = .read(bytes, sent: 0)
            outgoing.stage = .sending(number: number, window)
            outgoing.movedAt = now
            all[read.transfer] = outgoing
            laden.append(read.transfer)
        case .unread, .due, .offered, .ended:
            preconditionFailure("a body is read once")
        }
    }
}

// MARK: - Handing out

extension OutgoingTransfers {
    /// Whether an OFFER of this priority or above is to go.
    func hasOffer(atLeast least: Priority) -> Bool {
        due.first.flatMap { all[$0] }.map { $0.priority >= least } ?? false
    }

    var hasExpressOffer: Bool { hasOffer(atLeast: .express) }

    /// Whether something would go if it were not for the pace.
    var waitsForPace: Bool { !due.isEmpty || !laden.isEmpty }

    /// Appends the OFFER that is to go next. Returns how many bytes of a body are in it.
    mutating func appendOffer(to bytes: inout [UInt8], at now: Tick) -> Int {
        let id = due.removeFirst()
        guard var outgoing = all[id], case .due(let body) = outgoing.stage
        else { preconditionFailure("an offer that is due has its body") }
        lastNumber += 1
        // The number is given here, not when the transfer was begun: reading takes its time, urgent
        // ones overtake, and numbers must rise on the wire.
        inlineBytesAhead -= body.count
        let isInline = !body.isEmpty || outgoing.size == 0
        outgoing.stage = .offered(number: lastNumber, isInline: isInline)
        outgoing.movedAt = now
        all[id] = outgoing
        byNumber[lastNumber] = id
        FrameWriter.appendOffer(
            OfferMessage(outgoing.transfer, number: lastNumber), body: body, to: &bytes)
        return body.count
    }

    /// Takes the part of a piece that is to go next, and appends what stands before it; nil when
    /// none so urgent is read. END goes to `control`, hence after the last part.
    mutating func takePart(
        atLeast least: Priority, head bytes: inout [UInt8], control: inout [UInt8], at now: Tick
    ) -> [UInt8]? {
        guard let place = mostUrgent(laden), let next = all[laden[place]], next.priority >= least
        else { return nil }
        let id = laden.remove(at: place)
        guard var outgoing = all[id], case .sending(let number, var window) = outgoing.stage,
            case .read(let piece, let sent) = window.piece
        else { preconditionFailure("a laden transfer has a piece") }
        let part = piece[sent..<min(sent + WireLimits.partBytes, piece.count)]
        FrameWriter.appendDataHead(
            transfer: number, offset: window.next, count: part.count, to: &bytes)
        // From here the part counts as sent, though the shell has yet to write it: the connection
        // is reliable, or it is lost with everything on it.
        window.next += UInt64(part.count)
        outgoing.movedAt = now
        guard part.endIndex == piece.endIndex else {
            // Behind its equals: bodies of one priority take turns part by part.
            window.piece = .read(piece, sent: part.endIndex)
            outgoing.stage = .sending(number: number, window)
            all[id] = outgoing
            laden.append(id)
            return Array(part)
        }
        piecesAhead -= 1
        window.piece = .none
        goOn(id, &outgoing, number, window, control: &control)
        return Array(part)
    }

    /// After a piece, or with new credit: in turn again, or done.
    private mutating func goOn(
        _ id: TransferID, _ outgoing: inout Outgoing, _ number: UInt64, _ window: Outgoing.Window,
        control: inout [UInt8]
    ) {
        if window.next == outgoing.size {
            var end = EndMessage()
            end.transfer = number
            FrameWriter.append(.end, end, to: &control)
            outgoing.stage = .ended(number: number)
        } else {
            outgoing.stage = .sending(number: number, window)
            if window.isReadable && !turns.contains(id) { turns.append(id) }
        }
        all[id] = outgoing
    }
}

// MARK: - What the peer says

extension OutgoingTransfers {
    /// WANT: credit for a transfer.
    mutating func wanted(
        _ want: WantMessage, control: inout [UInt8], at now: Tick
    ) throws(LinkFault) {
        guard let id = try find(want.transfer, .want), var outgoing = all[id] else { return }
        let size = outgoing.size
        guard want.from <= want.until, want.until.isPieceBoundary(of: size),
            want.from.isPieceBoundary(of: size)
        else { throw .wantRange(from: want.from, until: want.until, size: size) }
        outgoing.movedAt = now
        switch outgoing.stage {
        case .offered(_, isInline: false):
            let window = Outgoing.Window(next: want.from, until: want.until)
            goOn(id, &outgoing, want.transfer, window, control: &control)
        case .sending(_, var window):
            guard want.until >= window.until, want.from <= window.next
            else { throw .wantRange(from: want.from, until: want.until, size: size) }
            window.until = want.until
            goOn(id, &outgoing, want.transfer, window, control: &control)
        case .ended:
            // It tells what is durable while our END is on its way.
            all[id] = outgoing
        case .unread, .reading, .due, .offered:
            throw .unexpectedWant(want.transfer)
        }
    }

    /// RESULT: how a transfer ended; nil when it was given up here before.
    mutating func answered(
        _ result: ResultMessage
    ) throws(LinkFault) -> (TransferID, [Answered])? {
        guard let id = try find(result.transfer, .result), let outgoing = all[id]
        else { return nil }
        let answers = try result.answered(outgoing.transfer.recipients)
        remove(id)
        return (id, answers)
    }

    /// Nil for one that is over: the peer could not know that yet.
    private func find(_ number: UInt64, _ type: FrameType) throws(LinkFault) -> TransferID? {
        guard number > 0, number <= lastNumber else { throw .unknownTransfer(type, number) }
        return byNumber[number]
    }
}

// MARK: - Giving up

extension OutgoingTransfers {
    /// Ends a transfer; the peer is told when it knows of it. Nil when it is over already.
    mutating func giveUp(
        _ id: TransferID, with answer: Answer, control: inout [UInt8]
    ) -> [Answered]? {
        guard let outgoing = all[id] else { return nil }
        if let number = outgoing.number {
            var cancel = CancelMessage()
            cancel.transfer = number
            FrameWriter.append(.cancel, cancel, to: &control)
        }
        remove(id)
        return outgoing.transfer.answers(answer)
    }

    /// Counts as moved what waits only for this end: to be read, or to go out.
    mutating func excuseWaiting(at now: Tick) {
        for id in unread + due + turns + laden { all[id]?.movedAt = now }
    }

    /// Those that have not moved since `time`, in order of their ids.
    func unmoved(since time: Tick) -> [TransferID] {
        all.values.filter { $0.movedAt <= time }.map(\.transfer.id).sorted()
    }

    /// Ends those that the peer has not heard of yet, in order of their ids.
    mutating func withdraw(with answer: Answer) -> [LinkEvent] {
        end(all.values.filter { $0.number == nil }, with: answer)
    }

    /// Ends them all with the link, in order of their ids.
    mutating func endAll() -> [LinkEvent] {
        end(Array(all.values), with: .unknown)
    }

    private mutating func end(_ some: [Outgoing], with answer: Answer) -> [LinkEvent] {
        some.map(\.transfer).sorted { $0.id < $1.id }.map { transfer in
            remove(transfer.id)
            return .attempted(transfer.id, transfer.answers(answer))
        }
    }

    private mutating func remove(_ id: TransferID) {
        guard let outgoing = all.removeValue(forKey: id) else { return }
        if let number = outgoing.number { byNumber[number] = nil }
        switch outgoing.stage {
        case .unread: unread.removeAll { $0 == id }
        case .reading: inlineBytesAhead -= Int(outgoing.size)
        case .due(let body):
            inlineBytesAhead -= body.count
            due.removeAll { $0 == id }
        case .sending(_, let window):
            if case .none = window.piece {
                turns.removeAll { $0 == id }
            } else {
                piecesAhead -= 1
                laden.removeAll { $0 == id }
            }
        case .offered, .ended: break
        }
    }
}
