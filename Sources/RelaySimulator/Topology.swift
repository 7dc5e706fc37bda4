// Who is there: agencies and hubs, whom each knows, and which ways lead where.

package import RelayCore

package struct Topology: Sendable {
    package struct Site: Sendable {
        package var settings: Settings
        /// How far its clock is ahead of the world's.
        package var skew: Interval
        /// Transfers it takes at once on one link.
        package var places: Int
        /// Bodies up to this size travel inside their offer.
        package var inlineBytesMax: Int
        package var patience = LinkPatience()
        /// Addresses of its peers; one that is not named has one.
        package var addresses: [RelayCode: [String]] = [:]
    }

    /// What a relay's configuration says about its links.
    package struct LinkPatience: Sendable {
        package var keepAlive = Interval.seconds(5)
        /// The peer counts as dead when nothing was heard for this long.
        package var silenceMax = Interval.seconds(15)
        /// When an address does not answer in this time, the next one is tried.
        package var connectTimeout = Interval.seconds(5)

        package init() {}
    }

    package var sites: [Site]

    package init(sites: [Site]) {
        self.sites = sites
    }

    /// The same, every relay with these rules of deadlines.
    func due(by rules: DeadlineRules) -> Topology {
        var topology = self
        for site in sites.indices { topology.sites[site].settings.deadlines = rules }
        return topology
    }

    package func index(of relay: RelayCode) -> Int? {
        sites.firstIndex { $0.settings.relay == relay }
    }

    package func site(serving organisation: OrganisationCode) -> Int? {
        sites.firstIndex { $0.settings.organisations.contains(organisation) }
    }

    /// Whether a relay may sign receipts for an organisation.
    func maySpeak(_ relay: RelayCode, for organisation: OrganisationCode) -> Bool {
        index(of: relay).map { sites[$0].settings.organisations.contains(organisation) } ?? false
    }
}

/// What the topologies of the simulator have in common.
package struct TopologyVariant: Sendable {
    /// Agencies beside the two hubs; the last one cannot be dialled.
    package var agencies = 3
    /// Whether hub 2 is the preferred one of every second agency.
    package var isMixed = false
    /// Whether the hubs dial the agencies too, so that both ends dial.
    package var hubsDial = true
    /// Whether the first agency has a link to the second one without any hub.
    package var hasDirectLink = false
    /// Whether the hubs pass to each other what they cannot deliver.
    package var hubsBackEachOther = true

    package init() {}

    /// Sites in this order: agencies `A`, `B`, ... with relays `R-A`, `R-B`, ..., then `HUB-1`,
    /// `HUB-2`. An agency `A` serves the organisations `A.1` and `A.2`; routes lead to the prefix
    /// `A`.
    package func topology(_ adjust: (inout Settings, Int) -> Void = { _, _ in }) -> Topology {
        let names = (0..<agencies).map { String(UnicodeScalar(UInt8(0x41 + $0))) }
        let sites = names.indices.map { agency($0, names) } + [1, 2].map { hub($0, names) }
        return Topology(
            sites: sites.enumerated().map { number, settings in
                var settings = settings
                adjust(&settings, number)
                return Topology.Site(
                    settings: settings, skew: .milliseconds(0), places: 64,
                    inlineBytesMax: Limits.inlineBytesMax)
            })
    }

    private func agency(_ number: Int, _ names: [String]) -> Settings {
        let hubs = isMixed && number % 2 == 1 ? [Self.hub2, Self.hub1] : [Self.hub1, Self.hub2]
        var peers: [RelayCode: PeerTerms] = [:]
        for hub in hubs { peers[hub] = PeerTerms(role: .hub, organisations: [], isDiallable: true) }
        var routes = [RouteTable.everything: hubs]
        if hasDirectLink && number < 2 {
            let other = 1 - number
            peers[Self.relay(names[other])] = PeerTerms(
                role: .agency, organisations: Self.organisations(names[other]),
                isDiallable: number == 0)
            routes[names[other]] = [Self.relay(names[other])] + hubs
        }
        return Settings(
            relay: Self.relay(names[number]), organisations: Self.organisations(names[number]),
            peers: peers, routes: RouteTable(routes))
    }

    private func hub(_ number: Int, _ names: [String]) -> Settings {
        let (own, other) = number == 1 ? (Self.hub1, Self.hub2) : (Self.hub2, Self.hub1)
        var peers = [other: PeerTerms(role: .hub, organisations: [], isDiallable: true)]
        var routes: [String: [RelayCode]] = [:]
        for (place, name) in names.enumerated() {
            peers[Self.relay(name)] = PeerTerms(
                role: .agency, organisations: Self.organisations(name),
                isDiallable: hubsDial && place != names.count - 1)
            routes[name] = [Self.relay(name)] + (hubsBackEachOther ? [other] : [])
        }
        return Settings(
            relay: own, organisations: [], peers: peers, routes: RouteTable(routes))
    }

    private static let hub1 = code("HUB-1")
    private static let hub2 = code("HUB-2")

    private static func relay(_ name: String) -> RelayCode { code("R-" + name) }

    private static func code(_ text: String) -> RelayCode {
        guard let code = RelayCode(text) else { preconditionFailure("no code: \(text)") }
        return code
    }

    private static func organisations(_ name: String) -> Set<OrganisationCode> {
        Set([name + ".1", name + ".2"].compactMap(OrganisationCode.init))
    }
}
