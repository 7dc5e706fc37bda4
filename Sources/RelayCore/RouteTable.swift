// Which ways lead to an organisation: the longest prefix of its code that has a route.

package struct RouteTable: Hashable, Sendable {
    /// By code, prefix, or `*`.
    private let routes: [String: [RelayCode]]

    /// The route of everything that has no better one.
    package static let everything = "*"

    /// - Parameter routes: next hops in order of preference, by organisation code, prefix or `*`.
    ///   A prefix matches whole dot groups from the left: `H26` matches `H26.1.2`, not `H260`.
    package init(_ routes: [String: [RelayCode]]) {
        self.routes = routes
    }

    /// The next hops for an organisation, the preferred first; empty when there is no route.
    package func hops(to destination: OrganisationCode) -> [RelayCode] {
        match(destination).map(\.hops) ?? []
    }

    /// The entry that decides for an organisation, and its next hops.
    package func match(_ destination: OrganisationCode) -> (entry: String, hops: [RelayCode])? {
        var prefix = destination.text[...]
        while true {
            let entry = String(prefix)
            if let hops = routes[entry] { return (entry, hops) }
            guard let dot = prefix.lastIndex(of: ".") else { break }
            prefix = prefix[..<dot]
        }
        return routes[Self.everything].map { (Self.everything, $0) }
    }

    /// The hops that a lane may go by, in the order in which they are asked: the one that an
    /// operator prefers, then those of the route, the avoided one last.
    package func ways(of lane: Lane) -> [RelayCode] {
        var ways = hops(to: lane.destination).filter {
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
        routes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
