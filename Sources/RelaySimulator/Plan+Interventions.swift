// What people do to a network that runs, beside what happens to it: reloads and drills; links that
// flap, and deadlines that outages may break.

import RelayCore

extension Plan {
    static func interventions(_ topology: Topology, _ dice: inout Dice) -> [Disturbance] {
        var interventions: [Disturbance] = []
        if dice.chance(30) {
            for _ in 0..<dice.draw(1...3) { interventions.append(reload(topology, &dice)) }
        }
        if dice.chance(30) {
            for _ in 0..<dice.draw(1...2) { interventions.append(drill(topology, &dice)) }
        }
        if dice.chance(25) { interventions += flapping(topology, &dice) }
        return interventions
    }

    private static func reload(_ topology: Topology, _ dice: inout Dice) -> Disturbance {
        let relay = dice.draw(0...topology.sites.count - 1)
        return Disturbance(
            at: Int64(dice.draw(0...span)), lasts: Int64(dice.draw(500...60_000)),
            .reload(relay, seed: UInt64(dice.draw(0...1_000_000))))
    }

    private static func drill(_ topology: Topology, _ dice: inout Dice) -> Disturbance {
        let relay = dice.draw(0...topology.sites.count - 1)
        let peer = topology.sites[partner(of: relay, topology, &dice)].settings.relay
        let kind: Fault.Kind =
            switch dice.draw(0...5) {
            case 0: .linkRefused
            case 1: .linkHung
            case 2:
                .linkSlow(
                    Fault.Slowness(
                        delay: dice.milliseconds(1...2_000),
                        bytesPerSecond: dice.chance(50) ? UInt64(dice.draw(1_000...200_000)) : nil))
            case 3: .addressBlackholed(.all)
            case 4: .certificateRefused
            default: .spaceShort
            }
        let lasts = Int64(dice.draw(1_000...60_000))
        let fault = Fault(
            kind: kind, peer: kind == .spaceShort ? nil : peer, after: .seconds(0),
            duration: .milliseconds(lasts))
        return Disturbance(at: Int64(dice.draw(0...span)), lasts: lasts, .drill(relay, fault))
    }

    /// One link breaks again and again, a few seconds after it is back.
    private static func flapping(_ topology: Topology, _ dice: inout Dice) -> [Disturbance] {
        let relay = dice.draw(0...topology.sites.count - 1)
        let other = partner(of: relay, topology, &dice)
        var time = dice.draw(0...span)
        return (0..<dice.draw(5...30)).map { _ in
            time += dice.draw(500...6_000)
            return Disturbance(at: Int64(time), lasts: 0, .cut(relay, other))
        }
    }

    /// Another configuration of the same relay: as valid, and worse.
    static func other(_ settings: Settings, seed: UInt64) -> Settings {
        var dice = Dice(seed: seed)
        var other = settings
        var routes: [String: [RelayCode]] = [:]
        for (entry, hops) in settings.routes.entries { routes[entry] = hops }
        if dice.chance(50) { routes = routes.mapValues { $0.reversed() } }
        if dice.chance(20) { routes = routes.mapValues { Array($0.prefix(1)) } }
        if dice.chance(30), let peer = settings.peers.keys.sorted().first {
            // No route may name what is no peer.
            let gone = dice.chance(50) ? peer : dice.pick(settings.peers.keys.sorted())
            other.peers[gone] = nil
            routes = routes.mapValues { $0.filter { $0 != gone } }.filter { !$0.value.isEmpty }
        }
        other.routes = RouteTable(routes)
        if dice.chance(50) { other.inFlightPerLink = dice.draw(1...8) }
        if dice.chance(50) { other.returnAfter = dice.milliseconds(1_000...30_000) }
        if dice.chance(50) { other.retryCap = dice.milliseconds(1_000...20_000) }
        if dice.chance(50) { other.receiptDeadline = dice.milliseconds(60_000...240_000) }
        return other
    }
}
