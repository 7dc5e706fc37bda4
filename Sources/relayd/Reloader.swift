// Taking a changed configuration file over while the relay runs: on SIGHUP, and on an operator's
// order.
//
// All or nothing: the file and every file that it names are read and checked first, and only then
// anybody is told. Links that stay keep running, and so does what is on them. Keys that a running
// process cannot change are named, and wait for the next start.

import Logging
import OpenSSL
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayEngine
import RelayPeer
import RelayTrust
import ServiceLifecycle
import UnixSignals

/// One reload after the other.
actor Reloader {
    private let inForce: InForce
    private let parts: Parts
    private let engine: Engine
    private let callers: Callers
    private let clock: SystemClock
    private let logger: Logger

    /// Who has to be told.
    struct Parts: Sendable {
        let peers: PeerService
        let credentials: ReceiptCredentials
        let threshold: LogThreshold
        let server: ServerBounds
    }

    init(
        _ inForce: InForce, parts: Parts, engine: Engine, callers: Callers, clock: SystemClock,
        logger: Logger
    ) {
        self.inForce = inForce
        self.parts = parts
        self.engine = engine
        self.callers = callers
        self.clock = clock
        self.logger = logger
    }

    /// Returns when the core decides by the new settings. Throws `badConfiguration` when the file
    /// is not in order; then nothing has changed.
    func reload() async throws(Problem) -> ConfigurationView {
        // Up to the post nothing is waited for, so that two reloads cannot mix.
        let next: Configuration
        switch inForce.configuration.readAgain() {
        case .success(let configuration): next = configuration
        case .failure(let errors):
            throw refuse(errors.description.split(separator: "\n").map(String.init))
        }
        do throws(OpenSSLError) {
            let context = try TLSContext(next)
            let credentials = try ReceiptCredentials.load(next)
            take(over: next, context, credentials)
        } catch {
            throw refuse(["\(error)"])
        }
        let settings = inForce.settings
        let reply = await callers.reply { caller in
            engine.post(.event(.reconfigured(settings, caller: caller)))
        }
        guard case .done = reply else {
            throw Problem(.stopping, "The relay is stopping; the file is read at its next start.")
        }
        return inForce.view
    }

    private func take(
        over next: Configuration, _ context: TLSContext,
        _ credentials: (ReceiptSigner, ReceiptVerifier)
    ) {
        let former = inForce.configuration
        let changes = next.changes(from: former)
        let effective = next.inForce(after: former)
        let waiting = changes.filter { $0.effect == .nextStart }.map(\.key)
        let view = ConfigurationView(
            file: next.file, loadedAt: clock.now, changes: changes.compactMap(\.view),
            atNextStart: waiting)
        inForce.adopt(effective, view)
        for warning in next.warnings(on: WorkCalendar.day(of: clock.now)) {
            logger.warning("\(warning)")
        }
        parts.threshold.adopt(effective)
        parts.credentials.adopt(credentials)
        parts.server.adopt(effective)
        // Before the core, which may order at once to dial a peer that is new.
        parts.peers.adopt(
            PeerSettings(effective, context: context, boot: parts.peers.boot))
        logger.notice(
            "configuration reloaded",
            metadata: [
                "changed": "\(view.changes.map(\.key).joined(separator: ", "))",
                "atNextStart": "\(waiting.joined(separator: ", "))",
            ])
    }

    private func refuse(_ errors: [String]) -> Problem {
        inForce.refused(at: clock.now, errors: errors)
        for error in errors {
            logger.error(
                "configuration refused, the former one stays in force",
                metadata: ["error": "\(error)"])
        }
        var problem = Problem(
            .badConfiguration,
            "The file is refused as a whole and the former configuration stays in force: "
                + errors.joined(separator: "; "))
        problem.errors = errors
        return problem
    }
}

/// Reloads whenever the process is hung up on, as daemons do.
struct HangUps: Service {
    let signals: UnixSignalsSequence
    let reloader: Reloader

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            // What went wrong is in the log; there is nobody else to tell.
            _ = try? await reloader.reload()
        }
    }
}

extension ConfigurationChange {
    fileprivate var view: ConfigurationChangeView? {
        switch effect {
        case .now: ConfigurationChangeView(key: key, effect: .now)
        case .newLinks: ConfigurationChangeView(key: key, effect: .newLinks)
        case .nextStart, .never: nil
        }
    }
}

extension TLSContext {
    /// - Throws: when a certificate, key or list of issuers cannot be read or used.
    convenience init(_ configuration: Configuration) throws(OpenSSLError) {
        let tls = configuration.tls
        try self.init(
            identity: Identity(certificateFile: tls.certificate, keyFile: tls.key),
            trust: TrustStore(pemFile: tls.trust), protocolName: "tram/1",
            versionMin: tls.minimum == .tls12 ? .tls12 : .tls13)
    }
}
