// Four relays that run until they are told to stop: to try `relayctl` and the API with.

import RelayFleet

struct Playground {
    let fleet: Fleet

    /// Returns only by being cancelled.
    func run() async throws {
        say("starting four relays")
        try await fleet.start()
        show()
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }

    private func show() {
        let roles = [
            (fleet.agencyA, "agency A, reached by both hubs"),
            (fleet.agencyB, "agency B, reached by both hubs"),
            (fleet.hub1, "hub 1, which both agencies prefer"),
            (fleet.hub2, "hub 2, the backup"),
        ]
        for (daemon, role) in roles {
            say("\n\(daemon.code): \(role)")
            say("  socket         \(daemon.socketPath)")
            say("  configuration  \(daemon.configurationPath)")
            say("  log            \(daemon.programLogPath)")
            say("  deliveries     \(daemon.deliveryLogPath)")
        }
        say("\nIn another terminal, with relayctl on the path:\n")
        say("  export TRAM_SOCKET=\(fleet.agencyA.socketPath)")
        say("  relayctl health")
        say("  relayctl submit FILE --to \(fleet.agencyB.code)")
        say("\nreceipt verify takes --ca \(fleet.agencyA.directory)/ca.pem")
        say("The relays run until Ctrl-C.")
    }
}
