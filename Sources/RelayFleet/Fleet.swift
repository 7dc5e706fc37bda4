// Four relays on loopback, with certificates of their own: agencies A and B, which dial and cannot
// be dialled, hub 1 that both prefer, and hub 2 as its backup.

package import RelayCore
package import RelayTrust

package struct Fleet: Sendable {
    package let agencyA: Daemon
    package let agencyB: Daemon
    package let hub1: Daemon
    package let hub2: Daemon
    /// Checks receipts offline, with nothing but the authority's certificate.
    package let verifier: ReceiptVerifier

    package static let codeA = "H99.1"
    package static let codeB = "H88.2"

    package var all: [Daemon] { [agencyA, hub1, hub2, agencyB] }

    /// How the relays of a fleet behave; short times, so that a drill takes seconds.
    package struct Times: Sendable {
        package var receiptDeadline = Interval.seconds(10)
        package var returnAfter = Interval.seconds(5)
        /// A silent link is dead after three of these.
        package var keepalive = Interval.seconds(5)
        /// The longest wait before a dead link is tried again.
        package var cap = Interval.seconds(2)
        package init() {}
    }

    /// Writes certificates and configurations below `directory`; starts nothing.
    package static func prepare(
        in directory: String, program: String, times: Times = Times()
    ) throws -> Fleet {
        let site = try Site(in: directory, program: program)
        let fleet = Fleet(
            agencyA: try site.relay(codeA), agencyB: try site.relay(codeB),
            hub1: try site.relay("HUB-1"), hub2: try site.relay("HUB-2"),
            verifier: try site.verifier())
        let ports = try FreePorts.take(2)
        var layout = FleetLayout()
        layout.listen[fleet.hub1.code] = ["127.0.0.1:\(ports[0])"]
        layout.listen[fleet.hub2.code] = ["127.0.0.1:\(ports[1])"]
        try FleetConfiguration(fleet, layout, times: times).write()
        return fleet
    }

    package func start() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for daemon in all { tasks.addTask { try await daemon.start() } }
            try await tasks.waitForAll()
        }
    }

    /// Ends all of them at once; returns the exit codes of those that were running. What has not
    /// ended after 15 seconds is killed, and has none.
    @discardableResult
    package func stop() async -> [RelayCode: Int32?] {
        let running = all.filter { $0.processID != nil }
        for daemon in running { daemon.askToStop() }
        var codes: [RelayCode: Int32?] = [:]
        for daemon in running {
            codes[daemon.code] = .some(try? await daemon.exitCode(within: .seconds(15)))
        }
        return codes
    }
}
