// The composition root: the only place that has met everyone. Builds the relay from its
// configuration and runs it until it is told to stop, or until its storage fails.

import FoundationEssentials
import Logging
import OpenSSL
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayEngine
import RelayPeer
import RelayStore
import RelayTrust
import ServiceLifecycle
import Synchronization
import UnixSignals

struct Assembly {
    private let configuration: Configuration
    private let logger: Logger
    private let clock = SystemClock()
    private let ledger: LMDBLedger
    private let engine = Engine()
    private let callers = Callers()
    private let failure = Failure()
    private let peers: PeerService
    private let conductor: Conductor
    private let server: RelayServer
    private let reloader: Reloader

    init(_ configuration: Configuration, threshold: LogThreshold, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        let context = try TLSContext(configuration)
        try Self.makeDirectory(configuration.relay.data)
        ledger = try LMDBLedger(StoreSettings(configuration))
        let bodies = Bodies(ledger.reader)
        let clock = clock
        let auditDesk = AuditDesk(bodies)
        peers = PeerService(
            PeerSettings(configuration, context: context, boot: SecureRandom.uint64()),
            delegate: LinkBridge(engine: engine, bodies: bodies, audit: auditDesk),
            logger: logger.labelled("peers"), clock: { clock.tick })
        auditDesk.attach(peers)
        let credentials = try ReceiptCredentials(configuration)
        let desk = ReceiptDesk(
            credentials: credentials, bodies: bodies, engine: engine, clock: clock,
            logger: logger.labelled("receipts"))
        let failure = failure
        let inForce = InForce(configuration, at: clock.now)
        let drills = DrillDesk(
            engine: engine, callers: callers, bodies: bodies, inForce: inForce,
            credentials: credentials, clock: clock, logger: logger.labelled("drills"))
        let (bell, figures) = (EventBell(), Figures())
        conductor = Conductor(
            peers: peers, desk: desk, drills: drills, callers: callers, bell: bell,
            figures: figures,
            deliveryLog: DeliveryLog(output: try Self.deliveryLog(configuration)),
            logger: logger.labelled("engine"), fail: { failure.report($0) })
        let serverSettings = try ServerSettings(configuration)
        let bounds = ServerBounds(serverSettings)
        reloader = Reloader(
            inForce,
            parts: .init(
                peers: peers, credentials: credentials, threshold: threshold, server: bounds),
            engine: engine, callers: callers, clock: clock, logger: logger)
        let service = LocalService(
            submitter: Submitter(engine: engine, callers: callers, inForce: inForce),
            orders: OrderDesk(
                engine: engine, callers: callers, bodies: bodies, clock: clock,
                logger: logger.labelled("orders")),
            engine: engine, callers: callers, bodies: bodies, peerService: peers,
            auditDesk: auditDesk,
            inForce: inForce, reloader: reloader, feed: EventFeed(bodies: bodies, bell: bell),
            metrics: Metrics(
                bodies: bodies, engine: engine, ledger: ledger, peers: peers, figures: figures,
                bell: bell, clock: clock, startedAt: clock.now),
            drills: drills, clock: clock, startedAt: clock.now)
        server = RelayServer(
            service: service, settings: serverSettings, bounds: bounds,
            logger: logger.labelled("api"), onRefusal: { figures.noteRefusal($0) })
    }

    /// For its owner alone: documents lie there. One that exists keeps the mode it was given.
    private static func makeDirectory(_ path: String) throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: path) else { return }
        try files.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    private static func deliveryLog(_ configuration: Configuration) throws -> LineOutput {
        switch configuration.log.delivery {
        case .standardOutput: .standardOutput
        case .file(let path): try LineOutput(appendingTo: path)
        }
    }

    /// Runs until SIGTERM or SIGINT. Throws when something could not start, or the storage failed.
    ///
    /// - Parameter hangUps: at each of these the configuration is read again.
    func run(reloadingAt hangUps: UnixSignalsSequence) async throws {
        try engine.start(
            configuration.settings, on: ledger, clock: clock, performer: conductor)
        let relay = RelayRun(
            peers: peers, engine: engine, callers: callers, failure: failure, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: relay, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup),
                    .init(service: server, failureTerminationBehavior: .cancelGroup),
                    .init(service: HangUps(signals: hangUps, reloader: reloader)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        logger.info("relay \(configuration.relay.code) \(Version.text) starting")
        try await group.run()
        logger.info("relay \(configuration.relay.code) stopped")
    }
}

extension Logger {
    func labelled(_ part: String) -> Logger {
        var logger = self
        logger[metadataKey: "part"] = "\(part)"
        return logger
    }
}

extension StoreSettings {
    init(_ configuration: Configuration) {
        self.init(
            directory: configuration.relay.data, relay: configuration.relay.code,
            mapBytes: Int(clamping: configuration.store.mapSize),
            reserveBytes: Int(clamping: configuration.store.reserve),
            retention: configuration.retention)
    }
}

/// The failure that ends the process, if one does.
final class Failure: Sendable {
    private struct State {
        var reported: LedgerFailure?
        var waiting: CheckedContinuation<LedgerFailure?, Never>?
        var isOver = false
    }

    private let state = Mutex(State())

    var reported: LedgerFailure? { state.withLock { $0.reported } }

    func report(_ failure: LedgerFailure) {
        let waiting = state.withLock { state in
            state.reported = failure
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: failure)
    }

    /// Nobody needs to wait any more.
    func end() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: nil)
    }

    /// The failure, once there is one; nil after `end`.
    func happened() async -> LedgerFailure? {
        await withCheckedContinuation { continuation in
            let state: State = state.withLock { state in
                if state.reported == nil, !state.isOver { state.waiting = continuation }
                return state
            }
            if state.reported != nil || state.isOver {
                continuation.resume(returning: state.reported)
            }
        }
    }
}
