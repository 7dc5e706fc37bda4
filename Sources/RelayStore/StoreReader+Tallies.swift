// The tallies, read; and the deliveries behind hand-overs, for comparing books with a peer.
//
// Every call looks at a bounded number of rows on a snapshot of its own, and goes on from a cursor.

import LMDB
package import RelayCore
import RelayWire

/// What came from one relay on one day, and what was handed over to it. Without a relay: what this
/// relay's applications handed in, and what it made itself.
package struct TallyRow: Hashable, Sendable {
    package let day: Day
    package let relay: RelayCode?
    package var documents = Tally()
    package var receipts = Tally()
    package var handedDocuments = HandedTally()
    package var handedReceipts = HandedTally()

    init(day: Day, relay: RelayCode?) {
        self.day = day
        self.relay = relay
    }
}

package struct HandedPage: Sendable {
    package let entries: [Entry]
    /// Where the next page begins; nil at the end.
    package let next: Audit.Cursor?

    package struct Entry: Sendable {
        package let key: DeliveryKey
        /// Nil when its record has gone.
        package let delivery: Delivery?
    }
}

extension StoreReader {
    /// By day and relay, from behind `after`; of one day, or of all.
    package func tallies(
        of day: Day?, after: (day: Day, relay: RelayCode?)? = nil, limit: Int
    ) throws(ReadFailure) -> [TallyRow] {
        let limit = Self.bounded(limit)
        let database = databases.tallies
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                var rows: [TallyRow] = []
                var more: Bool
                if let after {
                    more = try cursor.seek(pastPrefix: Key.tallies(of: after.day, after.relay))
                } else if let day {
                    more = try cursor.seek(atOrAfter: Key.tallies(of: day, nil))
                } else {
                    more = try cursor.first()
                }
                while more {
                    let (place, side) = try cursor.tallyPlace(database)
                    if let day, place.day != day { break }
                    if rows.last.map({ $0.day != place.day || $0.relay != place.relay }) ?? true {
                        if rows.count == limit { break }
                        rows.append(TallyRow(day: place.day, relay: place.relay))
                    }
                    try rows[rows.count - 1].take(cursor.value ?? [], place, side, database)
                    more = try cursor.next()
                }
                return rows
            }
        }
    }

    /// What this relay tells a peer about a day.
    package func figures(of peer: RelayCode, on day: Day) throws(ReadFailure) -> Audit.Figures {
        try reading { (transaction) throws(LMDBError) in
            let documents = TallyPlace(day: day, relay: peer, of: .documents)
            let receipts = TallyPlace(day: day, relay: peer, of: .receipts)
            return Audit.Figures(
                takenDocuments: try transaction.arrived(documents, databases)?.accepted ?? 0,
                takenReceipts: try transaction.arrived(receipts, databases)?.accepted ?? 0,
                handedDocuments: try transaction.handed(documents, databases)?.deliveries ?? 0,
                handedReceipts: try transaction.handed(receipts, databases)?.deliveries ?? 0)
        }
    }

    /// Deliveries that were handed over to a peer on a day, from behind `after`. The tallies know
    /// between which ids they are, and history lies in order of ids.
    package func handed(
        to peer: RelayCode, on day: Day, after: Audit.Cursor? = nil, limit: Int
    ) throws(ReadFailure) -> HandedPage {
        let limit = Self.bounded(limit)
        return try reading { (transaction) throws(LMDBError) in
            let tallies = [
                try transaction.handed(
                    TallyPlace(day: day, relay: peer, of: .documents), databases),
                try transaction.handed(TallyPlace(day: day, relay: peer, of: .receipts), databases),
            ].compactMap(\.self)
            guard let first = tallies.map(\.first).min(), let last = tallies.map(\.last).max()
            else { return HandedPage(entries: [], next: nil) }
            let (keys, next) = try transaction.handed(
                to: peer, on: day, after ?? Audit.Cursor(document: first, number: 0), last, limit,
                databases)
            var entries: [HandedPage.Entry] = []
            for key in keys {
                let stored = try transaction.stored(key, databases)
                entries.append(HandedPage.Entry(key: key, delivery: stored?.delivery))
            }
            return HandedPage(entries: entries, next: next)
        }
    }

    /// The states of those deliveries that came from a peer, in order; nil for all others, whether
    /// they are here or not.
    package func states(
        of keys: [DeliveryKey], from peer: RelayCode
    ) throws(ReadFailure) -> [StateName?] {
        try reading { (transaction) throws(LMDBError) in
            var states: [StateName?] = []
            for key in keys {
                let delivery = try transaction.stored(key, databases)?.delivery
                var isTheirs = delivery?.path.last == peer
                if delivery != nil, !isTheirs {
                    isTheirs = try transaction.wasTaken(key, from: peer, databases)
                }
                states.append(isTheirs ? delivery?.state.name : nil)
            }
            return states
        }
    }
}

// MARK: -

extension Transaction {
    /// Rows of history looked at for one page: some ten milliseconds.
    private static var rowsMax: Int { 20_000 }

    fileprivate borrowing func handed(
        to peer: RelayCode, on day: Day, _ after: Audit.Cursor, _ last: DocumentID, _ limit: Int,
        _ databases: Databases
    ) throws(LMDBError) -> (keys: [DeliveryKey], next: Audit.Cursor?) {
        try withCursor(on: databases.history) { (cursor) throws(LMDBError) in
            var keys: [DeliveryKey] = []
            var place = after
            var rows = 0
            var more = try cursor.seek(after: Key.happening(after.document, after.number))
            while more, let key = cursor.key {
                var unpacker = Unpacker(key)
                guard let document = unpacker.document(), let number = unpacker.uint64()
                else { throw LMDBError(corrupt: databases.history, key, "no history's key") }
                if document > last { break }
                if keys.count == limit || rows == Self.rowsMax { return (keys, place) }
                let happening = try cursor.happening(of: document, databases)
                if happening.what == .relayed, happening.relay == peer,
                    Day(inVietnam: happening.at) == day, let recipient = happening.recipient
                {
                    keys.append(DeliveryKey(document: document, recipient: recipient))
                }
                place = Audit.Cursor(document: document, number: number)
                rows += 1
                more = try cursor.next()
            }
            return (keys, nil)
        }
    }

    /// Whether a delivery's history says that it came from a peer.
    fileprivate borrowing func wasTaken(
        _ key: DeliveryKey, from peer: RelayCode, _ databases: Databases
    ) throws(LMDBError) -> Bool {
        let prefix = Key.document(key.document)
        return try withCursor(on: databases.history) { (cursor) throws(LMDBError) in
            var more = try cursor.seek(atOrAfter: prefix)
            while more, cursor.isWithin(prefix) {
                let happening = try cursor.happening(of: key.document, databases)
                if happening.relay == peer, happening.recipient == key.recipient,
                    [.received, .delivered, .repeated].contains(happening.what)
                {
                    return true
                }
                more = try cursor.next()
            }
            return false
        }
    }
}

extension TallyRow {
    fileprivate mutating func take(
        _ value: Bytes, _ place: TallyPlace, _ side: TallySide, _ database: Database
    ) throws(LMDBError) {
        switch side {
        case .arrived:
            guard let tally = Tally(packed: value) else {
                throw Self.corrupt(place, side, database)
            }
            if place.of == .receipts { receipts = tally } else { documents = tally }
        case .handed:
            guard let tally = HandedTally(packed: value)
            else { throw Self.corrupt(place, side, database) }
            if place.of == .receipts { handedReceipts = tally } else { handedDocuments = tally }
        }
    }

    private static func corrupt(
        _ place: TallyPlace, _ side: TallySide, _ database: Database
    ) -> LMDBError {
        LMDBError(corrupt: database, Key.tally(place, side), "no tally")
    }
}

extension Cursor {
    borrowing func tallyPlace(
        _ database: Database
    ) throws(LMDBError) -> (place: TallyPlace, side: TallySide) {
        var unpacker = Unpacker(key ?? [])
        guard let day = unpacker.instant()?.milliseconds, let text = unpacker.endedText(),
            let side = unpacker.byte().flatMap({ TallySide(rawValue: $0) }),
            let kind = unpacker.byte().flatMap({ TallyClass(rawValue: $0) }), unpacker.isAtEnd
        else { throw LMDBError(corrupt: database, key ?? [], "no tally's key") }
        let relay = RelayCode(text)
        guard relay != nil || text.isEmpty
        else { throw LMDBError(corrupt: database, key ?? [], "no relay") }
        return (TallyPlace(day: Day(number: day), relay: relay, of: kind), side)
    }
}
