// The moves of a cursor and what it shows. Skip-scans are made with `seek(pastPrefix:)`, reverse
// lookups with `seek(atOrBefore:)`; each costs one descent of the tree.

import CLMDB

extension Cursor {
    /// Whether there is an entry here to be shown.
    package var isAtEntry: Bool {
        if case .at = place { true } else { false }
    }

    /// Shows the entry in place; nil when the cursor is at none.
    package borrowing func withEntry<Result, Failure: Error>(
        _ body: (_ key: RawSpan, _ value: RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard case .at(let key, let value) = place else { return nil }
        return try body(unsafe key.buffer.bytes, unsafe value.buffer.bytes)
    }

    /// A copy of the entry's key; nil when the cursor is at none.
    package var key: [UInt8]? {
        withEntry { (key, _) in [UInt8](copyingBytes: key) }
    }

    /// A copy of the entry's value; nil when the cursor is at none.
    package var value: [UInt8]? {
        withEntry { (_, value) in [UInt8](copyingBytes: value) }
    }

    /// To the first entry; false when the database is empty.
    package mutating func first() throws(LMDBError) -> Bool {
        try move(MDB_FIRST, orElse: .behindLast)
    }

    /// To the last entry; false when the database is empty.
    package mutating func last() throws(LMDBError) -> Bool {
        try move(MDB_LAST, orElse: .beforeFirst)
    }

    /// To the following entry; false, and behind the last one, when there is none.
    package mutating func next() throws(LMDBError) -> Bool {
        switch place {
        case .anywhere, .beforeFirst:
            return try first()
        case .behindLast:
            return false
        case .at:
            return try move(MDB_NEXT, orElse: .behindLast)
        case .gap(let key):
            guard try seek(atOrAfter: key) else { return false }
            // The same key again: it was stored anew after it had been removed.
            return isAt(key) ? try move(MDB_NEXT, orElse: .behindLast) : true
        }
    }

    /// To the preceding entry; false, and before the first one, when there is none.
    package mutating func previous() throws(LMDBError) -> Bool {
        switch place {
        case .anywhere, .behindLast:
            return try last()
        case .beforeFirst:
            return false
        case .at:
            return try move(MDB_PREV, orElse: .beforeFirst)
        case .gap(let key):
            return try seek(before: key)
        }
    }

    /// To the entry with this key; false, and to nowhere in particular, when there is none.
    package mutating func seek(
        exactly key: borrowing some ByteSource & ~Copyable & ~Escapable
    ) throws(LMDBError) -> Bool {
        try move(MDB_SET_KEY, to: key, orElse: .anywhere)
    }

    /// To the first entry whose key is `key` or greater; an empty key leads to the first of all.
    package mutating func seek(
        atOrAfter key: borrowing some ByteSource & ~Copyable & ~Escapable
    ) throws(LMDBError) -> Bool {
        if key.withBytes({ $0.isEmpty }) { return try first() }
        return try move(MDB_SET_RANGE, to: key, orElse: .behindLast)
    }

    /// To the first entry whose key is greater than `key`.
    package mutating func seek(
        after key: borrowing some ByteSource & ~Copyable & ~Escapable
    ) throws(LMDBError) -> Bool {
        guard try seek(atOrAfter: key) else { return false }
        return isAt(key) ? try next() : true
    }

    /// To the last entry whose key is `key` or less.
    package mutating func seek(
        atOrBefore key: borrowing some ByteSource & ~Copyable & ~Escapable
    ) throws(LMDBError) -> Bool {
        guard try seek(atOrAfter: key) else { return try last() }
        return isAt(key) ? true : try previous()
    }

    /// To the last entry whose key is less than `key`.
    package mutating func seek(
        before key: borrowing some ByteSource & ~Copyable & ~Escapable
    ) throws(LMDBError) -> Bool {
        try seek(atOrAfter: key) ? try previous() : try last()
    }

    /// To the first entry behind all those whose keys begin with `prefix`, however many they are.
    /// Every key begins with an empty prefix, so then there is none.
    package mutating func seek(
        pastPrefix prefix: borrowing some ByteSource & ~Copyable & ~Escapable
    ) throws(LMDBError) -> Bool {
        var bound = prefix.withBytes { [UInt8](copyingBytes: $0) }
        // The least key that is greater than all of them: the last byte that can grow, grown.
        while bound.last == 0xFF { bound.removeLast() }
        guard let last = bound.popLast() else {
            place = .behindLast
            return false
        }
        bound.append(last + 1)
        return try seek(atOrAfter: bound)
    }
}

extension Cursor {
    private borrowing func isAt(
        _ key: borrowing some ByteSource & ~Copyable & ~Escapable
    ) -> Bool {
        guard case .at(let current, _) = place else { return false }
        return unsafe current.buffer.bytes.equals(key)
    }

    private mutating func move(
        _ operation: MDB_cursor_op, orElse other: Place
    ) throws(LMDBError) -> Bool {
        var key = unsafe MDB_val()
        return unsafe try move(operation, &key, orElse: other)
    }

    private mutating func move(
        _ operation: MDB_cursor_op, to key: borrowing some ByteSource & ~Copyable & ~Escapable,
        orElse other: Place
    ) throws(LMDBError) -> Bool {
        // Not a capture of `self`, which the closure must change.
        let state = state
        let database = database
        return unsafe try state.withKey(key, "seek", in: database) { (key) throws(LMDBError) in
            unsafe try move(operation, &key, orElse: other)
        }
    }

    private mutating func move(
        _ operation: MDB_cursor_op, _ key: inout MDB_val, orElse other: Place
    ) throws(LMDBError) -> Bool {
        _ = unsafe try state.live()
        var value = unsafe MDB_val()
        let code = unsafe mdb_cursor_get(handle, &key, &value, operation)
        if code == MDB_NOTFOUND {
            place = other
            return false
        }
        // A failed move may have left the C cursor anywhere.
        if code != MDB_SUCCESS { place = .anywhere }
        try state.check(code, "move cursor", on: "'\(database.name)'")
        place = unsafe .at(key: key, value: value)
        return true
    }
}
