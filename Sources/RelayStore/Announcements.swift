// The feed of applications: one row for each entry, written behind the last, read from anywhere,
// and forgotten from its old end.

import LMDB
package import RelayCore
import RelayWire

extension LMDBTransaction {
    /// The next entry. Ascending always, so LMDB fills its pages and splits none.
    func announce(_ happening: Happening) throws(LMDBError) {
        counters.lastAnnouncement += 1
        let number = counters.lastAnnouncement
        let reference = try envelope(of: happening.document)?.reference ?? ""
        let record: Bytes
        do throws(MessageFault) {
            record = try Records.encode(
                Announcement(number: number, happening: happening, reference: reference))
        } catch {
            throw LMDBError(unwritable: "event \(number)", error)
        }
        guard try put(Key.number(number), record, in: databases.events, mode: .append) else {
            throw LMDBError(
                corrupt: databases.events, Key.number(number), "not behind all that are there")
        }
    }

    package func announcements(
        after number: UInt64, limit: Int
    ) throws(LedgerFailure) -> AnnouncementPage {
        do throws(LMDBError) {
            let last = counters.lastAnnouncement
            return try reading { (transaction) throws(LMDBError) in
                try transaction.announcements(after: number, limit: limit, last: last, databases)
            }
        } catch {
            throw LedgerFailure(error)
        }
    }

    package func sweepAnnouncements(
        before time: Instant, keeping countMax: Int, limit: Int
    ) throws(LedgerFailure) -> Bool {
        let last = counters.lastAnnouncement
        let first = last - min(UInt64(clamping: countMax), last) + 1
        let events = databases.events
        do throws(LMDBError) {
            return try changing { (transaction) throws(LMDBError) in
                try transaction.withWriteCursor(on: events) { (cursor) throws(LMDBError) in
                    var swept = 0
                    while swept < limit, try cursor.next() {
                        let entry = try cursor.announcement(of: events)
                        guard entry.number < first || entry.happening.at < time
                        else { return false }
                        try cursor.deleteCurrent()
                        swept += 1
                    }
                    return swept == limit && limit > 0
                }
            }
        } catch {
            throw LedgerFailure(error)
        }
    }
}

extension StoreReader {
    /// Entries of the feed after `number`, oldest first.
    package func announcements(
        after number: UInt64, limit: Int
    ) throws(ReadFailure) -> AnnouncementPage {
        try reading { (transaction) throws(LMDBError) in
            try transaction.announcements(
                after: number, limit: Self.bounded(limit),
                last: try transaction.counters(databases).lastAnnouncement, databases)
        }
    }
}

extension Transaction {
    borrowing func announcements(
        after number: UInt64, limit: Int, last: UInt64, _ databases: Databases
    ) throws(LMDBError) -> AnnouncementPage {
        let events = databases.events
        return try withCursor(on: events) { (cursor) throws(LMDBError) in
            let oldest =
                try cursor.first() ? Unpacker.number(at: 0, of: cursor.key ?? []) : last + 1
            var found: [Announcement] = []
            guard limit > 0, number < .max
            else { return AnnouncementPage(announcements: [], oldest: oldest, last: last) }
            var more = try cursor.seek(atOrAfter: Key.number(number + 1))
            while more, found.count < limit {
                found.append(try cursor.announcement(of: events))
                more = try cursor.next()
            }
            return AnnouncementPage(announcements: found, oldest: oldest, last: last)
        }
    }

    /// The feed has no gaps, and ends with the last number that was given out.
    borrowing func checkAnnouncements(
        _ databases: Databases, _ check: inout StoreCheck
    ) throws(LMDBError) {
        let last = check.counters.lastAnnouncement
        let oldest = try announcements(after: 0, limit: 0, last: last, databases).oldest
        check.expect(
            try count(of: databases.events), Int(clamping: last + 1 - min(oldest, last + 1)),
            "'events' rows")
    }
}

extension Cursor {
    /// The entry that the cursor stands at.
    borrowing func announcement(of events: Database) throws(LMDBError) -> Announcement {
        let (key, value) = (key ?? [], value ?? [])
        guard key.count == 8 else { throw LMDBError(corrupt: events, key, "no event's number") }
        do throws(MessageFault) {
            return try Records.announcement(value, number: Unpacker.number(at: 0, of: key))
        } catch {
            throw LMDBError(corrupt: events, key, error.description)
        }
    }
}
