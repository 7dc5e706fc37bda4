// What a store has written since it was opened, for monitoring.

package struct StoreWrites: Hashable, Sendable {
    /// Transactions that have changed something and are durable.
    package private(set) var commits: UInt64 = 0
    /// Values, and an estimate of what a row costs beside its value. LMDB writes whole pages, so
    /// the device sees several times as much.
    package private(set) var bytes: UInt64 = 0

    /// LMDB flushes the pages it has written, then writes and flushes the page that points to them.
    package var flushes: UInt64 { commits * 2 }

    mutating func add(_ written: Int) {
        // A transaction that only reads is not flushed.
        guard written > 0 else { return }
        commits += 1
        bytes += UInt64(written)
    }
}
