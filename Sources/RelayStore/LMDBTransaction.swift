// One turn's transaction. A write is checked against what is stored before it replaces it.
//
// Staged uploads, the counters and the shape's counts are kept aside and written once, at the
// commit: an inline body that is staged and bound in one turn leaves no row of its upload.

import LMDB
package import RelayCore
import RelayWire

package final class LMDBTransaction: LedgerTransaction {
    let databases: Databases
    let retention: Interval
    /// Nil once it has ended. `perform` and `commit` are the only ways to it.
    private var transaction: WriteTransaction?
    private let countersBefore: StoredCounters
    var counters: StoredCounters
    var kept: KeptRecords
    var uploads: [UploadID: StagedUpload] = [:]
    var shape = ShapeChanges()
    /// Those that this transaction has touched.
    var tallies = TallyBook()
    /// Test documents that have moved, by drill.
    var drillMoves: [DrillID: [(former: Delivery?, next: Delivery?)]] = [:]
    /// About what this transaction adds to the store, in bytes.
    private(set) var bytesWritten = 0

    /// What a write costs in the trees beside its own bytes, roughly.
    private static let overheadBytes = 64

    init(
        _ environment: Environment, _ databases: Databases, retention: Interval,
        kept: consuming KeptRecords
    ) throws(LedgerFailure) {
        self.databases = databases
        self.kept = kept
        self.retention = retention
        do throws(LMDBError) {
            let transaction = try environment.beginWrite()
            countersBefore = try transaction.counters(databases)
            counters = countersBefore
            self.transaction = consume transaction
        } catch {
            throw LedgerFailure(error)
        }
    }

    /// Writes what was kept aside, erases some garbage, and commits durably.
    func commit() throws(LedgerFailure) {
        do throws(LMDBError) {
            // In this order: flushing can leave garbage, and erasing it changes the counters.
            try flushUploads()
            try flushShape()
            try flushTallies()
            try flushDrillMoves()
            try eraseGarbage()
            if counters != countersBefore {
                try put(MetaKey.counters, try counters.encoded(), in: databases.meta)
            }
            guard let transaction = transaction.take() else { preconditionFailure(Self.ended) }
            try transaction.commit()
        } catch {
            abort()
            throw LedgerFailure(error)
        }
    }

    /// Drops everything; what was kept decoded too, since some of it may never have been stored.
    func abort() {
        transaction.take()?.abort()
    }

    package func apply(_ write: Write) throws(LedgerFailure) {
        do throws(LMDBError) {
            try perform(write)
        } catch {
            throw LedgerFailure(error)
        }
    }

    private static let ended = "the transaction of a turn was used after its end"
}

// MARK: - What the other files read and write with

extension LMDBTransaction {
    func reading<Result>(
        _ body: (borrowing WriteTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        switch transaction {
        case .some(let transaction): return try body(transaction)
        case nil: preconditionFailure(Self.ended)
        }
    }

    /// For what needs a cursor; `body` must not use `self` to read or write.
    func changing<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        guard var taken = transaction.take() else { preconditionFailure(Self.ended) }
        let result = Swift.Result { () throws(LMDBError) in try body(&taken) }
        transaction = consume taken
        return try result.get()
    }

    /// Stores a value; false when `mode` forbids it.
    @discardableResult
    func put(
        _ key: Bytes, _ value: Bytes, in database: Database, mode: PutMode = .replace
    ) throws(LMDBError) -> Bool {
        // For the estimate of room alone; LMDB itself counts pages.
        bytesWritten += value.count + Self.overheadBytes
        guard let stored = try transaction?.put(key, value, in: database, mode: mode)
        else { preconditionFailure(Self.ended) }
        return stored
    }

    /// Removes a row that must be there: that it is not means that index and record disagree.
    func remove(_ key: Bytes, from database: Database) throws(LMDBError) {
        guard try removeIfPresent(key, from: database)
        else { throw LMDBError(corrupt: database, key, "to be removed, and is not there") }
    }

    @discardableResult
    func removeIfPresent(_ key: Bytes, from database: Database) throws(LMDBError) -> Bool {
        guard let removed = try transaction?.delete(key, in: database)
        else { preconditionFailure(Self.ended) }
        return removed
    }

    /// Removes all rows whose keys begin with `prefix`.
    func removeAll(within prefix: Bytes, from database: Database) throws(LMDBError) {
        try changing { (transaction) throws(LMDBError) in
            try transaction.withWriteCursor(on: database) { (cursor) throws(LMDBError) in
                var more = try cursor.seek(atOrAfter: prefix)
                while more && cursor.isWithin(prefix) {
                    try cursor.deleteCurrent()
                    more = try cursor.next()
                }
            }
        }
    }
}

// MARK: - Records

extension LMDBTransaction {
    func envelope(of document: DocumentID) throws(LMDBError) -> Envelope? {
        if let envelope = kept.envelope(of: document) { return envelope }
        let databases = databases
        let found = try reading { (transaction) throws(LMDBError) in
            try transaction.envelope(of: document, databases)
        }
        if let found { kept.keep(found) }
        return found
    }

    func stored(_ key: DeliveryKey) throws(LMDBError) -> StoredDelivery? {
        if let stored = kept.stored(key) { return stored }
        let databases = databases
        let found = try reading { (transaction) throws(LMDBError) in
            try transaction.stored(key, databases)
        }
        if let found { kept.keep(found) }
        return found
    }
}

extension StoredDelivery {
    /// As a record. What the codec refuses, it would not read either: our own bug.
    func encoded() throws(LMDBError) -> Bytes {
        do throws(MessageFault) {
            return try Records.encode(self)
        } catch {
            throw LMDBError(unwritable: "delivery of \(delivery.document)", error)
        }
    }
}

extension StoredCounters {
    func encoded() throws(LMDBError) -> Bytes {
        do throws(MessageFault) {
            return try Records.encode(self)
        } catch {
            throw LMDBError(unwritable: "counters", error)
        }
    }
}

extension LMDBError {
    init(unwritable what: String, _ fault: MessageFault) {
        self.init(.corrupted, operation: "write record (\(fault))", subject: what)
    }
}
