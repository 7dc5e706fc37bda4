// The ledger in memory, held to what every ledger must do.

import LedgerConformance
import RelayCore
import RelaySimulator
import Testing

/// The ledger in memory, which outlives the process that it loses.
private struct MemoryBench: LedgerBench {
    let ledger = MemoryLedger(retention: .days(3))
    var retention: Interval { .days(3) }

    func tallies() throws -> TallyBook { ledger.disk.tallies }

    mutating func restart() throws -> Bool {
        ledger.crash()
        return true
    }
}

@Suite("The ledger in memory")
struct LedgerTests {
    @Test("it does what every ledger must", arguments: LedgerConformance.checks)
    func conforms(check: LedgerCheck) throws {
        try check.run(on: MemoryBench())
    }

    @Test("random turns leave what a model of a ledger has", arguments: UInt64(1)...12)
    func random(seed: UInt64) throws {
        try LedgerConformance.drive(MemoryBench(), seed: seed, turns: 60)
    }

    @Test("a commit that is made to fail leaves nothing, and the next one holds")
    func failingCommit() throws {
        let ledger = MemoryLedger(retention: .days(3))
        let upload = UploadID(DocumentID(high: 1, low: 1))
        let piece = Piece(upload: upload, offset: 0, bytes: [1, 2, 3])
        let now = Instant(milliseconds: 0)
        ledger.nextCommitFails = .noRoom
        #expect(throws: LedgerFailure.noRoom) {
            try ledger.write { (transaction) throws(LedgerFailure) in
                _ = try transaction.append(piece, at: now)
            }
        }
        #expect(ledger.disk.uploads.isEmpty)
        #expect(ledger.disk.bytes == 0)
        try ledger.write { (transaction) throws(LedgerFailure) in
            _ = try transaction.append(piece, at: now)
        }
        #expect(ledger.disk.bytes == 3)
    }

    @Test("a disk that lies loses its last commits in a crash, an honest one none")
    func lyingDisk() throws {
        for lost in [0, 2] {
            let ledger = MemoryLedger(retention: .days(3))
            ledger.sabotage.commitsLostAtCrash = lost
            for number in UInt64(1)...5 {
                let upload = UploadID(DocumentID(high: 1, low: number))
                try ledger.write { (transaction) throws(LedgerFailure) in
                    _ = try transaction.append(
                        Piece(upload: upload, offset: 0, bytes: [1]), at: Instant(milliseconds: 0))
                }
            }
            ledger.crash()
            #expect(ledger.disk.uploads.count == 5 - lost)
        }
    }
}
