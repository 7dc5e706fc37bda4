// An order about the link to another relay, and what the API says of one that holds.

package import RelayCore

package struct PeerOrderRequest: Hashable, Sendable {
    package var order: Kind
    package var reason: String

    package enum Kind: String, CaseIterable, Codable, Sendable {
        case pause, drain, resume
    }

    package init(_ order: Kind, reason: String) {
        self.order = order
        self.reason = reason
    }
}

extension PeerOrderRequest: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable { case order, reason }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strict(CodingKeys.self)
        order = try container.decode(Kind.self, forKey: .order)
        reason = try container.decode(String.self, forKey: .reason)
        guard QueueOrder.isReason(reason) else {
            throw DecodingError.dataCorruptedError(
                forKey: .reason, in: container,
                debugDescription: "a reason has \(QueueOrder.reasonRule)")
        }
    }
}

package struct PeerOrderAnswer: Codable, Hashable, Sendable {
    package var peer: RelayCode
    package var order: PeerOrderRequest.Kind
    /// False when it was so already.
    package var changed: Bool

    package init(peer: RelayCode, order: PeerOrderRequest.Kind, changed: Bool) {
        self.peer = peer
        self.order = order
        self.changed = changed
    }
}

/// An order that holds.
package struct PeerOrderView: Codable, Hashable, Sendable {
    /// `pause` or `drain`.
    package var order: PeerOrderRequest.Kind
    package var by: String
    package var reason: String
    package var since: Instant

    package init(
        order: PeerOrderRequest.Kind, by: String, reason: String, since: Instant
    ) {
        self.order = order
        self.by = by
        self.reason = reason
        self.since = since
    }
}
