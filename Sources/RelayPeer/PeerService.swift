// The peers: listens for them, dials them, and keeps the links by their numbers.
//
// What it decides itself is small: in which order a peer's addresses are tried, and which
// connection gives way when too many have proved nothing. When to dial, which link is used and what
// travels is the core's.

package import Logging
import NIOCore
import NIOPosix
package import RelayCore
import Synchronization

package final class PeerService: Sendable {
    /// What holds for new connections, and who may be on the other side of any.
    private let adopted: Mutex<PeerSettings>
    let delegate: any PeerDelegate
    let logger: Logger
    let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    let state = Mutex(State())
    private let clock: @Sendable () -> Tick

    struct State {
        var nextLink: UInt64 = 1
        /// All connections, whatever has become of them, until their sockets are closed.
        var connections: [LinkID: Connection] = [:]
        /// Of these, the ones that came to us and have not become links.
        var strangers: Set<LinkID> = []
        /// Those that are up.
        var links: Set<LinkID> = []
        /// Bodies that arrive in pieces, and on which link.
        var uploads: [UploadID: LinkID] = [:]
        var listeners: [any Channel] = []
        var certificatesEnd: [RelayCode: Instant] = [:]
        var traffic: [RelayCode: PeerTraffic] = [:]
        /// Of connections that came to us and were turned away. A network that comes back whole
        /// fits into the burst; one a second is more than a person reads.
        var refusals = Throttle(burst: 64, pause: .seconds(1))
        var isStopping = false
        /// Of a drill; nil when there are none.
        var faults: Faults?
    }

    struct Connection: Sendable {
        let channel: any Channel
        let handler: NIOLoopBound<LinkHandler>

        func execute(_ body: @escaping @Sendable (LinkHandler) -> Void) {
            channel.eventLoop.execute { body(handler.value) }
        }
    }

    /// Connections that came to us and are not links: more than all peers of a hub at once after an
    /// outage, and few enough for the file descriptors of any process.
    static let strangersMax = 512

    /// - Parameter clock: the engine's ticks.
    package init(
        _ settings: PeerSettings, delegate: any PeerDelegate, logger: Logger,
        clock: @escaping @Sendable () -> Tick
    ) {
        adopted = Mutex(settings)
        self.delegate = delegate
        self.logger = logger
        self.clock = clock
    }

    var settings: PeerSettings { adopted.withLock { $0 } }

    /// What this run of the process calls itself.
    package var boot: UInt64 { settings.boot }

    /// Takes new settings: where peers are dialled, who they are, how we show ourselves.
    /// Connections that are there stay, unless the other side is no longer whom we would let in.
    /// Where to listen stays as it was.
    package func adopt(_ settings: PeerSettings) {
        adopted.withLock { $0 = settings }
        for connection in state.withLock({ Array($0.connections.values) }) {
            connection.execute { $0.reconsider() }
        }
    }

    var tick: Tick { clock() }

    /// The end of validity of the certificate that a peer last showed.
    package var certificatesEnd: [RelayCode: Instant] { state.withLock { $0.certificatesEnd } }

    // MARK: - Drills

    var faults: Faults? { state.withLock { $0.faults } }

    /// Brings about these faults and no others, on every connection that there is or will be, until
    /// they are lifted or their time is over.
    package func bringAbout(_ faults: Faults) {
        let connections = state.withLock { state in
            state.faults = faults.isEmpty ? nil : faults
            return Array(state.connections.values)
        }
        for connection in connections { connection.execute { $0.meetFaults() } }
        guard !faults.isEmpty else { return }
        let rest = max(0, (faults.until - tick).milliseconds)
        group.next().scheduleTask(in: .milliseconds(rest)) { [self] in
            if self.faults == faults { bringAbout(.none) }
        }
    }

    // MARK: - The end

    /// Takes in no new connection and begins nothing new; what runs may finish. Returns when all
    /// connections are closed, within `patience`.
    package func stop(patience: Duration) async {
        let (listeners, connections) = state.withLock { state in
            state.isStopping = true
            return (state.listeners, Array(state.connections.values))
        }
        for listener in listeners { listener.close(promise: nil) }
        for connection in connections {
            connection.execute { $0.drain(reason: "the relay is stopping") }
        }
        let loop = group.next()
        let pause = max(.zero, TimeAmount(patience) - TLSHandler.lingering)
        let end = loop.scheduleTask(in: pause) {
            for connection in connections {
                connection.execute { $0.close(reason: "the relay has stopped") }
            }
        }
        // No close can fail in a way that leaves it open, and none takes longer than lingering.
        let closed = listeners.map(\.closeFuture) + connections.map(\.channel.closeFuture)
        try? await EventLoopFuture.andAllComplete(closed, on: loop).get()
        end.cancel()
    }
}
