// The network between two relays: passes bytes on, until a test cuts it or lets it hang.

import NIOCore
import NIOPosix
import Synchronization

@testable import RelayPeer

final class Wire: Sendable {
    let address: PeerSettings.Address
    private let ends: Ends

    private final class Ends: Sendable {
        let channels = Mutex<[any Channel]>([])
    }

    init(to target: PeerSettings.Address, _ town: Town) async throws {
        let ends = Ends()
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { near in
                // It reads nothing before this is complete.
                let (nearGlue, farGlue) = (Glue(), Glue())
                return ClientBootstrap(group: near.eventLoop)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture {
                            try far.pipeline.syncOperations.addHandler(farGlue.bind(to: near))
                        }
                    }
                    .connect(host: target.host, port: target.port)
                    .flatMapThrowing { far in
                        try near.pipeline.syncOperations.addHandler(nearGlue.bind(to: far))
                        ends.channels.withLock { $0 += [near, far] }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        town.look(after: listener)
        self.ends = ends
        address = PeerSettings.Address(
            host: "127.0.0.1", port: required(listener.localAddress?.port))
    }

    /// Both connections are gone, with whatever was on its way.
    func cut() {
        for channel in ends.channels.withLock({ $0 }) { channel.close(promise: nil) }
    }

    /// The connections stay, and nothing passes any more.
    func freeze() {
        for channel in ends.channels.withLock({ $0 }) {
            channel.setOption(.autoRead, value: false).whenFailure { _ in }
        }
    }
}

/// Hands what comes on to another channel of the same event loop.
private final class Glue: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let other = Mutex<(any Channel)?>(nil)

    func bind(to channel: any Channel) -> Glue {
        other.withLock { $0 = channel }
        return self
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.withLock { $0 }?.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.withLock { $0 }?.close(promise: nil)
    }
}
