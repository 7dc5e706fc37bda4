// What the API says of the relay itself: its peers, its routes, its health, and its counts.

package import RelayCore

package struct PeerList: Codable, Hashable, Sendable {
    package var peers: [PeerView]
    package init(peers: [PeerView]) { self.peers = peers }
}

/// The states of a link. They follow from measured progress, not from a socket being open.
package enum LinkStatus: String, CaseIterable, Codable, Sendable {
    case up, connecting, down, waiting
}

/// One peer: whether it can be reached, since when, and what waits for it.
package struct PeerView: Codable, Hashable, Sendable {
    package var code: RelayCode
    /// `agency` or `hub`.
    package var role: String
    package var state: LinkStatus
    /// Since when it is in this state.
    package var since: Instant
    package var lastError: Reason?
    package var nextTryAt: Instant?
    package var addresses: [String]
    /// Deliveries that wait for this peer.
    package var queued: Int
    /// Transfers under way.
    package var inFlight: Int
    package var certificateExpiresAt: Instant?
    /// Why documents that are not urgent wait though the link is up, and until when.
    package var heldBack: Reason?
    package var heldUntil: Instant?

    package init(
        code: RelayCode, role: String, state: LinkStatus, since: Instant, addresses: [String],
        queued: Int, inFlight: Int
    ) {
        self.code = code
        self.role = role
        self.state = state
        self.since = since
        self.addresses = addresses
        self.queued = queued
        self.inFlight = inFlight
    }
}

package struct RouteList: Codable, Hashable, Sendable {
    package var routes: [RouteView]
    package init(routes: [RouteView]) { self.routes = routes }
}

/// One line of the routing table, with what health makes of it now.
package struct RouteView: Codable, Hashable, Sendable {
    /// An organisation's code, a prefix such as `H26.*`, or `*`.
    package var to: String
    /// The next hops in order of preference.
    package var via: [HopView]
    /// The hop that is taken now; absent when none can be.
    package var chosen: RelayCode?

    package init(to: String, via: [HopView], chosen: RelayCode?) {
        self.to = to
        self.via = via
        self.chosen = chosen
    }
}

/// A next hop of a route.
package struct HopView: Codable, Hashable, Sendable {
    package var relay: RelayCode
    package var state: LinkStatus
    package var why: Reason?
    /// The lowest is taken as long as it is well.
    package var priority: Int?
    /// Of a route whose hops share documents: the weight, and what part goes by this hop now, in
    /// hundredths.
    package var weight: Int?
    package var share: Int?

    package init(relay: RelayCode, state: LinkStatus, why: Reason? = nil) {
        self.relay = relay
        self.state = state
        self.why = why
    }
}

/// Whether the relay does its work: 200 when it can take in and forward, 503 with reasons
/// otherwise.
package struct HealthView: Codable, Hashable, Sendable {
    package var canTakeIn: Bool
    package var canForward: Bool
    /// Why not, or what is about to stop it. Never empty when one of the two is false.
    package var reasons: [Reason]
    package var relay: RelayCode
    package var version: String
    package var startedAt: Instant

    package init(
        canTakeIn: Bool, canForward: Bool, reasons: [Reason], relay: RelayCode, version: String,
        startedAt: Instant
    ) {
        self.canTakeIn = canTakeIn
        self.canForward = canForward
        self.reasons = reasons
        self.relay = relay
        self.version = version
        self.startedAt = startedAt
    }

    package var isHealthy: Bool { canTakeIn && canForward }
}

/// The conservation law, in numbers: what was accepted is the sum of all the others.
package struct CountsView: Codable, Hashable, Sendable {
    package var accepted: Int
    package var queued = 0
    package var attempting = 0
    package var held = 0
    package var relayed = 0
    package var delivered = 0
    package var collected = 0
    package var failed = 0
    package var cancelled = 0

    /// The counts of the states are set afterwards.
    package init(accepted: Int) { self.accepted = accepted }

    package var sum: Int {
        queued + attempting + held + relayed + delivered + collected + failed + cancelled
    }
    package var balances: Bool { accepted == sum }
}
