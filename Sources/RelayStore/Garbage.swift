// Erasing bodies, in steps that nobody waits for.
//
// A body of 1 GiB is 4,096 pieces, and each must be found and its pages noted as free. Small bodies go
// at once; of a large one a row is left in `garbage`, and every commit erases some pieces of it. Until
// then its pages count as used, so nothing is promised that is not there.

import LMDB
import RelayCore
import RelayWire

extension LMDBTransaction {
    /// Pieces erased at once, by what lets the body go: up to 1 MiB.
    private static var erasedAtOnce: UInt64 { 4 }

    /// Pieces of garbage erased in one commit: 64 MiB, a few milliseconds.
    private static var erasedPerCommit: Int { 256 }

    /// The pages of this body are free, now or soon.
    func erase(_ body: UInt64, bytes: UInt64) throws(LMDBError) {
        let count = pieces(in: bytes)
        if count <= Self.erasedAtOnce {
            for index in 0..<count {
                try remove(Key.piece(body, index), from: databases.pieces)
            }
        } else {
            try put(Key.number(body), Key.number(bytes), in: databases.garbage)
            counters.garbageBytes += bytes
        }
    }

    /// A step of the work that `erase` has left.
    func eraseGarbage() throws(LMDBError) {
        var left = Self.erasedPerCommit
        while counters.garbageBytes > 0, left > 0 {
            let (body, bytes) = try firstGarbage()
            let count = pieces(in: bytes)
            let erased = min(count, UInt64(left))
            for index in (count - erased)..<count {
                try remove(Key.piece(body, index), from: databases.pieces)
            }
            left -= Int(erased)
            let rest = (count - erased) * UInt64(Limits.pieceBytes)
            counters.garbageBytes -= min(bytes - rest, counters.garbageBytes)
            if rest > 0 {
                try put(Key.number(body), Key.number(rest), in: databases.garbage)
            } else {
                try remove(Key.number(body), from: databases.garbage)
            }
        }
    }

    private func firstGarbage() throws(LMDBError) -> (body: UInt64, bytes: UInt64) {
        let garbage = databases.garbage
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: garbage) { (cursor) throws(LMDBError) in
                guard try cursor.first() else {
                    throw LMDBError(corrupt: garbage, MetaKey.counters, "counted, and not there")
                }
                var key = Unpacker(cursor.key ?? [])
                var value = Unpacker(cursor.value ?? [])
                guard let body = key.uint64(), let bytes = value.uint64(), bytes > 0
                else { throw LMDBError(corrupt: garbage, cursor.key ?? [], "no garbage") }
                return (body, bytes)
            }
        }
    }

    private func pieces(in bytes: UInt64) -> UInt64 {
        let piece = UInt64(Limits.pieceBytes)
        return bytes / piece + (bytes % piece == 0 ? 0 : 1)
    }
}
