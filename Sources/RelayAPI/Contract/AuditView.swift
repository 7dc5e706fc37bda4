// The books of the relay in JSON: tallies by day and relay, what a check of them found, and how
// they compare with a peer's.

package import RelayCore

package struct AuditPage: Codable, Hashable, Sendable {
    package var rows: [AuditRow]
    /// The cursor of the next page; absent on the last.
    package var next: String?

    package init(rows: [AuditRow], next: String?) {
        self.rows = rows
        self.next = next
    }
}

/// What came from one relay on one day, and what was handed over to it.
package struct AuditRow: Codable, Hashable, Sendable {
    /// `yyyy-MM-dd`, by the clock of Vietnam.
    package var day: String
    /// Absent for this relay itself: its applications, and what it made.
    package var relay: RelayCode?
    /// By the day of arrival.
    package var documents: TallyView
    package var receipts: TallyView
    /// By the day of the hand-over.
    package var handedDocuments: HandedView
    package var handedReceipts: HandedView

    package init(
        day: String, relay: RelayCode?, documents: TallyView, receipts: TallyView,
        handedDocuments: HandedView, handedReceipts: HandedView
    ) {
        self.day = day
        self.relay = relay
        self.documents = documents
        self.receipts = receipts
        self.handedDocuments = handedDocuments
        self.handedReceipts = handedReceipts
    }

    package var balances: Bool { documents.balances && receipts.balances }
}

package struct HandedView: Codable, Hashable, Sendable {
    package var deliveries: Int
    package var bytes: Int64

    package init(deliveries: Int = 0, bytes: Int64 = 0) {
        self.deliveries = deliveries
        self.bytes = bytes
    }
}

/// The tallies held against every record and every history.
package struct AuditCheck: Codable, Hashable, Sendable {
    package var deliveries: Int
    package var handOvers: Int
    /// In words; the first hundred.
    package var discrepancies: [String]

    package init(deliveries: Int, handOvers: Int, discrepancies: [String]) {
        self.deliveries = deliveries
        self.handOvers = handOvers
        self.discrepancies = discrepancies
    }
}

/// Both ends' books of one day, about what passed between them.
package struct AuditComparison: Codable, Hashable, Sendable {
    package var peer: RelayCode
    package var day: String
    package var state: State
    /// Why there is no link.
    package var why: String?
    package var here: AuditFigures?
    package var there: AuditFigures?
    /// Deliveries that were held against the other's records.
    package var compared = 0
    /// Deliveries that one has and the other lacks; the first thousand are listed.
    package var differing = 0
    package var differences: [AuditDifference] = []

    package init(peer: RelayCode, day: String, state: State) {
        self.peer = peer
        self.day = day
        self.state = state
    }

    package enum State: String, CaseIterable, Codable, Sendable {
        case compared
        /// There is no link.
        case down
        /// The peer's version cannot compare books.
        case tooOld = "too-old"
        /// The peer did not answer, or stayed busy.
        case silent
        /// The time was up; what was found until then is there.
        case tooLong = "too-long"
    }
}

/// What one relay says of the other.
package struct AuditFigures: Codable, Hashable, Sendable {
    package var takenDocuments: Int
    package var takenReceipts: Int
    package var handedDocuments: Int
    package var handedReceipts: Int

    package init(
        takenDocuments: Int, takenReceipts: Int, handedDocuments: Int, handedReceipts: Int
    ) {
        self.takenDocuments = takenDocuments
        self.takenReceipts = takenReceipts
        self.handedDocuments = handedDocuments
        self.handedReceipts = handedReceipts
    }
}

/// A delivery that one relay says it handed over, and the other does not know.
package struct AuditDifference: Codable, Hashable, Sendable {
    package var id: DocumentID
    package var recipient: OrganisationCode
    package var handedBy: Side
    /// With the one that handed it over.
    package var state: DeliveryStatus?

    package init(
        id: DocumentID, recipient: OrganisationCode, handedBy: Side, state: DeliveryStatus?
    ) {
        self.id = id
        self.recipient = recipient
        self.handedBy = handedBy
        self.state = state
    }

    package enum Side: String, Codable, Sendable {
        case here, there
    }
}

extension Query {
    func day() throws(Problem) -> Day? {
        guard let text = self["day"] else { return nil }
        guard let day = Day(text) else {
            throw Problem(
                .invalidRequest, field: "day", "\(printable(text)) is no day such as 2026-03-02.")
        }
        return day
    }

    func peer() throws(Problem) -> RelayCode {
        guard let text = self["peer"], let peer = RelayCode(text) else {
            throw Problem(
                .invalidRequest, field: "peer", "peer is the code of a relay: \(Code.rule).")
        }
        return peer
    }
}
