// Scanning and changing in one pass. After any change the pages may have moved, so the cursor
// remembers its key and finds its place again by it: one more descent, and no dependence on how
// LMDB shifts cursors when pages are split, merged or freed.

import CLMDB

extension Transaction where Access == WriteAccess {
    /// Lends a cursor over `database` that can change what it passes. Everything else that is
    /// to be done meanwhile goes through `WriteCursor.withTransaction`.
    package mutating func withWriteCursor<Result>(
        on database: Database, _ body: (inout WriteCursor) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        var cursor = try WriteCursor(state: state, database: database)
        return try cursor.lend(body)
    }
}

extension Cursor where Access == WriteAccess {
    /// Removes the entry here; false when the cursor is at none. `next()` then leads to the
    /// entry that followed it, `previous()` to the one before.
    @discardableResult
    package mutating func deleteCurrent() throws(LMDBError) -> Bool {
        guard let key else { return false }
        _ = unsafe try state.live()
        let code = unsafe mdb_cursor_del(handle, 0)
        place = .gap(key: key)
        try state.check(code, "delete", on: "'\(database.name)'")
        return true
    }

    /// Gives the entry here another value; false when the cursor is at none.
    @discardableResult
    package mutating func replaceCurrent(
        with value: borrowing some ByteSource & ~Copyable & ~Escapable
    ) throws(LMDBError) -> Bool {
        guard let key else { return false }
        place = .gap(key: key)
        try value.withBytes { (span) throws(LMDBError) in
            unsafe try span.withUnsafeBytes { (buffer) throws(LMDBError) in
                var value = unsafe MDB_val(buffer)
                _ = unsafe try state.put(key, &value, in: database, flags: 0)
            }
        }
        return try returnTo(key)
    }

    /// Lends the transaction for anything else: other databases, this one too. Afterwards the
    /// cursor is at the same key, or, when that is gone, between its neighbours.
    package mutating func withTransaction<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        guard let key else { return try state.withTransaction(body) }
        place = .gap(key: key)
        let result = try state.withTransaction(body)
        // A failure that the closure kept to itself is reported by the commit.
        if state.failure == nil { _ = try returnTo(key) }
        return result
    }

    private mutating func returnTo(_ key: [UInt8]) throws(LMDBError) -> Bool {
        guard try seek(exactly: key) else {
            place = .gap(key: key)
            return false
        }
        return true
    }
}
