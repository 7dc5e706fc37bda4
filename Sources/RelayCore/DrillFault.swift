// One fault of a drill: as it is written down, for some peer of whichever relay plays it, and as it
// is at one relay, for the shells that bring it about.

/// As it is written down.
package struct DrillFault: Hashable, Sendable {
    package var kind: Fault.Kind
    package var target: Target
    /// From the start of the drill.
    package var after: Interval
    package var duration: Interval

    /// What the fault is about.
    package enum Target: Hashable, Sendable {
        case peer(RelayCode)
        /// The first next hop of the route with this name, of `*` by default.
        case primary(route: String)
        /// The second.
        case backup(route: String)
        /// The relay itself, or whatever the kind says: no one peer.
        case here
    }

    package init(kind: Fault.Kind, target: Target, after: Interval, duration: Interval) {
        self.kind = kind
        self.target = target
        self.after = after
        self.duration = duration
    }

    package var end: Interval {
        .milliseconds(after.milliseconds + duration.milliseconds)
    }

    /// The fault at one relay, or what is missing there.
    package func resolved(at relay: Settings) -> Result<Fault, DrillMisfit> {
        func fault(at peer: RelayCode?) -> Result<Fault, DrillMisfit> {
            .success(Fault(kind: kind, peer: peer, after: after, duration: duration))
        }
        func misfit(_ problem: String) -> Result<Fault, DrillMisfit> {
            .failure(DrillMisfit(problems: [problem]))
        }
        switch target {
        case .here: return fault(at: nil)
        case .peer(let peer):
            guard relay.peers[peer] != nil else {
                return misfit("\(peer) is not a peer of \(relay.relay)")
            }
            return fault(at: peer)
        case .primary(let route), .backup(let route):
            let place = if case .primary = target { 0 } else { 1 }
            guard let hops = relay.routes.entries.first(where: { $0.entry == route })?.hops else {
                return misfit(
                    "\(relay.relay) has no route \(route); name one that it has, or a peer")
            }
            guard hops.indices.contains(place) else {
                return misfit("the route \(route) of \(relay.relay) has no backup")
            }
            return fault(at: hops[place])
        }
    }
}

/// As it is at one relay: what the shells bring about.
package struct Fault: Hashable, Sendable {
    package let kind: Kind
    /// Nil where it is about no one peer: short space, or a network of several.
    package let peer: RelayCode?
    /// From the start of the drill.
    package let after: Interval
    package let duration: Interval

    package init(kind: Kind, peer: RelayCode?, after: Interval, duration: Interval) {
        self.kind = kind
        self.peer = peer
        self.after = after
        self.duration = duration
    }

    package var end: Interval {
        .milliseconds(after.milliseconds + duration.milliseconds)
    }

    package enum Kind: Hashable, Sendable {
        /// Links to the peer are closed, and neither end can open another.
        case linkRefused
        /// Links stay open and carry nothing; new ones hang as well.
        case linkHung
        case linkSlow(Slowness)
        /// Packets to and from these addresses vanish; others may still lead to the peer.
        case addressBlackholed(Addresses)
        /// The peer's certificate is taken for one that is not valid.
        case certificateRefused
        /// The store says that there is room for nothing but receipts and removals.
        case spaceShort
    }

    /// How a link is slow; at least one of the two.
    package struct Slowness: Hashable, Sendable {
        /// Added to everything that is sent.
        package let delay: Interval
        /// At most so many are sent; nil: no limit.
        package let bytesPerSecond: UInt64?

        package init(delay: Interval, bytesPerSecond: UInt64?) {
            self.delay = delay
            self.bytesPerSecond = bytesPerSecond
        }
    }

    package enum Addresses: Hashable, Sendable {
        /// All of the peer's.
        case all
        /// One of the peer's, by its place in the configuration, from 0.
        case number(Int)
        /// Those of any peer that lie in this network.
        case network(IPNetwork)
    }
}

extension Fault.Kind {
    /// The word that stands for it in scenarios, reports and logs.
    package var word: String {
        switch self {
        case .linkRefused: "link-refused"
        case .linkHung: "link-hung"
        case .linkSlow: "link-slow"
        case .addressBlackholed: "address-blackholed"
        case .certificateRefused: "certificate-refused"
        case .spaceShort: "space-short"
        }
    }
}
