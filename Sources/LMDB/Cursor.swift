// A place in one database, and the moves to other places. Keys are ordered bytewise.
//
// Cursors live in the closure they are lent to, which lies within their transaction. A move that
// finds nothing returns false and leaves the cursor before the first entry or behind the last
// one, from where it can only move back: a loop over `next()` ends, always. What it points to is
// shown in place, and only as long as nothing is moved or written.

import CLMDB

package typealias ReadCursor = Cursor<ReadAccess>
package typealias WriteCursor = Cursor<WriteAccess>

@safe package struct Cursor<Access>: ~Copyable {
    @safe enum Place {
        /// Not moved yet: forwards leads to the first entry, backwards to the last.
        case anywhere
        case beforeFirst
        case behindLast
        /// The entry that the C cursor points to too.
        case at(key: MDB_val, value: MDB_val)
        /// Where an entry with this key was, or would be: it was removed by this transaction.
        case gap(key: [UInt8])
    }

    let state: TransactionState
    let database: Database
    let handle: OpaquePointer
    var place = Place.anywhere

    init(state: TransactionState, database: Database) throws(LMDBError) {
        var opened: OpaquePointer?
        let index = state.index(of: database)
        let code = unsafe mdb_cursor_open(try state.live(), index, &opened)
        try state.check(code, "open cursor", on: "'\(database.name)'")
        guard let handle = unsafe opened else { preconditionFailure("LMDB gave no cursor") }
        self.state = state
        self.database = database
        unsafe self.handle = unsafe handle
    }

    deinit {
        unsafe mdb_cursor_close(handle)
    }
}

extension Transaction {
    /// Lends a cursor over `database`. The transaction can be read meanwhile, not written.
    package borrowing func withCursor<Result>(
        on database: Database, _ body: (inout ReadCursor) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        var cursor = try ReadCursor(state: state, database: database)
        return try cursor.lend(body)
    }
}

extension Cursor {
    /// Two lent cursors could be swapped by the closure of the inner one, which then would close
    /// the wrong one: that is stopped here, while both are still open.
    mutating func lend<Result>(
        _ body: (inout Self) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        let mine = unsafe handle
        let result = Swift.Result { () throws(LMDBError) in try body(&self) }
        precondition(unsafe handle == mine, "a lent cursor was replaced by another")
        return try result.get()
    }
}
