// Drills in the store: their records and reports, and each drill's own account of test documents.
//
// An account changes in the commit of the states that it counts. How much waits is found with one
// descent for each destination, however much it is.

import LMDB
package import RelayCore
import RelayWire

extension LMDBTransaction {
    func keep(_ record: DrillRecord) throws(LMDBError) {
        let bytes: Bytes
        do throws(MessageFault) {
            bytes = try Records.encode(record)
        } catch {
            throw LMDBError(unwritable: "drill \(record.drill)", error)
        }
        try put(Key.drill(.record, record.drill), bytes, in: databases.drills)
        try put(Key.drill(.reportOwed, record.drill), Bytes(), in: databases.drills)
    }

    func keep(_ report: Bytes, of drill: DrillID) throws(LMDBError) {
        try put(Key.drill(.report, drill), report, in: databases.drills)
        try removeIfPresent(Key.drill(.reportOwed, drill), from: databases.drills)
    }

    /// Writes what the transaction has counted; an account whose documents are all forgotten goes.
    func flushDrillMoves() throws(LMDBError) {
        for (drill, moves) in drillMoves {
            let key = Key.drill(.tally, drill)
            let database = databases.drills
            var tally = try reading { (transaction) throws(LMDBError) in
                try transaction.tally(of: drill, database)
            }
            for (former, next) in moves { tally.count(from: former, to: next) }
            guard tally.accepted != tally.forgotten else {
                try removeIfPresent(key, from: database)
                continue
            }
            let bytes: Bytes
            do throws(MessageFault) {
                bytes = try Records.encode(tally)
            } catch {
                throw LMDBError(unwritable: "tally of drill \(drill)", error)
            }
            try put(key, bytes, in: database)
        }
    }

    func knownBacklog() throws(LMDBError) -> Known {
        var known = Known()
        let (databases, counters) = (databases, counters)
        known.backlog = try reading { (transaction) throws(LMDBError) in
            try transaction.backlog(counters, databases)
        }
        return known
    }

    func drillsWithoutReport() throws(LMDBError) -> [DrillRecord] {
        let database = databases.drills
        let owed = try keys(
            within: [Key.DrillPart.reportOwed.rawValue], of: database, limit: .max
        ) { (unpacker) -> DrillID? in
            _ = unpacker.byte()
            return unpacker.document().map { DrillID($0) }
        }
        return try reading { (transaction) throws(LMDBError) in
            var records: [DrillRecord] = []
            for drill in owed {
                if let record = try transaction.drill(drill, database) { records.append(record) }
            }
            return records
        }
    }
}

// MARK: - Reading

extension StoreReader {
    /// Newest first.
    package func drills(limit: Int) throws(ReadFailure) -> [DrillRecord] {
        let limit = Self.bounded(limit)
        let database = databases.drills
        return try reading { (transaction) throws(LMDBError) in
            var ids = try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                var ids: [DrillID] = []
                let prefix = [Key.DrillPart.record.rawValue]
                var more = try cursor.seek(atOrAfter: prefix)
                while more, let key = cursor.key, key.starts(with: prefix) {
                    var unpacker = Unpacker(Bytes(key.dropFirst()))
                    if let id = unpacker.document() { ids.append(DrillID(id)) }
                    more = try cursor.next()
                }
                return ids
            }
            ids = ids.reversed()
            var records: [DrillRecord] = []
            for id in ids.prefix(limit) {
                if let record = try transaction.drill(id, database) { records.append(record) }
            }
            return records
        }
    }

    package func drill(_ drill: DrillID) throws(ReadFailure) -> DrillRecord? {
        try reading { (transaction) throws(LMDBError) in
            try transaction.drill(drill, databases.drills)
        }
    }

    /// The signed report of a drill; nil when there is none yet.
    package func drillReport(_ drill: DrillID) throws(ReadFailure) -> [UInt8]? {
        try reading { (transaction) throws(LMDBError) in
            try transaction.value(of: Key.drill(.report, drill), in: databases.drills)
        }
    }

    /// The account of a drill's test documents here; of any relay's drill.
    package func drillTally(_ drill: DrillID) throws(ReadFailure) -> Tally {
        try reading { (transaction) throws(LMDBError) in
            try transaction.tally(of: drill, databases.drills)
        }
    }

    package func backlog() throws(ReadFailure) -> Backlog {
        try reading { (transaction) throws(LMDBError) in
            try transaction.backlog(try transaction.counters(databases), databases)
        }
    }
}

extension Transaction {
    borrowing func tally(
        of drill: DrillID, _ database: Database
    ) throws(LMDBError) -> Tally {
        let key = Key.drill(.tally, drill)
        guard let bytes = try value(of: key, in: database) else { return Tally() }
        do throws(MessageFault) {
            return try Records.tally(bytes)
        } catch {
            throw LMDBError(corrupt: database, key, error.description)
        }
    }

    borrowing func drill(
        _ drill: DrillID, _ database: Database
    ) throws(LMDBError) -> DrillRecord? {
        let key = Key.drill(.record, drill)
        guard let bytes = try value(of: key, in: database) else { return nil }
        do throws(MessageFault) {
            return try Records.drill(bytes, id: drill)
        } catch {
            throw LMDBError(corrupt: database, key, error.description)
        }
    }

    /// The first row of each destination in each state that waits.
    /// From the counts of deadlines: some rows for each destination.
    private borrowing func add(
        due backlog: inout Backlog, _ shape: Database
    ) throws(LMDBError) {
        let counts = try withCursor(on: shape) { (cursor) throws(LMDBError) in
            var counts: [DueCount] = []
            var more = try cursor.first()
            while more {
                var unpacker = Unpacker(cursor.key ?? [])
                guard let destination = unpacker.endedOrganisation()
                else { throw LMDBError(corrupt: shape, cursor.key ?? [], "no destination") }
                counts += try cursor.due(for: destination, shape)
                more = try cursor.seek(pastPrefix: Bytes(ended: destination))
            }
            return counts
        }
        for due in counts { backlog.add(Int(clamping: due.count), due: due.place) }
    }

    borrowing func backlog(
        _ counters: StoredCounters, _ databases: Databases
    ) throws(LMDBError) -> Backlog {
        var backlog = Backlog()
        let waiting = counters.documents[.queued] &+ counters.documents[.attempting]
        backlog.queued = Int(clamping: waiting)
        try add(due: &backlog, databases.shape)
        let database = databases.states
        for state in [StateName.queued, .attempting] {
            for isTest in [false, true] {
                let prefix = [Key.state(state, isTest: isTest)]
                try withCursor(on: database) { (cursor) throws(LMDBError) in
                    var more = try cursor.seek(atOrAfter: prefix)
                    while more, cursor.isWithin(prefix) {
                        let (place, row) = try cursor.stateRow(of: database)
                        backlog.add(
                            place.recipient, sequence: place.sequence, arrivedAt: row.arrivedAt,
                            isTest: isTest)
                        var destination = prefix
                        destination.add(ended: place.recipient.text)
                        more = try cursor.seek(pastPrefix: destination)
                    }
                }
            }
        }
        return backlog
    }
}
