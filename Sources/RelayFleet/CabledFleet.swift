// A fleet whose relays stand in rooms of their own, with cables between them: two agencies, each
// with a cable to each hub, and one between the hubs. The agencies have no listener, as behind NAT.
//
// Every relay has one cable to each neighbour and no way round it, so that what happens to a cable
// happens to one link.

import RelayCore

package struct CabledFleet: Sendable {
    package let fleet: Fleet
    package let site: Site
    /// By the ends of each way; several for two networks, in the order in which they are dialled.
    package let fromAToHub1: [Cable]
    package let fromAToHub2: [Cable]
    package let fromBToHub1: [Cable]
    package let fromBToHub2: [Cable]
    package let betweenHubs: [Cable]

    /// In a room nobody else listens on anything.
    package static let port = 4_600

    /// Writes certificates and configurations below `directory`, and lays the cables; starts no
    /// relay.
    ///
    /// - Parameters:
    ///   - networks: cables on each way, 1 or 2.
    ///   - offices: organisations below B's that B serves as well.
    package static func prepare(
        in directory: String, program: String, times: Fleet.Times = Fleet.Times(),
        networks: Int = 1, offices: [String] = []
    ) throws -> CabledFleet {
        let site = try Site(in: directory, program: program)
        let fleet = Fleet(
            agencyA: try site.relay(Fleet.codeA, room: Room("a")),
            agencyB: try site.relay(Fleet.codeB, room: Room("b")),
            hub1: try site.relay("HUB-1", room: Room("h1")),
            hub2: try site.relay("HUB-2", room: Room("h2")), verifier: try site.verifier())
        var layout = FleetLayout()
        layout.offices = offices
        for hub in [fleet.hub1, fleet.hub2] { layout.listen[hub.code] = ["0.0.0.0:\(port)"] }
        var number = 0
        func lay(_ one: Daemon, _ other: Daemon) throws -> [Cable] {
            guard let room = one.room, let otherRoom = other.room else { return [] }
            let cables = try (0..<networks).map { _ in
                defer { number += 1 }
                return try Cable(from: room, to: otherRoom, number: number)
            }
            layout.ways[.init(from: one.code, to: other.code)] = cables.map {
                "\($0.other.address):\(port)"
            }
            layout.ways[.init(from: other.code, to: one.code)] = cables.map {
                "\($0.one.address):\(port)"
            }
            return cables
        }
        let cabled = CabledFleet(
            fleet: fleet, site: site, fromAToHub1: try lay(fleet.agencyA, fleet.hub1),
            fromAToHub2: try lay(fleet.agencyA, fleet.hub2),
            fromBToHub1: try lay(fleet.agencyB, fleet.hub1),
            fromBToHub2: try lay(fleet.agencyB, fleet.hub2),
            betweenHubs: try lay(fleet.hub1, fleet.hub2))
        try FleetConfiguration(fleet, layout, times: times).write()
        return cabled
    }

    package var all: [Cable] {
        fromAToHub1 + fromAToHub2 + fromBToHub1 + fromBToHub2 + betweenHubs
    }
}
