// What a transaction stores, what it leaves behind when it is dropped, and savepoints.

import LMDB
import Testing

@Suite struct TransactionTests {
    @Test("what was committed is there after the environment is opened anew")
    func persistence() throws {
        let directory = try ScratchDirectory()
        let large = (0..<(256 << 10)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        do {
            let environment = try directory.open()
            let databases = try environment.openDatabases(["a", "b"], creating: true)
            var transaction = try environment.beginWrite()
            try transaction.put(bytes("k"), large, in: databases[0])
            try transaction.put(bytes("k"), bytes("other"), in: databases[1])
            try transaction.put(bytes("empty"), [], in: databases[1])
            try transaction.commit()
        }
        let environment = try directory.open()
        let databases = try environment.openDatabases(["a", "b"], creating: false)
        let transaction = try environment.beginRead()
        #expect(try transaction.value(of: bytes("k"), in: databases[0]) == large)
        #expect(try transaction.value(of: bytes("k"), in: databases[1]) == bytes("other"))
        #expect(try transaction.value(of: bytes("empty"), in: databases[1]) == [])
        #expect(try transaction.value(of: bytes("none"), in: databases[1]) == nil)
        #expect(try transaction.contains(bytes("k"), in: databases[0]))
        #expect(try !transaction.contains(bytes("empty"), in: databases[0]))
        #expect(try transaction.count(of: databases[1]) == 2)
    }

    @Test("a transaction that is not committed leaves nothing behind")
    func dropped() throws {
        let scratch = try Scratch()
        try scratch.store(["kept"])
        do {
            var transaction = try scratch.environment.beginWrite()
            try transaction.put(bytes("lost"), bytes("x"), in: scratch.database)
            try transaction.delete(bytes("kept"), in: scratch.database)
            #expect(try transaction.keys(in: scratch.database) == ["lost"])
        }
        var aborted = try scratch.environment.beginWrite()
        try aborted.put(bytes("lost too"), bytes("x"), in: scratch.database)
        aborted.abort()
        #expect(try scratch.keys() == ["kept"])
        // The writer's lock was given back both times.
        try scratch.store(["next"])
        #expect(try scratch.keys() == ["kept", "next"])
    }

    @Test("an insert does not replace, and an append only goes behind the last key")
    func modes() throws {
        let scratch = try Scratch()
        var transaction = try scratch.environment.beginWrite()
        let database = scratch.database
        #expect(try transaction.put(bytes("b"), bytes("1"), in: database, mode: .insert))
        #expect(try !transaction.put(bytes("b"), bytes("2"), in: database, mode: .insert))
        #expect(try transaction.value(of: bytes("b"), in: database) == bytes("1"))
        #expect(try transaction.put(bytes("b"), bytes("3"), in: database))
        #expect(try transaction.value(of: bytes("b"), in: database) == bytes("3"))
        #expect(try transaction.put(bytes("c"), bytes("1"), in: database, mode: .append))
        #expect(try !transaction.put(bytes("a"), bytes("1"), in: database, mode: .append))
        #expect(try !transaction.put(bytes("c"), bytes("1"), in: database, mode: .append))
        // What was refused spoiled nothing.
        try transaction.commit()
        #expect(try scratch.keys() == ["b", "c"])
    }

    @Test("keys and values may be any kind of bytes")
    func byteSources() throws {
        let scratch = try Scratch()
        var transaction = try scratch.environment.beginWrite()
        let whole: [UInt8] = [1, 2, 3, 4]
        let inline: [4 of UInt8] = [9, 8, 7, 6]
        try transaction.put(whole[1...2], inline, in: scratch.database)
        try transaction.put(whole.span, inline.span, in: scratch.database)
        try transaction.put(inline, whole.span.extracting(2...), in: scratch.database)
        #expect(try transaction.value(of: [2, 3], in: scratch.database) == [9, 8, 7, 6])
        #expect(try transaction.value(of: whole, in: scratch.database) == [9, 8, 7, 6])
        #expect(try transaction.value(of: inline.span, in: scratch.database) == [3, 4])
        // A value read in place can be the source of a put elsewhere, through a copy only: the
        // transaction cannot be written to while it is looked at.
        let number = try transaction.withValue(of: whole, in: scratch.database) { (value) in
            value.integer(at: 1, as: UInt16.self)
        }
        #expect(number == 0x0807)
    }

    @Test("a reserved value is written in place and begins as zeros")
    func reserve() throws {
        let scratch = try Scratch()
        let database = scratch.database
        // Pages with other contents, freed within the same transaction, are the ones given out.
        var transaction = try scratch.environment.beginWrite()
        try transaction.put(
            bytes("old"), [UInt8](repeating: 0xAA, count: 100_000), in: database)
        try transaction.delete(bytes("old"), in: database)
        let stored = try transaction.reserve(bytes("new"), byteCount: 100_000, in: database) {
            $0.write(bytes("head"), at: 0)
            $0.write(bytes("tail"), at: 99_996)
        }
        #expect(stored)
        let again = try transaction.reserve(
            bytes("new"), byteCount: 1, in: database, mode: .insert
        ) { (_) in Issue.record("asked to fill a value that is not stored") }
        #expect(!again)
        try transaction.commit()
        let reading = try scratch.environment.beginRead()
        let value = try #require(try reading.value(of: bytes("new"), in: database))
        #expect(value.prefix(4) == bytes("head")[...] && value.suffix(4) == bytes("tail")[...])
        #expect(value.dropFirst(4).dropLast(4).allSatisfy { $0 == 0 })
        #expect(value.count == 100_000)
    }

    @Test("removing tells whether something was there, and all can be removed at once")
    func removing() throws {
        let scratch = try Scratch()
        try scratch.store(["a", "b", "c"])
        var transaction = try scratch.environment.beginWrite()
        #expect(try transaction.delete(bytes("b"), in: scratch.database))
        #expect(try !transaction.delete(bytes("b"), in: scratch.database))
        try transaction.commit()
        #expect(try scratch.keys() == ["a", "c"])
        var second = try scratch.environment.beginWrite()
        try second.removeAll(in: scratch.database)
        try second.put(bytes("d"), bytes("d"), in: scratch.database)
        try second.commit()
        #expect(try scratch.keys() == ["d"])
    }

    @Test("a reader sees its snapshot, whatever is committed later")
    func snapshots() throws {
        let scratch = try Scratch()
        try scratch.store(["a", "b"])
        let before = try scratch.environment.beginRead()
        var transaction = try scratch.environment.beginWrite()
        try transaction.put(bytes("a"), bytes("changed"), in: scratch.database)
        try transaction.delete(bytes("b"), in: scratch.database)
        let during = try scratch.environment.beginRead()
        try transaction.commit()
        let after = try scratch.environment.beginRead()
        #expect(try before.value(of: bytes("a"), in: scratch.database) == bytes("a"))
        #expect(try before.keys(in: scratch.database) == ["a", "b"])
        #expect(try during.keys(in: scratch.database) == ["a", "b"])
        #expect(try after.keys(in: scratch.database) == ["a"])
        #expect(try after.value(of: bytes("a"), in: scratch.database) == bytes("changed"))
    }

    @Test("a savepoint that is rolled back takes its own changes back and no others")
    func rollBack() throws {
        let scratch = try Scratch()
        let database = scratch.database
        try scratch.store(["old"])
        var transaction = try scratch.environment.beginWrite()
        try transaction.put(bytes("outer"), bytes("1"), in: database)
        let answer = try transaction.savepoint { (inner) throws(LMDBError) in
            try inner.put(bytes("outer"), bytes("2"), in: database)
            try inner.put(bytes("inner"), [UInt8](repeating: 7, count: 50_000), in: database)
            try inner.delete(bytes("old"), in: database)
            return .rollBack(try inner.keys(in: database))
        }
        #expect(answer == ["inner", "outer"])
        #expect(try transaction.keys(in: database) == ["old", "outer"])
        #expect(try transaction.value(of: bytes("outer"), in: database) == bytes("1"))
        try transaction.put(bytes("later"), bytes("x"), in: database)
        try transaction.commit()
        #expect(try scratch.keys() == ["later", "old", "outer"])
    }

    @Test("a savepoint that is kept becomes durable with the outer commit only")
    func keep() throws {
        let scratch = try Scratch()
        let database = scratch.database
        for commits in [false, true] {
            var transaction = try scratch.environment.beginWrite()
            let count = try transaction.savepoint { (middle) throws(LMDBError) in
                try middle.put(bytes("middle"), bytes("x"), in: database)
                let end = try middle.savepoint { (inner) throws(LMDBError) in
                    try inner.put(bytes("inner"), bytes("x"), in: database)
                    return .keep("kept")
                }
                #expect(end == "kept")
                return .keep(try middle.count(of: database))
            }
            #expect(count == 2)
            #expect(try scratch.keys() == [])
            if commits { try transaction.commit() } else { transaction.abort() }
        }
        #expect(try scratch.keys() == ["inner", "middle"])
    }

    @Test("an error thrown out of a savepoint takes it back and the transaction goes on")
    func throwing() throws {
        let scratch = try Scratch()
        let database = scratch.database
        var transaction = try scratch.environment.beginWrite()
        let mine = LMDBError(.corrupted, operation: "decode", subject: "a record")
        var caught: LMDBError?
        do throws(LMDBError) {
            try transaction.savepoint { (inner) throws(LMDBError) -> SavepointEnd<Void> in
                try inner.put(bytes("inner"), bytes("x"), in: database)
                throw mine
            }
        } catch {
            caught = error
        }
        #expect(caught == mine)
        try transaction.put(bytes("outer"), bytes("x"), in: database)
        try transaction.commit()
        #expect(try scratch.keys() == ["outer"])
    }
}
