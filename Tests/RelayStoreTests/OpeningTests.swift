// Opening: whose store, of which schema, by whom; and what a restart finds.

import Foundation
import LMDB
import LedgerConformance
import RelayCore
import RelayStore
import Testing

@Suite struct OpeningTests {
    private let envelope = Samples.envelope(1)

    /// Opens the closed store's environment by itself and changes one entry.
    private func tamper(
        _ bench: StoreBench, _ database: String, _ key: [UInt8], _ value: [UInt8]?
    ) throws {
        let environment = try Environment(
            path: bench.directory.path, options: Environment.Options(mapBytes: 1 << 30))
        let opened = try environment.openDatabases([database], creating: false)
        var transaction = try environment.beginWrite()
        if let value {
            try transaction.put(key, value, in: opened[0])
        } else {
            try transaction.delete(key, in: opened[0])
        }
        try transaction.commit()
    }

    @Test("the store of a newer schema is refused, and says what to do")
    func newerSchema() throws {
        let bench = try StoreBench()
        bench.close()
        try tamper(bench, "meta", Array("schema".utf8), [0, 2])
        let refusal = #expect(throws: StoreRefusal.self) { try bench.open() }
        #expect(
            refusal
                == .newerSchema(found: 2, known: 1, directory: bench.directory.path))
        #expect(refusal?.description.contains("newer version") == true)
        try tamper(bench, "meta", Array("schema".utf8), [0, 1])
        try bench.open()
    }

    @Test("the store of another relay is refused, and left as it is")
    func otherRelay() throws {
        let bench = try StoreBench()
        try bench.accept(envelope, Samples.queued(envelope, sequence: 1))
        bench.close()
        bench.settings.relay = Samples.relay("THERE")
        #expect(
            throws: StoreRefusal.otherRelay(
                found: "HERE", asked: Samples.relay("THERE"), directory: bench.directory.path)
        ) { try bench.open() }
        bench.settings.relay = Samples.relay("HERE")
        try bench.open()
        #expect(try bench.reader.document(envelope.document)?.hasBody == true)
    }

    @Test("an environment that does not say whose it is, is no store")
    func noOwner() throws {
        let bench = try StoreBench()
        bench.close()
        try tamper(bench, "meta", Array("relay".utf8), nil)
        let refusal = #expect(throws: StoreRefusal.self) { try bench.open() }
        #expect(refusal?.description.contains("does not say its schema and owner") == true)
    }

    @Test("a store is open once: in this process, and in any other")
    func openOnce() throws {
        let bench = try StoreBench()
        #expect(throws: StoreRefusal.inUse(directory: bench.directory.path)) {
            _ = try LMDBLedger(bench.settings)
        }
        #expect(try claimFromOutside(bench.directory.path) != 0)
        bench.close()
        #expect(try claimFromOutside(bench.directory.path) == 0)
    }

    /// What flock(1), another process, says to the store's claim.
    private func claimFromOutside(_ path: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        process.arguments = ["--nonblock", path, "true"]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test("a directory that is not there is refused with its name")
    func noDirectory() throws {
        let directory = try TemporaryDirectory()
        let settings = StoreSettings(
            directory: directory.path + "/none", relay: Samples.relay("HERE"), mapBytes: 1 << 26,
            reserveBytes: 8 << 20, retention: .days(1))
        let refusal = #expect(throws: StoreRefusal.self) { _ = try LMDBLedger(settings) }
        #expect(refusal?.description.contains(directory.path + "/none") == true)
    }

    @Test("a damaged data file is refused, not erased")
    func damagedFile() throws {
        let bench = try StoreBench()
        bench.close()
        let path = bench.directory.path + "/data.mdb"
        let junk = Data(repeating: 0x5A, count: 64 * 1_024)
        try junk.write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreRefusal.self) { try bench.open() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == junk)
    }

    @Test(
        "a damaged record is reported with its database and key, and never skipped",
        arguments: ["documents", "deliveries"])
    func damagedRecord(database: String) throws {
        let bench = try StoreBench()
        let delivery = Samples.queued(envelope, sequence: 1)
        try bench.accept(envelope, delivery)
        bench.close()
        let id = envelope.document.bytes
        let key = database == "documents" ? id : id + Array(delivery.recipient.text.utf8)
        try tamper(bench, database, key, [0xFF, 0xFF, 0xFF])
        try bench.open()
        let hex = Hex.text(key)
        let failure = #expect(throws: LedgerFailure.self) {
            try bench.known(.document(envelope.document))
        }
        guard case .broken(let text) = failure else {
            Issue.record("\(String(describing: failure)) instead of broken")
            return
        }
        #expect(text.contains("'\(database)'") && text.contains(hex))
        let reading = #expect(throws: ReadFailure.self) {
            try bench.reader.document(envelope.document)
        }
        #expect(reading?.description.contains(hex) == true)
    }

    @Test("a write that contradicts what is stored is refused, and nothing of its turn is kept")
    func contradiction() throws {
        let bench = try StoreBench()
        let delivery = Samples.queued(envelope, sequence: 1)
        try bench.accept(envelope, delivery)
        let other = Samples.envelope(2)
        let held = delivery.moved(to: .held(by: "a", reason: "b", since: Samples.start))
        let wrong: [[Write]] = [
            [.put(delivery, was: nil)], [.put(delivery, was: held)], [.file(envelope)],
            [.forget(held)],
        ]
        for writes in wrong {
            let failure = #expect(throws: LedgerFailure.self) {
                try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.apply(.file(other))
                    for write in writes { try transaction.apply(write) }
                }
            }
            guard case .broken = failure else {
                Issue.record("\(String(describing: failure)) instead of broken")
                continue
            }
        }
        #expect(try bench.delivery(delivery.key) == delivery)
        #expect(try bench.reader.document(other.document) == nil)
        #expect(try bench.discrepancies() == [])
    }

    @Test("another retention moves the timers of what is stored")
    func otherRetention() throws {
        let bench = try StoreBench()
        let relayed = Samples.queued(envelope, sequence: 1)
            .attempting(by: Samples.relay("HUB"), at: Samples.start)
            .moved(to: .relayed(hop: Samples.relay("HUB"), at: Samples.start, due: nil))
        let queued = Samples.queued(envelope, sequence: 1)
        try bench.accept(envelope, queued)
        try bench.apply(.put(relayed, was: queued))
        func next() throws -> Instant? {
            try bench.write { (transaction) throws(LedgerFailure) in try transaction.nextTimer() }
        }
        #expect(try next() == Samples.start + .days(3))
        for days: Int64 in [10, 1, 1] {
            bench.settings.retention = .days(days)
            _ = try bench.restart()
            #expect(try next() == Samples.start + .days(days))
            #expect(try bench.discrepancies() == [])
        }
        try bench.apply(.put(relayed.withoutBody(), was: relayed))
        #expect(try next() == relayed.forgottenAt)
        #expect(try bench.discrepancies() == [])
    }

    @Test("a copy made while the relay runs opens as a store, and is sound")
    func copies() throws {
        let bench = try StoreBench()
        let large = Samples.envelope(1, size: 3 * Limits.pieceBytes + 7)
        try bench.accept(large, Samples.queued(large, sequence: 1))
        let copy = try TemporaryDirectory()
        try bench.ledger.copy(to: copy.path)
        let after = Samples.envelope(2)
        try bench.accept(after, Samples.queued(after, sequence: 2))
        var settings = bench.settings
        settings.directory = copy.path
        let restored = try LMDBLedger(settings).reader
        #expect(try restored.checkCounts().isSound)
        #expect(try restored.document(large.document)?.deliveries.count == 1)
        #expect(try restored.document(after.document) == nil)
        #expect(throws: LedgerFailure.self) { try bench.ledger.copy(to: copy.path) }
    }
}
