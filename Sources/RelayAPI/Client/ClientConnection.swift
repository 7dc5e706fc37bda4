// One connection of the client, and one exchange on it: a request with a streamed body goes out
// while the response may already come in, since a relay that refuses an upload says so before its
// end.

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Used by one exchange at a time; the pool sees to that.
final class ClientConnection: Sendable {
    private let channel: any Channel
    private let reader: NIOLoopBound<ResponseReader>

    private init(channel: any Channel, reader: NIOLoopBound<ResponseReader>) {
        self.channel = channel
        self.reader = reader
    }

    /// Throws `unreachable`, or `notPermitted` when the socket's mode forbids it.
    static func open(
        _ address: ClientAddress, timeouts: ClientTimeouts, group: any EventLoopGroup
    ) async throws(ClientError) -> ClientConnection {
        let idle = TimeAmount.milliseconds(timeouts.idleMilliseconds)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(timeouts.connectMilliseconds))
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try pipeline.addHandler(ResponseReader(idle: idle))
                }
            }
        let deadline = NIODeadline.now() + .milliseconds(timeouts.connectMilliseconds)
        while true {
            do {
                let channel =
                    switch address {
                    case .unix(let path):
                        try await bootstrap.connect(unixDomainSocketPath: path).get()
                    case .loopback(let port, _):
                        try await bootstrap.connect(host: "127.0.0.1", port: port).get()
                    }
                let reader = try await channel.eventLoop.submit {
                    let handler = try channel.pipeline.syncOperations
                        .handler(type: ResponseReader.self)
                    return NIOLoopBound(handler, eventLoop: channel.eventLoop)
                }.get()
                return ClientConnection(channel: channel, reader: reader)
            } catch let error as IOError where error.errnoCode == EAGAIN && .now() < deadline {
                // A Unix socket whose queue is full says so at once instead of letting us wait.
                try? await Task.sleep(for: .milliseconds(20))
            } catch {
                throw Self.connectError(error, address)
            }
        }
    }

    /// What the system says of a connection that did not open, in the kinds that a caller acts on.
    private static func connectError(_ error: any Error, _ address: ClientAddress) -> ClientError {
        if let error = error as? ChannelError, case .connectTimeout = error {
            return .unreachable(place: "\(address)", reason: "no answer in time")
        }
        let single = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
        switch (single as? IOError)?.errnoCode {
        case EACCES, EPERM: return .notPermitted(place: "\(address)")
        case ENOENT: return .unreachable(place: "\(address)", reason: "there is no such socket")
        case ECONNREFUSED: return .unreachable(place: "\(address)", reason: "nobody listens there")
        default: return .unreachable(place: "\(address)", reason: "\(single)")
        }
    }

    /// False as soon as the end of the connection has been noticed.
    var isOpen: Bool { channel.isActive }

    /// May be called from anywhere, at any time. What waits for the connection then fails.
    func close() { channel.close(promise: nil) }

    /// Sends the request and hands the response to `take`. Whether the connection can be used
    /// again comes with the result; when it throws, it cannot, and is closed.
    func exchange<Answer: Sendable>(
        _ request: ClientRequest,
        take: (HTTPResponseHead, ClientResponseBody) async throws -> Answer
    ) async throws -> (answer: Answer, isReusable: Bool) {
        try await withTaskCancellationHandler {
            do {
                return try await exchanging(request, take: take)
            } catch {
                close()
                throw error
            }
        } onCancel: {
            close()
        }
    }

    /// Sending and receiving side by side: the answer decides, and an answer before the end of the
    /// request ends the sending.
    private func exchanging<Answer: Sendable>(
        _ request: ClientRequest,
        take: (HTTPResponseHead, ClientResponseBody) async throws -> Answer
    ) async throws -> (answer: Answer, isReusable: Bool) {
        try await onLoop { $0.begin() }
        let sent = Mutex(false)
        async let sending: ClientError? = send(request, sent)
        do {
            let head = try await responseHead()
            let body = ClientResponseBody(connection: self)
            let answer = try await take(head, body)
            let isComplete = try await body.drain()
            guard isComplete, sent.withLock({ $0 }), head.isKeepAlive else {
                close()
                _ = await sending
                return (answer, false)
            }
            _ = await sending
            try await onLoop { $0.rest() }
            return (answer, true)
        } catch {
            close()
            // What stopped the sending is the cause, if it was not the end of the connection.
            if let failed = await sending, case .source = failed { throw failed }
            throw error
        }
    }

    /// Sends head and body. Nil when all is sent, else why not.
    private func send(_ request: ClientRequest, _ sent: borrowing Mutex<Bool>) async -> ClientError?
    {
        do {
            try await write(.head(request.head))
            var count: Int64 = 0
            if let body = request.body {
                var pieces = body.makeAsyncIterator()
                while true {
                    let piece: ByteBuffer?
                    do {
                        piece = try await pieces.next(isolation: #isolation)
                    } catch {
                        close()
                        return .source("\(error)")
                    }
                    guard let piece else { break }
                    count += Int64(piece.readableBytes)
                    try await write(.body(.byteBuffer(piece)))
                }
                if let size = request.bodySize, size != count {
                    close()
                    return .source("\(size) bytes were announced and there are \(count)")
                }
            }
            try await write(.end(nil))
            sent.withLock { $0 = true }
            return nil
        } catch {
            return .cut("\(error)")
        }
    }

    /// Returns when the bytes are with the system, which sets the pace of the body's source.
    private func write(_ part: HTTPClientRequestPart) async throws {
        try await channel.writeAndFlush(part).get()
        try await onLoop { $0.moved() }
    }

    /// The head of the final response; informational ones are passed over.
    private func responseHead() async throws -> HTTPResponseHead {
        while true {
            guard case .head(let head) = try await next() else { continue }
            if head.status.code >= 200 { return head }
        }
    }

    /// The next part of the response, of whatever kind.
    fileprivate func next() async throws -> HTTPClientResponsePart {
        let loop = channel.eventLoop
        let reader = reader
        return try await loop.flatSubmit { reader.value.next(on: loop) }.get()
    }

    /// The reader belongs to the event loop.
    private func onLoop(_ work: @escaping @Sendable (ResponseReader) -> Void) async throws {
        let reader = reader
        try await channel.eventLoop.submit { work(reader.value) }.get()
    }
}

/// The body of a response, taken piece by piece.
final class ClientResponseBody {
    private let connection: ClientConnection
    private var isDone = false

    fileprivate init(connection: ClientConnection) {
        self.connection = connection
    }

    /// Nil at the end. Throws `cut` when the response is not whole.
    func next() async throws -> ByteBuffer? {
        guard !isDone else { return nil }
        while true {
            switch try await connection.next() {
            case .head: continue
            case .body(let piece): return piece
            case .end:
                isDone = true
                return nil
            }
        }
    }

    /// The whole of it, if it is not larger than `bytesMax`.
    func collect(bytesMax: Int) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        while var piece = try await next() {
            guard whole.readableBytes + piece.readableBytes <= bytesMax else {
                throw ClientError.unintelligible(
                    status: nil, detail: "it has more than \(bytesMax) bytes")
            }
            whole.writeBuffer(&piece)
        }
        return whole
    }

    /// Passes over a small rest. False when there is more.
    fileprivate func drain() async throws -> Bool {
        var count = 0
        while let piece = try await next() {
            count += piece.readableBytes
            if count > APILimits.drainBytesMax { return false }
        }
        return true
    }
}

/// A request as the connection sends it.
struct ClientRequest: Sendable {
    var head: HTTPRequestHead
    var body: OutgoingBody?
    var bodySize: Int64?
}
