// What can be read in a transaction of either kind. Values are shown in place, in the map; the
// closure is the only one to see them, and a write transaction cannot be written to meanwhile,
// because it is borrowed.

import CLMDB

extension Transaction {
    /// Shows the value of `key` in place; nil when there is none.
    package borrowing func withValue<Result>(
        of key: borrowing some ByteSource & ~Copyable & ~Escapable, in database: Database,
        _ body: (RawSpan) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result? {
        guard let value = unsafe try find(key, in: database) else { return nil }
        return try body(unsafe value.buffer.bytes)
    }

    /// A copy of the value of `key`; nil when there is none.
    package borrowing func value(
        of key: borrowing some ByteSource & ~Copyable & ~Escapable, in database: Database
    ) throws(LMDBError) -> [UInt8]? {
        guard let value = unsafe try find(key, in: database) else { return nil }
        return [UInt8](copyingBytes: unsafe value.buffer.bytes)
    }

    package borrowing func contains(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable, in database: Database
    ) throws(LMDBError) -> Bool {
        unsafe try find(key, in: database) != nil
    }

    /// The number of entries, which LMDB keeps counted.
    package borrowing func count(of database: Database) throws(LMDBError) -> Int {
        var statistics = MDB_stat()
        let index = state.index(of: database)
        let code = unsafe mdb_stat(try state.live(), index, &statistics)
        try state.check(code, "count", on: "'\(database.name)'")
        return statistics.ms_entries
    }

    borrowing func find(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable, in database: Database
    ) throws(LMDBError) -> MDB_val? {
        let index = state.index(of: database)
        let handle = unsafe try state.live()
        return unsafe try state.withKey(key, "get", in: database) { (key) throws(LMDBError) in
            var value = unsafe MDB_val()
            let code = unsafe mdb_get(handle, index, &key, &value)
            if code == MDB_NOTFOUND { return nil }
            try state.check(code, "get", on: "'\(database.name)'")
            return unsafe value
        }
    }
}

extension TransactionState {
    func index(of database: Database) -> MDB_dbi {
        precondition(
            database.environment == environment.number, "a database of another environment")
        return database.index
    }

    /// Checks the length of a key and passes it as LMDB takes it. A key that is refused here has
    /// changed nothing, so it does not spoil a write transaction.
    func withKey<Result>(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable, _ operation: String,
        in database: Database, _ body: (inout MDB_val) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        let limit = environment.keyBytesMax
        return try key.withBytes { (span) throws(LMDBError) in
            guard span.byteCount <= limit else {
                throw LMDBError(
                    .keyTooLong(limit: limit), operation: operation, subject: "'\(database.name)'")
            }
            guard span.byteCount > 0 else {
                throw LMDBError(.keyEmpty, operation: operation, subject: "'\(database.name)'")
            }
            return unsafe try span.withUnsafeBytes { (buffer) throws(LMDBError) in
                var value = unsafe MDB_val(buffer)
                return unsafe try body(&value)
            }
        }
    }
}

extension MDB_val {
    /// LMDB takes keys and values by a mutable pointer and never writes through it.
    init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.init(
            mv_size: buffer.count, mv_data: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
    }

    var buffer: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: mv_data, count: mv_size)
    }
}
