// Changes that can be taken back alone, without losing the rest of the transaction: LMDB's
// nested transactions. The outer transaction cannot be touched while the inner one lives, since
// the closure has it exclusively; what is kept becomes durable with the outer commit only.
//
// A failure within (a full map, say) spoils the inner transaction alone: the outer one goes on
// as it was before. Each savepoint costs some page copies, and memory that LMDB reserves but
// mostly does not touch (about 3 MiB of address space): right for one risky step of a batch,
// wrong for every single put.

import CLMDB

/// What to do with the changes made in a savepoint, and what to answer.
package enum SavepointEnd<Value> {
    case keep(Value)
    case rollBack(Value)
}

extension SavepointEnd: Sendable where Value: Sendable {}

extension Transaction where Access == WriteAccess {
    /// Runs `body` on an inner transaction. Its changes are kept or taken back as it says; when
    /// it throws they are taken back and the error is passed on. Savepoints can be nested.
    ///
    /// When something failed within and `body` says `keep` all the same, that failure is thrown.
    package mutating func savepoint<Value>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> SavepointEnd<Value>
    ) throws(LMDBError) -> Value {
        var begun: OpaquePointer?
        let code = unsafe mdb_txn_begin(
            state.environment.handle, try state.live(), 0, &begun)
        try state.check(code, "begin savepoint", on: state.environment.path)
        guard let handle = unsafe begun else { preconditionFailure("LMDB gave no transaction") }
        let inner = unsafe TransactionState(
            handle: handle, environment: state.environment, isWriter: true, isSavepoint: true)
        let end: SavepointEnd<Value>
        do throws(LMDBError) {
            end = try inner.withTransaction(body)
        } catch {
            inner.abort()
            throw error
        }
        switch end {
        case .rollBack(let value):
            inner.abort()
            return value
        case .keep(let value):
            let spoiled = inner.failure != nil
            do throws(LMDBError) {
                try inner.commit()
            } catch {
                // A merge that failed half-way leaves the outer transaction in doubt. One that
                // was not tried, because of an earlier failure within, does not.
                if !spoiled { state.spoil(error) }
                throw error
            }
            return value
        }
    }
}

extension TransactionState {
    /// Lends a view of this write transaction. The closure could put another in its place, with
    /// a lifetime of its own; it gets no further than the end of the closure with that.
    func withTransaction<Result>(
        _ body: (inout WriteTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        var view = WriteTransaction(state: self, isOwner: false)
        let result = try body(&view)
        precondition(view.state === self, "a lent transaction was replaced by another")
        return result
    }
}
