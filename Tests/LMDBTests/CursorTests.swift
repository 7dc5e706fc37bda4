// Cursors at the edges, range and skip scans, reverse seeks, and changes during a scan.

import LMDB
import Testing

@Suite struct CursorTests {
    @Test("in an empty database every move finds nothing")
    func emptyDatabase() throws {
        let scratch = try Scratch()
        let transaction = try scratch.environment.beginRead()
        try transaction.withCursor(on: scratch.database) { (cursor) throws(LMDBError) in
            #expect(try !cursor.first())
            #expect(try !cursor.last())
            #expect(try !cursor.next())
            #expect(try !cursor.previous())
            #expect(try !cursor.seek(exactly: bytes("a")))
            #expect(try !cursor.seek(atOrAfter: bytes("a")))
            #expect(try !cursor.seek(after: bytes("a")))
            #expect(try !cursor.seek(atOrBefore: bytes("a")))
            #expect(try !cursor.seek(before: bytes("a")))
            #expect(try !cursor.seek(pastPrefix: bytes("a")))
            #expect(!cursor.isAtEntry && cursor.key == nil && cursor.value == nil)
            #expect(cursor.withEntry { (_, _) in true } == nil)
        }
    }

    @Test("a scan ends at the end, stays there, and can turn back")
    func edges() throws {
        let scratch = try Scratch()
        try scratch.store(["a", "b", "c"])
        let transaction = try scratch.environment.beginRead()
        try transaction.withCursor(on: scratch.database) { (cursor) throws(LMDBError) in
            #expect(try cursor.next() && cursor.key == bytes("a"))
            #expect(try cursor.next() && cursor.key == bytes("b"))
            #expect(try cursor.next() && cursor.key == bytes("c"))
            #expect(try !cursor.next() && !cursor.isAtEntry)
            #expect(try !cursor.next())
            #expect(try cursor.previous() && cursor.key == bytes("c"))
            #expect(try cursor.previous() && cursor.key == bytes("b"))
            #expect(try cursor.previous() && cursor.key == bytes("a"))
            #expect(try !cursor.previous() && !cursor.isAtEntry)
            #expect(try !cursor.previous())
            #expect(try cursor.next() && cursor.key == bytes("a"))
            #expect(try cursor.last() && cursor.key == bytes("c"))
            #expect(try cursor.first() && cursor.key == bytes("a"))
        }
        try transaction.withCursor(on: scratch.database) { (cursor) throws(LMDBError) in
            // A new cursor moves backwards from the end.
            #expect(try cursor.previous() && cursor.value == bytes("c"))
        }
    }

    @Test("seeks find the nearest entry on the side that was asked for")
    func seeks() throws {
        let scratch = try Scratch()
        try scratch.store(["b", "d", "f"])
        let transaction = try scratch.environment.beginRead()
        func found(
            _ move: (inout ReadCursor) throws(LMDBError) -> Bool
        ) throws(LMDBError) -> String? {
            try transaction.withCursor(on: scratch.database) { (cursor) throws(LMDBError) in
                try move(&cursor) ? text(cursor.key) : nil
            }
        }
        let sides: [(key: String, after: String?, past: String?, before: String?, upTo: String?)] =
            [
                ("a", "b", "b", nil, nil), ("b", "b", "d", nil, "b"), ("c", "d", "d", "b", "b"),
                ("d", "d", "f", "b", "d"), ("f", "f", nil, "d", "f"), ("g", nil, nil, "f", "f"),
            ]
        for side in sides {
            let key = bytes(side.key)
            #expect(
                try found { (cursor) throws(LMDBError) in try cursor.seek(atOrAfter: key) }
                    == side.after)
            #expect(
                try found { (cursor) throws(LMDBError) in try cursor.seek(after: key) }
                    == side.past)
            #expect(
                try found { (cursor) throws(LMDBError) in try cursor.seek(before: key) }
                    == side.before)
            #expect(
                try found { (cursor) throws(LMDBError) in try cursor.seek(atOrBefore: key) }
                    == side.upTo)
            #expect(
                try found { (cursor) throws(LMDBError) in try cursor.seek(exactly: key) }
                    == (side.after == side.key ? side.key : nil))
        }
        #expect(try found { (cursor) throws(LMDBError) in try cursor.seek(atOrAfter: []) } == "b")
    }

    @Test("a skip-scan visits one entry for each prefix")
    func skipScan() throws {
        let scratch = try Scratch()
        var transaction = try scratch.environment.beginWrite()
        let prefixes: [[UInt8]] = [[1], [2, 0xFF], [2, 0xFF, 0xFF], [0xFE], [0xFF, 0xFF]]
        for prefix in prefixes {
            for row in UInt8(0)..<200 {
                try transaction.put(prefix + [0, row], [row], in: scratch.database)
            }
        }
        try transaction.commit()
        let reading = try scratch.environment.beginRead()
        let visited = try reading.withCursor(on: scratch.database) { (cursor) throws(LMDBError) in
            var visited: [[UInt8]] = []
            var more = try cursor.first()
            while more, let key = cursor.key {
                visited.append(Array(key.dropLast(2)))
                more = try cursor.seek(pastPrefix: key.dropLast(1))
            }
            return visited
        }
        #expect(visited == prefixes)
        try reading.withCursor(on: scratch.database) { (cursor) throws(LMDBError) in
            // Nothing can follow these two, and then the last entry is one step back.
            #expect(try !cursor.seek(pastPrefix: [0xFF, 0xFF]))
            #expect(try !cursor.seek(pastPrefix: []))
            #expect(try cursor.previous() && cursor.value == [199])
        }
    }

    @Test("a range scan shows keys and values in place")
    func rangeScan() throws {
        let scratch = try Scratch()
        try scratch.store(["a1", "b1", "b2", "b3", "c1"])
        let transaction = try scratch.environment.beginRead()
        let sum = try transaction.withCursor(on: scratch.database) { (cursor) throws(LMDBError) in
            var sum = 0
            var more = try cursor.seek(atOrAfter: bytes("b"))
            while more {
                let digit = cursor.withEntry { (key, value) -> Int? in
                    guard key.begins(with: bytes("b")), value.equals(key) else { return nil }
                    return Int(value.byte(at: 1)) - 48
                }
                guard let digit = digit ?? nil else { break }
                sum += digit
                more = try cursor.next()
            }
            return sum
        }
        #expect(sum == 6)
    }

    @Test("entries can be removed while they are passed, forwards and backwards")
    func deleteDuringScan() throws {
        for forwards in [true, false] {
            let scratch = try Scratch()
            // Enough to fill many pages, so that removing merges them under the cursor.
            let keys = (1000..<3000).map { "key \($0)" }
            try scratch.store(keys)
            var transaction = try scratch.environment.beginWrite()
            let visited = try transaction.withWriteCursor(on: scratch.database) {
                (cursor) throws(LMDBError) in
                var visited: [String] = []
                while forwards ? try cursor.next() : try cursor.previous() {
                    visited.append(text(cursor.key))
                    if visited.count % 3 != 0 {
                        #expect(try cursor.deleteCurrent())
                        #expect(cursor.isAtEntry == false)
                    }
                }
                #expect(try !cursor.deleteCurrent())
                return visited
            }
            try transaction.commit()
            let passed = forwards ? keys : keys.reversed()
            #expect(visited == passed)
            let left = passed.enumerated().filter { $0.offset % 3 == 2 }.map(\.element).sorted()
            #expect(try scratch.keys() == left)
        }
    }

    @Test("a cursor finds its place again after other writes")
    func writesDuringScan() throws {
        let scratch = try Scratch()
        let database = scratch.database
        try scratch.store((0..<300).map { format($0) })
        var transaction = try scratch.environment.beginWrite()
        let visited = try transaction.withWriteCursor(on: database) {
            (cursor) throws(LMDBError) in
            var visited: [String] = []
            while try cursor.next(), let key = cursor.key {
                visited.append(text(key))
                // Splits pages before the cursor, and removes what is under it every other time.
                try cursor.withTransaction { (transaction) throws(LMDBError) in
                    try transaction.put(
                        bytes("!" + text(key)), [UInt8](repeating: 1, count: 300), in: database)
                    if visited.count % 2 == 0 { try transaction.delete(key, in: database) }
                }
                #expect(cursor.key == (visited.count % 2 == 0 ? nil : key))
            }
            return visited
        }
        #expect(visited == (0..<300).map { format($0) })
        #expect(try transaction.count(of: database) == 450)
    }

    @Test("the entry under the cursor can be given another value")
    func replaceCurrent() throws {
        let scratch = try Scratch()
        try scratch.store(["a", "b"])
        var transaction = try scratch.environment.beginWrite()
        try transaction.withWriteCursor(on: scratch.database) { (cursor) throws(LMDBError) in
            #expect(try !cursor.replaceCurrent(with: bytes("x")))
            #expect(try cursor.first())
            #expect(try cursor.replaceCurrent(with: [UInt8](repeating: 3, count: 20_000)))
            #expect(cursor.key == bytes("a") && cursor.value?.count == 20_000)
            #expect(try cursor.next() && cursor.key == bytes("b"))
            // Removed and stored anew, the entry is under the cursor again.
            try cursor.withTransaction { (transaction) throws(LMDBError) in
                try transaction.delete(bytes("b"), in: scratch.database)
                try transaction.put(bytes("b"), bytes("new"), in: scratch.database)
            }
            #expect(cursor.value == bytes("new"))
            #expect(try !cursor.next())
        }
        try transaction.commit()
        #expect(try scratch.keys() == ["a", "b"])
    }

    private func format(_ number: Int) -> String {
        String(repeating: "0", count: 3 - String(number).count) + String(number)
    }
}
