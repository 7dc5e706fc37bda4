// What can be changed in a write transaction. Keys and values are copied once, into the page;
// `reserve` gives the page's own bytes, for a value that is put together from parts.
//
// A failure of LMDB in any of these spoils the transaction: `commit` throws it again.

import CLMDB

/// When `put` stores and when it leaves everything as it was.
package enum PutMode: Sendable {
    /// Stores in any case; an older value is replaced.
    case replace
    /// Stores only when the key is not there.
    case insert
    /// Stores only behind the last key; cheaper, and fills pages, when keys come in order.
    case append

    var flags: UInt32 {
        switch self {
        case .replace: 0
        case .insert: UInt32(MDB_NOOVERWRITE)
        case .append: UInt32(MDB_APPEND)
        }
    }
}

extension Transaction where Access == WriteAccess {
    /// Stores a value and says whether it did: `replace` always does.
    ///
    /// Throws `mapFull`, `transactionFull`, `keyTooLong` or `keyEmpty` (these two spoil nothing).
    @discardableResult
    package mutating func put(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable,
        _ value: borrowing some ByteSource & ~Copyable & ~Escapable,
        in database: Database, mode: PutMode = .replace
    ) throws(LMDBError) -> Bool {
        try value.withBytes { (span) throws(LMDBError) in
            unsafe try span.withUnsafeBytes { (buffer) throws(LMDBError) in
                var value = unsafe MDB_val(buffer)
                return unsafe try state.put(key, &value, in: database, flags: mode.flags)
            }
        }
    }

    /// Stores a value of `byteCount` bytes that `fill` writes in place; it starts as zeros.
    /// Returns false, without calling `fill`, where `put` would.
    @discardableResult
    package mutating func reserve(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable, byteCount: Int,
        in database: Database, mode: PutMode = .replace, fill: (inout MutableRawSpan) -> Void
    ) throws(LMDBError) -> Bool {
        precondition(byteCount >= 0)
        var value = unsafe MDB_val(mv_size: byteCount, mv_data: nil)
        let flags = mode.flags | UInt32(MDB_RESERVE)
        guard unsafe try state.put(key, &value, in: database, flags: flags) else { return false }
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: value.mv_data, count: byteCount)
        // The page may hold what the heap held before; nothing of that may reach the disk.
        unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
        var span = unsafe buffer.mutableBytes
        fill(&span)
        return true
    }

    /// Removes an entry; false when there was none.
    @discardableResult
    package mutating func delete(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable, in database: Database
    ) throws(LMDBError) -> Bool {
        let index = state.index(of: database)
        let handle = unsafe try state.live()
        return unsafe try state.withKey(key, "delete", in: database) { (key) throws(LMDBError) in
            let code = unsafe mdb_del(handle, index, &key, nil)
            if code == MDB_NOTFOUND { return false }
            try state.check(code, "delete", on: "'\(database.name)'")
            return true
        }
    }

    /// Removes all entries; the database stays.
    package mutating func removeAll(in database: Database) throws(LMDBError) {
        let index = state.index(of: database)
        let code = unsafe mdb_drop(try state.live(), index, 0)
        try state.check(code, "remove all", on: "'\(database.name)'")
    }
}

extension TransactionState {
    func put(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable, _ value: inout MDB_val,
        in database: Database, flags: UInt32
    ) throws(LMDBError) -> Bool {
        let index = index(of: database)
        let handle = unsafe try live()
        return unsafe try withKey(key, "put", in: database) { (key) throws(LMDBError) in
            let code = unsafe mdb_put(handle, index, &key, &value, flags)
            if code == MDB_KEYEXIST { return false }
            try check(code, "put", on: "'\(database.name)'")
            return true
        }
    }
}
