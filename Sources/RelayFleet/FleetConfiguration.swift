// The configuration files of a fleet's relays, as a user would write them, and where its hubs are
// found.

import RelayCore

/// Where the hubs of a fleet listen, and where each relay dials them.
struct FleetLayout {
    struct Way: Hashable {
        let from: RelayCode
        let to: RelayCode
    }

    var listen: [RelayCode: [String]] = [:]
    /// Several for a hub that is on several networks.
    var ways: [Way: [String]] = [:]
    /// Organisations below B's that B serves as well.
    var offices: [String] = []

    /// Where a relay dials a hub: what was said of this way, or where the hub listens.
    func addresses(of hub: RelayCode, from dialler: RelayCode) -> [String] {
        ways[Way(from: dialler, to: hub)] ?? listen[hub] ?? []
    }
}

struct FleetConfiguration {
    private let fleet: Fleet
    private let layout: FleetLayout
    private let times: Fleet.Times

    init(_ fleet: Fleet, _ layout: FleetLayout, times: Fleet.Times) {
        self.fleet = fleet
        self.layout = layout
        self.times = times
    }

    func write() throws {
        for agency in [fleet.agencyA, fleet.agencyB] {
            try agency.configure(common(agency) + self.agency(agency))
        }
        try fleet.hub1.configure(common(fleet.hub1) + hub(fleet.hub1, other: fleet.hub2))
        try fleet.hub2.configure(common(fleet.hub2) + hub(fleet.hub2, other: fleet.hub1))
    }

    private func common(_ daemon: Daemon) -> String {
        let home = daemon.directory
        return """
            relay:
              code: \(daemon.code)
              data: \(home)/data\(served(by: daemon))
            store:
              mapSize: 4 GiB
              reserve: 64 MiB
            api:
              socket: \(home)/relayd.sock
              socketMode: "0600"
            tls:
              certificate: \(home)/cert.pem
              key: \(home)/key.pem
              trust: \(home)/ca.pem
            receipts:
              deadline: \(text(times.receiptDeadline))
              speakers: [{organisations: [\(Fleet.codeB)], relays: [\(Fleet.codeB)]}]
            retry:
              returnAfter: \(text(times.returnAfter))
              keepalive: \(text(times.keepalive))
              cap: \(text(times.cap))

            """
    }

    private func served(by daemon: Daemon) -> String {
        guard daemon.code.text == Fleet.codeB else { return "" }
        return "\n  organisations: [\(([Fleet.codeB] + layout.offices).joined(separator: ", "))]"
    }

    private func text(_ interval: Interval) -> String { "\(interval.milliseconds) ms" }

    /// An agency behind NAT: it dials both hubs, and is served over the same links.
    private func agency(_ agency: Daemon) -> String {
        """
        peers:
        \(peer(fleet.hub1, of: agency))\(peer(fleet.hub2, of: agency))routes:
          - to: "*"
            via: [\(fleet.hub1.code), \(fleet.hub2.code)]

        """
    }

    private func hub(_ hub: Daemon, other: Daemon) -> String {
        let agencies = [Fleet.codeA, Fleet.codeB]
        let peers = agencies.map { code in
            let offices = code == Fleet.codeB ? layout.offices : []
            return "  - {code: \(code), role: agency, addresses: [], organisations: "
                + "[\(([code] + offices).joined(separator: ", "))]}\n"
        }
        let routes = agencies.map { "  - to: \($0)\n    via: [\($0), \(other.code)]\n" }
        return """
            listen: \(list(layout.listen[hub.code] ?? []))
            peers:
            \(peer(other, of: hub))\(peers.joined())routes:
            \(routes.joined())
            """
    }

    private func peer(_ hub: Daemon, of dialler: Daemon) -> String {
        """
          - code: \(hub.code)
            role: hub
            addresses: \(list(layout.addresses(of: hub.code, from: dialler.code)))

        """
    }

    private func list(_ addresses: [String]) -> String {
        "[" + addresses.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    }
}
