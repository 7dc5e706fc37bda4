// The rules between peers, routes and organisations: a document must be able to go out, and its
// receipt to come back.
//
// Guarantees: after these checks every next hop is a peer that can be reached, no organisation has
// two homes without an order between them, and no route leads where receipts cannot return. Leaves
// to others: loops that several relays make together (the path list and the hop limit stop those).

import RelayCore

struct RoutingChecks {
    private let draft: Draft
    private let findings: Findings
    /// The peers by code; of two with the same code, the first.
    private let peers: [RelayCode: Draft.Peer]
    /// Organisations that a route names, so that the order of their peers is said.
    private let routed: Set<OrganisationCode>

    static func run(_ draft: Draft, findings: Findings) {
        let checks = RoutingChecks(draft: draft, findings: findings)
        checks.checkCodes()
        checks.checkPeers()
        checks.checkOrganisations()
        checks.checkAddresses()
        checks.checkRoutes()
    }

    private init(draft: Draft, findings: Findings) {
        self.draft = draft
        self.findings = findings
        let named = draft.peers.compactMap { peer in peer.code.map { ($0, peer) } }
        peers = Dictionary(named) { first, _ in first }
        routed = Set(
            draft.routes.compactMap { route in
                if case .code(let code) = route.to { code } else { nil }
            })
    }

    // MARK: Peers

    /// One relay, one entry: two would have two sets of rights.
    private func checkCodes() {
        for peer in draft.peers {
            guard let code = peer.code else { continue }
            if code == draft.code {
                findings.refuse(
                    "\(peer.key).code", "\(code) is this relay itself; list the others only")
            } else if let first = peers[code], first.key != peer.key {
                findings.refuse(
                    "\(peer.key).code",
                    "\(code) is a peer already, \(first.key); give all its addresses there")
            }
        }
    }

    /// What an entry says about itself.
    private func checkPeers() {
        for peer in draft.peers {
            if peer.role == .hub, peer.organisations != nil {
                findings.refuse(
                    "\(peer.key).organisations",
                    "is for role agency only: a hub hands over the documents of others; use routes "
                        + "to say what it is sent")
            }
            // One of the two ends must dial.
            let isSound = findings.areSound(["\(peer.key).addresses", "listen"])
            if isSound, peer.addresses.isEmpty, draft.listen.isEmpty {
                let name = peer.code.map(\.text) ?? peer.key
                findings.refuse(
                    "\(peer.key).addresses",
                    "\(name) cannot be reached: it has no addresses, and without listen it cannot "
                        + "dial this relay; give one of the two")
            }
        }
    }

    /// Each organisation has one home: here, at one agency, or where a route says.
    private func checkOrganisations() {
        let own = Set(draft.organisations.map(\.value))
        var first: [OrganisationCode: String] = [:]
        for peer in draft.peers where peer.role == .agency {
            let fallback = peer.ownOrganisations.map { Item(value: $0, key: "\(peer.key).code") }
            for item in peer.organisations ?? fallback {
                let (code, key) = (item.value, item.key)
                // An own code that is also a peer's is reported as such.
                if own.contains(code), peer.code != draft.code {
                    findings.refuse(
                        key,
                        "\(code) is served here (relay.organisations); its documents do not leave "
                            + "this relay")
                } else if let other = first[code], !routed.contains(code) {
                    findings.refuse(
                        key,
                        "\(code) is served by another peer too, \(other); name the order of the "
                            + "two in a route to \(code)")
                }
                if first[code] == nil { first[code] = key }
            }
        }
    }

    /// An address twice is a copy that was not changed: the wrong relay would answer there, and be
    /// refused for its certificate. Port 0 is a new port each time.
    private func checkAddresses() {
        var listening: Set<HostAndPort> = []
        for item in draft.listen where item.value.port != 0 {
            if !listening.insert(item.value).inserted {
                findings.refuse(item.key, "\(item.value) stands in the list twice")
            }
        }
        var first: [HostAndPort: String] = [:]
        for item in draft.peers.flatMap(\.addresses) {
            if let other = first[item.value] {
                findings.refuse(
                    item.key,
                    "\(item.value) is given already, \(other); behind one address is one relay")
            }
            first[item.value] = item.key
        }
    }

    // MARK: Routes

    /// One route for one pattern, and none for what ends here. A prefix above an organisation that
    /// is served here is fine: the longer match is this relay itself.
    private func checkRoutes() {
        let own = Set(draft.organisations.map(\.value))
        var first: [OrganisationPattern: String] = [:]
        for route in draft.routes {
            if let to = route.to {
                if let other = first[to] {
                    findings.refuse(
                        "\(route.key).to",
                        "\(to) has a route already, \(other); put all next hops into one")
                } else if case .code(let code) = to, own.contains(code) {
                    findings.refuse(
                        "\(route.key).to",
                        "\(code) is served here (relay.organisations); its documents do not leave "
                            + "this relay")
                }
                first[to] = route.key
            }
            checkHops(of: route)
        }
    }

    /// Next hops are peers, each named once.
    private func checkHops(of route: Draft.Route) {
        // A peer whose code could not be read may be the one that is meant.
        let mayBeUnread =
            !findings.areSound(["peers"]) || draft.peers.contains { $0.code == nil }
        var seen: Set<RelayCode> = []
        for hop in route.hops where hop.isWeightAlone {
            findings.refuse(
                hop.relay.key,
                "has a weight and no priority: a weight is the share among hops of one priority")
        }
        for hop in route.via {
            if hop.value == draft.code {
                findings.refuse(
                    hop.key, "\(hop.value) is this relay itself; name a peer to send to")
            } else if !seen.insert(hop.value).inserted {
                findings.refuse(hop.key, "\(hop.value) stands in the list twice")
            } else if let peer = peers[hop.value] {
                checkAgency(peer, at: hop, on: route)
            } else if !mayBeUnread {
                let known = peers.keys.map(\.text).sorted()
                let near = Suggestion.phrase(for: hop.value.text, among: known)
                let list =
                    known.isEmpty ? "there are none" : known.prefix(8).joined(separator: ", ")
                let more = known.count > 8 ? ", …" : ""
                findings.refuse(
                    hop.key,
                    "\(hop.value) is not a peer"
                        + (near.isEmpty ? "; peers: \(list)\(more)" : near))
            }
        }
    }

    /// An agency hands over documents of its own organisations only, so nothing that it was sent
    /// for others would be answered by a receipt.
    private func checkAgency(
        _ peer: Draft.Peer, at hop: Item<RelayCode>, on route: Draft.Route
    ) {
        guard peer.role == .agency, let to = route.to,
            findings.areSound(["\(peer.key).organisations"])
        else { return }
        if case .code(let code) = to, peer.ownOrganisations.contains(code) { return }
        findings.refuse(
            hop.key,
            "\(hop.value) has role agency and may only hand over documents of its own "
                + "organisations, so no receipt for \(to) could come back; give it role hub, or "
                + "add \(to) to its organisations if it serves that one")
    }
}
