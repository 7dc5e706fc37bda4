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
            case "due":
                topology.sites[site].settings.deadlines.classes.append(
                    DeadlineClass(name: "normal", kinds: [.document], term: .after(value)))
            case "urgent-due":
                topology.sites[site].settings.deadlines.classes.insert(
                    DeadlineClass(name: "urgent", priorities: [.urgent], term: .after(value)),
                    at: 0)
            case "warn": topology.sites[site].settings.deadlines.lead = value
            default: throw ScenarioFault(what: "no such setting")
            }
        }
    }

    func route(_ words: [String]) throws(ScenarioFault) {
        let hops = try words[3...].enumerated().map { (place, word) throws(ScenarioFault) in
            try hop(word, place: place)
        }
        reconfigure(try relay(words[1])) { settings in
            var routes = settings.routes.all
            routes[words[2]] = hops.isEmpty ? nil : Route(hops)
            settings.routes = RouteTable(routes: routes)
        }
    }

    /// `HUB-1`, taken in the order given, or `HUB-1/PRIORITY/WEIGHT`.
    private func hop(_ word: String, place: Int) throws(ScenarioFault) -> RouteHop {
        let parts = word.split(separator: "/")
        guard let relay = parts.first.flatMap({ RelayCode(String($0)) })
        else { throw ScenarioFault(what: "no relay's name") }
        guard parts.count > 1 else { return RouteHop(relay, priority: place + 1) }
        guard parts.count == 3, let priority = Int(parts[1]), let weight = Int(parts[2]), weight > 0
        else { throw ScenarioFault(what: "RELAY/PRIORITY/WEIGHT") }
        return RouteHop(relay, priority: priority, weight: weight)
    }

    /// `limit RELAY PEER documents N per SECONDS`, `limit RELAY PEER hours HH:MM-HH:MM`, and
    /// `limit RELAY PEER nothing`.
    func limit(_ words: [String]) throws(ScenarioFault) {
        let (site, peer) = (try relay(words[1]), topology.sites[try relay(words[2])].settings.relay)
        var limits = LinkLimits()
        switch (words[3], words.count) {
        case ("nothing", 4): break
        case ("documents", 7):
            guard let count = Int(words[4]), count > 0 else {
                throw ScenarioFault(what: "a number")
            }
            limits.documents = Rate(count, per: try seconds(words[6]))
        case ("hours", 5):
            let times = words[4].split(whereSeparator: { "-:".contains($0) }).compactMap { Int($0) }
            guard times.count == 4,
                let window = DayWindow(
                    from: times[0] * 60 + times[1], until: times[2] * 60 + times[3])
            else { throw ScenarioFault(what: "HH:MM-HH:MM") }
            limits.windows = [window]
        default: throw ScenarioFault(what: "documents N per SECONDS, hours FROM-UNTIL, nothing")
        }
        reconfigure(site) { $0.peers[peer]?.limits = limits }
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
