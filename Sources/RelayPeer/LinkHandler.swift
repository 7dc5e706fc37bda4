// One connection in NIO, from its handshake to its end: who the other side is, and a `LinkMachine`
// that is driven with what the socket and the engine bring. Holds link state only; policy is the
// core's.
//
// Confined to its event loop. Guarantees: exactly one end for every connection, with the reason
// that came first, at once when it is known and not only when the socket is closed; nothing is
// offered to the engine before the peer's certificate has been held against the configuration.

import NIOCore
import OpenSSL
import RelayCore
import RelayWire
import Synchronization

final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let service: PeerService
    let link: LinkID
    /// The peer that was dialled; nil when it came to us.
    let expected: RelayCode?
    /// The place of the address that was dialled, among the peer's.
    let dialledAddress: Int?
    /// Whom the certificate stands for, or only claims to, when it was turned away for that.
    private(set) var peer: RelayCode?
    /// What it showed, once that was accepted.
    private var certificate: Certificate?
    var machine: LinkMachine?
    private var traffic: PeerTraffic?
    private(set) var isUp = false
    private var hasEnded = false
    private var context: ChannelHandlerContext?
    /// Of a dial: succeeds when the link is up, fails with the reason why it will not be.
    private var dial: EventLoopPromise<Void>?
    private var alarm: Scheduled<Void>?
    private var alarmAt: Tick?
    /// What a drill has put between this connection and its socket; nil outside a drill.
    private(set) var gate: FaultGate?
    private var isPumping = false
    /// All is handed out, and the connection is on its way to its end.
    private var isClosing = false
    /// Bodies whose last piece is on its way to the store.
    var closing: [UploadID: Closing] = [:]
    /// Transfers whose bodies are being held against their digest.
    var checking: Set<UInt64> = []

    struct Closing {
        let offer: Offer
        /// Of the last piece.
        let offset: UInt64
    }

    init(
        _ service: PeerService, link: LinkID, expecting expected: RelayCode?,
        dialled address: Int? = nil
    ) {
        self.service = service
        self.link = link
        self.expected = expected
        dialledAddress = address
    }

    // MARK: - The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if expected != nil { dial = context.eventLoop.makePromise() }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let limit = TimeAmount.milliseconds(service.settings.handshakeTimeout.milliseconds)
        alarm = context.eventLoop.scheduleTask(in: limit) { bound.value.handshakeTimedOut() }
        meetFaults()
    }

    func channelActive(context: ChannelHandlerContext) {
        // Only now the address of the other end is known.
        meetFaults()
        context.fireChannelActive()
    }

    /// Also for a connection that never came about, which has no other end.
    func handlerRemoved(context: ChannelHandlerContext) {
        conclude("no connection came about")
        self.context = nil
    }

    /// How a dial goes on; to be asked while the handler is in its pipeline.
    var dialled: EventLoopFuture<Void>? { dial?.futureResult }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let established = event as? TLSEstablished {
            greet(established.peer)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        traffic?.received.add(UInt64(bytes.count), ordering: .relaxed)
        if let events = machine?.received(bytes, at: service.tick) { carryOut(events) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        pump()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump()
        context.fireChannelWritabilityChanged()
    }

    /// What went wrong below: the socket, or TLS. Both close the connection by themselves.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let refused = error as? RefusedPeer {
            peer = PeerIdentity(of: refused.certificate, among: service.settings.peers).claimed
        }
        conclude(Words.of(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        conclude("the connection was closed")
        context.fireChannelInactive()
    }

    private func handshakeTimedOut() {
        let limit = service.settings.handshakeTimeout.milliseconds
        dismiss("no TLS handshake within \(limit) ms")
    }

    // MARK: - Who it is

    private func greet(_ tls: TLSPeer) {
        guard !hasEnded else { return }
        alarm?.cancel()
        alarm = nil
        let identity = PeerIdentity(of: tls.certificate, among: service.settings.peers)
        switch identity.judged(expecting: expected) {
        case .success(let peer):
            self.peer = peer
            certificate = tls.certificate
            guard meetFaults() else { return }
            service.noteCertificate(tls.certificate, of: peer)
            traffic = service.traffic(of: peer)
            machine = LinkMachine(
                service.settings.link(to: peer), link: link, peer: peer,
                isDialledHere: expected != nil,
                at: service.tick)
            pump()
        case .failure(let refusal):
            peer = identity.claimed
            refuse(refusal.text)
        }
    }

    /// The settings have changed: is the other side still whom we would let in?
    func reconsider() {
        guard !hasEnded, let peer, let certificate else { return }
        guard service.settings.peers[peer] != nil else {
            return close(reason: "it is no configured peer any more")
        }
        let identity = PeerIdentity(of: certificate, among: service.settings.peers)
        if case .failure(let refusal) = identity.judged(expecting: peer) {
            return close(reason: refusal.text)
        }
        machine?.keepPace(service.settings.peers[peer]?.bytesPerSecond, at: service.tick)
        pump()
    }

    /// Says why before it closes, so that both logs have the reason.
    func refuse(_ reason: String) {
        let here = service.settings.relay
        var farewell = LinkMachine(
            service.settings.link(), link: link, peer: here, isDialledHere: expected != nil,
            at: service.tick)
        _ = farewell.close(reason: "\(here) refused: \(reason)")
        while case .send(let bytes) = farewell.next(at: service.tick) { write(bytes) }
        context?.flush()
        dismiss("refused the other side: \(reason)")
    }

    // MARK: - The end

    /// Lets what runs finish, and takes in nothing new.
    func drain(reason: String) {
        guard let events = machine?.drain(reason: reason) else { return dismiss(reason) }
        carryOut(events)
        pump()
    }

    /// Ends it now.
    func close(reason: String) {
        guard let events = machine?.close(reason: reason) else { return dismiss(reason) }
        carryOut(events)
        pump()
    }

    /// Ends it without a word to the other side.
    func dismiss(_ reason: String) {
        conclude(reason)
        context?.close(promise: nil)
    }

    private func conclude(_ reason: String) {
        if let events = machine?.lost(reason: reason) { carryOut(events) }
        end(reason)
    }

    /// The first reason is the one that counts.
    func end(_ reason: String) {
        guard !hasEnded else { return }
        hasEnded = true
        alarm?.cancel()
        closing = [:]
        checking = []
        service.ended(
            LinkEnding(
                link: link, peer: peer, isDialledHere: expected != nil, wasUp: isUp,
                from: context?.remoteAddress, reason: reason))
        dial?.fail(PeerError(text: reason))
        dial = nil
    }

    var remoteHost: String? { context?.remoteAddress?.ipAddress }

    /// Puts a gate in place, changes the one that is there, or opens and removes it.
    func passGate(_ mode: FaultGate.Mode) {
        if let gate {
            gate.become(mode)
            if mode == .open { self.gate = nil }
        } else if mode != .open, let context {
            let gate = FaultGate(mode)
            self.gate = gate
            try? context.pipeline.syncOperations.addHandler(gate, position: .first)
        }
    }

    func begin(_ up: LinkUp) {
        isUp = true
        service.linkUp(up)
        dial?.succeed()
        dial = nil
    }

    // MARK: - Output and time

    /// Hands out what the connection takes; after the end also what it does not take at once, which
    /// is no more than a farewell.
    func pump() {
        // A flush makes room, which calls this again: whoever is at it already looks once more. And
        // a second close would be immediate, and cut off what still has to go out.
        guard !isPumping, !isClosing else { return }
        isPumping = true
        defer {
            isPumping = false
            setAlarm()
        }
        guard let context, machine != nil else { return }
        while hand(out: context) { context.flush() }
    }

    /// Hands out what fits. True when there is something to flush, after which more may fit.
    private func hand(out context: ChannelHandlerContext) -> Bool {
        var hasWritten = false
        while hasEnded || (context.channel.isWritable && gate?.takesBytes ?? true) {
            switch machine?.next(at: service.tick) {
            case .send(let bytes):
                write(bytes)
                hasWritten = true
            case .read(let read): fetch(read)
            case .close:
                isClosing = true
                context.flush()
                context.close(promise: nil)
                return false
            case .idle, nil: return hasWritten
            }
        }
        return hasWritten
    }

    private func write(_ bytes: [UInt8]) {
        guard let context else { return }
        traffic?.sent.add(UInt64(bytes.count), ordering: .relaxed)
        context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    /// Runs `work` outside the event loop, and `then` on it, if the connection is still there.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable () async -> Value,
        then: @escaping @Sendable (LinkHandler, Value) -> Void
    ) {
        guard let eventLoop = context?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        Task {
            let value = await work()
            eventLoop.execute { then(bound.value, value) }
        }
    }

    private func fetch(_ read: BodyRead) {
        let delegate = service.delegate
        perform {
            await delegate.body(of: read.document, from: read.offset, count: read.count)
        } then: { handler, bytes in
            handler.fetched(read, bytes)
        }
    }

    /// Only ever earlier: most inputs move the wake-up back, and one alarm too early costs less
    /// than a new one for every input.
    private func setAlarm() {
        guard let context, let wake = machine?.wake, alarmAt.map({ wake < $0 }) ?? true else {
            return
        }
        alarm?.cancel()
        alarmAt = wake
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let pause = max(0, (wake - service.tick).milliseconds)
        alarm = context.eventLoop.scheduleTask(in: .milliseconds(pause)) { bound.value.wakeUp() }
    }

    private func wakeUp() {
        alarmAt = nil
        if let events = machine?.tick(service.tick) { carryOut(events) }
        pump()
    }
}
