// Keeps one connection of the server in order, below the HTTP types, where Hummingbird does not:
//
// * what cannot be parsed is answered with a problem, after the answers that are still due;
// * an answer is written out before the connection closes, however slowly the client reads it, but
//   a client that reads nothing for the idle time is cut off;
// * the rest of a refused upload is read so that the connection stays usable, within a bound;
// * `Expect: 100-continue` is answered.
//
// It knows nothing of endpoints. All of it runs on the connection's event loop.

import NIOCore
import NIOHTTP1

final class ConnectionKeeper: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let idle: TimeAmount
    private let bodyBytesMax: Int64

    /// Whether a request's head has come and its end has not.
    private var requestIsOpen = false
    /// Requests whose answers are not complete.
    private var answersDue = 0
    /// Bytes of an upload that came after its answer.
    private var drained = 0
    /// What cannot be parsed, while answers to earlier requests are due.
    private var unanswered: Problem?
    /// Nothing that comes in after this is looked at.
    private var inputIsBroken = false

    private var writesPending = 0
    private var lastWrite = NIODeadline.now()
    private var closing: EventLoopPromise<Void>?
    private var watch: Scheduled<Void>?

    init(idle: TimeAmount, bodyBytesMax: Int64) {
        self.idle = idle
        self.bodyBytesMax = bodyBytesMax
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
        closing?.succeed()
        closing = nil
    }

    // MARK: From the client

    /// Counts requests and answers against each other, and lets pass what is in order.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !inputIsBroken else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            requestIsOpen = true
            answersDue += 1
            if expectsContinue(head) {
                let part = HTTPServerResponsePart.head(
                    HTTPResponseHead(version: head.version, status: .continue))
                context.writeAndFlush(wrapOutboundOut(part), promise: nil)
            }
        case .body(let bytes):
            // The answer is out already: this is the rest of an upload that was refused.
            if answersDue == 0 {
                drained += bytes.readableBytes
                if drained > APILimits.drainBytesMax {
                    inputIsBroken = true
                    close(context: context, mode: .all, promise: nil)
                    return
                }
            }
        case .end:
            requestIsOpen = false
            drained = 0
        }
        context.fireChannelRead(data)
    }

    /// Who answers to what cannot be parsed depends on where it stands: within a body, the handler
    /// of that request does; between requests, this does, after the answers that are still due.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let parserError = error as? HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        guard !inputIsBroken else { return }
        inputIsBroken = true
        if requestIsOpen, answersDue > 0 {
            // The handler that reads the body learns of it, and answers.
            context.fireErrorCaught(error)
        } else if answersDue > 0 {
            unanswered = Self.problem(parserError)
        } else if !requestIsOpen {
            answer(Self.problem(parserError), context: context)
        } else {
            close(context: context, mode: .all, promise: nil)
        }
    }

    private func expectsContinue(_ head: HTTPRequestHead) -> Bool {
        guard head.version == .http1_1,
            head.headers[canonicalForm: "expect"].contains(where: {
                HeaderFields.same($0, "100-continue")
            })
        else { return false }
        // Too large: the refusal comes instead, before a byte is sent.
        let length = head.headers.first(name: HeaderName.contentLength).flatMap { Int64($0) }
        return (length ?? 0) <= bodyBytesMax
    }

    /// The parser's error in the words of the API.
    private static func problem(_ error: HTTPParserError) -> Problem {
        switch error {
        case .headerOverflow:
            Problem(
                .headersTooLarge,
                "A field takes \(APILimits.headerBytesMax) bytes, all together "
                    + "\(APILimits.headersBytesMax) bytes and \(APILimits.headersMax) fields.")
        case .invalidEOFState:
            Problem(.connectionCut, "The connection ended within a request.")
        default:
            Problem(.invalidRequest, "This is not HTTP/1.1: \(error).")
        }
    }

    /// Writes the answer to what could not be parsed, and closes.
    private func answer(_ problem: Problem, context: ChannelHandlerContext) {
        let body = (try? APICoding.encode(problem)).map { ByteBuffer(bytes: $0) } ?? ByteBuffer()
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: problem.status),
            headers: [
                HeaderName.contentType: MediaType.problem,
                HeaderName.contentLength: String(body.readableBytes),
                "Connection": "close",
            ])
        track(.head(head), context: context)
        track(.body(.byteBuffer(body)), context: context)
        track(.end(nil), context: context)
        context.flush()
        close(context: context, mode: .all, promise: nil)
    }

    // MARK: To the client

    /// Answers go out in the order of the requests, so the end of one is the end of the oldest.
    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let part = unwrapOutboundIn(data)
        track(part, promise: promise, context: context)
        guard case .end = part else { return }
        answersDue -= 1
        if answersDue == 0, let problem = unanswered {
            unanswered = nil
            answer(problem, context: context)
        }
    }

    /// Writes, and learns when it is written; that is what `close` waits for.
    private func track(
        _ part: HTTPServerResponsePart, promise: EventLoopPromise<Void>? = nil,
        context: ChannelHandlerContext
    ) {
        if writesPending == 0 { lastWrite = .now() }
        writesPending += 1
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.assumeIsolated().whenComplete { _ in
            let (keeper, context) = bound.value
            keeper.wrote(context: context)
        }
        context.write(wrapOutboundOut(part), promise: written)
        watchWrites(context: context)
    }

    /// Something went out: the client reads. With the last of it a waiting close is done.
    private func wrote(context: ChannelHandlerContext) {
        writesPending -= 1
        lastWrite = .now()
        guard writesPending == 0 else { return }
        watch?.cancel()
        watch = nil
        if let promise = closing {
            closing = nil
            context.close(mode: .all, promise: promise)
        }
    }

    /// Closes at once, or when everything is written.
    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        guard mode == .all, writesPending > 0, context.channel.isActive else {
            context.close(mode: mode, promise: promise)
            return
        }
        // NIO drops what is not written yet when a channel closes.
        if let earlier = closing {
            earlier.futureResult.cascade(to: promise)
        } else {
            closing = promise ?? context.eventLoop.makePromise(of: Void.self)
        }
        context.flush()
    }

    /// While anything waits to be written, looks now and then whether it moves.
    private func watchWrites(context: ChannelHandlerContext) {
        guard watch == nil, writesPending > 0 else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.assumeIsolated().scheduleTask(deadline: lastWrite + idle) {
            let (keeper, context) = bound.value
            keeper.watch = nil
            if keeper.writesPending > 0, NIODeadline.now() >= keeper.lastWrite + keeper.idle {
                let promise = keeper.closing
                keeper.closing = nil
                context.close(mode: .all, promise: promise)
            } else {
                keeper.watchWrites(context: context)
            }
        }
    }
}
