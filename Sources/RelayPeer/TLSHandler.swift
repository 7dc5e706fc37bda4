// TLS in a NIO pipeline: ciphertext on the socket's side, plaintext on the link's.
//
// Bytes in, bytes out; libssl never sees the socket. Guarantees: nothing is passed on before the
// handshake is complete; when it fails, the alert that tells the other side why is sent before the
// connection closes, and the reason is fired as an error. Leaves to the link: whose certificate it is.

import NIOCore
import OpenSSL

/// Fired down the pipeline when the handshake is complete.
struct TLSEstablished: Sendable {
    let peer: TLSPeer
}

final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case handshaking
        case open
        case over
    }

    /// Four records at once: fewer turns through the pipeline, and still a modest buffer.
    private static let readBytes = 65_536

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

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { goOn(context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .over else { return }
        let ciphertext = unwrapInboundIn(data)
        session.receive(ciphertext.readableBytesSpan)
        goOn(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase != .over {
            phase = .over
            // Without a close-notify somebody may have cut the connection; the link treats both alike,
            // since only a RESULT is custody. What matters here is why a handshake ended.
            if case .failed(let failure) = session.receiveEnd() { context.fireErrorCaught(failure) }
        }
        context.fireChannelInactive()
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard phase == .open else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let plaintext = unwrapOutboundIn(data)
        switch session.write(plaintext.readableBytesSpan) {
        case .complete: send(context, promise)
        case .incomplete, .closed: promise?.fail(ChannelError.ioOnClosedChannel)
        case .failed(let failure):
            promise?.fail(failure)
            fail(context, failure)
        }
    }

    func flush(context: ChannelHandlerContext) {
        hasUnflushed = false
        context.flush()
    }

    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        if phase == .open {
            session.close()
            sendAndFlush(context)
        }
        phase = .over
        context.close(mode: mode, promise: promise)
    }

    /// As far as the bytes that have come allow: the handshake, then plaintext.
    private func goOn(_ context: ChannelHandlerContext) {
        if phase == .handshaking {
            let outcome = session.handshake()
            sendAndFlush(context)
            switch outcome {
            case .incomplete: return
            case .closed: return end(context)
            case .failed(let failure): return fail(context, failure)
            case .complete: break
            }
            guard let peer = session.peer else { preconditionFailure("an open session has a peer") }
            phase = .open
            context.fireUserInboundEventTriggered(TLSEstablished(peer: peer))
        }
        readPlaintext(context)
    }

    private func readPlaintext(_ context: ChannelHandlerContext) {
        while phase == .open {
            var plaintext = context.channel.allocator.buffer(capacity: Self.readBytes)
            var outcome = TLSOutcome.incomplete
            plaintext.writeWithOutputRawSpan(minimumWritableBytes: Self.readBytes) { span in
                outcome = session.read(into: &span)
            }
            if plaintext.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plaintext)) }
            // A read can make libssl answer, for instance with a key update.
            if session.pendingCiphertextBytes > 0 { sendAndFlush(context) }
            switch outcome {
            case .complete: continue
            case .incomplete:
                return
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

    private func end(_ context: ChannelHandlerContext) {
        phase = .over
        context.close(promise: nil)
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure) {
        sendAndFlush(context)
        phase = .over
        context.fireErrorCaught(failure)
        context.close(promise: nil)
    }
}
