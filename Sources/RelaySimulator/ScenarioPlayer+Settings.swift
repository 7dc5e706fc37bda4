// Settings of a scenario: before anything runs, and as reloads later.

package import RelayCore
import RelayEngine

extension ScenarioPlayer {
    func set(_ name: String, _ value: Interval) throws(ScenarioFault) {
        guard begun == nil else { throw ScenarioFault(what: "the world has begun") }
        for site in topology.sites.indices {
            switch name {
            case "receipt-deadline": topology.sites[site].settings.receiptDeadline = value
            case "return-after": topology.sites[site].settings.returnAfter = value
            case "retention": topology.sites[site].settings.retention = value
            case "lifetime": topology.sites[site].settings.lifetime = value
            default: throw ScenarioFault(what: "no such setting")
            }
        }
    }

    func route(_ words: [String]) throws(ScenarioFault) {
        let hops = words[3...].compactMap { RelayCode($0) }
        guard hops.count == words.count - 3 else { throw ScenarioFault(what: "no relay's name") }
        reconfigure(try relay(words[1])) { settings in
            var routes: [String: [RelayCode]] = [:]
            for (entry, hops) in settings.routes.entries { routes[entry] = hops }
            routes[words[2]] = hops.isEmpty ? nil : hops
            settings.routes = RouteTable(routes)
        }
    }

    /// Takes a peer out of a relay's configuration, or puts it back as it was.
    func change(_ words: [String]) throws(ScenarioFault) {
        let (site, peer) = (try relay(words[1]), topology.sites[try relay(words[2])].settings.relay)
        guard let terms = topology.sites[site].settings.peers[peer]
        else { throw ScenarioFault(what: "it is no peer of that relay") }
        reconfigure(site) { $0.peers[peer] = words[0] == "forget" ? nil : terms }
    }

    /// While the world runs this is a reload of one relay's configuration.
    private func reconfigure(_ site: Int, _ change: (inout Settings) -> Void) {
        guard let world = begun?.world else {
            change(&topology.sites[site].settings)
            return
        }
        var settings = world.relays[site].site.settings
        change(&settings)
        world.reconfigure(site, settings)
    }
}

extension World {
    /// New settings for a relay, also after its next start.
    package func reconfigure(_ relay: Int, _ settings: Settings) {
        relays[relay].site.settings = settings
        // A peer that was taken out and put back begins anew.
        checkers.forgetLosses(of: relay)
        // Nobody waits for the answer.
        post([.event(.reconfigured(settings, caller: CallerID(0)))], to: relay)
    }
}
