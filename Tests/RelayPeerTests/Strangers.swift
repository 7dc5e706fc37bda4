// What is no relay: bare sockets, and TLS without the protocol behind it.

import NIOCore
import NIOPosix
import OpenSSL
import Synchronization
import Testing

@testable import RelayPeer

/// What came on one connection.
enum Arrival: Sendable {
    case secured
    case bytes([UInt8])
    case failed(String)
    case closed
}

/// One end of a connection that says only what a test tells it to.
final class Stranger: Sendable {
    let channel: any Channel
    let journal: Journal<Arrival>

    /// Connects; with a context it speaks TLS.
    init(
        to address: PeerSettings.Address, _ town: Town, tls context: TLSContext? = nil,
        journal: Journal<Arrival> = Journal()
    ) async throws {
        self.journal = journal
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            TLSHandler(context, as: .client))
                    }
                    try channel.pipeline.syncOperations.addHandler(Listener(journal))
                }
            }
            .connect(host: address.host, port: address.port).get()
        town.look(after: channel)
    }

    func say(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func secured() async throws {
        _ = try await journal.first("a handshake") { arrival in
            if case .secured = arrival { true } else { nil }
        }
    }

    func closed() async throws {
        _ = try await journal.first("the end") { arrival in
            if case .closed = arrival { true } else { nil }
        }
    }

    /// Accepts connections and says nothing; with a context it completes the handshake first.
    static func silent(
        _ town: Town, tls context: TLSContext? = nil
    ) async throws -> PeerSettings.Address {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context else { return }
                    try channel.pipeline.syncOperations.addHandler(
                        TLSHandler(context, as: .server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        town.look(after: listener)
        return PeerSettings.Address(
            host: "127.0.0.1", port: required(listener.localAddress?.port))
    }

    /// An address where nobody listens.
    static func nobody() async throws -> PeerSettings.Address {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = required(listener.localAddress?.port)
        try await listener.close()
        return PeerSettings.Address(host: "127.0.0.1", port: port)
    }

    /// An address that does not even answer, as one behind a firewall: its listener's queue is
    /// full, and Linux then drops what else would connect.
    static func dead(_ town: Town) async throws -> PeerSettings.Address {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        town.look(after: listener)
        let address = PeerSettings.Address(
            host: "127.0.0.1", port: required(listener.localAddress?.port))
        while true {
            let attempt = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.milliseconds(300))
                .connect(host: address.host, port: address.port)
            guard let channel = try? await attempt.get() else { return address }
            town.look(after: channel)
        }
    }
}

private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let journal: Journal<Arrival>

    init(_ journal: Journal<Arrival>) { self.journal = journal }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSEstablished { journal.append(.secured) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        journal.append(.bytes(Array(unwrapInboundIn(data).readableBytesView)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        journal.append(.failed("\(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) { journal.append(.closed) }
}
