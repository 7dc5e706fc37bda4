// TLS in a NIO pipeline: ciphertext on the socket's side, plaintext on the link's.
//
// Bytes in, bytes out; libssl never sees the socket. Guarantees: nothing is passed on before the
// handshake is complete; when it fails, the reason is fired as an error, and the alert that tells
// the other side why gets there before the connection closes. Leaves to the link: whose certificate
// it is.

import NIOCore
import OpenSSL

/// Fired down the pipeline when the handshake is complete.
struct TLSEstablished: Sendable {
    let peer: TLSPeer
}

/// The other side's certificate was refused, and which one that was.
struct RefusedPeer: Error, CustomStringConvertible {
    let failure: TLSFailure
    let certificate: Certificate
    var description: String { failure.description }
}

final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case handshaking
        case open
        /// We have said our last and drop what still comes: a socket that is closed with bytes
        /// unread answers with a reset, which can overtake the alert or the farewell on its way.
        case lingering(until: Scheduled<Void>)
        case over
    }

    /// Four records at once: fewer turns through the pipeline, and still a modest buffer.
    private static let readBytes = 65_536

    /// How long the other side has for its own end of the connection: some round trips on any
    /// network.
    static let lingering = TimeAmount.seconds(1)

    private var session: TLSSession
    private var phase = Phase.handshaking
    private var hasUnflushed = false

    init(_ context: TLSContext, as role: TLSSession.Role) throws(OpenSSLError) {
        session = try TLSSession(context, as: role)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        goOn(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .handshaking, .open: break
        case .lingering, .over: return
        }
        let ciphertext = unwrapInboundIn(data)
        session.receive(ciphertext.readableBytesSpan)
        goOn(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let former = phase
        phase = .over
        switch former {
        case .handshaking:
            context.fireErrorCaught(
                PeerError(text: "the connection was closed during the TLS handshake"))
        case .open:
            // Without a close-notify somebody may have cut the connection; the link treats both
            // alike, since only a RESULT is custody.
            if case .failed(let failure) = session.receiveEnd() { context.fireErrorCaught(failure) }
        case .lingering(let end): end.cancel()
        case .over: break
        }
        context.fireChannelInactive()
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard case .open = phase else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let plaintext = unwrapOutboundIn(data)
        switch session.write(plaintext.readableBytesSpan) {
        case .complete: send(context, promise)
        case .closed: promise?.fail(ChannelError.ioOnClosedChannel)
        case .incomplete:
            // Memory has always room, and nothing here waits for a renegotiation.
            preconditionFailure("an open session takes what is written")
        case .failed(let failure):
            promise?.fail(failure)
            fail(context, failure)
        }
    }

    func flush(context: ChannelHandlerContext) {
        hasUnflushed = false
        context.flush()
    }

    /// The first close says that nothing more comes and leaves the other side a moment to take it
    /// in; a second one, or one before the handshake is complete, is immediate.
    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        guard mode == .all, case .open = phase else {
            context.close(mode: mode, promise: promise)
            return
        }
        context.channel.closeFuture.cascade(to: promise)
        linger(context)
        session.close()
        sendAndFlush(context)
        // Whatever waits to be sent still goes out first.
        context.close(mode: .output, promise: nil)
    }

    /// As far as the bytes that have come allow: the handshake, then plaintext.
    private func goOn(_ context: ChannelHandlerContext) {
        if case .handshaking = phase {
            let outcome = session.handshake()
            if case .failed(let failure) = outcome { return fail(context, failure) }
            sendAndFlush(context)
            // A write that fails closes the connection at once.
            guard case .handshaking = phase, outcome == .complete else { return }
            guard let peer = session.peer else { preconditionFailure("an open session has a peer") }
            phase = .open
            context.fireUserInboundEventTriggered(TLSEstablished(peer: peer))
        }
        readPlaintext(context)
    }

    private func readPlaintext(_ context: ChannelHandlerContext) {
        while case .open = phase {
            var plaintext = context.channel.allocator.buffer(capacity: Self.readBytes)
            var outcome = TLSOutcome.incomplete
            plaintext.writeWithOutputRawSpan(minimumWritableBytes: Self.readBytes) { span in
                outcome = session.read(into: &span)
            }
            if plaintext.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plaintext)) }
            guard case .open = phase else { return }
            switch outcome {
            case .complete, .incomplete:
                // A read can make libssl answer, for instance to a key update.
                if session.pendingCiphertextBytes > 0 { sendAndFlush(context) }
                if outcome == .incomplete { return }
            case .closed: return end(context)
            case .failed(let failure): return fail(context, failure)
            }
        }
    }

    private func send(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let count = session.pendingCiphertextBytes
        guard count > 0 else {
            promise?.succeed()
            return
        }
        var ciphertext = context.channel.allocator.buffer(capacity: count)
        ciphertext.writeWithOutputRawSpan(minimumWritableBytes: count) { span in
            session.takeCiphertext(into: &span)
        }
        hasUnflushed = true
        context.write(wrapOutboundOut(ciphertext), promise: promise)
    }

    private func sendAndFlush(_ context: ChannelHandlerContext) {
        send(context, nil)
        if hasUnflushed { flush(context: context) }
    }

    /// The other side has said that it sends nothing more: nothing of ours can be lost by closing.
    private func end(_ context: ChannelHandlerContext) {
        phase = .over
        session.close()
        sendAndFlush(context)
        context.close(promise: nil)
    }

    /// Tells the link first: the writes may themselves fail, and then close with another reason.
    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure) {
        linger(context)
        if let certificate = session.refusedCertificate {
            context.fireErrorCaught(RefusedPeer(failure: failure, certificate: certificate))
        } else {
            context.fireErrorCaught(failure)
        }
        sendAndFlush(context)
        context.close(mode: .output, promise: nil)
    }

    private func linger(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        phase = .lingering(
            until: context.eventLoop.scheduleTask(in: Self.lingering) {
                bound.value.close(promise: nil)
            })
    }
}
