// One end of one link between two relays, over any reliable stream of bytes. Knows neither sockets
// nor clocks: bytes and ticks come in, events and bytes come out. In production it runs over TLS,
// in the simulator over a virtual network.
//
// How a shell drives it: hand every input to the method named for it and carry out the events that
// come back, in order; then, as long as the connection can take bytes, call `next` and do what it
// says, until it says `idle`; call `tick` when `wake` has come. The machine never holds more output
// than what its transfers need, so a connection that takes no bytes costs no memory.
//
// Three kinds of impossible: our own bug traps, the peer's fault closes the link with a reason, and
// a race that the protocol allows (a frame for a transfer that has just ended) is ignored.

package import RelayCore

package struct LinkMachine: Sendable {
    package let link: LinkID
    /// Whom the certificate names.
    package let peer: RelayCode
    let settings: LinkSettings
    let isDialledHere: Bool
    var phase: Phase
    var outgoing = OutgoingTransfers()
    var incoming: IncomingTransfers
    private var reader = FrameReader()
    /// Small frames to be handed out before anything else.
    var control: [UInt8] = []
    /// Memos that go out after these.
    var memos: [UInt8] = []
    var quotas = MemoQuotas()
    /// The rest of a DATA frame whose head was handed out: nothing may come between.
    var begunPiece: [UInt8]?
    /// Nil when bodies may take all that the connection gives.
    var pace: Pace?
    /// Whether a piece may go now although offers are due.
    private var isPiecesTurn = false
    /// The token of a PING that was not answered yet. Only the last counts, so that they cannot
    /// pile up.
    var owedPong: UInt64?
    var heardAt: Tick
    var pingAt: Tick
    var pings: UInt64 = 0
    var checkedAt: Tick
    var remindedAt: Tick

    /// Can transition to the next in order, and from every one to `closed`.
    enum Phase: Sendable {
        /// HELLO was sent; the peer's is to come by then.
        case greeting(by: Tick)
        case up(Agreement)
        /// A GOODBYE was said: no new offers, what runs may finish.
        case draining(Agreement, by: Side)
        /// The shell knows how it ended; this may still be handed out.
        case closed(goodbye: [UInt8]?)
    }

    /// Who said GOODBYE.
    enum Side: Sendable {
        case here
        case there
        case both
    }

    /// The connection is there, and the certificates of both ends are checked.
    package init(
        _ settings: LinkSettings, link: LinkID, peer: RelayCode, isDialledHere: Bool, at now: Tick
    ) {
        precondition(settings.places > 0, "a link takes one transfer at least")
        self.settings = settings
        self.link = link
        self.peer = peer
        self.isDialledHere = isDialledHere
        phase = .greeting(by: now + settings.helloWithin)
        incoming = IncomingTransfers(
            places: settings.places, inlineBytesMax: settings.inlineBytesMax)
        pace = settings.bytesPerSecond.map { Pace($0, at: now) }
        heardAt = now
        pingAt = now + settings.keepAlive
        checkedAt = now
        remindedAt = now
        FrameWriter.append(.hello, HelloMessage(settings), to: &control)
    }

    /// Bytes have come from the peer.
    package mutating func received(_ bytes: [UInt8], at now: Tick) -> [LinkEvent] {
        heardAt = now
        var events: [LinkEvent] = []
        var rest = bytes[...]
        do throws(LinkFault) {
            while !isClosed, let frame = try reader.next(&rest) {
                try take(frame, at: now, &events)
            }
        } catch {
            close(
                LinkEnd(cause: .fault(error), reason: error.description), saying: error.code,
                &events)
        }
        return events
    }

    /// What to do for the output now. To be called only while the connection can take bytes.
    package mutating func next(at now: Tick) -> LinkOutput {
        if let piece = begunPiece.take() { return .send(piece) }
        if case .closed(let goodbye) = phase {
            phase = .closed(goodbye: nil)
            return goodbye.map { .send($0) } ?? .close
        }
        if isPiecesTurn, !outgoing.hasExpressOffer, let head = takePiece(at: now) {
            return .send(head)
        }
        if let bytes = takeSmall(at: now) { return .send(bytes) }
        if let read = outgoing.nextRead() { return .read(read) }
        if let head = takePiece(at: now) { return .send(head) }
        return isDrained ? .close : .idle
    }

    /// Control frames, then offers, as many as go out together.
    private mutating func takeSmall(at now: Tick) -> [UInt8]? {
        var bytes: [UInt8] = []
        swap(&bytes, &control)
        incoming.resultsSent()
        if let token = owedPong.take() {
            FrameWriter.append(.pong, PingMessage(token: token), to: &bytes)
        }
        bytes += memos
        memos = []
        while bytes.count < WireLimits.outputBytes,
            outgoing.hasOffer(atLeast: leastPriority(at: now))
        {
            let body = outgoing.appendOffer(to: &bytes, at: now)
            pace?.charge(body, at: now)
            isPiecesTurn = true
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// The head of a DATA frame; the part of the piece that is in it goes next.
    private mutating func takePiece(at now: Tick) -> [UInt8]? {
        isPiecesTurn = false
        var bytes: [UInt8] = []
        var later: [UInt8] = []
        guard
            let part = outgoing.takePart(
                atLeast: leastPriority(at: now), head: &bytes, control: &later, at: now)
        else { return nil }
        pace?.charge(part.count, at: now)
        begunPiece = part
        control += later
        return bytes
    }

    /// Transfers that run now.
    package var sending: Int { outgoing.count }
    package var receiving: Int { incoming.count }

    var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    private var isDrained: Bool {
        guard case .draining = phase else { return false }
        return outgoing.isEmpty && incoming.isEmpty
    }
}

extension PingMessage {
    init(token: UInt64) {
        self.init()
        self.token = token
    }
}
