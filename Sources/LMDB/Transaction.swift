// Read and write transactions. A transaction that is dropped is aborted; `commit` consumes it,
// so that nothing can use it afterwards. A write transaction in which something failed cannot
// be committed: `commit` throws what failed first, and nothing of it is stored.

import CLMDB
import Glibc

package enum ReadAccess {}
package enum WriteAccess {}

package typealias ReadTransaction = Transaction<ReadAccess>
package typealias WriteTransaction = Transaction<WriteAccess>

/// A transaction; what both kinds can read is in `Reading.swift`. Not to be held across `await`.
package struct Transaction<Access>: ~Copyable {
    let state: TransactionState
    /// False for the view of a write transaction that a cursor or a savepoint hands to a closure:
    /// ending it is the business of whoever made it.
    let isOwner: Bool

    init(state: TransactionState, isOwner: Bool = true) {
        self.state = state
        self.isOwner = isOwner
    }

    deinit {
        if isOwner { state.abort() }
    }
}

extension Transaction where Access == WriteAccess {
    /// Makes all changes durable, together; returns when they are on the device.
    ///
    /// Throws the first failure of this transaction's operations, or `mapFull`, `noSpace`,
    /// `inputOutput`, `unusable`. In every case of a throw nothing is stored, but for
    /// `inputOutput` and `unusable`: then only opening the environment anew can tell.
    package consuming func commit() throws(LMDBError) {
        precondition(isOwner, "a savepoint ends with its closure; only the outermost commits")
        try state.commit()
    }

    /// Drops all changes. The same as letting the transaction go, said aloud.
    package consuming func abort() {
        precondition(isOwner, "a savepoint ends with its closure; only the outermost aborts")
        state.abort()
    }
}

extension Transaction where Access == ReadAccess {
    /// Ends the transaction such that database handles opened in it stay open.
    consuming func keepHandles() throws(LMDBError) {
        try state.commit()
    }
}

/// The C transaction and what has become of it, shared by the transaction, the cursors within
/// and their closures. Not `Sendable`: it stays where the transaction is.
@safe final class TransactionState {
    let environment: Environment
    let isWriter: Bool
    /// A savepoint's transaction does not hold LMDB's writer lock; its outermost does.
    private let isSavepoint: Bool
    private var handle: OpaquePointer?
    /// What spoiled this write transaction.
    private(set) var failure: LMDBError?

    init(
        handle: OpaquePointer, environment: Environment, isWriter: Bool, isSavepoint: Bool = false
    ) {
        unsafe self.handle = unsafe handle
        self.environment = environment
        self.isWriter = isWriter
        self.isSavepoint = isSavepoint
    }

    /// The C handle, as long as operations may still be tried on it.
    func live() throws(LMDBError) -> OpaquePointer {
        if let failure { throw failure }
        guard let handle = unsafe handle else { preconditionFailure("the transaction has ended") }
        return unsafe handle
    }

    /// Throws what `code` says; a write transaction is spoiled by it. LMDB itself remembers most
    /// of these (MDB_TXN_ERROR); here all of them count, since a change that is half made must
    /// not be committed.
    func check(
        _ code: Int32, _ operation: @autoclosure () -> String, on subject: @autoclosure () -> String
    ) throws(LMDBError) {
        guard code != MDB_SUCCESS else { return }
        let error = LMDBError(code: code, operation: operation(), subject: subject())
        spoil(error)
        throw error
    }

    func spoil(_ error: LMDBError) {
        if isWriter && failure == nil { failure = error }
    }

    func commit() throws(LMDBError) {
        if let failure {
            abort()
            throw failure
        }
        guard let handle = unsafe take() else { preconditionFailure("the transaction has ended") }
        let code = unsafe mdb_txn_commit(handle)
        guard code == MDB_SUCCESS else {
            var kind = LMDBError.Kind(code: code)
            if kind == .inputOutput && environment.directory.isFull { kind = .noSpace }
            throw LMDBError(kind, operation: "commit", subject: environment.path)
        }
    }

    func abort() {
        guard let handle = unsafe take() else { return }
        unsafe mdb_txn_abort(handle)
    }

    /// Takes the handle in order to end it; the lock is given back by LMDB right after.
    private func take() -> OpaquePointer? {
        guard let taken = unsafe handle else { return nil }
        unsafe handle = nil
        if isWriter && !isSavepoint { environment.writerLeaves() }
        return unsafe taken
    }
}
