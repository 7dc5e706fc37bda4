// How connections come about: listening, and dialling.
//
// Guarantees: a dial ends exactly once, in seconds, whatever its addresses do; connections that
// prove nothing cannot keep those out that would.

import Logging
import NIOCore
import NIOPosix
import OpenSSL
package import RelayCore
import Synchronization

// MARK: - Listening

extension PeerService {
    /// Listens on every configured address. Returns them, with the ports that were taken for 0; on
    /// a failure it listens on none.
    package func listen() async throws -> [PeerSettings.Address] {
        var bound: [PeerSettings.Address] = []
        do {
            for address in settings.listen {
                do {
                    bound.append(try await listen(on: address))
                } catch {
                    throw PeerError(text: "cannot listen on \(address): \(Words.of(error))")
                }
            }
        } catch {
            let listeners = state.withLock { state in
                defer { state.listeners = [] }
                return state.listeners
            }
            for listener in listeners { try? await listener.close() }
            throw error
        }
        return bound
    }

    private func listen(
        on address: PeerSettings.Address
    ) async throws -> PeerSettings.Address {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.tcpOption(Self.notSentLowWater), value: Self.notSentBytes)
            .childChannelOption(.writeBufferWaterMark, value: Self.waterMark)
            .childChannelInitializer { [self] channel in
                prepare(channel, as: .server, expecting: nil)
            }
            .bind(host: address.host, port: address.port).get()
        state.withLock { $0.listeners.append(channel) }
        return PeerSettings.Address(
            host: address.host, port: channel.localAddress?.port ?? address.port)
    }

    /// Connections that the system holds until they are accepted: a whole network's after an
    /// outage.
    private static let backlog: CInt = 256

    /// What lies between the link machine and the wire goes out before anything more urgent can, so
    /// it is a part of a piece at most: the next is made when this one is nearly with the system
    /// ...
    private static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: Limits.pieceBytes / 8, high: Limits.pieceBytes / 4)

    /// ... and of what the system holds, only this much may wait for its first sending
    /// (TCP_NOTSENT_LOWAT, tcp(7)). Left to itself it takes 4 MiB, which on a link of 200 Mbit/s is
    /// a sixth of a second. This much lasts until the next piece is made, on 1 Gbit/s too.
    private static let notSentBytes = 32_768
    private static let notSentLowWater = NIOBSDSocket.Option(rawValue: 25)

    /// Puts the handlers of one connection in place.
    private func prepare(
        _ channel: any Channel, as role: TLSSession.Role, expecting peer: RelayCode?,
        dialled address: Int? = nil
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let link = newLink()
            let handler = LinkHandler(self, link: link, expecting: peer, dialled: address)
            let tls = try TLSHandler(settings.context, as: role)
            let connection = Connection(
                channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
            try admit(connection, as: link, isStranger: peer == nil)
            channel.closeFuture.whenComplete { [self] _ in gone(link) }
            try channel.pipeline.syncOperations.addHandlers(tls, handler)
        }
    }

    private func newLink() -> LinkID {
        state.withLock { state in
            defer { state.nextLink += 1 }
            return LinkID(state.nextLink)
        }
    }

    /// When there are too many strangers, the one that has had the longest time gives way: an
    /// honest peer is through its handshake long before its turn comes.
    private func admit(
        _ connection: Connection, as link: LinkID, isStranger: Bool
    ) throws(PeerError) {
        let (isAdmitted, oldest): (Bool, Connection?) = state.withLock { state in
            guard !state.isStopping else { return (false, nil) }
            state.connections[link] = connection
            guard isStranger else { return (true, nil) }
            state.strangers.insert(link)
            guard state.strangers.count > Self.strangersMax, let first = state.strangers.min()
            else { return (true, nil) }
            state.strangers.remove(first)
            return (true, state.connections[first])
        }
        guard isAdmitted else { throw PeerError(text: "the relay is stopping") }
        oldest?.execute { $0.dismiss("gave way to newer connections before it proved anything") }
    }

    private func gone(_ link: LinkID) {
        state.withLock { state in
            state.connections[link] = nil
            state.strangers.remove(link)
        }
    }
}

// MARK: - Dialling

extension PeerService {
    /// Tries a peer's addresses in order. `linkUp` or `dialFailed` is posted, exactly one of them.
    package func dial(_ peer: RelayCode) {
        let addresses = settings.peers[peer]?.addresses ?? []
        attempt(addresses[...], of: peer, after: [])
    }

    private func attempt(
        _ addresses: ArraySlice<PeerSettings.Address>, of peer: RelayCode, after failures: [String]
    ) {
        guard let address = addresses.first, !state.withLock({ $0.isStopping }) else {
            let reason = failures.isEmpty ? "it has no address" : failures.joined(separator: "; ")
            delegate.post(.dialFailed(peer, reason: reason))
            return
        }
        connect(to: address, addresses.startIndex, of: peer).whenFailure { [self] error in
            let reason = Words.of(error)
            logger.warning(
                "no link",
                metadata: ["peer": "\(peer)", "address": "\(address)", "reason": "\(reason)"])
            attempt(addresses.dropFirst(), of: peer, after: failures + ["\(address): \(reason)"])
        }
    }

    /// Succeeds when the link is up.
    ///
    /// - Parameter number: the address's place in the configuration.
    private func connect(
        to address: PeerSettings.Address, _ number: Int, of peer: RelayCode
    ) -> EventLoopFuture<Void> {
        let loop = group.next()
        if let failure = faults.flatMap({ obstacle($0, to: address, number, of: peer, on: loop) }) {
            return failure
        }
        // All of it on one loop, so that nothing can have happened to the connection before it is
        // asked how it goes on.
        return loop.flatSubmit { [self] in
            ClientBootstrap(group: loop)
                .connectTimeout(.milliseconds(settings.connectTimeout.milliseconds))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.tcpOption(Self.notSentLowWater), value: Self.notSentBytes)
                .channelOption(.writeBufferWaterMark, value: Self.waterMark)
                .channelInitializer { [self] channel in
                    prepare(channel, as: .client, expecting: peer, dialled: number)
                }
                .connect(host: address.host, port: address.port)
                .flatMap { channel in
                    // A name can have several addresses, each with a connection of its own: only
                    // that of the first to answer counts.
                    let pipeline = channel.pipeline.syncOperations
                    let handler = try? pipeline.handler(type: LinkHandler.self)
                    return handler?.dialled
                        ?? loop.makeFailedFuture(PeerError(text: "the connection was closed"))
                }
        }
    }

    /// How a dial fails that a drill stands in the way of.
    private func obstacle(
        _ faults: Faults, to address: PeerSettings.Address, _ number: Int, of peer: RelayCode,
        on loop: any EventLoop
    ) -> EventLoopFuture<Void>? {
        let ends = Faults.Ends(
            peer: peer, addresses: settings.peers[peer]?.addresses ?? [], dialled: number,
            host: address.host)
        guard let (reason, isSilent) = faults.obstacle(to: ends) else { return nil }
        let failed = loop.makePromise(of: Void.self)
        let wait = isSilent ? settings.connectTimeout : .milliseconds(0)
        loop.scheduleTask(in: .milliseconds(wait.milliseconds)) {
            failed.fail(PeerError(text: reason))
        }
        return failed.futureResult
    }
}
