// The server end of the local API, as a service of the daemon: one listener on a Unix socket, one
// on a socket for operators, and one on a port of 127.0.0.1, each if it is configured.
//
// On graceful shutdown it stops listening, refuses what is new, lets running requests finish for
// the configured time, cuts off the rest, and removes its socket files.

import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Runs under a `ServiceGroup`, whose graceful shutdown it follows.
package struct RelayServer: Service {
    private let service: any RelayService
    private let settings: ServerSettings
    private let bounds: ServerBounds
    private let logger: Logger
    private let onReady: @Sendable (ListeningAddresses) -> Void
    private let onRefusal: @Sendable (Problem.Kind) -> Void
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    /// `bounds` may change while it runs; without, those of the settings hold. `onReady` is called
    /// once, when every listener takes connections; `onRefusal` for every submission that is
    /// refused.
    package init(
        service: any RelayService, settings: ServerSettings, bounds: ServerBounds? = nil,
        logger: Logger,
        onReady: @escaping @Sendable (ListeningAddresses) -> Void = { _ in },
        onRefusal: @escaping @Sendable (Problem.Kind) -> Void = { _ in }
    ) {
        self.onRefusal = onRefusal
        self.service = service
        self.settings = settings
        self.bounds = bounds ?? ServerBounds(settings)
        self.logger = logger
        self.onReady = onReady
    }

    /// Returns after a graceful shutdown; throws `ServerStartError` when it cannot listen.
    package func run() async throws {
        guard !settings.listeners.isEmpty else {
            throw ServerStartError.nowhereToListen
        }
        let gate = UploadGate(bounds)
        let start = ServerStart(settings: settings) { [logger, onReady] addresses in
            logger.info(
                "the local API listens",
                metadata: [
                    "socket": "\(addresses.socketPath ?? "-")",
                    "operators": "\(addresses.operatorSocketPath ?? "-")",
                    "port": "\(addresses.port.map(String.init) ?? "-")",
                ])
            onReady(addresses)
        }
        var applications: [Application<APIResponder>] = []
        for listener in settings.listeners {
            let file = try listener.socket.map(UnixSocketFile.init)
            try await file?.checkFree(group: group)
            applications.append(
                application(listener, file: file, gate: gate) {
                    await start.opened($0, listener, file: file)
                })
        }
        let result = await running(applications, gate: gate, start: start)
        await start.removeFiles()
        if let error = start.error { throw error }
        try result.get()
    }

    /// Hummingbird's own log speaks of PATH.new and of every connection; only its complaints are
    /// kept.
    private var complaints: Logger {
        var complaints = logger
        complaints.logLevel = max(logger.logLevel, .warning)
        return complaints
    }

    /// One listener. All have the same responder but for who is let in, and share the gate.
    private func application(
        _ listener: Listener, file: UnixSocketFile?, gate: UploadGate,
        onOpen: @escaping @Sendable (any Channel) async -> Void
    ) -> Application<APIResponder> {
        let settings = settings
        let address: BindAddress =
            file.map { .unixDomainSocket(path: $0.bindPath) }
            ?? .hostname("127.0.0.1", port: settings.loopback?.port ?? 0)
        return Application(
            responder: APIResponder(
                service: service, gate: gate, settings: settings, bounds: bounds,
                listener: listener, logger: logger, onRefusal: onRefusal),
            server: HTTPServerBuilder { APIChannel(settings: settings, responder: $0) },
            configuration: ApplicationConfiguration(
                address: address, backlog: APILimits.backlog,
                availableConnectionsDelegate: .maximum(
                    settings.connectionsMax, logger: complaints)),
            onServerRunning: onOpen,
            eventLoopGroupProvider: .shared(group), logger: complaints)
    }

    /// Runs the listeners until they end by themselves, or until the time for draining is over.
    private func running(
        _ applications: [Application<APIResponder>], gate: UploadGate, start: ServerStart
    ) async -> Result<Void, any Error> {
        let drain = Duration.milliseconds(settings.drainMilliseconds)
        return await withTaskGroup(of: Result<Void, any Error>?.self) { tasks in
            for application in applications {
                tasks.addTask {
                    do {
                        try await application.run()
                        return .success(())
                    } catch {
                        return .failure(start.explain(error))
                    }
                }
            }
            tasks.addTask {
                // Cancelled when the listeners have ended; told to stop otherwise.
                guard (try? await gracefulShutdown()) != nil else { return nil }
                gate.stop()
                await start.removeFiles()
                try? await Task.sleep(for: drain)
                return nil
            }
            // The first failure is the cause; what the others say when they are cut off is not.
            var ended = 0
            var result: Result<Void, any Error> = .success(())
            while let next = await tasks.next() {
                guard let next else {
                    // Time is over, or the daemon was cancelled.
                    tasks.cancelAll()
                    continue
                }
                ended += 1
                if case .failure = next, case .success = result { result = next }
                // One listener alone is not the API that was configured.
                if ended == applications.count || start.error != nil || (try? next.get()) == nil {
                    tasks.cancelAll()
                }
            }
            return result
        }
    }
}

/// What is known while the listeners open: which of them do, and why one could not.
private final class ServerStart: Sendable {
    private struct State {
        var addresses = ListeningAddresses()
        var missing: Int
        var published: [(file: UnixSocketFile, identity: FileIdentity)] = []
        var error: ServerStartError?
    }

    private let state: Mutex<State>
    private let onReady: @Sendable (ListeningAddresses) -> Void

    init(settings: ServerSettings, onReady: @escaping @Sendable (ListeningAddresses) -> Void) {
        state = Mutex(State(missing: settings.listeners.count))
        self.onReady = onReady
    }

    var error: ServerStartError? { state.withLock { $0.error } }

    /// What ended a listener, in words when it never opened.
    func explain(_ error: any Error) -> any Error {
        guard state.withLock({ $0.missing }) > 0, !(error is CancellationError) else {
            return error
        }
        return ServerStartError.failed("the local API's socket or port", "\(error)")
    }

    /// Called by each listener when it is bound. On failure the listener is closed, which ends it.
    func opened(_ channel: any Channel, _ listener: Listener, file: UnixSocketFile?) async {
        do {
            let identity = try await file?.publish()
            let ready: ListeningAddresses? = state.withLock { state in
                if let file, let identity { state.published.append((file, identity)) }
                switch listener {
                case .applications: state.addresses.socketPath = file?.path
                case .operators: state.addresses.operatorSocketPath = file?.path
                case .loopback: state.addresses.port = channel.localAddress?.port
                }
                state.missing -= 1
                return state.missing == 0 ? state.addresses : nil
            }
            if let ready { onReady(ready) }
        } catch {
            state.withLock { $0.error = error }
            channel.close(promise: nil)
        }
    }

    /// Once, when the stop begins or the listeners have failed: afterwards nobody finds a socket on
    /// which nobody listens.
    func removeFiles() async {
        let published = state.withLock { state in
            defer { state.published = [] }
            return state.published
        }
        for (file, identity) in published { file.remove(identity) }
    }
}
