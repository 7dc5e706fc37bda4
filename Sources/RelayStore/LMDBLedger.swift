// The relay's store: a `Ledger` on one LMDB environment, which holds everything.
//
// Guarantees: `write` is one LMDB transaction with a durable commit, all of it or nothing; the rows
// of every index, and the counters, change in the commit of the record they follow from. Several
// threads may read (`reader`) while one writes. Leaves to others: every decision (RelayCore), and
// whether the bytes of a body match its digest (whoever staged them).

import LMDB
package import RelayCore
import RelayWire
import Synchronization

package final class LMDBLedger: Ledger, Sendable {
    package typealias Transaction = LMDBTransaction

    package let settings: StoreSettings
    private let environment: Environment
    private let databases: Databases
    private let gauge: RoomGauge
    /// What the last transaction has read or written; nothing after one that was not committed.
    private let kept = Mutex(KeptRecords())
    private let written = Mutex(StoreWrites())

    /// Opens the store, and makes it when the directory is empty.
    ///
    /// A changed `retention` takes a pass over all records, in one transaction.
    package init(_ settings: StoreSettings) throws(StoreRefusal) {
        let opened = try OpenedStore(settings)
        self.settings = settings
        environment = opened.environment
        databases = opened.databases
        gauge = RoomGauge(
            opened.environment, reserve: settings.reserveBytes, every: settings.measureEvery)
    }

    /// For listings, bodies and totals, from any thread.
    package var reader: StoreReader {
        StoreReader(environment, databases, reserveBytes: settings.reserveBytes)
    }

    package var hasRoom: Bool { gauge.hasRoom }
    package var hasSpareRoom: Bool { gauge.hasSpareRoom }

    /// What was written in this run.
    package var writes: StoreWrites { written.withLock { $0 } }

    package func write<Result>(
        _ body: (LMDBTransaction) throws(LedgerFailure) -> Result
    ) throws(LedgerFailure) -> Result {
        do throws(LedgerFailure) {
            let transaction = try LMDBTransaction(
                environment, databases, retention: settings.retention,
                kept: kept.withLock { $0.take() })
            let result: Result
            do throws(LedgerFailure) {
                result = try body(transaction)
            } catch {
                transaction.abort()
                throw error
            }
            try transaction.commit()
            kept.withLock { $0 = transaction.kept.take() }
            gauge.wrote(transaction.bytesWritten)
            written.withLock { $0.add(transaction.bytesWritten) }
            return result
        } catch {
            if case .noRoom = error { gauge.ranOut() }
            throw error
        }
    }

    /// Writes a copy as of the last commit into `directory`, which must exist and hold no copy yet,
    /// while the relay goes on. Free pages are left out.
    package func copy(to directory: String) throws(LedgerFailure) {
        do throws(LMDBError) {
            try environment.copy(to: directory, compacting: true)
        } catch {
            throw LedgerFailure(error)
        }
    }
}
