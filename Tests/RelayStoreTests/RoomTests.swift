// A full map and a full disk: nothing is lost, nothing new is taken in, receipts still go through,
// and removing makes room again.

import Foundation
import LedgerConformance
import RelayCore
import RelayStore
import RelayWire
import Testing

@Suite struct RoomTests {
    /// Accepts documents of `size` bytes while there is room, as a turn does.
    private func fill(_ bench: StoreBench, size: Int, from first: Int = 1) throws -> [Delivery] {
        var accepted: [Delivery] = []
        while bench.ledger.hasRoom {
            let number = first + accepted.count
            let envelope = Samples.envelope(number, size: size)
            let delivery = Samples.queued(envelope, sequence: UInt64(number))
            try bench.accept(envelope, delivery)
            accepted.append(delivery)
            try #require(accepted.count < 10_000, "the store never filled up")
        }
        return accepted
    }

    private func isBelow(_ bytes: Int, _ bench: StoreBench) throws -> Bool {
        try bench.reader.usage().writableBytes < bytes
    }

    @Test("when there is no room but the reserve, receipts still commit; removals make room")
    func reserve() throws {
        let bench = try StoreBench(mapBytes: 48 << 20, reserveBytes: 16 << 20)
        let accepted = try fill(bench, size: 300_000)
        #expect(accepted.count > 20)
        #expect(try !bench.reader.usage().hasRoom)
        // A thousand receipts and acknowledgements live on the reserve.
        for number in 0..<100 {
            try bench.write { (transaction) throws(LedgerFailure) in
                for place in 0..<10 {
                    let id = 100_000 + number * 10 + place
                    let receipt = Samples.envelope(id, kind: .receipt, size: 2_000)
                    let upload = UploadID(receipt.document)
                    _ = try transaction.append(
                        Piece(
                            upload: upload, offset: 0,
                            bytes: [UInt8](repeating: 1, count: 2_000)), at: Samples.start)
                    try transaction.apply(.file(receipt))
                    try transaction.apply(.bind(upload, to: receipt))
                    try transaction.apply(
                        .put(Samples.queued(receipt, sequence: UInt64(id)), was: nil))
                }
            }
        }
        #expect(!bench.ledger.hasRoom)
        for delivery in accepted.prefix(accepted.count / 2) {
            try bench.apply(.forget(delivery))
        }
        // The pages of a commit are free for the one after the next.
        for _ in 0..<3 { try bench.apply(.happened(Self.something)) }
        #expect(bench.ledger.hasRoom)
        #expect(try bench.discrepancies() == [])
        #expect(try !fill(bench, size: 300_000, from: 200_000).isEmpty)
    }

    private static let something = Happening(
        at: Samples.start, document: Samples.document(1), recipient: nil, what: .conflicting)

    @Test("a turn too large for the map leaves nothing, and the next smaller one goes through")
    func mapFull() throws {
        let bench = try StoreBench(mapBytes: 32 << 20, reserveBytes: 8 << 20)
        let envelope = Samples.envelope(1)
        try bench.accept(envelope, Samples.queued(envelope, sequence: 1))
        let upload = UploadID(Samples.document(2))
        #expect(throws: LedgerFailure.noRoom) {
            try bench.write { (transaction) throws(LedgerFailure) in
                for index in 0..<200 {
                    _ = try transaction.append(
                        Piece(
                            upload: upload, offset: UInt64(index * Limits.pieceBytes),
                            bytes: [UInt8](repeating: 9, count: Limits.pieceBytes)),
                        at: Samples.start)
                }
            }
        }
        #expect(try bench.stagedBytes(of: upload) == 0)
        #expect(try bench.discrepancies() == [])
        let next = Samples.envelope(3)
        try bench.accept(next, Samples.queued(next, sequence: 2))
        _ = try bench.restart()
        #expect(try bench.reader.document(next.document)?.hasBody == true)
        #expect(try bench.discrepancies() == [])
    }

    @Test("after a write found no room, nothing is taken in until it has been measured again")
    func ranOut() throws {
        let bench = try StoreBench(mapBytes: 32 << 20, reserveBytes: 8 << 20) {
            $0.measureEvery = .seconds(3_600)
        }
        #expect(bench.ledger.hasRoom)
        let bytes = [UInt8](repeating: 1, count: 150 * Limits.pieceBytes)
        #expect(throws: LedgerFailure.noRoom) {
            try bench.stage(bytes, as: UploadID(Samples.document(1)), at: Samples.start)
        }
        #expect(!bench.ledger.hasRoom)
    }

    @Test("what is written between two measurements is counted by estimate")
    func estimates() throws {
        let bench = try StoreBench(mapBytes: 48 << 20, reserveBytes: 16 << 20) {
            $0.measureEvery = .seconds(3_600)
        }
        let accepted = try fill(bench, size: 300_000)
        #expect(accepted.count > 20)
        #expect(try !bench.reader.usage().hasRoom)
    }

    /// Whether this process may mount a file system, which takes root.
    static let mayMount = geteuid() == 0 && Shell.run("mount", "--version")

    @Test("a full disk is no room, keeps what was committed, and recovers", .enabled(if: mayMount))
    func diskFull() throws {
        let mount = try TemporaryDirectory()
        try #require(
            Shell.run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", mount.path),
            "a file system of its own")
        defer { #expect(Shell.run("umount", mount.path)) }
        let settings = StoreSettings(
            directory: mount.path, relay: Samples.relay("HERE"), mapBytes: 1 << 30,
            reserveBytes: 8 << 20, retention: .days(3))
        try fillDisk(settings)
        // The former ledger is closed by now.
        #expect(try LMDBLedger(settings).reader.checkCounts().isSound)
    }

    private func fillDisk(_ settings: StoreSettings) throws {
        let ledger = try LMDBLedger(settings)
        var accepted: [Delivery] = []
        let failure = #expect(throws: LedgerFailure.self) {
            while accepted.count < 1_000 {
                accepted.append(try accept(accepted.count + 1, on: ledger))
            }
        }
        #expect(failure == .noRoom)
        #expect(!ledger.hasRoom)
        let reader = ledger.reader
        #expect(try reader.counters().documents.accepted == UInt64(accepted.count))
        #expect(try reader.checkCounts().isSound)
        // Removing takes a few pages itself, of those that commits have freed within the file.
        for delivery in accepted.prefix(10) {
            try ledger.write { (transaction) throws(LedgerFailure) in
                try transaction.apply(.forget(delivery))
            }
        }
        #expect(try reader.counters().documents.forgotten == 10)
        #expect(try reader.usage().writableBytes > 2 << 20)
    }

    /// One document of one piece, in one transaction.
    private func accept(_ number: Int, on ledger: LMDBLedger) throws -> Delivery {
        let envelope = Samples.envelope(number, size: Limits.pieceBytes)
        let delivery = Samples.queued(envelope, sequence: UInt64(number))
        let upload = UploadID(envelope.document)
        try ledger.write { (transaction) throws(LedgerFailure) in
            for piece in Samples.pieces(of: Samples.body(of: envelope), upload: upload) {
                _ = try transaction.append(piece, at: Samples.start)
            }
            try transaction.apply(.file(envelope))
            try transaction.apply(.bind(upload, to: envelope))
            try transaction.apply(.put(delivery, was: nil))
        }
        return delivery
    }
}
