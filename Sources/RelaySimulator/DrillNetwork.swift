// The relays of a drill that is played on the virtual clock: those whose configuration is there,
// and stand-ins for the others that they name.
//
// Guarantees: every peer that somebody names is there; what was made up or does not fit is said.

package import RelayCore

/// One relay as its configuration describes it.
package struct DrillMember: Sendable {
    package var settings: Settings
    package var patience: Topology.LinkPatience
    /// Of its peers, in the order in which they are tried.
    package var addresses: [RelayCode: [String]]
    /// Whether others can dial it.
    package var listens: Bool

    package init(
        settings: Settings, patience: Topology.LinkPatience, addresses: [RelayCode: [String]],
        listens: Bool
    ) {
        self.settings = settings
        self.patience = patience
        self.addresses = addresses
        self.listens = listens
    }

    var code: RelayCode { settings.relay }
}

package struct DrillNetwork: Sendable {
    package private(set) var topology: Topology
    /// Relays without a configuration.
    package private(set) var modelled: [RelayCode]
    /// What does not fit together, each a sentence.
    package private(set) var remarks: [String]

    /// - Parameter members: one for each relay, each code once.
    package init(_ members: [DrillMember]) {
        var builder = Builder(members)
        builder.addMissing()
        builder.checkPairs()
        modelled = builder.modelled
        remarks = builder.remarks
        topology = Topology(
            sites: builder.members.map { member in
                var site = Topology.Site(
                    settings: member.settings, skew: .milliseconds(0), places: 64,
                    inlineBytesMax: Limits.inlineBytesMax)
                site.patience = member.patience
                site.addresses = member.addresses
                return site
            })
    }

    /// Everybody whom documents of this relay can be for.
    package func recipients(from relay: RelayCode) -> [OrganisationCode] {
        topology.sites.filter { $0.settings.relay != relay }
            .flatMap(\.settings.organisations).sorted()
    }
}

// MARK: - Building

private struct Builder {
    var members: [DrillMember]
    var modelled: [RelayCode] = []
    var remarks: [String] = []
    private let known: Set<RelayCode>

    init(_ members: [DrillMember]) {
        self.members = members
        known = Set(members.map(\.code))
    }

    /// A relay that is named and not there gets what the others say of it: the organisations that
    /// are its, and links to everybody who knows it.
    mutating func addMissing() {
        let named = Set(members.flatMap { $0.settings.peers.keys })
        for code in named.subtracting(known).sorted() {
            modelled.append(code)
            members.append(standIn(for: code))
        }
        guard
            !members.contains(where: { member in
                modelled.contains(member.code) && !member.settings.organisations.isEmpty
            }), members.count(where: { !$0.settings.organisations.isEmpty }) < 2
        else { return }
        addBeyond()
    }

    private func standIn(for code: RelayCode) -> DrillMember {
        let friends = members.filter { $0.settings.peers[code] != nil }
        var organisations = Set(friends.flatMap { $0.settings.peers[code]?.organisations ?? [] })
        // What a hub sends to it first is its; what an agency does may lie anywhere behind it.
        for friend in friends where friend.settings.organisations.isEmpty {
            // A prefix stands for somebody below it; "*" for everybody, and so for nobody.
            organisations.formUnion(
                friend.settings.routes.entries.filter { $0.hops.first == code }
                    .compactMap { OrganisationCode($0.entry) })
        }
        let served = Set(members.flatMap(\.settings.organisations))
        var peers: [RelayCode: PeerTerms] = [:]
        var routes: [String: [RelayCode]] = [:]
        let hubs = friends.filter { $0.settings.organisations.isEmpty }.map(\.code).sorted()
        for friend in friends {
            let own = friend.settings.organisations
            peers[friend.code] = PeerTerms(
                role: own.isEmpty ? .hub : .agency, organisations: own,
                isDiallable: friend.listens)
            for organisation in own { routes[organisation.text] = [friend.code] + hubs }
        }
        if !hubs.isEmpty { routes[RouteTable.everything] = hubs }
        let isDialled = friends.contains { $0.settings.peers[code]?.isDiallable == true }
        return DrillMember(
            settings: Settings(
                relay: code, organisations: organisations.subtracting(served), peers: peers,
                routes: RouteTable(routes.mapValues { Array($0.prefix(Limits.routeHopsMax)) })),
            patience: Topology.LinkPatience(), addresses: [:], listens: isDialled)
    }

    /// When nobody is there to write to: somebody behind the hubs, whom only they know.
    private mutating func addBeyond() {
        guard let code = RelayCode("BEYOND"), let organisation = OrganisationCode("BEYOND")
        else { return }
        let hubs = members.indices.filter { modelled.contains(members[$0].code) }
        guard !hubs.isEmpty else { return }
        var peers: [RelayCode: PeerTerms] = [:]
        for hub in hubs {
            peers[members[hub].code] = PeerTerms(
                role: .hub, organisations: [], isDiallable: true)
            var settings = members[hub].settings
            settings.peers[code] = PeerTerms(
                role: .agency, organisations: [organisation], isDiallable: false)
            var routes: [String: [RelayCode]] = [:]
            for (entry, hops) in settings.routes.entries { routes[entry] = hops }
            routes[organisation.text] = [code]
            settings.routes = RouteTable(routes)
            members[hub].settings = settings
            members[hub].listens = true
        }
        let settings = Settings(
            relay: code, organisations: [organisation], peers: peers,
            routes: RouteTable([RouteTable.everything: peers.keys.sorted()]))
        modelled.append(code)
        members.append(
            DrillMember(
                settings: settings, patience: Topology.LinkPatience(), addresses: [:],
                listens: false))
    }

    /// Two relays talk when each knows the other and one of them can dial.
    mutating func checkPairs() {
        let listening = Set(members.filter(\.listens).map(\.code))
        for number in members.indices {
            let code = members[number].code
            for (peer, terms) in members[number].settings.peers.sorted(by: { $0.key < $1.key }) {
                guard let other = members.first(where: { $0.code == peer }) else { continue }
                if other.settings.peers[code] == nil {
                    remarks.append("\(peer) does not know \(code), which would dial it in vain")
                    members[number].settings.peers[peer] = terms.dialled(false)
                } else if terms.isDiallable, !listening.contains(peer) {
                    remarks.append("\(code) would dial \(peer), which listens nowhere")
                    members[number].settings.peers[peer] = terms.dialled(false)
                }
            }
        }
    }
}

extension PeerTerms {
    fileprivate func dialled(_ isDiallable: Bool) -> PeerTerms {
        PeerTerms(role: role, organisations: organisations, isDiallable: isDiallable)
    }
}
