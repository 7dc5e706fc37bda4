// Failures while working: no room in the map or on the disk, no reader slot, impossible keys.
// After each of them the environment must be usable, and hold what was committed before.

import Foundation
import Glibc
import LMDB
import Testing

@Suite struct FailureTests {
    @Test("a key that is too long or empty is refused before anything happens")
    func keys() throws {
        let scratch = try Scratch()
        let limit = scratch.environment.keyBytesMax
        let longest = [UInt8](repeating: 1, count: limit)
        let tooLong = longest + [1]
        let database = scratch.database
        var transaction = try scratch.environment.beginWrite()
        try transaction.put(longest, [1], in: database)
        do throws(LMDBError) {
            try transaction.put(tooLong, [1], in: database)
            Issue.record("stored a key that is too long")
        } catch {
            #expect(error.kind == .keyTooLong(limit: limit))
            #expect(
                error.description == "put on 'documents': the key is longer than \(limit) bytes")
        }
        func kinds(
            _ key: [UInt8], _ transaction: inout WriteTransaction
        ) -> [LMDBError.Kind?] {
            var kinds: [LMDBError.Kind?] = []
            func note(_ body: () throws(LMDBError) -> Void) { kinds.append(failure(body)) }
            note { () throws(LMDBError) in _ = try transaction.value(of: key, in: database) }
            note { () throws(LMDBError) in try transaction.delete(key, in: database) }
            note { () throws(LMDBError) in
                try transaction.reserve(key, byteCount: 1, in: database) { (_) in }
            }
            note { () throws(LMDBError) in
                _ = try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                    try cursor.seek(exactly: key)
                }
            }
            return kinds
        }
        let refused = LMDBError.Kind.keyTooLong(limit: limit)
        #expect(kinds(tooLong, &transaction) == .init(repeating: refused, count: 4))
        #expect(kinds([], &transaction) == .init(repeating: .keyEmpty, count: 4))
        // Nothing of it spoiled the transaction.
        try transaction.commit()
        let reading = try scratch.environment.beginRead()
        #expect(try reading.count(of: database) == 1)
    }

    @Test("a transaction that ran into a full map cannot be committed, and nothing is lost")
    func mapFull() throws {
        let scratch = try Scratch(mapBytes: 1 << 20)
        try scratch.store(["kept"])
        var transaction = try scratch.environment.beginWrite()
        let full = failure { () throws(LMDBError) in
            for key in UInt8(0)..<100 {
                try transaction.put(
                    [key], [UInt8](repeating: key, count: 40_000), in: scratch.database)
            }
        }
        #expect(full == .mapFull)
        // All further work is refused with the reason, and so is the commit.
        let after = failure { () throws(LMDBError) in
            try transaction.put(bytes("small"), [1], in: scratch.database)
        }
        #expect(after == .mapFull)
        let read = failure { () throws(LMDBError) in
            _ = try transaction.count(of: scratch.database)
        }
        #expect(read == .mapFull)
        var commit: LMDBError?
        do throws(LMDBError) { try transaction.commit() } catch { commit = error }
        #expect(commit?.kind == .mapFull)
        #expect(commit?.description == "put on 'documents': the reserved map is full")
        #expect(try scratch.keys() == ["kept"])
        try scratch.store(["next"])
        #expect(try scratch.keys() == ["kept", "next"])
    }

    @Test("a full map can be used again after some entries were removed")
    func mapFullRecovery() throws {
        let scratch = try Scratch(mapBytes: 1 << 20)
        let value = [UInt8](repeating: 1, count: 3_000)
        var committed = 0
        // Eight entries to a commit: the batch that does not fit gives back what it had taken,
        // which is the room that removing needs.
        fill: while true {
            var transaction = try scratch.environment.beginWrite()
            do throws(LMDBError) {
                for offset in 0..<8 {
                    try transaction.put(
                        bytes("\(1000 + committed + offset)"), value, in: scratch.database)
                }
                try transaction.commit()
                committed += 8
            } catch {
                #expect(error.kind == .mapFull)
                break fill
            }
        }
        #expect(committed > 100)
        let full = try scratch.environment.usage()
        for key in 0..<40 {
            var transaction = try scratch.environment.beginWrite()
            #expect(try transaction.delete(bytes("\(1000 + key)"), in: scratch.database))
            try transaction.commit()
        }
        let emptier = try scratch.environment.usage()
        #expect(emptier.pagesReusable >= full.pagesReusable + 30)
        #expect(emptier.pagesAvailable > full.pagesAvailable)
        for key in 0..<16 {
            var transaction = try scratch.environment.beginWrite()
            try transaction.put(bytes("again \(key)"), value, in: scratch.database)
            try transaction.commit()
        }
        let reading = try scratch.environment.beginRead()
        #expect(try reading.count(of: scratch.database) == committed - 40 + 16)
    }

    @Test("a map that fills within a savepoint spoils the savepoint alone")
    func mapFullInSavepoint() throws {
        let scratch = try Scratch(mapBytes: 1 << 20)
        let database = scratch.database
        var transaction = try scratch.environment.beginWrite()
        try transaction.put(bytes("before"), bytes("x"), in: database)
        let thrown = failure { () throws(LMDBError) in
            try transaction.savepoint { (inner) throws(LMDBError) -> SavepointEnd<Void> in
                for key in UInt8(0)..<100 {
                    try inner.put([key], [UInt8](repeating: 1, count: 40_000), in: database)
                }
                return .keep(())
            }
        }
        #expect(thrown == .mapFull)
        // The same, when the failure is swallowed within: keeping is refused.
        let swallowed = failure { () throws(LMDBError) in
            try transaction.savepoint { (inner) throws(LMDBError) -> SavepointEnd<Void> in
                let value = [UInt8](repeating: 1, count: 2_000_000)
                let kind = failure { () throws(LMDBError) in
                    try inner.put(bytes("huge"), value, in: database)
                }
                #expect(kind == .mapFull)
                return .keep(())
            }
        }
        #expect(swallowed == .mapFull)
        try transaction.put(bytes("after"), bytes("x"), in: database)
        try transaction.commit()
        #expect(try scratch.keys() == ["after", "before"])
    }

    @Test("no more readers than slots, and a slot is free again when its reader ends")
    func readersFull() throws {
        // The slots are rounded up to what fits a page, by LMDB; so it is asked how many.
        let scratch = try Scratch(readersMax: 3)
        let first = try scratch.environment.beginRead()
        let second = try scratch.environment.beginRead()
        let usage = failure { () throws(LMDBError) in
            let third = try scratch.environment.beginRead()
            let fourth = failure { () throws(LMDBError) in
                _ = try scratch.environment.beginRead()
            }
            #expect(fourth == .readersFull)
            #expect(try third.count(of: scratch.database) == 0)
        }
        #expect(usage == nil)
        let again = try scratch.environment.beginRead()
        #expect(try again.count(of: scratch.database) == 0)
        #expect(try first.count(of: scratch.database) == 0)
        #expect(try second.count(of: scratch.database) == 0)
        // The writer needs no slot.
        try scratch.store(["a"])
    }

    @Test(
        "a commit for which the disk has no room stores nothing, and says so",
        .enabled(if: SmallFileSystem.canMount, "mounting a small tmpfs needs CAP_SYS_ADMIN"))
    func noSpace() throws {
        let directory = try ScratchDirectory()
        let mounted = try SmallFileSystem(at: directory.path, bytes: 1 << 20)
        defer { mounted.unmount() }
        let path = directory.path
        let environment = try Environment(path: path, options: .init(mapBytes: 64 << 20))
        let database = try environment.openDatabases(["a"], creating: true)[0]
        var small = try environment.beginWrite()
        try small.put(bytes("kept"), bytes("x"), in: database)
        try small.commit()
        // One value that ends beyond the disk's end, and many that do so one by one.
        for (count, size) in [(1, 4 << 20), (1000, 3_000)] {
            var transaction = try environment.beginWrite()
            for key in 0..<count {
                try transaction.put(
                    bytes("lost \(key)"), [UInt8](repeating: 1, count: size), in: database)
            }
            var thrown: LMDBError?
            do throws(LMDBError) { try transaction.commit() } catch { thrown = error }
            #expect(thrown?.kind == .noSpace)
            #expect(thrown?.operation == "commit" && thrown?.subject == path)
            let reading = try environment.beginRead()
            #expect(try reading.keys(in: database) == ["kept"])
        }
        let copies = try ScratchDirectory()
        try environment.copy(to: copies.path, compacting: false)
        let again = failure { () throws(LMDBError) in
            try environment.copy(to: path, compacting: false)
        }
        #expect(again == .other(code: EEXIST, text: "File exists"))
    }
}

/// A tmpfs of a given size, mounted over a directory.
struct SmallFileSystem {
    let path: String

    static let canMount: Bool = {
        guard let directory = try? ScratchDirectory(),
            let mounted = try? SmallFileSystem(at: directory.path, bytes: 1 << 20)
        else { return false }
        mounted.unmount()
        return true
    }()

    init(at path: String, bytes: Int) throws {
        self.path = path
        try Self.run(
            "mount", "-t", "tmpfs", "-o", "size=\(bytes),mode=0700", "tmpfs", path)
    }

    /// Lazily: the map goes when the environment is closed, after this.
    func unmount() {
        try? Self.run("umount", "-l", path)
    }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.featureUnsupported) }
    }
}
