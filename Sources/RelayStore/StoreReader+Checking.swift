// The whole store held against itself: do the counters, and every index, say what the records say?
//
// One pass over everything on one snapshot: seconds for a million records, and a long reader
// meanwhile. For an operator who doubts, for tests, and after a restored copy; not for every
// minute.

import LMDB
package import RelayCore
package import RelayWire

package struct StoreCheck: Hashable, Sendable {
    package let counters: StoredCounters
    /// What does not agree, in words; the first hundred.
    package internal(set) var discrepancies: [String] = []
    /// Documents that a delivery keeps a body for, and that have none: lost, and not the index's
    /// fault.
    package internal(set) var bodiesMissing: [DocumentID] = []

    package var isSound: Bool { discrepancies.isEmpty && bodiesMissing.isEmpty }

    /// More would only repeat themselves.
    private static let discrepanciesMax = 100

    mutating func note(_ text: @autoclosure () -> String) {
        if discrepancies.count < Self.discrepanciesMax { discrepancies.append(text()) }
    }

    mutating func expect<Value: Equatable>(_ found: Value, _ wanted: Value, _ what: String) {
        if found != wanted { note("\(what): \(found) instead of \(wanted)") }
    }
}

extension StoreReader {
    /// Scans the records and compares: the conservation law (accepted = the sum of all states and
    /// forgotten), each counter with what it counts, each index with the records it follows from.
    package func checkCounts() throws(ReadFailure) -> StoreCheck {
        try reading { (transaction) throws(LMDBError) in
            var check = StoreCheck(counters: try transaction.counters(databases))
            try transaction.checkRecords(databases, &check)
            try transaction.checkBodies(databases, &check)
            try transaction.checkAnnouncements(databases, &check)
            return check
        }
    }
}

/// What the records add up to.
private struct Findings {
    var documents = Tally()
    var receipts = Tally()
    var rows: [String: Int] = [:]
    var shape = ShapeChanges()
    var lastSequence: UInt64 = 0
    var holders: Set<DocumentID> = []

    mutating func add(_ stored: StoredDelivery) {
        let delivery = stored.delivery
        if delivery.kind == .receipt {
            receipts[delivery.state.name] += 1
        } else {
            documents[delivery.state.name] += 1
        }
        lastSequence = max(lastSequence, delivery.sequence)
        if delivery.queueRow != nil {
            shape.add(1, stored)
        }
        if delivery.holdsBody { holders.insert(delivery.document) }
    }
}

extension Transaction {
    /// Every row that a record calls for is there, and no index has more rows than that: so no
    /// index has a row that no record calls for.
    fileprivate borrowing func checkRecords(
        _ databases: Databases, _ check: inout StoreCheck
    ) throws(LMDBError) {
        var findings = Findings()
        try eachDelivery(databases) { (stored) throws(LMDBError) in
            findings.add(stored)
            let key = stored.delivery.key
            for row in stored.rows(databases) {
                findings.rows[row.database.name, default: 0] += 1
                if try value(of: row.key, in: row.database) != row.value {
                    check.note("'\(row.database.name)' lacks a row of \(key)")
                }
            }
            if try !contains(Key.document(key.document), in: databases.documents) {
                check.note("delivery \(key) has no envelope")
            }
        }
        for database in [databases.states, databases.queue, databases.timers, databases.inbox] {
            check.expect(
                try count(of: database), findings.rows[database.name] ?? 0,
                "'\(database.name)' rows")
        }
        let counters = check.counters
        for (class_, counted, found) in [
            ("documents", counters.documents, findings.documents),
            ("receipts", counters.receipts, findings.receipts),
        ] {
            for state in StateName.allCases {
                check.expect(counted[state], found[state], "\(class_) \(state)")
            }
            if !counted.isConserved {
                check.note(
                    "\(class_): accepted \(counted.accepted) is not the sum of all states "
                        + "and \(counted.forgotten) forgotten")
            }
        }
        if counters.lastSequence < findings.lastSequence {
            check.note(
                "sequence \(findings.lastSequence) was given out, \(counters.lastSequence) noted")
        }
        try checkShape(findings.shape, databases, &check)
        for document in findings.holders
        where try !contains(Key.document(document), in: databases.bodies) {
            check.bodiesMissing.append(document)
        }
    }

    private borrowing func checkShape(
        _ shape: ShapeChanges, _ databases: Databases, _ check: inout StoreCheck
    ) throws(LMDBError) {
        let wanted = shape.rows.filter { $0.value != 0 }
        check.expect(try count(of: databases.shape), wanted.count, "'shape' rows")
        for (key, count) in wanted {
            let found = try number(key, in: databases.shape) ?? 0
            check.expect(found, UInt64(count), "'shape' \(Hex.text(key))")
        }
    }

    private borrowing func eachDelivery(
        _ databases: Databases, _ body: (StoredDelivery) throws(LMDBError) -> Void
    ) throws(LMDBError) {
        try withCursor(on: databases.deliveries) { (cursor) throws(LMDBError) in
            while try cursor.next() { try body(try cursor.storedDelivery(databases)) }
        }
    }

    /// Every document's body is shared as often as its digest says, and has its bytes.
    fileprivate borrowing func checkBodies(
        _ databases: Databases, _ check: inout StoreCheck
    ) throws(LMDBError) {
        var users: [UInt64: UInt64] = [:]
        try withCursor(on: databases.bodies) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                users[Unpacker.number(at: 0, of: cursor.value ?? []), default: 0] += 1
            }
        }
        var lengths: [UInt64: UInt64] = [:]
        try withCursor(on: databases.digests) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                guard let shared = SharedBody(cursor.value ?? []) else {
                    throw LMDBError(corrupt: databases.digests, cursor.key ?? [], "no shared body")
                }
                check.expect(
                    shared.documents, users[shared.body] ?? 0, "users of body \(shared.body)")
                users[shared.body] = nil
                lengths[shared.body] = shared.length
            }
        }
        // What is left belongs to documents, and no digest knows it.
        for body in users.keys { check.note("body \(body) has no digest") }
        check.expect(check.counters.bodyBytes, lengths.values.reduce(0, &+), "bytes of bodies")
        let garbage = try lengthsOfGarbage(databases)
        check.expect(
            check.counters.garbageBytes, garbage.values.reduce(0, &+), "bytes of garbage")
        // Pieces belong to a document, to what is being erased, or to what is arriving.
        lengths.merge(garbage) { $0 + $1 }
        lengths.merge(try lengthsOfUploads(databases)) { $0 + $1 }
        try checkPieces(lengths, databases, &check)
    }

    private borrowing func lengthsOfGarbage(
        _ databases: Databases
    ) throws(LMDBError) -> [UInt64: UInt64] {
        var lengths: [UInt64: UInt64] = [:]
        try withCursor(on: databases.garbage) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                lengths[Unpacker.number(at: 0, of: cursor.key ?? [])] =
                    Unpacker.number(at: 0, of: cursor.value ?? [])
            }
        }
        return lengths
    }

    private borrowing func lengthsOfUploads(
        _ databases: Databases
    ) throws(LMDBError) -> [UInt64: UInt64] {
        var lengths: [UInt64: UInt64] = [:]
        try withCursor(on: databases.uploads) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                guard let staged = StagedUpload.Staged(cursor.value ?? [])
                else { throw LMDBError(corrupt: databases.uploads, cursor.key ?? [], "no upload") }
                lengths[staged.body] = staged.length
            }
        }
        return lengths
    }

    /// No piece without a body, and no body without its pieces.
    private borrowing func checkPieces(
        _ lengths: [UInt64: UInt64], _ databases: Databases, _ check: inout StoreCheck
    ) throws(LMDBError) {
        var found: [UInt64: UInt64] = [:]
        try withCursor(on: databases.pieces) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                let length = cursor.withEntry { (_, value) in value.byteCount } ?? 0
                found[Unpacker.number(at: 0, of: cursor.key ?? []), default: 0] += UInt64(length)
            }
        }
        for (body, length) in found where lengths[body] == nil {
            check.note("\(length) bytes of pieces belong to no body (\(body))")
        }
        for (body, length) in lengths {
            check.expect(found[body] ?? 0, length, "bytes of body \(body)")
        }
    }
}

extension StoredDelivery {
    /// The rows that must be there for this record.
    fileprivate func rows(
        _ databases: Databases
    ) -> [(database: Database, key: Bytes, value: Bytes)] {
        var rows = [(database: databases.states, key: stateKey, value: StateRow(self).bytes)]
        if let row = delivery.queueRow {
            rows.append((databases.queue, Key.queue(row), Key.delivery(delivery.key)))
        }
        if let timer { rows.append((databases.timers, Key.timer(timer, delivery.key), [])) }
        if delivery.isInInbox {
            rows.append(
                (
                    databases.inbox, Key.inbox(delivery.recipient, delivery.sequence),
                    Key.document(delivery.document)
                ))
        }
        return rows
    }
}
