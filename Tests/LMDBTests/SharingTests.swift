// Many threads, other processes that die, and the misuses that trap.

import Foundation
import Glibc
import LMDB
import Synchronization
import Testing

@Suite struct SharingTests {
    @Test("readers on many threads see whole commits only, while a writer goes on")
    func manyReaders() async throws {
        let scratch = try Scratch(readersMax: 64)
        let (environment, database) = (scratch.environment, scratch.database)
        let keys = (UInt8(1)...20).map { [$0] }
        func write(_ round: UInt8) throws(LMDBError) {
            var transaction = try environment.beginWrite()
            for key in keys {
                try transaction.put(key, [UInt8](repeating: round, count: 5_000), in: database)
            }
            try transaction.commit()
        }
        try write(0)
        try await withThrowingTaskGroup(of: Int.self) { (group) in
            for _ in 0..<8 {
                group.addTask {
                    var last: UInt8 = 0
                    var reads = 0
                    while last < 50 {
                        let transaction = try environment.beginRead()
                        let round = try transaction.withValue(of: keys[0], in: database) {
                            $0.byte(at: 4_999)
                        }
                        guard let round, round >= last else { return 0 }
                        for key in keys {
                            let same = try transaction.withValue(of: key, in: database) {
                                $0.byte(at: 0) == round && $0.byte(at: 2_500) == round
                            }
                            guard same == true else { return 0 }
                        }
                        last = round
                        reads += 1
                    }
                    return reads
                }
            }
            for round in UInt8(1)...50 { try write(round) }
            for try await reads in group { #expect(reads > 0) }
        }
    }

    @Test("writers on several threads take turns")
    func manyWriters() async throws {
        let scratch = try Scratch()
        let (environment, database) = (scratch.environment, scratch.database)
        try await withThrowingTaskGroup(of: Void.self) { (group) in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<25 {
                        var transaction = try environment.beginWrite()
                        let old = try transaction.value(of: bytes("n"), in: database)?.first ?? 0
                        try transaction.put(bytes("n"), [old + 1], in: database)
                        try transaction.commit()
                    }
                }
            }
            try await group.waitForAll()
        }
        let reading = try environment.beginRead()
        #expect(try reading.value(of: bytes("n"), in: database) == [100])
    }

    @Test("the slot of a process that died while reading is found and freed")
    func staleReader() async throws {
        let directory = try ScratchDirectory()
        let path = directory.path
        let environment = try directory.open()
        #expect(environment.staleReadersAtOpen == 0)
        #expect(try environment.checkReaders() == 0)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let environment = try Environment(path: path, options: .init(mapBytes: 16 << 20))
            let database = try environment.openDatabases(["a"], creating: true)[0]
            let transaction = try environment.beginRead()
            guard try transaction.count(of: database) == 0 else { return }
            kill(getpid(), SIGKILL)
            // Never reached; it keeps the transaction alive until then.
            _ = try transaction.count(of: database)
        }
        #expect(try environment.usage().readersActive == 1)
        #expect(try environment.checkReaders() == 1)
        #expect(try environment.checkReaders() == 0)
        #expect(try environment.usage().readersActive == 0)
    }

    @Test("a commit that a process died before leaves nothing, and its lock is taken over")
    func deadWriter() async throws {
        let directory = try ScratchDirectory()
        let path = directory.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let environment = try Environment(path: path, options: .init(mapBytes: 16 << 20))
            let database = try environment.openDatabases(["a"], creating: true)[0]
            var first = try environment.beginWrite()
            try first.put(bytes("kept"), bytes("x"), in: database)
            try first.commit()
            var second = try environment.beginWrite()
            try second.put(bytes("lost"), bytes("x"), in: database)
            kill(getpid(), SIGKILL)
            try second.commit()
        }
        let environment = try directory.open()
        let database = try environment.openDatabases(["a"], creating: false)[0]
        var transaction = try environment.beginWrite()
        #expect(try transaction.keys(in: database) == ["kept"])
        try transaction.put(bytes("next"), bytes("x"), in: database)
        try transaction.commit()
    }

    @Test("a second write transaction on one thread is a trap, not a wait for ever")
    func secondWriter() async throws {
        let directory = try ScratchDirectory()
        let result = await #expect(processExitsWith: .failure) {
            [path = directory.path as String] in
            let scratch = try Scratch(in: ScratchDirectory(of: path))
            let first = try scratch.environment.beginWrite()
            let second = try scratch.environment.beginWrite()
            second.abort()
            first.abort()
        }
        #expect(trapped(result))
    }

    @Test("a write transaction that ends on another thread is a trap")
    func strangeThread() async throws {
        let directory = try ScratchDirectory()
        let result = await #expect(processExitsWith: .failure) {
            [path = directory.path as String] in
            let scratch = try Scratch(in: ScratchDirectory(of: path))
            let holder = Holder(try scratch.environment.beginWrite())
            let done = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                holder.transaction.withLock { $0 = nil }
                done.signal()
            }
            done.wait()
        }
        #expect(trapped(result))
    }

    @Test("a copy on the thread that holds the write transaction is a trap, not a wait for ever")
    func copyWhileWriting() async throws {
        let directory = try ScratchDirectory()
        let result = await #expect(processExitsWith: .failure) {
            [path = directory.path as String] in
            let scratch = try Scratch(in: ScratchDirectory(of: path))
            let transaction = try scratch.environment.beginWrite()
            try scratch.environment.copy(to: path, compacting: true)
            transaction.abort()
        }
        #expect(trapped(result))
    }

    @Test("a database of another environment is a trap")
    func strangeDatabase() async throws {
        let directory = try ScratchDirectory()
        let second = try ScratchDirectory()
        let result = await #expect(processExitsWith: .failure) {
            [path = directory.path as String, other = second.path as String] in
            let one = try Scratch(in: ScratchDirectory(of: path))
            let other = try Scratch(in: ScratchDirectory(of: other))
            let transaction = try one.environment.beginRead()
            _ = try transaction.count(of: other.database)
        }
        #expect(trapped(result))
    }
}

/// Carries a write transaction where it must not go.
private final class Holder: Sendable {
    let transaction: Mutex<WriteTransaction?>

    init(_ transaction: consuming sending WriteTransaction) {
        self.transaction = Mutex(transaction)
    }
}

/// Whether the process ended by a failed precondition, not by an error that was thrown.
private func trapped(_ result: ExitTest.Result?) -> Bool {
    result?.exitStatus == .signal(SIGILL) || result?.exitStatus == .signal(SIGTRAP)
}
