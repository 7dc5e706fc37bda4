// What the core needs of a configuration.
//
// Guarantees: a plain copy, nothing decided here. Leaves to others: everything that concerns files,
// sockets, certificates and logs, which the core never sees.

package import RelayCore

extension Configuration {
    /// The core's settings: plain copies, with the implied routes written out.
    package var settings: Settings {
        let routes = effectiveRoutes.map { ($0.to.description, RelayCore.Route($0.hops)) }
        // Codes and patterns are unique by now; the closures below only satisfy the initialisers.
        var settings = Settings(
            relay: relay.code, organisations: Set(relay.organisations),
            peers: Dictionary(peers.map { ($0.code, $0.terms) }) { first, _ in first },
            routes: RouteTable(routes: Dictionary(routes) { first, _ in first }))
        settings.lifetime = lifetime
        settings.receiptDeadline = receipts.deadline
        settings.retention = retention
        settings.announcementsKept = eventRetention
        settings.retryBase = retry.base
        settings.retryCap = retry.cap
        settings.returnAfter = retry.returnAfter
        settings.ownRetryBase = retry.ownBase
        settings.ownRetryCap = retry.ownCap
        settings.documentBytesMax = limits.documentSize
        settings.inFlightPerLink = limits.inFlightPerLink
        settings.inFlightTotal = limits.inFlightTotal
        settings.deadlines = deadlines.rules
        return settings
    }
}

extension Configuration.Peer {
    fileprivate var terms: PeerTerms {
        let role: PeerTerms.Role =
            switch role {
            case .hub: .hub
            case .agency: .agency
            }
        var terms = PeerTerms(
            role: role, organisations: Set(organisations), isDiallable: !addresses.isEmpty)
        terms.limits.documents = limits.documents
        terms.limits.windows = limits.windows
        terms.limits.urgent = Priority(rawValue: UInt8(clamping: limits.urgent)) ?? .express
        return terms
    }
}
