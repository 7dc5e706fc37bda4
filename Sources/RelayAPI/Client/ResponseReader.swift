// The client's end of a connection's pipeline: hands out the parts of a response one at a time, and
// reads from the socket only when one is asked for, so that whoever takes the parts sets the pace.
//
// It also watches the clock: when nothing has moved for the idle time while an exchange runs, the
// connection is closed. All of it runs on the connection's event loop.

import NIOCore
import NIOHTTP1

final class ResponseReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private var parts: [HTTPClientResponsePart] = []
    private var waiting: EventLoopPromise<HTTPClientResponsePart>?
    private var failure: ClientError?
    private var context: ChannelHandlerContext?

    private let idle: TimeAmount
    private var isExchanging = false
    private var lastMove = NIODeadline.now()
    private var watch: Scheduled<Void>?

    init(idle: TimeAmount) {
        self.idle = idle
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(.cut("the relay closed the connection"))
        watch?.cancel()
        self.context = nil
    }

    // MARK: For the connection

    /// An exchange begins, and with it the clock.
    func begin() {
        isExchanging = true
        lastMove = .now()
        schedule()
    }

    /// The exchange is over and the connection rests. One read stays open, so that its end is
    /// noticed.
    func rest() {
        isExchanging = false
        watch?.cancel()
        watch = nil
        context?.read()
    }

    /// Something was sent.
    func moved() { lastMove = .now() }

    /// Fails with `ClientError`. What came before a failure is handed out first.
    func next(on loop: any EventLoop) -> EventLoopFuture<HTTPClientResponsePart> {
        if !parts.isEmpty { return loop.makeSucceededFuture(parts.removeFirst()) }
        if let failure { return loop.makeFailedFuture(failure) }
        precondition(waiting == nil, "one reader at a time")
        let promise = loop.makePromise(of: HTTPClientResponsePart.self)
        waiting = promise
        context?.read()
        return promise.futureResult
    }

    // MARK: From the channel

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastMove = .now()
        guard isExchanging else {
            // Nothing was asked for. Whatever this is, the connection is of no use any more.
            fail(.cut("the relay sent what was not asked for"))
            context.close(promise: nil)
            return
        }
        let part = unwrapInboundIn(data)
        if let promise = waiting {
            waiting = nil
            promise.succeed(part)
        } else {
            parts.append(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if waiting != nil { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.cut("the relay closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError, error as? HTTPParserError != .invalidEOFState {
            fail(.unintelligible(status: nil, detail: "\(error)"))
        } else {
            fail(.cut("\(error)"))
        }
        context.close(promise: nil)
    }

    /// The first failure is the cause, and stays.
    private func fail(_ error: ClientError) {
        if failure == nil { failure = error }
        if let promise = waiting {
            waiting = nil
            promise.fail(failure ?? error)
        }
    }

    /// Looks again when the idle time would be over, had nothing moved since.
    private func schedule() {
        guard let context, isExchanging, watch == nil else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.assumeIsolated().scheduleTask(deadline: lastMove + idle) {
            let (reader, context) = bound.value
            reader.watch = nil
            guard reader.isExchanging else { return }
            if NIODeadline.now() >= reader.lastMove + reader.idle {
                let milliseconds = reader.idle.nanoseconds / 1_000_000
                reader.fail(.timedOut("nothing moved for \(milliseconds) ms"))
                context.close(promise: nil)
            } else {
                reader.schedule()
            }
        }
    }
}
