// Which ways lead to an organisation: the longest prefix of its code that has a route, and in it
// the next hops by priority, those of equal priority sharing the documents by weight.

/// One next hop of a route.
package struct RouteHop: Hashable, Sendable {
    package let relay: RelayCode
    /// The lowest is taken as long as one of its hops is well.
    package let priority: Int
    /// The share of documents among hops of equal priority.
    package let weight: Int

    package init(_ relay: RelayCode, priority: Int, weight: Int = 1) {
        precondition(weight > 0, "a hop without a share is no hop")
        self.relay = relay
        self.priority = priority
        self.weight = weight
    }
}

package struct Route: Hashable, Sendable {
    /// By priority, then as given: the order without shares.
    package let hops: [RouteHop]
    /// The order for the documents of each slot; empty when no hops share.
    private let orders: [[RelayCode]]

    /// Documents are dealt into so many slots by their ids: shares are sixteenths. A document keeps
    /// its slot, so a retry goes the same way, and a slot is a lane: it moves as a whole.
    package static let slotCount = 16

    package init(_ hops: [RouteHop]) {
        // Stable, so that the order given decides between equals.
        let sorted = hops.enumerated()
            .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element)
        self.hops = sorted
        let groups = Self.groups(of: sorted)
        guard groups.contains(where: { $0.count > 1 }) else {
            orders = []
            return
        }
        let dealt = groups.map(Self.deal)
        orders = (0..<Self.slotCount).map { slot in dealt.flatMap { $0[slot] } }
    }

    /// In order of preference, each the backup of those before it.
    package init(inOrder hops: [RelayCode]) {
        self.init(hops.enumerated().map { RouteHop($0.element, priority: $0.offset + 1) })
    }

    package var isShared: Bool { !orders.isEmpty }

    package var relays: [RelayCode] { hops.map(\.relay) }

    /// In order of preference for the documents of a slot. Without one, as given.
    package func relays(slot: UInt8?) -> [RelayCode] {
        guard let slot, !orders.isEmpty else { return relays }
        return orders[Int(slot) % Self.slotCount]
    }

    private static func groups(of hops: [RouteHop]) -> [[RouteHop]] {
        var groups: [[RouteHop]] = []
        for hop in hops {
            if groups.last?.last?.priority == hop.priority {
                groups[groups.count - 1].append(hop)
            } else {
                groups.append([hop])
            }
        }
        return groups
    }

    /// For each slot the hops of one priority, the one it belongs to first. When that is down its
    /// slots go to the others in turn, so that no single one has to take the whole share.
    private static func deal(_ group: [RouteHop]) -> [[RelayCode]] {
        let owners = owners(of: group)
        var before = [Int](repeating: 0, count: group.count)
        return owners.map { owner in
            let others = group.indices.filter { $0 != owner }
            let turn = others.isEmpty ? 0 : before[owner] % others.count
            before[owner] += 1
            return ([owner] + others[turn...] + others[..<turn]).map { group[$0].relay }
        }
    }

    /// Deals the slots out by weight: each goes to the hop that is furthest behind its share.
    private static func owners(of group: [RouteHop]) -> [Int] {
        let total = group.reduce(0) { $0 + $1.weight }
        var credit = [Int](repeating: 0, count: group.count)
        return (0..<slotCount).map { _ in
            for place in group.indices { credit[place] += group[place].weight }
            let owner = group.indices.max { (credit[$0], $1) < (credit[$1], $0) } ?? 0
            credit[owner] -= total
            return owner
        }
    }
}

extension DocumentID {
    /// The slot of a shared route that the document belongs to.
    package var slot: UInt8 {
        // Ids hold a time and few random bits; this mixes all of them (splitmix64's finaliser).
        var mixed = high ^ low &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return UInt8((mixed ^ mixed >> 31) % UInt64(Route.slotCount))
    }
}

package struct RouteTable: Hashable, Sendable {
    /// By code, prefix, or `*`.
    private let routes: [String: Route]

    /// The route of everything that has no better one.
    package static let everything = "*"

    /// - Parameter routes: by organisation code, prefix or `*`. A prefix matches whole dot groups
    ///   from the left: `H26` matches `H26.1.2`, not `H260`.
    package init(routes: [String: Route]) {
        self.routes = routes
    }

    /// - Parameter routes: next hops in order of preference.
    package init(_ routes: [String: [RelayCode]]) {
        self.init(routes: routes.mapValues { Route(inOrder: $0) })
    }

    /// The next hops for an organisation, the preferred first; empty when there is no route.
    package func hops(to destination: OrganisationCode, slot: UInt8? = nil) -> [RelayCode] {
        match(destination)?.route.relays(slot: slot) ?? []
    }

    /// The entry that decides for an organisation.
    package func match(_ destination: OrganisationCode) -> (entry: String, route: Route)? {
        var prefix = destination.text[...]
        while true {
            let entry = String(prefix)
            if let route = routes[entry] { return (entry, route) }
            guard let dot = prefix.lastIndex(of: ".") else { break }
            prefix = prefix[..<dot]
        }
        return routes[Self.everything].map { (Self.everything, $0) }
    }

    /// The hops that a lane may go by, in the order in which they are asked: the one that an
    /// operator prefers, then those of the route, the avoided one last.
    package func ways(of lane: Lane) -> [RelayCode] {
        var ways = hops(to: lane.destination, slot: lane.slot).filter {
            !lane.excluded.contains($0) && $0 != lane.preferred
        }
        if let avoided = lane.avoided, let place = ways.firstIndex(of: avoided) {
            ways.append(ways.remove(at: place))
        }
        if let preferred = lane.preferred { ways.insert(preferred, at: 0) }
        return ways
    }

    /// All entries, by name.
    package var entries: [(entry: String, hops: [RelayCode])] {
        routes.sorted { $0.key < $1.key }.map { ($0.key, $0.value.relays) }
    }

    package var all: [String: Route] { routes }
}
