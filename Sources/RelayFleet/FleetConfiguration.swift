// The configuration files of a fleet's relays, as a user would write them.

struct FleetConfiguration {
    private let fleet: Fleet
    private let hubPorts: [Int]
    private let times: Fleet.Times

    init(_ fleet: Fleet, hubPorts: [Int], times: Fleet.Times) {
        self.fleet = fleet
        self.hubPorts = hubPorts
        self.times = times
    }

    func write() throws {
        let agencies = [Fleet.codeA, Fleet.codeB]
        try write(agency(), for: fleet.agencyA)
        try write(agency(), for: fleet.agencyB)
        try write(
            hub(listening: hubPorts[0], other: "HUB-2", hubPorts[1], agencies), for: fleet.hub1)
        try write(
            hub(listening: hubPorts[1], other: "HUB-1", hubPorts[0], agencies), for: fleet.hub2)
    }

    private func write(_ role: String, for daemon: Daemon) throws {
        try daemon.configure(common(daemon) + role)
    }

    private func common(_ daemon: Daemon) -> String {
        let home = daemon.directory
        return """
            relay:
              code: \(daemon.code)
              data: \(home)/data
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
              deadline: \(times.receiptDeadlineSeconds) s
            retry:
              returnAfter: \(times.returnAfterSeconds) s
              keepalive: \(times.keepaliveSeconds) s
              cap: 2 s

            """
    }

    /// An agency behind NAT: it dials both hubs, and is served over the same links.
    private func agency() -> String {
        """
        peers:
          - code: HUB-1
            role: hub
            addresses: ["127.0.0.1:\(hubPorts[0])"]
          - code: HUB-2
            role: hub
            addresses: ["127.0.0.1:\(hubPorts[1])"]
        routes:
          - to: "*"
            via: [HUB-1, HUB-2]

        """
    }

    private func hub(
        listening port: Int, other: String, _ otherPort: Int, _ agencies: [String]
    ) -> String {
        let peers = agencies.map { "  - code: \($0)\n    role: agency\n    addresses: []\n" }
        let routes = agencies.map { "  - to: \($0)\n    via: [\($0), \(other)]\n" }
        return """
            listen: ["127.0.0.1:\(port)"]
            peers:
              - code: \(other)
                role: hub
                addresses: ["127.0.0.1:\(otherPort)"]
            \(peers.joined())routes:
            \(routes.joined())
            """
    }
}
