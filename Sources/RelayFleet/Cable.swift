// A cable between two rooms (a pair of veth interfaces), and what can happen to it: pulled out,
// swallowing everything without a word, slow.

package struct Cable: Sendable {
    package struct End: Sendable {
        package let room: Room
        package let interface: String
        package let address: String
        /// Of the other end's interface.
        let peerHardware: String
    }

    package let one: End
    package let other: End

    /// - Parameter number: 0 to 254; unique among the cables of one test.
    package init(from room: Room, to otherRoom: Room, number: Int) throws {
        let names = ("w\(number)-\(room.name)", "w\(number)-\(otherRoom.name)")
        let hardware = (Self.hardware(number, 1), Self.hardware(number, 2))
        _ = try Command.run(
            [
                "ip", "link", "add", names.0, "address", hardware.0, "netns", "\(room.processID)",
                "type", "veth", "peer", "name", names.1, "address", hardware.1, "netns",
                "\(otherRoom.processID)",
            ])
        one = End(
            room: room, interface: names.0, address: "10.99.\(number).1", peerHardware: hardware.1)
        other = End(
            room: otherRoom, interface: names.1, address: "10.99.\(number).2",
            peerHardware: hardware.0)
        for end in ends {
            try end.room.run("ip", "addr", "add", "\(end.address)/30", "dev", end.interface)
        }
        try mend()
    }

    private static func hardware(_ number: Int, _ end: Int) -> String {
        let hex = String(number, radix: 16)
        return "02:00:00:00:\(hex.count == 1 ? "0" + hex : hex):0\(end)"
    }

    private var ends: [End] { [one, other] }

    /// Both interfaces go down, as when it is pulled out: connections stay, and hear nothing.
    package func cut() throws {
        for end in ends { try end.room.run("ip", "link", "set", end.interface, "down") }
    }

    /// Packets leave and reach nobody, and nobody is told: a switch or a firewall that has died.
    package func swallow() throws {
        for (end, far) in [(one, other), (other, one)] {
            try end.room.run(
                "ip", "neigh", "replace", far.address, "lladdr", "02:00:00:00:ff:ff", "dev",
                end.interface, "nud", "permanent")
        }
    }

    /// Whole again after `cut` or `swallow`.
    package func mend() throws {
        for (end, far) in [(one, other), (other, one)] {
            try end.room.run("ip", "link", "set", end.interface, "up")
            try end.room.run(
                "ip", "neigh", "replace", far.address, "lladdr", end.peerHardware, "dev",
                end.interface, "nud", "permanent")
        }
    }

    /// Both directions take so much and no more (tc-tbf). At most 20 ms of traffic wait in it; what
    /// is beyond is dropped, as a router would.
    package func throttle(megabitsPerSecond rate: Int) throws {
        for end in ends {
            try end.room.run(
                "tc", "qdisc", "replace", "dev", end.interface, "root", "tbf", "rate",
                "\(rate)mbit", "burst", "64kb", "latency", "20ms")
        }
    }
}
