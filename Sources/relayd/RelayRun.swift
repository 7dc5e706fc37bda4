// The relay proper as a service: links and engine, from start to orderly end.
//
// On SIGTERM nothing new is taken in; the API lets running requests finish meanwhile; links may
// finish what is on the wire for a few seconds, and what does not finish lapses: it is in the
// queue, and the next run takes it up. Then the engine finishes what was posted, and ends.

import Logging
import RelayCore
import RelayEngine
import RelayPeer
import ServiceLifecycle

struct RelayRun: Service {
    let peers: PeerService
    let engine: Engine
    let callers: Callers
    let failure: Failure
    let logger: Logger

    /// With the API's own patience this keeps the whole stop below 10 seconds.
    private static let patience = Duration.seconds(4)

    func run() async throws {
        let addresses = try await peers.listen()
        for address in addresses {
            logger.info("listening", metadata: ["address": "\(address)"])
        }
        // Cancelled when the API cannot listen: that ends the relay too.
        let failed = await withTaskCancellationOrGracefulShutdownHandler {
            await failure.happened()
        } onCancelOrGracefulShutdown: {
            failure.end()
        }
        if let failed { throw StorageFailed(reason: failed) }
        await peers.stop(patience: Self.patience)
        await engine.stop()
        callers.end()
        if let failed = failure.reported { throw StorageFailed(reason: failed) }
    }
}

struct StorageFailed: Error, CustomStringConvertible {
    let reason: LedgerFailure
    var description: String { "the store failed: \(reason)" }
}
