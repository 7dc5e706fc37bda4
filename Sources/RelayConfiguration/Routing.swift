// What a configuration says about one organisation: which way its documents go, and who signs for
// it.
//
// Guarantees: the rules of Docs/Configuration.md under "Prefixes" and "Speakers". Leaves to others:
// carrying documents by them (the core's `RouteTable`), and checking signatures (RelayTrust).

package import RelayCore

extension Configuration {
    /// The routes of the file, and one for each organisation of an agency that no route of the file
    /// names: straight to that agency.
    package var effectiveRoutes: [Route] {
        var named = Set(routes.map(\.to))
        var all = routes
        for peer in peers {
            for organisation in peer.organisations
            where named.insert(.code(organisation)).inserted {
                all.append(
                    Route(
                        to: .code(organisation), hops: [RouteHop(peer.code, priority: 1)],
                        isImplied: true))
            }
        }
        return all
    }

    /// The relays whose certificates may sign receipts for an organisation: those of the entry with
    /// the longest prefix that matches. Without an entry: this relay for its own organisations, an
    /// agency for those of its entry in `peers`, and otherwise the relay of the same code.
    package func speakers(for organisation: OrganisationCode) -> [RelayCode] {
        let entries = receipts.speakers.flatMap { speaker in
            speaker.organisations.map { (pattern: $0, relays: speaker.relays) }
        }
        let longest = entries.filter { $0.pattern.matches(organisation) }
            .max { $0.pattern.specificity < $1.pattern.specificity }
        if let longest { return longest.relays }
        if relay.organisations.contains(organisation) { return [relay.code] }
        let agencies = peers.filter { $0.organisations.contains(organisation) }.map(\.code)
        if !agencies.isEmpty { return agencies }
        return RelayCode(organisation.text).map { [$0] } ?? []
    }
}
