// A named database of an environment: a number and a name. Handles are opened once, at set-up,
// and stay valid as long as the environment; LMDB forbids opening them in two transactions at
// a time, so they are opened all together and under a lock.

import CLMDB
import Synchronization

/// The handle of one named database. Using it with another environment is a trap.
package struct Database: Sendable, Hashable {
    package let name: String
    let index: MDB_dbi
    /// The environment that gave it, so that a mix-up cannot write into a stranger's tree.
    let environment: UInt64
}

extension Environment {
    /// Opens named databases, in the order of `names`.
    ///
    /// Throws `databaseMissing` when one does not exist and `creating` is false, and
    /// `databasesFull` beyond `Options.databasesMax`; none is opened then. To be called before
    /// other transactions begin: one that is already running does not know the new handles.
    package func openDatabases(
        _ names: [String], creating: Bool
    ) throws(LMDBError) -> [Database] {
        for name in names {
            precondition(!name.isEmpty && !name.utf8.contains(0), "a database needs a plain name")
        }
        return try opening.withLock { (_) throws(LMDBError) in
            if creating {
                let transaction = try beginWrite()
                let databases = try open(names, in: transaction.state, flags: UInt32(MDB_CREATE))
                try transaction.commit()
                return databases
            }
            let transaction = try beginRead()
            let databases = try open(names, in: transaction.state, flags: 0)
            // A commit, although nothing is written: handles opened in a transaction that is
            // aborted are closed again.
            try transaction.keepHandles()
            return databases
        }
    }

    private func open(
        _ names: [String], in state: TransactionState, flags: UInt32
    ) throws(LMDBError) -> [Database] {
        var databases: [Database] = []
        for name in names {
            var index: MDB_dbi = 0
            let code = unsafe mdb_dbi_open(try state.live(), name, flags, &index)
            guard code == MDB_SUCCESS else {
                let kind = code == MDB_NOTFOUND ? .databaseMissing : LMDBError.Kind(code: code)
                throw LMDBError(kind, operation: "open database", subject: "'\(name)'")
            }
            databases.append(Database(name: name, index: index, environment: number))
        }
        return databases
    }
}
