// A running server for one test, in a folder of its own, with a client and a way to write raw
// bytes.

import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import RelayAPI
import RelayCore
import ServiceLifecycle
import Synchronization
import Testing

struct Harness: Sendable {
    let relay: FakeRelay
    let addresses: ListeningAddresses
    let client: RelayClient
    let group: ServiceGroup
    let folder: String

    static let token = BearerToken("0123456789abcdef0123456789abcdef")

    var socketPath: String { addresses.socketPath ?? "" }
    var operatorSocketPath: String { addresses.operatorSocketPath ?? "" }

    /// Stops the server as the daemon would, and returns at once.
    func stop() async { await group.triggerGracefulShutdown() }

    func raw() async throws -> RawConnection {
        try await RawConnection.open(unix: socketPath)
    }
}

/// What a test wants otherwise than by default.
struct Change {
    let apply: (inout ServerSettings) -> Void
    init(_ apply: @escaping (inout ServerSettings) -> Void) { self.apply = apply }
}

/// Runs `work` against a server; ends it afterwards, whatever happened.
func withServer<Value: Sendable>(
    tcp: Bool = false, relay: FakeRelay = FakeRelay(),
    change: Change = Change { _ in },
    timeouts: ClientTimeouts = ClientTimeouts(),
    _ work: @Sendable (Harness) async throws -> Value
) async throws -> Value {
    try await withFolder { folder in
        var settings = ServerSettings(unixSocket: .init(path: "\(folder)/api.sock"))
        settings.operatorSocket = .init(path: "\(folder)/operator.sock", mode: 0o600)
        if tcp, let token = Harness.token { settings.loopback = .init(port: 0, token: token) }
        change.apply(&settings)
        let (ready, signal) = AsyncStream<ListeningAddresses>.makeStream()
        let server = RelayServer(
            service: relay, settings: settings, logger: quiet, onReady: { signal.yield($0) })
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: server, successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                logger: quiet))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                try await group.run()
            }
            var listening = ready.makeAsyncIterator()
            guard let addresses = await listening.next() else {
                try await tasks.waitForAll()
                throw HarnessError.didNotStart
            }
            var address = ClientAddress.unix(path: addresses.socketPath ?? "")
            if tcp, let port = addresses.port, let token = Harness.token {
                address = .loopback(port: port, token: token)
            }
            let client = RelayClient(address, timeouts: timeouts)
            let harness = Harness(
                relay: relay, addresses: addresses, client: client, group: group, folder: folder)
            let result: Result<Value, any Error>
            do {
                result = .success(try await work(harness))
            } catch {
                result = .failure(error)
            }
            relay.barrier.open()
            client.close()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }
}

enum HarnessError: Error { case didNotStart, timedOut }

func withFolder<Value>(_ work: (String) async throws -> Value) async throws -> Value {
    // Short, since the path of a socket is.
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    let folder = "\(FileManager.default.temporaryDirectory.path)/tram-\(name)"
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await work(folder)
}

var quiet: Logger {
    Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Waits until `condition` holds; the test fails after ten seconds.
func until(_ condition: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    while try await !condition() {
        guard clock.now < end else { throw HarnessError.timedOut }
        await Task.yield()
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A socket without any HTTP: what is written is what goes out.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let collector: Collector

    private init(channel: any Channel, collector: Collector) {
        self.channel = channel
        self.collector = collector
    }

    static func open(unix path: String, autoRead: Bool = true) async throws -> RawConnection {
        let collector = Collector()
        let channel = try await bootstrap(collector, autoRead: autoRead)
            .connect(unixDomainSocketPath: path).get()
        return RawConnection(channel: channel, collector: collector)
    }

    static func open(port: Int) async throws -> RawConnection {
        let collector = Collector()
        let channel = try await bootstrap(collector, autoRead: true)
            .connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, collector: collector)
    }

    private static func bootstrap(_ collector: Collector, autoRead: Bool) -> ClientBootstrap {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: autoRead)
            .channelInitializer { channel in
                channel.pipeline.addHandler(CollectingHandler(collector))
            }
    }

    func write(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func finishWriting() async throws { try await channel.close(mode: .output).get() }
    func close() { channel.close(promise: nil) }

    var received: String { collector.text }
    var isEnded: Bool { collector.isEnded || !channel.isActive }

    /// Everything up to the end of the connection.
    func all() async throws -> String {
        try await until { isEnded }
        return received
    }

    /// Waits for a text in what comes.
    @discardableResult
    func wait(for text: String) async throws -> String {
        try await until { received.contains(text) }
        return received
    }
}

final class Collector: Sendable {
    private let state = Mutex((bytes: [UInt8](), isEnded: false))
    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var isEnded: Bool { state.withLock { $0.isEnded } }
    func add(_ bytes: some Sequence<UInt8>) { state.withLock { $0.bytes += bytes } }
    func end() { state.withLock { $0.isEnded = true } }
}

private final class CollectingHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let collector: Collector
    init(_ collector: Collector) { self.collector = collector }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        collector.add(unwrapInboundIn(data).readableBytesView)
    }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { collector.end() }
        context.fireUserInboundEventTriggered(event)
    }
    func channelInactive(context: ChannelHandlerContext) { collector.end() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        collector.end()
        context.close(promise: nil)
    }
}
