// Listings: the deliveries of some states, and inboxes.
//
// A delivery's place in a listing (its recipient, then its sequence) never changes. So whoever goes
// from page to page sees each delivery that stays in the listing once: none twice, none missed,
// whatever happens in between. A page looks at a bounded number of rows; it can hold fewer than
// were asked for, even none, and still have a next one.

import LMDB
package import RelayCore
package import RelayWire

package struct ListingFilter: Hashable, Sendable {
    package var states: Set<StateName> = [.queued, .attempting, .held]
    package var recipient: OrganisationScope?
    package var priority: Priority?
    package var sender: OrganisationCode?
    /// With receipts, or documents and status messages alone.
    package var includesReceipts = true
    /// Arrived here before this time.
    package var arrivedBefore: Instant?
    /// Arrived here at this time or later.
    package var arrivedSince: Instant?
    /// Those that have missed their deadline, or will.
    package var lateness: Lateness?

    package init() {}
}

/// A place in a listing: behind this delivery.
package struct ListingCursor: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let recipient: OrganisationCode
    package let sequence: UInt64

    package init(recipient: OrganisationCode, sequence: UInt64) {
        self.recipient = recipient
        self.sequence = sequence
    }

    /// Sequence, a colon, recipient: an opaque word for callers.
    package var description: String { "\(sequence):\(recipient)" }

    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = UInt64(parts[0]),
            let recipient = OrganisationCode(String(parts[1]))
        else { return nil }
        self.init(recipient: recipient, sequence: sequence)
    }

    package static func < (a: Self, b: Self) -> Bool {
        (a.recipient, a.sequence) < (b.recipient, b.sequence)
    }
}

package struct ListedDelivery: Hashable, Sendable {
    package let envelope: Envelope
    package let stored: StoredDelivery

    package init(envelope: Envelope, stored: StoredDelivery) {
        self.envelope = envelope
        self.stored = stored
    }
}

package struct ListingPage: Hashable, Sendable {
    package let deliveries: [ListedDelivery]
    /// Where the next page begins; nil after the last one.
    package let next: ListingCursor?
}

extension StoreReader {
    /// Rows looked at for one page, of all states together: some milliseconds.
    private static var examinedMax: Int { 20_000 }

    /// Deliveries that pass `filter`, by recipient, then in order of arrival.
    package func deliveries(
        _ filter: ListingFilter, after: ListingCursor? = nil, limit: Int
    ) throws(ReadFailure) -> ListingPage {
        let limit = Self.bounded(limit)
        // Each state has rows of its own in the listing's order; their beginnings are merged.
        let states = filter.states.sorted { $0.rawValue < $1.rawValue }
        return try reading { (transaction) throws(LMDBError) in
            var rows: [(place: ListingCursor, document: DocumentID)] = []
            var horizon: ListingCursor?
            for state in states {
                let scan = try transaction.scan(
                    databases.states, state, filter, after: after, limit: limit + 1,
                    examine: max(Self.examinedMax / states.count, 1))
                rows += scan.found
                // What lies behind the end of any scan is for the next page.
                if let end = scan.stoppedAt { horizon = min(horizon ?? end, end) }
            }
            rows.sort { $0.place < $1.place }
            // Behind the horizon some scan has not looked: what it would find there comes first.
            if let horizon { rows.removeAll { horizon < $0.place } }
            var found: [ListedDelivery] = []
            var last: ListingCursor?
            for row in rows {
                if found.count == limit { return ListingPage(deliveries: found, next: last) }
                last = row.place
                let listed = try transaction.listed(row.document, row.place.recipient, databases)
                // Rows do not know the sender: only here the envelope is opened.
                if let sender = filter.sender, listed.envelope.sender != sender { continue }
                // Nor whether this relay still waits for it.
                if filter.lateness != nil, !listed.stored.delivery.isAwaited { continue }
                found.append(listed)
            }
            return ListingPage(deliveries: found, next: horizon)
        }
    }

    /// What lies in an organisation's inbox, in order of arrival.
    ///
    /// - Parameter after: the sequence of the last one seen.
    package func inbox(
        of organisation: OrganisationCode, after: UInt64 = 0, limit: Int
    ) throws(ReadFailure) -> ListingPage {
        let limit = Self.bounded(limit)
        let inbox = databases.inbox
        return try reading { (transaction) throws(LMDBError) in
            let rows = try transaction.withCursor(on: inbox) { (cursor) throws(LMDBError) in
                try cursor.inboxRows(of: organisation, after: after, limit: limit + 1, inbox)
            }
            var found: [ListedDelivery] = []
            for row in rows.prefix(limit) {
                found.append(try transaction.listed(row.document, organisation, databases))
            }
            let next = rows.count > limit ? rows[limit - 1].sequence : nil
            return ListingPage(
                deliveries: found,
                next: next.map { ListingCursor(recipient: organisation, sequence: $0) })
        }
    }
}

extension Transaction {
    /// The rows of one state that pass what a row can tell, and where the scan stopped early.
    fileprivate borrowing func scan(
        _ database: Database, _ state: StateName, _ filter: ListingFilter, after: ListingCursor?,
        limit: Int, examine: Int
    ) throws(LMDBError) -> (
        found: [(place: ListingCursor, document: DocumentID)], stoppedAt: ListingCursor?
    ) {
        var prefix = [state.rawValue]
        if let scope = filter.recipient {
            // Codes that only begin alike lie in between; they are passed over row by row.
            if scope.includesBelow {
                prefix.add(scope.code.text)
            } else {
                prefix.add(ended: scope.code.text)
            }
        }
        let start = after.map { Key.state(state, $0.recipient, $0.sequence) }
        return try withCursor(on: database) { (cursor) throws(LMDBError) in
            var found: [(place: ListingCursor, document: DocumentID)] = []
            var examined = 0
            var more: Bool
            if let start, prefix.lexicographicallyPrecedes(start) {
                more = try cursor.seek(after: start)
            } else {
                more = try cursor.seek(atOrAfter: prefix)
            }
            while more && cursor.isWithin(prefix) {
                let (place, row) = try cursor.stateRow(of: database)
                examined += 1
                if filter.passes(row, state, to: place.recipient) {
                    found.append((place, row.document))
                }
                if found.count == limit || examined == examine { return (found, place) }
                more = try cursor.next()
            }
            return (found, nil)
        }
    }

    fileprivate borrowing func listed(
        _ document: DocumentID, _ recipient: OrganisationCode, _ databases: Databases
    ) throws(LMDBError) -> ListedDelivery {
        let key = DeliveryKey(document: document, recipient: recipient)
        guard let stored = try stored(key, databases),
            let envelope = try envelope(of: document, databases)
        else {
            throw LMDBError(
                corrupt: databases.deliveries, Key.delivery(key), "listed, and not there")
        }
        return ListedDelivery(envelope: envelope, stored: stored)
    }
}

extension ListingFilter {
    fileprivate func passes(
        _ row: StateRow, _ state: StateName, to destination: OrganisationCode
    ) -> Bool {
        (recipient?.contains(destination) ?? true)
            && (priority == nil || priority == row.priority)
            && (includesReceipts || row.kind != .receipt)
            && (arrivedBefore.map { row.arrivedAt < $0 } ?? true)
            && (arrivedSince.map { $0 <= row.arrivedAt } ?? true)
            && (lateness?.isLate(
                state, to: destination, priority: row.priority, dueAt: row.dueAt,
                arrivedAt: row.arrivedAt) ?? true)
    }
}

extension Cursor {
    borrowing func stateRow(
        of database: Database
    ) throws(LMDBError) -> (place: ListingCursor, row: StateRow) {
        let parts = withEntry { (key, value) -> (ListingCursor, StateRow)? in
            var unpacker = Unpacker(key)
            guard unpacker.byte() != nil, let recipient = unpacker.endedOrganisation(),
                let sequence = unpacker.uint64(), unpacker.isAtEnd, let row = StateRow(value)
            else { return nil }
            return (ListingCursor(recipient: recipient, sequence: sequence), row)
        }
        guard let parts, let parts else {
            throw LMDBError(corrupt: database, key ?? [], "no state row")
        }
        return parts
    }

    fileprivate mutating func inboxRows(
        of organisation: OrganisationCode, after: UInt64, limit: Int, _ inbox: Database
    ) throws(LMDBError) -> [(sequence: UInt64, document: DocumentID)] {
        var prefix = Bytes()
        prefix.add(ended: organisation.text)
        var rows: [(sequence: UInt64, document: DocumentID)] = []
        var more = try seek(after: Key.inbox(organisation, after))
        while more, rows.count < limit, let key, key.starts(with: prefix) {
            guard key.count == prefix.count + 8, let document = DocumentID(bytes: value ?? [])
            else { throw LMDBError(corrupt: inbox, key, "no inbox row") }
            rows.append((Unpacker.number(at: prefix.count, of: key), document))
            more = try next()
        }
        return rows
    }
}
