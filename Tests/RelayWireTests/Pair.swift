// Two machines in a box: joined by queues, with a clock that only the test moves.
//
// Each end plays the shell and the engine: it reads bodies at once, wants what is offered, stores
// what arrives, and accepts what is whole, unless a test tells it otherwise.

import RelayCore

@testable import RelayWire

struct End {
    var machine: LinkMachine
    /// Bodies that can be sent.
    var bodies: [DocumentID: [UInt8]] = [:]
    /// Bodies that are arriving, and those that arrived whole.
    var staged: [UploadID: [UInt8]] = [:]
    var whole: [DocumentID: [UInt8]] = [:]
    var ended: [TransferID: [Answered]] = [:]
    var sent: [TransferID: Transfer] = [:]
    var events: [LinkEvent] = []
    /// Pieces in the order of their arrival, by document and offset.
    var pieces: [Piece] = []
    /// Bytes on their way to the other end.
    var wire: [UInt8] = []
    var reads: [BodyRead] = []
    var isClosed = false
    // What a test may change
    var isWritable = true
    /// Writes that the connection takes in one step.
    var writesMax = Int.max
    var stores = true
    var readsBodies = true
    var answers = true
    var wants = true
    /// Events wait in `mailbox` until the test has them handled, as an engine's do.
    var isDelayed = false
    var mailbox: [LinkEvent] = []
    var answer: (Offer) -> [Answered] = { offer in
        offer.recipients.map { Answered(recipient: $0, answer: .accepted) }
    }

    init(_ machine: LinkMachine) { self.machine = machine }

    var end: LinkEnd? {
        events.compactMap { if case .closed(let end) = $0 { end } else { nil } }.first
    }
    var offers: [Offer] {
        events.compactMap {
            switch $0 {
            case .offered(let offer), .offeredWhole(let offer, _): offer
            default: nil
            }
        }
    }
    var cuts: [Offer] {
        events.compactMap { if case .cut(let offer) = $0 { offer } else { nil } }
    }

    mutating func forward(_ transfer: Transfer, body: [UInt8], at now: Tick) {
        bodies[transfer.envelope.document] = body
        if case .notTaken(let answers) = machine.forward(transfer, at: now) {
            ended[transfer.id] = answers
        }
    }

    mutating func carryOut(_ new: [LinkEvent], at now: Tick) {
        events += new
        for event in new {
            if case .attempted(let transfer, let answers) = event {
                precondition(ended[transfer] == nil, "attempted twice")
                ended[transfer] = answers
            }
        }
        if isDelayed {
            mailbox += new
        } else {
            handle(new, at: now)
        }
    }

    mutating func handle(_ some: [LinkEvent], at now: Tick) {
        for event in some {
            switch event {
            case .offered(let offer):
                let from = staged[offer.upload]?.count ?? 0
                if wants { machine.want(offer, from: UInt64(from), at: now) }
            case .offeredWhole(let offer, let body):
                whole[offer.envelope.document] = body
                if answers { machine.answer(offer, answer(offer), at: now) }
            case .piece(_, let piece):
                pieces.append(piece)
                if stores { store(piece, at: now) }
            case .whole(let offer, let last):
                if let last { pieces.append(last) }
                let before = staged[offer.upload, default: []]
                whole[offer.envelope.document] = before + (last?.bytes ?? [])
                if answers { machine.answer(offer, answer(offer), at: now) }
            case .attempted, .up, .cut, .unfit, .heard, .unfitMemo, .draining, .closed: break
            }
        }
    }

    mutating func store(_ piece: Piece, at now: Tick) {
        let here = UInt64(staged[piece.upload]?.count ?? 0)
        precondition(piece.offset <= here, "a gap")
        if piece.offset == here { staged[piece.upload, default: []] += piece.bytes }
        machine.stored(piece, at: now)
    }

    /// Lets the machine put onto the wire what it will. True when anything happened.
    mutating func pump(at now: Tick) -> Bool {
        var moved = false
        var writes = 0
        while isWritable && !isClosed && writes < writesMax {
            switch machine.next(at: now) {
            case .send(let bytes):
                wire += bytes
                writes += 1
            case .read(let read):
                reads.append(read)
                if readsBodies { load(read, at: now) }
            case .idle:
                return moved
            case .close:
                isClosed = true
                carryOut(machine.lost(reason: "closed here"), at: now)
            }
            moved = true
        }
        return moved
    }

    mutating func load(_ read: BodyRead, at now: Tick) {
        let body = bodies[read.document, default: []]
        let from = Int(read.offset)
        machine.bodyRead(Array(body[from..<from + read.count]), for: read, at: now)
    }
}

struct Pair {
    var a: End
    var b: End
    var now = Tick(milliseconds: 1_000)
    /// What one read from the connection brings at most.
    var chunkBytes = 100_000
    /// While false, bytes are lost on the way.
    var isJoined = true

    init(
        _ first: LinkSettings = Sample.settings("A"), _ second: LinkSettings = Sample.settings("B")
    ) {
        a = End(
            LinkMachine(
                first, link: LinkID(1), peer: second.relay, isDialledHere: true, at: now))
        b = End(
            LinkMachine(
                second, link: LinkID(2), peer: first.relay, isDialledHere: false, at: now))
    }

    /// A pair whose greetings are over.
    static func up(
        _ first: LinkSettings = Sample.settings("A"), _ second: LinkSettings = Sample.settings("B")
    ) -> Pair {
        var pair = Pair(first, second)
        pair.settle()
        return pair
    }

    /// Carries bytes to and fro until nothing moves any more.
    mutating func settle() {
        while step() {}
    }

    /// One exchange. True when anything moved.
    mutating func step() -> Bool {
        var moved = a.pump(at: now)
        moved = b.pump(at: now) || moved
        moved = Self.carry(&a, &b, chunkBytes, isJoined, now) || moved
        return Self.carry(&b, &a, chunkBytes, isJoined, now) || moved
    }

    private static func carry(
        _ from: inout End, _ to: inout End, _ chunkBytes: Int, _ isJoined: Bool, _ now: Tick
    ) -> Bool {
        guard !from.wire.isEmpty || from.isClosed && !to.isClosed else { return false }
        var rest = from.wire[...]
        from.wire = []
        guard isJoined else { return true }
        while !rest.isEmpty, !to.isClosed {
            let chunk = rest.prefix(chunkBytes)
            rest = rest.dropFirst(chunk.count)
            to.carryOut(to.machine.received(Array(chunk), at: now), at: now)
        }
        if from.isClosed, !to.isClosed {
            to.isClosed = true
            to.carryOut(to.machine.lost(reason: "the peer closed"), at: now)
        }
        return true
    }

    /// Moves the clock from wake-up to wake-up as far as `interval`.
    mutating func pass(_ interval: Interval) {
        let end = now + interval
        settle()
        while let wake = [a.machine.wake, b.machine.wake].compactMap({ $0 }).min(), wake <= end {
            now = max(now, wake)
            a.carryOut(a.machine.tick(now), at: now)
            b.carryOut(b.machine.tick(now), at: now)
            settle()
        }
        now = end
    }

    /// Cuts the connection: whatever is on it is lost.
    mutating func cut() {
        a.wire = []
        b.wire = []
        a.carryOut(a.machine.lost(reason: "cut"), at: now)
        b.carryOut(b.machine.lost(reason: "cut"), at: now)
        a.isClosed = true
        b.isClosed = true
    }

    /// A new connection between the same relays: what is staged and read stays.
    mutating func reconnect() {
        var next = Pair(a.machine.settings, b.machine.settings)
        next.now = now
        next.a.bodies = a.bodies
        next.b.bodies = b.bodies
        next.a.staged = a.staged
        next.b.staged = b.staged
        self = next
        settle()
    }
}
