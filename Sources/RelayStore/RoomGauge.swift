// Whether there is room beyond the reserve, cheaply: measured now and then, estimated in between.
//
// What can still be written is the free pages within the file, and what the file can grow by: to
// the end of the map, or until the file system is full. Reusable pages need no room on the file
// system.

import LMDB
import RelayCore
import Synchronization

final class RoomGauge: Sendable {
    private struct Reading {
        var bytesAvailable: Int
        var bytesWritten: Int
        let time: ContinuousClock.Instant
    }

    private let environment: Environment
    private let reserve: Int
    private let every: Duration
    private let last = Mutex<Reading?>(nil)

    init(_ environment: Environment, reserve: Int, every: Duration) {
        self.environment = environment
        self.reserve = reserve
        self.every = every
    }

    /// False too when it cannot be measured: then nothing new is taken in, and the next write will
    /// tell what is wrong.
    var hasRoom: Bool {
        let now = ContinuousClock.now
        return last.withLock { (last) in
            if let reading = last, now - reading.time < every {
                let margin = reading.bytesAvailable - reserve
                if margin <= 0 { return false }
                // Half of the margin may be gone by estimate before it is measured again.
                if reading.bytesWritten <= margin / 2 { return true }
            }
            let available = (try? measure()) ?? 0
            last = Reading(bytesAvailable: available, bytesWritten: 0, time: now)
            return available > reserve
        }
    }

    /// Whether what remains beyond the reserve is as large as the reserve once more.
    var hasSpareRoom: Bool {
        guard hasRoom else { return false }
        return last.withLock { last in
            guard let last else { return false }
            return last.bytesAvailable - last.bytesWritten > 2 * reserve
        }
    }

    private func measure() throws(LMDBError) -> Int {
        // A tool that looked at the store and died holds pages back until its slot is freed.
        _ = try environment.checkReaders()
        return try environment.bytesWritable()
    }

    func wrote(_ bytes: Int) {
        last.withLock { $0?.bytesWritten += bytes }
    }

    /// A write found no room, whatever the measurement said. Large pieces need neighbouring pages,
    /// so that can be before the last page is taken.
    func ranOut() {
        last.withLock {
            $0 = Reading(bytesAvailable: 0, bytesWritten: 0, time: ContinuousClock.now)
        }
    }
}

extension Environment {
    /// Bytes that can still be written: into free pages of the file, and by growing it.
    func bytesWritable() throws(LMDBError) -> Int {
        let usage = try usage()
        let growth = usage.mapBytes - usage.pagesUsed * usage.pageBytes
        return usage.pagesReusable * usage.pageBytes
            + min(growth, try fileSystemBytesFree())
    }
}
