// The peers: listens for them, dials them, and keeps the links by their numbers.
//
// What it decides itself is small: in which order a peer's addresses are tried, and that a connection which
// proves nothing in time is closed. When to dial, which link is used and what travels is the core's.

package import Logging
import NIOCore
import NIOPosix
import OpenSSL
package import RelayCore
import RelayWire
import Synchronization

/// How one connection came to its end.
struct LinkEnding: Sendable {
    let link: LinkID
    let peer: RelayCode?
    let isDialledHere: Bool
    let wasUp: Bool
    let reason: String
}

package final class PeerService: Sendable {
    let settings: PeerSettings
    let delegate: any PeerDelegate
    let logger: Logger
    private let clock: @Sendable () -> Tick
    private let group: any EventLoopGroup
    private let state = Mutex(State())

    struct Handle: Sendable {
        let channel: any Channel
        let handler: NIOLoopBound<LinkHandler>
    }

    private struct State {
        var nextLink: UInt64 = 1
        /// Links that are up.
        var links: [LinkID: Handle] = [:]
        /// All connections, also those that have proved nothing yet.
        var connections: [ObjectIdentifier: any Channel] = [:]
        var strangers = 0
        var uploads: [UploadID: LinkID] = [:]
        /// Dials under way: told when their connection is up or has ended.
        var dials: [LinkID: EventLoopPromise<Void>] = [:]
        var listeners: [any Channel] = []
        var certificatesEnd: [RelayCode: Instant] = [:]
        var isStopping = false
    }

    /// Connections that came to us and have not proved who they are. More than any network's peers at
    /// once after an outage would be a flood.
    private static let strangersMax = 512

    /// - Parameter clock: the engine's ticks.
    package init(
        _ settings: PeerSettings, delegate: any PeerDelegate, logger: Logger,
        clock: @escaping @Sendable () -> Tick
    ) {
        self.settings = settings
        self.delegate = delegate
        self.logger = logger
        self.clock = clock
        group = MultiThreadedEventLoopGroup.singleton
    }

    var tick: Tick { clock() }

    /// The end of validity of the certificate that a peer last showed.
    package var certificatesEnd: [RelayCode: Instant] { state.withLock { $0.certificatesEnd } }

    // MARK: - Listening

    /// Listens on every configured address. Returns them, with the ports that were taken for 0.
    package func listen() async throws -> [PeerSettings.Address] {
        var bound: [PeerSettings.Address] = []
        for address in settings.listen {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: Self.waterMark)
                .childChannelInitializer { [self] channel in welcome(channel) }
                .bind(host: address.host, port: address.port).get()
            state.withLock { $0.listeners.append(channel) }
            let port = channel.localAddress?.port ?? address.port
            bound.append(PeerSettings.Address(host: address.host, port: port))
        }
        return bound
    }

    /// Two pieces: one on its way to the socket, one being made.
    private static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
        low: Limits.pieceBytes, high: 2 * Limits.pieceBytes)

    private func welcome(_ channel: any Channel) -> EventLoopFuture<Void> {
        let admitted = state.withLock { state in
            guard !state.isStopping, state.strangers < Self.strangersMax else { return false }
            state.strangers += 1
            return true
        }
        guard admitted else { return channel.close() }
        return prepare(channel, as: .server, link: newLink(), expecting: nil)
    }

    private func prepare(
        _ channel: any Channel, as role: TLSSession.Role, link: LinkID,
        expecting peer: RelayCode?
    ) -> EventLoopFuture<Void> {
        let name = ObjectIdentifier(channel)
        state.withLock { $0.connections[name] = channel }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.connections.removeValue(forKey: name) }
        }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(TLSHandler(settings.context, as: role))
            try pipeline.addHandler(LinkHandler(self, link: link, expecting: peer))
        }
    }

    private func newLink() -> LinkID {
        state.withLock { state in
            defer { state.nextLink += 1 }
            return LinkID(state.nextLink)
        }
    }

    // MARK: - Dialling

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
        let link = newLink()
        let up = group.next().makePromise(of: Void.self)
        state.withLock { $0.dials[link] = up }
        ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(settings.connectTimeout.milliseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: Self.waterMark)
            .channelInitializer { [self] channel in
                prepare(channel, as: .client, link: link, expecting: peer)
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { [self] error in
                finishDial(link, .failure(PeerError(text: Self.words(error))))
            }
        up.futureResult.whenFailure { [self] error in
            attempt(addresses.dropFirst(), of: peer, after: failures + ["\(address): \(error)"])
        }
    }

    private func finishDial(_ link: LinkID, _ result: Result<Void, PeerError>) {
        guard let promise = state.withLock({ $0.dials.removeValue(forKey: link) }) else { return }
        promise.completeWith(result.mapError { $0 as any Error })
    }

    /// NIO's errors in a few words.
    private static func words(_ error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "no connection within the time-out"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { words($0.error) } ?? "the name has no address"
        case let error as IOError: error.errnoCode == 111 ? "connection refused" : "\(error)"
        default: "\(error)"
        }
    }

    // MARK: - Links

    func linkUp(_ up: LinkUp, _ handler: LinkHandler, _ context: ChannelHandlerContext?) {
        guard let context else { return }
        let handle = Handle(
            channel: context.channel,
            handler: NIOLoopBound(handler, eventLoop: context.eventLoop))
        state.withLock { state in
            state.links[up.link] = handle
            if !up.isDialledHere { state.strangers -= 1 }
        }
        logger.info(
            "link up",
            metadata: [
                "peer": "\(up.peer)", "link": "\(up.link.number)",
                "dialled": up.isDialledHere ? "here" : "there",
            ])
        delegate.post(.linkUp(up))
        finishDial(up.link, .success(()))
    }

    func ended(_ ending: LinkEnding) {
        state.withLock { state in
            state.links[ending.link] = nil
            state.uploads = state.uploads.filter { $0.value != ending.link }
            if !ending.wasUp, !ending.isDialledHere { state.strangers -= 1 }
        }
        let facts: Logger.Metadata = [
            "peer": "\(ending.peer?.text ?? "unknown")", "link": "\(ending.link.number)",
            "reason": "\(ending.reason)",
        ]
        if ending.wasUp {
            logger.warning("link down", metadata: facts)
            delegate.post(.linkDown(ending.link, reason: ending.reason))
        } else if ending.isDialledHere {
            logger.warning("no link", metadata: facts)
            finishDial(ending.link, .failure(PeerError(text: ending.reason)))
        } else {
            logger.warning("connection turned away", metadata: facts)
            if let peer = ending.peer {
                delegate.post(.peerRefused(peer, reason: ending.reason))
            }
        }
    }

    func noteCertificate(_ certificate: Certificate, of peer: RelayCode) {
        state.withLock {
            $0.certificatesEnd[peer] = Instant(milliseconds: certificate.notAfter * 1_000)
        }
    }

    func remember(_ upload: UploadID, on link: LinkID) {
        state.withLock { $0.uploads[upload] = link }
    }

    func forget(_ upload: UploadID, on link: LinkID) {
        state.withLock { if $0.uploads[upload] == link { $0.uploads[upload] = nil } }
    }

    /// Carries out what one turn decided: the commands of each link in order, in one go.
    package func perform(_ commands: [(link: LinkID, command: LinkCommand)]) {
        var byLink: [LinkID: [LinkCommand]] = [:]
        for (link, command) in commands { byLink[link, default: []].append(command) }
        for (link, commands) in byLink {
            guard let handle = state.withLock({ $0.links[link] }) else {
                // The link is gone and the engine will hear of it, which ends its transfers.
                continue
            }
            handle.channel.eventLoop.execute { handle.handler.value.perform(commands) }
        }
    }

    /// These pieces are durable.
    package func stored(_ pieces: [Piece]) {
        for piece in pieces { route(piece) { $0.stored(piece) } }
    }

    /// These pieces were not taken.
    package func notStored(_ pieces: [Piece]) {
        for piece in pieces { route(piece) { $0.notStored(piece) } }
    }

    private func route(_ piece: Piece, _ body: @escaping @Sendable (LinkHandler) -> Void) {
        let handle = state.withLock { state in
            state.uploads[piece.upload].flatMap { state.links[$0] }
        }
        handle?.channel.eventLoop.execute { if let handle { body(handle.handler.value) } }
    }

    // MARK: - The end

    /// Takes in no new connection and begins nothing new; what runs may finish within `patience`.
    package func stop(patience: Duration) async {
        let (listeners, links) = state.withLock { state in
            state.isStopping = true
            return (state.listeners, Array(state.links.values))
        }
        for listener in listeners { try? await listener.close() }
        for link in links {
            link.channel.eventLoop.execute {
                link.handler.value.drain(reason: "the relay is stopping")
            }
        }
        let end = ContinuousClock.now + patience
        while state.withLock({ !$0.links.isEmpty }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
        let rest = state.withLock { Array($0.connections.values) }
        for channel in rest { try? await channel.close() }
    }
}

/// Why a dial did not lead to a link, in words.
struct PeerError: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
