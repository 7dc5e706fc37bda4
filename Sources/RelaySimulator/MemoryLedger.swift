// The ledger in memory. It passes the same conformance tests as the one on LMDB, so that the
// simulator does not lie.
//
// Guarantees: what a commit has written survives everything, and nothing else does. A transaction
// works in place and keeps how to undo each step; it is undone when its body throws, when the disk
// is made to fail, and when the simulated process dies before its commit.

package import RelayCore

package final class MemoryLedger: Ledger {
    package typealias Transaction = MemoryTransaction

    /// Bytes of bodies, staged or bound, that fit.
    package var capacityBytes = UInt64.max
    /// Of these, what is left to receipts, acknowledgements and removals.
    package var reserveBytes: UInt64 = 0
    /// The next commit fails like this, and nothing is written.
    package var nextCommitFails: LedgerFailure?
    /// Whether histories are written: the same words are in the log, and long runs need the memory.
    package var keepsHistory = true
    /// Faults planted by tests of the checkers; none in a simulation that is meant.
    package var sabotage = LedgerSabotage()

    package internal(set) var disk = MemoryDisk()
    let retention: Interval
    /// How to undo the latest commits, the last one last; kept only for a disk that lies.
    private var undurable: [[MemoryDisk.Undo]] = []
    /// What the latest transaction has put, before and after.
    package private(set) var changes: [MemoryTransaction.Change] = []

    package init(retention: Interval) {
        self.retention = retention
    }

    package var hasRoom: Bool {
        let (needed, overflow) = disk.bytes.addingReportingOverflow(reserveBytes)
        return !overflow && needed <= capacityBytes
    }

    package var hasSpareRoom: Bool {
        let (needed, overflow) = disk.bytes.addingReportingOverflow(2 &* reserveBytes)
        return !overflow && needed <= capacityBytes
    }

    package func write<Result>(
        _ body: (MemoryTransaction) throws(LedgerFailure) -> Result
    ) throws(LedgerFailure) -> Result {
        let transaction = MemoryTransaction(self)
        do throws(LedgerFailure) {
            let result = try body(transaction)
            if let failure = nextCommitFails.take() { throw failure }
            changes = transaction.changes
            keepUndo(transaction.undo)
            return result
        } catch {
            transaction.rollBack()
            changes = []
            throw error
        }
    }

    private func keepUndo(_ undo: [MemoryDisk.Undo]) {
        guard sabotage.commitsLostAtCrash > 0 else { return }
        undurable.append(undo)
        if undurable.count > sabotage.commitsLostAtCrash { undurable.removeFirst() }
    }

    /// The process has died. An honest disk has lost nothing that was committed.
    package func crash() {
        while let undo = undurable.popLast() { disk.roll(back: undo) }
    }
}

/// Bugs of a store, for tests that the checkers find them.
package struct LedgerSabotage {
    /// So many commits are said to be durable and are not.
    package var commitsLostAtCrash = 0
    /// What is written in place of a write.
    package var alterWrite: ((Write) -> [Write])?
    /// What is told in place of what is known.
    package var alterKnown: ((Subject, Known) -> Known)?
    /// The last of a lane is read before the first.
    package var readsBackwards = false
    /// The row that is written in place of a delivery's queue row.
    package var alterQueueRow: ((Delivery, QueueRow?) -> QueueRow?)?

    package init() {}
}
