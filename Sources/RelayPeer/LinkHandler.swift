// One link in NIO: drives a `LinkMachine` with what the socket and the engine bring, and carries out what
// it says. Holds link state only; policy is the core's.
//
// Confined to its event loop. Guarantees: exactly one `ended` for every connection; nothing is offered to
// the engine before the peer's certificate has been held against the configuration.

import Logging
import NIOCore
import OpenSSL
import RelayCore
import RelayWire

final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let service: PeerService
    private let link: LinkID
    /// The peer that was dialled; nil when it came to us.
    private let expected: RelayCode?
    private var machine: LinkMachine?
    private var context: ChannelHandlerContext?
    private var peer: RelayCode?
    private var isUp = false
    private var hasEnded = false
    private var failure: String?
    private var alarm: Scheduled<Void>?
    private var alarmAt: Tick?
    /// Offers whose last piece is on its way to the store. Pieces before it may be, too.
    private var closing: [UploadID: (offer: Offer, lastOffset: UInt64)] = [:]

    init(_ service: PeerService, link: LinkID, expecting expected: RelayCode?) {
        self.service = service
        self.link = link
        self.expected = expected
    }

    // MARK: - The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let limit = TimeAmount.milliseconds(service.settings.handshakeTimeout.milliseconds)
        alarm = context.eventLoop.scheduleTask(in: limit) { bound.value.handshakeTimedOut() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let established = event as? TLSEstablished else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        alarm?.cancel()
        alarm = nil
        greet(established.peer.certificate)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        guard let events = machine?.received(bytes, at: service.tick) else { return }
        carryOut(events)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        pump()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if failure == nil { failure = "\(error)" }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        let reason = failure ?? "the connection was closed"
        if let events = machine?.lost(reason: reason) { carryOut(events) }
        end(reason)
        self.context = nil
        context.fireChannelInactive()
    }

    private func handshakeTimedOut() {
        failure = "no TLS handshake within \(service.settings.handshakeTimeout.milliseconds) ms"
        context?.close(promise: nil)
    }

    // MARK: - Who it is

    private func greet(_ certificate: Certificate) {
        let identity = PeerIdentity(of: certificate, among: service.settings.peers)
        let peer = expected ?? identity.candidates.sorted().first
        guard let peer, identity.candidates.contains(peer) else {
            refuse(identity)
            return
        }
        self.peer = peer
        service.noteCertificate(certificate, of: peer)
        machine = LinkMachine(
            service.settings.link, link: link, peer: peer, isDialledHere: expected != nil,
            at: service.tick)
        pump()
    }

    /// Says why before it closes, so that both logs have the reason.
    private func refuse(_ identity: PeerIdentity) {
        let whom = expected.map { "not \($0), which was dialled: " } ?? ""
        failure = "refused the other side: \(whom)\(identity.reason)"
        var farewell = LinkMachine(
            service.settings.link, link: link, peer: service.settings.relay,
            isDialledHere: expected != nil, at: service.tick)
        _ = farewell.close(reason: "\(service.settings.relay) refused: \(identity.reason)")
        while case .send(let bytes) = farewell.next(at: service.tick) { write(bytes) }
        context?.flush()
        context?.close(promise: nil)
    }

    // MARK: - What the engine wants

    func perform(_ commands: [LinkCommand]) {
        for command in commands {
            switch command {
            case .forward(let transfer): forward(transfer)
            case .want(let offer, let offset): machine?.want(offer, from: offset, at: service.tick)
            case .answer(let offer, let answers):
                service.forget(offer.upload, on: link)
                machine?.answer(offer, answers, at: service.tick)
            case .close(let reason):
                if let events = machine?.close(reason: reason) { carryOut(events) }
            }
        }
        pump()
    }

    private func forward(_ transfer: Transfer) {
        guard isUp, !hasEnded, machine != nil else {
            // The link ended in this moment; the engine has heard of it, or will.
            service.delegate.post(.attempted(transfer.id, transfer.unknown))
            return
        }
        if case .notTaken(let answers) = machine?.forward(transfer, at: service.tick) {
            service.delegate.post(.attempted(transfer.id, answers))
        }
    }

    func stored(_ piece: Piece) {
        if let (offer, last) = closing[piece.upload], piece.offset == last {
            closing[piece.upload] = nil
            check(offer)
        } else {
            machine?.stored(piece, at: service.tick)
            pump()
        }
    }

    func notStored(_ piece: Piece) {
        if let (offer, _) = closing.removeValue(forKey: piece.upload) {
            service.delegate.post(.offerFailed(offer, .notStored))
            return
        }
        for offer in machine?.notStored(piece, at: service.tick) ?? [] {
            service.delegate.post(.offerFailed(offer, .notStored))
        }
        pump()
    }

    func drain(reason: String) {
        if let events = machine?.drain(reason: reason) { carryOut(events) }
        pump()
        if machine == nil { context?.close(promise: nil) }
    }

    // MARK: - What the machine says

    private func carryOut(_ events: [LinkEvent]) {
        for event in events {
            switch event {
            case .up(let up):
                isUp = true
                service.linkUp(up, self, context)
            case .offered(let offer): service.delegate.post(.offered(offer))
            case .offeredWhole(let offer, let body): take(offer, body)
            case .piece(let offer, let piece):
                service.remember(offer.upload, on: link)
                service.delegate.stage(piece)
            case .whole(let offer, let last): close(offer, with: last)
            case .cut(let offer):
                service.forget(offer.upload, on: link)
                service.delegate.post(.offerFailed(offer, .cut))
            case .unfit(let transfer, let fault):
                service.logger.warning(
                    "offer refused: it cannot be read",
                    metadata: ["peer": "\(name)", "transfer": "\(transfer)", "fault": "\(fault)"])
            case .attempted(let transfer, let answers):
                service.delegate.post(.attempted(transfer, answers))
            case .draining(let reason):
                service.logger.info(
                    "peer is stopping", metadata: ["peer": "\(name)", "reason": "\(reason)"])
            case .closed(let linkEnd): end(linkEnd.reason)
            }
        }
    }

    private var name: String { peer?.text ?? "unknown" }

    /// A body of some kilobytes: hashing it here costs less than handing it to another thread.
    private func take(_ offer: Offer, _ body: [UInt8]) {
        guard SHA256Digest(bytes: SHA256.digest(body)) == offer.envelope.digest else {
            service.delegate.post(.offerFailed(offer, .digestMismatch))
            return
        }
        service.delegate.take(offer, body: Piece(upload: offer.upload, offset: 0, bytes: body))
    }

    private func close(_ offer: Offer, with last: Piece?) {
        guard let last else { return check(offer) }
        closing[offer.upload] = (offer, last.offset)
        service.remember(offer.upload, on: link)
        service.delegate.stage(last)
    }

    /// All of the body is durable: is it what the offer announced?
    private func check(_ offer: Offer) {
        service.forget(offer.upload, on: link)
        let delegate = service.delegate
        Task {
            guard let digest = await delegate.digest(of: offer.upload) else {
                delegate.post(.offerFailed(offer, .notStored))
                return
            }
            let isRight = digest == offer.envelope.digest
            delegate.post(isRight ? .received(offer) : .offerFailed(offer, .digestMismatch))
        }
    }

    private func end(_ reason: String) {
        guard !hasEnded else { return }
        hasEnded = true
        closing = [:]
        service.ended(
            LinkEnding(
                link: link, peer: peer ?? expected, isDialledHere: expected != nil, wasUp: isUp,
                reason: failure ?? reason))
    }

    // MARK: - Output and time

    /// Hands out what the connection takes.
    private func pump() {
        defer { setAlarm() }
        guard let context, machine != nil else { return }
        var hasWritten = false
        defer { if hasWritten { context.flush() } }
        while context.channel.isWritable {
            switch machine?.next(at: service.tick) {
            case .send(let bytes):
                write(bytes)
                hasWritten = true
            case .read(let read): fetch(read, context.eventLoop)
            case .close:
                context.flush()
                context.close(promise: nil)
                return
            case .idle, nil: return
            }
        }
    }

    private func write(_ bytes: [UInt8]) {
        guard let context else { return }
        context.write(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func fetch(_ read: BodyRead, _ eventLoop: any EventLoop) {
        let delegate = service.delegate
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        Task {
            let bytes = await delegate.body(of: read.document, from: read.offset, count: read.count)
            eventLoop.execute { bound.value.fetched(read, bytes) }
        }
    }

    private func fetched(_ read: BodyRead, _ bytes: [UInt8]?) {
        if let bytes, bytes.count == read.count {
            machine?.bodyRead(bytes, for: read, at: service.tick)
        } else if let events = machine?.bodyUnreadable(read) {
            service.logger.error(
                "a body cannot be read", metadata: ["document": "\(read.document)"])
            carryOut(events)
        }
        pump()
    }

    /// Only ever earlier: most inputs move the wake-up back, and one alarm too early costs less than a
    /// new one for every input.
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

extension Transfer {
    fileprivate var unknown: [Answered] {
        recipients.map { Answered(recipient: $0, answer: .unknown) }
    }
}
