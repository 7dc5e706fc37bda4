// The same operations for keys and values that are arrays of bytes, which nearly all are. They
// add nothing to the generic ones but that the compiler sees one type here, in the module that
// has their bodies: through the protocol each call costs a look-up of metadata and witnesses.

import CLMDB

extension Transaction {
    /// A copy of the value of `key`; nil when there is none.
    package borrowing func value(
        of key: [UInt8], in database: Database
    ) throws(LMDBError) -> [UInt8]? {
        guard let value = unsafe try find(key, in: database) else { return nil }
        return [UInt8](copyingBytes: unsafe value.buffer.bytes)
    }
}

extension Transaction where Access == WriteAccess {
    /// Stores a value and says whether it did: `replace` always does.
    @discardableResult
    package mutating func put(
        _ key: [UInt8], _ value: [UInt8], in database: Database, mode: PutMode = .replace
    ) throws(LMDBError) -> Bool {
        try value.withBytes { (span) throws(LMDBError) in
            unsafe try span.withUnsafeBytes { (buffer) throws(LMDBError) in
                var value = unsafe MDB_val(buffer)
                return unsafe try state.put(key, &value, in: database, flags: mode.flags)
            }
        }
    }

    /// Removes an entry; false when there was none.
    @discardableResult
    package mutating func delete(
        _ key: [UInt8], in database: Database
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
}
