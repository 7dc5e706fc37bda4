// What the tests of this target share: a directory of their own, a store in it, and the conformance
// bench for it.

import Foundation
import LedgerConformance
import RelayCore
import RelayStore
import Testing

/// A directory that is gone when the last reference to it is.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "tram-store-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("\(path) was not removed: \(error)")
        }
    }
}

/// A store in a directory of its own, which can be closed and opened again.
final class StoreBench: LedgerBench {
    let directory: TemporaryDirectory
    var settings: StoreSettings
    private var opened: LMDBLedger?

    init(
        mapBytes: Int = 1 << 30, reserveBytes: Int = 8 << 20,
        _ change: (inout StoreSettings) -> Void = { _ in }
    ) throws {
        directory = try TemporaryDirectory()
        settings = StoreSettings(
            directory: directory.path, relay: Samples.relay("HERE"), mapBytes: mapBytes,
            reserveBytes: reserveBytes, retention: .days(3))
        settings.measureEvery = .zero
        change(&settings)
        opened = try LMDBLedger(settings)
    }

    var ledger: LMDBLedger {
        guard let opened else { preconditionFailure("the store is closed") }
        return opened
    }

    var reader: StoreReader { ledger.reader }
    var retention: Interval { settings.retention }

    func close() { opened = nil }

    func open() throws { opened = try LMDBLedger(settings) }

    func tallies() throws -> TallyBook {
        var book = TallyBook()
        for row in try reader.tallies(of: nil, limit: StoreReader.pageMax) {
            for (kind, tally, handed) in [
                (TallyClass.documents, row.documents, row.handedDocuments),
                (.receipts, row.receipts, row.handedReceipts),
            ] {
                let place = TallyPlace(day: row.day, relay: row.relay, of: kind)
                if tally.accepted > 0 { book.arrived[place] = tally }
                if handed.deliveries > 0 { book.handed[place] = handed }
            }
        }
        return book
    }

    /// A commit is durable when it returns, so closing keeps no more than a crash would.
    func restart() throws -> Bool {
        close()
        try open()
        return true
    }

    /// What the whole store held against itself finds.
    func discrepancies() throws -> [String] { try reader.checkCounts().discrepancies }
}

enum Shell {
    /// Runs a command of the system; whether it went well.
    static func run(_ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            return false
        }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
