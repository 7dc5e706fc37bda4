// Which deliveries are meant, in a listing and in an order alike: what `queue list` shows with a
// filter is what an order with the same filter is about.
//
// In a request it stands in the query or in the JSON of an order, under the same names.

package import RelayCore

/// Nil means all. Without a state these are the deliveries under way: queued, attempting and held.
package struct QueueFilter: Hashable, Sendable {
    package var destination: OrganisationScope?
    package var state: DeliveryStatus?
    /// 0 to 4.
    package var priority: Int?
    package var sender: OrganisationCode?
    /// Seconds since it arrived at this relay, at least.
    package var olderThan: Int64?

    package init(destination: OrganisationScope? = nil, state: DeliveryStatus? = nil) {
        self.destination = destination
        self.state = state
    }

    /// Whether it leaves everything in.
    package var isEmpty: Bool { self == QueueFilter() }

    /// The longest age, in seconds: a hundred years.
    static let ageMax: Int64 = 36_525 * 86_400

    enum CodingKeys: String, CodingKey, CaseIterable {
        case destination, state, priority, sender, olderThan
    }

    /// The names of the query's parameters.
    static let parameters = CodingKeys.allCases.map(\.stringValue)
}

extension QueueFilter: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strict(CodingKeys.self)
        destination = try container.decodeIfPresent(OrganisationScope.self, forKey: .destination)
        state = try container.decodeIfPresent(DeliveryStatus.self, forKey: .state)
        sender = try container.decodeIfPresent(OrganisationCode.self, forKey: .sender)
        priority = try container.bounded(.priority, Self.priorities)
        olderThan = try container.bounded(.olderThan, Self.ages)
    }

    static let priorities: ClosedRange<Int> = 0...4
    static let ages: ClosedRange<Int64> = 0...ageMax
}

extension KeyedDecodingContainer {
    /// A number within a range, or none.
    func bounded<Number: FixedWidthInteger & Decodable>(
        _ key: Key, _ range: ClosedRange<Number>
    ) throws -> Number? {
        guard let number = try decodeIfPresent(Number.self, forKey: key) else { return nil }
        guard range.contains(number) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self,
                debugDescription: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension QueueFilter {
    /// Reads the query of a listing.
    init(_ query: Query) throws(Problem) {
        if let text = query["destination"] {
            guard let scope = OrganisationScope(text) else {
                throw Problem(
                    .invalidRequest, field: "destination",
                    "\(printable(text)) is not \(OrganisationScope.rule).")
            }
            destination = scope
        }
        state = try query.status("state")
        sender = try query.organisation("sender")
        priority = try query.number("priority", Self.priorities)
        olderThan = try query.number("olderThan", Self.ages)
    }

    /// Adds what the filter says to a query.
    func add(to query: inout Query) {
        query["destination"] = destination?.description
        query["state"] = state?.rawValue
        query["sender"] = sender?.text
        query["priority"] = priority.map { String($0) }
        query["olderThan"] = olderThan.map { String($0) }
    }
}
