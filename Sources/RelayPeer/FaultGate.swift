// What stands between a connection and its socket while a drill hangs it or slows it down; in no
// pipeline otherwise.
//
// Guarantees: bytes keep their order and none is lost while the connection lives, so a link whose
// fault is lifted in time goes on as after a stall of the network. What it holds is bounded: the
// link stops writing when it holds too much, and the socket is not read.

import NIOCore
import RelayCore

final class FaultGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Mode: Equatable {
        case open
        case shut
        case slow(Fault.Slowness)
    }

    private struct Held {
        let data: NIOAny
        let byteCount: Int
        let promise: EventLoopPromise<Void>?
        /// When it may go; nil while the gate is shut.
        let at: NIODeadline?
    }

    /// As the socket's own buffer: two pieces.
    private static let heldBytesMax = 2 * Limits.pieceBytes

    private var mode: Mode
    private var outgoing: [Held] = []
    private var heldBytes = 0
    /// When the line is free again, at the rate of a slow one.
    private var freeAt = NIODeadline.now()
    private var release: Scheduled<Void>?
    private var incoming: [NIOAny] = []
    private var isReadOwed = false
    private var context: ChannelHandlerContext?

    init(_ mode: Mode) { self.mode = mode }

    /// Whether the link may write more.
    var takesBytes: Bool { heldBytes < Self.heldBytesMax }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        release?.cancel()
        drop()
        self.context = nil
    }

    /// Another fault, or none any more: then it lets go of everything and leaves the pipeline.
    func become(_ next: Mode) {
        guard next != mode, let context else { return }
        let former = mode
        mode = next
        release?.cancel()
        release = nil
        // Slow or open, what was held goes on; a delay that it has waited for already is not added.
        if former == .shut || next == .open { pass(all: outgoing.count) }
        guard next != .shut else { return }
        arrange()
        for data in incoming { context.fireChannelRead(data) }
        if !incoming.isEmpty { context.fireChannelReadComplete() }
        incoming = []
        if isReadOwed {
            isReadOwed = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
        if next == .open { context.pipeline.syncOperations.removeHandler(self, promise: nil) }
    }

    // MARK: - Coming in

    func read(context: ChannelHandlerContext) {
        if mode == .shut { isReadOwed = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if mode == .shut { incoming.append(data) } else { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if mode != .shut { context.fireChannelReadComplete() }
    }

    // MARK: - Going out

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let count = unwrapOutboundIn(data).readableBytes
        switch mode {
        case .open: context.write(data, promise: promise)
        case .shut: hold(data, count, promise, until: nil)
        case .slow(let slowness):
            let start = max(freeAt, .now())
            if let rate = slowness.bytesPerSecond {
                let nanoseconds = Int64(count) * 1_000_000_000 / Int64(clamping: max(1, rate))
                freeAt = start + .nanoseconds(nanoseconds)
            } else {
                freeAt = start
            }
            hold(
                data, count, promise,
                until: freeAt + .milliseconds(slowness.delay.milliseconds))
        }
    }

    func flush(context: ChannelHandlerContext) {
        if mode == .open { context.flush() } else { arrange() }
    }

    /// A shut gate lets nothing out, a slow one all that it holds: both ways the link has ended.
    func close(
        context: ChannelHandlerContext, mode closing: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        if mode == .shut { drop() } else { pass(all: outgoing.count) }
        context.close(mode: closing, promise: promise)
    }

    private func hold(
        _ data: NIOAny, _ count: Int, _ promise: EventLoopPromise<Void>?, until time: NIODeadline?
    ) {
        outgoing.append(Held(data: data, byteCount: count, promise: promise, at: time))
        heldBytes += count
    }

    /// One alarm, for the first that may go.
    private func arrange() {
        guard release == nil, let context, let time = outgoing.first?.at else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        release = context.eventLoop.scheduleTask(deadline: time) {
            bound.value.release = nil
            bound.value.passDue()
        }
    }

    private func passDue() {
        let now = NIODeadline.now()
        pass(all: outgoing.prefix { $0.at.map { $0 <= now } ?? false }.count)
        arrange()
    }

    private func pass(all count: Int) {
        guard count > 0, let context else { return }
        let wasFull = !takesBytes
        let passing = outgoing.prefix(count)
        outgoing.removeFirst(count)
        for held in passing {
            heldBytes -= held.byteCount
            context.write(held.data, promise: held.promise)
        }
        context.flush()
        if wasFull && takesBytes { context.fireChannelWritabilityChanged() }
    }

    private func drop() {
        let dropped = outgoing
        outgoing = []
        heldBytes = 0
        for held in dropped { held.promise?.fail(ChannelError.ioOnClosedChannel) }
    }
}
