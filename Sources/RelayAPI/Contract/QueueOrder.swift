// An order to the queue: what is to be done, with which deliveries, and why.
//
// It is about documents named by id, or about what a filter finds, never both. The reason is
// required, since it stands in each document's history. Read strictly, and checked when it is read:
// a value of this type that came from JSON is one that makes sense.

package import RelayCore

package struct QueueOrder: Hashable, Sendable {
    package var order: Kind
    package var reason: String
    /// The documents; nil when the filter says which.
    package var ids: [DocumentID]?
    /// With ids: only the delivery to this one; else all of each document.
    package var recipient: OrganisationCode?
    package var filter: QueueFilter?
    /// For `reroute`: the next hop to prefer, or to take only when no other is usable; or neither,
    /// to go as configured.
    package var via: RelayCode?
    package var avoiding: RelayCode?
    package var asConfigured = false
    /// Says what would happen, and changes nothing.
    package var dryRun = false
    /// `ALL`: the word that a dangerous order needs.
    package var confirm: String?
    /// The `next` of the answer before.
    package var after: String?
    /// The `asOf` of the first answer: what arrived later is not meant.
    package var asOf: Instant?

    package enum Kind: String, CaseIterable, Codable, Sendable {
        case hold, release, retry, reroute, cancel, expire

        /// Whether it gives documents up.
        package var isFinal: Bool { self == .cancel || self == .expire }
    }

    package static let confirmation = "ALL"

    package init(_ order: Kind, reason: String) {
        self.order = order
        self.reason = reason
    }

    /// Whether it must be confirmed: it gives documents up, or leaves nothing out.
    package var needsConfirmation: Bool {
        !dryRun && (order.isFinal || (ids == nil && (filter?.isEmpty ?? true)))
    }

    /// Whether a text may be a reason: 1 to 200 bytes, not blank, no control characters.
    package static func isReason(_ text: String) -> Bool {
        (1...Limits.orderReasonBytesMax).contains(text.utf8.count)
            && text.contains { !$0.isWhitespace }
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    package static let reasonRule =
        "1 to \(Limits.orderReasonBytesMax) bytes, without control characters"
}

extension QueueOrder: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case order, reason, ids, recipient, filter, via, avoiding, asConfigured, dryRun, confirm
        case after, asOf
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strict(CodingKeys.self)
        order = try container.decode(Kind.self, forKey: .order)
        reason = try container.decode(String.self, forKey: .reason)
        ids = try container.decodeIfPresent([DocumentID].self, forKey: .ids)
        recipient = try container.decodeIfPresent(OrganisationCode.self, forKey: .recipient)
        filter = try container.decodeIfPresent(QueueFilter.self, forKey: .filter)
        via = try container.decodeIfPresent(RelayCode.self, forKey: .via)
        avoiding = try container.decodeIfPresent(RelayCode.self, forKey: .avoiding)
        asConfigured = try container.decodeIfPresent(Bool.self, forKey: .asConfigured) ?? false
        dryRun = try container.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
        confirm = try container.decodeIfPresent(String.self, forKey: .confirm)
        after = try container.decodeIfPresent(String.self, forKey: .after)
        asOf = try container.decodeIfPresent(Instant.self, forKey: .asOf)
        if let fault {
            throw DecodingError.dataCorruptedError(
                forKey: fault.key, in: container, debugDescription: fault.rule)
        }
    }

    /// What makes no sense in it; nil when all does.
    private var fault: (key: CodingKeys, rule: String)? {
        if !Self.isReason(reason) { return (.reason, "a reason has \(Self.reasonRule)") }
        if let ids, ids.isEmpty || ids.count > APILimits.orderIDsMax {
            return (.ids, "1 to \(APILimits.orderIDsMax) ids")
        }
        if ids != nil, filter != nil { return (.filter, "give ids or a filter, not both") }
        if ids == nil, recipient != nil { return (.recipient, "goes with ids") }
        if let after, !Cursor.isValid(after) {
            return (.after, "the value of next from the answer before, unchanged")
        }
        let ways = [via != nil, avoiding != nil, asConfigured].count { $0 }
        if order == .reroute, ways != 1 {
            return (.via, "reroute takes one of via, avoiding and asConfigured")
        }
        if order != .reroute, ways > 0 { return (.via, "goes with reroute") }
        return nil
    }
}

/// What became of an order, or would.
package struct OrderAnswer: Codable, Hashable, Sendable {
    package var order: QueueOrder.Kind
    package var dryRun: Bool
    /// Deliveries that were changed.
    package var done = 0
    /// Deliveries that were already as ordered.
    package var unchanged = 0
    /// Deliveries whose state does not allow it, by state.
    package var notPossible: [String: Int] = [:]
    /// Ids that the relay does not know, or not for this recipient.
    package var notFound = 0
    /// Bytes of the bodies of what was changed.
    package var bytes: Int64 = 0
    /// What was changed, by destination and the state it was in.
    package var rows: [OrderRow] = []
    /// Some of those that were not changed as ordered, and when there are none, of the others.
    package var examples: [OrderExample] = []
    /// Where the order goes on; absent when it is carried out.
    package var next: String?
    package var asOf: Instant

    package init(order: QueueOrder.Kind, dryRun: Bool, asOf: Instant) {
        self.order = order
        self.dryRun = dryRun
        self.asOf = asOf
    }
}

extension OrderAnswer {
    /// Adds what a later part of the same order has come to.
    package mutating func merge(_ part: OrderAnswer) {
        done += part.done
        unchanged += part.unchanged
        notPossible.merge(part.notPossible, uniquingKeysWith: +)
        notFound += part.notFound
        bytes += part.bytes
        for row in part.rows {
            let same = rows.firstIndex {
                $0.destination == row.destination && $0.state == row.state
            }
            if let same {
                rows[same].count += row.count
                rows[same].bytes += row.bytes
            } else {
                rows.append(row)
            }
        }
        let room = APILimits.orderExamplesMax - examples.count
        examples += part.examples.prefix(max(0, room))
        next = part.next
    }
}

package struct OrderRow: Codable, Hashable, Sendable {
    package var destination: OrganisationCode
    package var state: DeliveryStatus
    package var count: Int
    package var bytes: Int64

    package init(
        destination: OrganisationCode, state: DeliveryStatus, count: Int, bytes: Int64
    ) {
        self.destination = destination
        self.state = state
        self.count = count
        self.bytes = bytes
    }
}

package struct OrderExample: Codable, Hashable, Sendable {
    package var id: DocumentID
    package var recipient: OrganisationCode?
    package var outcome: Outcome
    /// The state that does not allow it.
    package var state: DeliveryStatus?

    package enum Outcome: String, CaseIterable, Codable, Sendable {
        case done, unchanged
        case notPossible = "not-possible"
        case notFound = "not-found"
    }

    package init(
        id: DocumentID, recipient: OrganisationCode?, outcome: Outcome, state: DeliveryStatus? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.outcome = outcome
        self.state = state
    }
}
