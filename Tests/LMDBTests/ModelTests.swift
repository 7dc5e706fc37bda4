// Random work, savepoints and aborts included, against a dictionary that must agree after every
// step. A failure prints the seed; `run(seed:)` replays it.

import LMDB
import Testing

@Suite struct ModelTests {
    @Test("random puts, removals and savepoints agree with a model", arguments: UInt64(1)...8)
    func run(seed: UInt64) throws {
        let scratch = try Scratch(mapBytes: 64 << 20)
        var random = Random(state: seed)
        var durable: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<15 {
            var transaction = try scratch.environment.beginWrite()
            var model = durable
            try work(&transaction, &model, &random, scratch.database, depth: 0)
            try compare(transaction, model, scratch.database)
            if random.below(4) == 0 {
                transaction.abort()
            } else {
                try transaction.commit()
                durable = model
            }
            let reading = try scratch.environment.beginRead()
            try compare(reading, durable, scratch.database)
        }
        #expect(!durable.isEmpty)
    }

    private func work(
        _ transaction: inout WriteTransaction, _ model: inout [[UInt8]: [UInt8]],
        _ random: inout Random, _ database: Database, depth: Int
    ) throws(LMDBError) {
        for _ in 0..<40 {
            let key = bytes("key \(random.below(150))")
            switch random.below(12) {
            case 0..<5:
                // Small ones share pages, large ones have pages of their own.
                let size = random.below(4) == 0 ? random.below(60_000) : random.below(600)
                let value = [UInt8](repeating: UInt8(random.below(256)), count: size)
                try transaction.put(key, value, in: database)
                model[key] = value
            case 5..<9:
                let existed = try transaction.delete(key, in: database)
                #expect(existed == (model.removeValue(forKey: key) != nil))
            case 9:
                try sweep(&transaction, &model, from: key, in: database)
            case 10 where depth < 3:
                var inner = model
                let keeps = random.below(2) == 0
                try transaction.savepoint { (child) throws(LMDBError) in
                    try work(&child, &inner, &random, database, depth: depth + 1)
                    return keeps ? .keep(()) : .rollBack(())
                }
                if keeps { model = inner }
                try compare(transaction, model, database)
            default:
                #expect(try transaction.value(of: key, in: database) == model[key])
            }
        }
    }

    /// Removes every other entry of up to ten, by a cursor.
    private func sweep(
        _ transaction: inout WriteTransaction, _ model: inout [[UInt8]: [UInt8]],
        from start: [UInt8], in database: Database
    ) throws(LMDBError) {
        let removed = try transaction.withWriteCursor(on: database) {
            (cursor) throws(LMDBError) in
            var removed: [[UInt8]] = []
            var more = try cursor.seek(atOrAfter: start)
            for step in 0..<10 where more {
                if step % 2 == 0, let key = cursor.key {
                    removed.append(key)
                    try cursor.deleteCurrent()
                }
                more = try cursor.next()
            }
            return removed
        }
        let passed = model.keys.filter { !$0.lexicographicallyPrecedes(start) }
            .sorted { $0.lexicographicallyPrecedes($1) }.prefix(10)
        let expected = passed.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        #expect(removed == expected)
        for key in removed { model[key] = nil }
    }

    private func compare<Access>(
        _ transaction: borrowing Transaction<Access>, _ model: [[UInt8]: [UInt8]],
        _ database: Database
    ) throws(LMDBError) {
        let agreeing = try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
            var agreeing = 0
            while try cursor.next(), let expected = cursor.key.flatMap({ model[$0] }) {
                guard cursor.withEntry({ $1.equals(expected) }) == true else { break }
                agreeing += 1
            }
            return agreeing
        }
        #expect(agreeing == model.count)
        #expect(try transaction.count(of: database) == model.count)
    }
}

/// A small generator with a seed, so that a failure can be repeated (the SplitMix64 step).
struct Random {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
