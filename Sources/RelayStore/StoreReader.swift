// The reading side: what the local API, a link that sends, and an operator want to see.
//
// Every call is one short transaction on a snapshot of the last commit, from any thread, and waits for
// no writer. What it returns is bounded; listings go on from a cursor. Leaves to others: what a caller
// may see.

import LMDB
package import RelayCore
package import RelayWire

package struct StoreReader: Sendable {
    let environment: Environment
    let databases: Databases
    private let reserveBytes: Int

    init(_ environment: Environment, _ databases: Databases, reserveBytes: Int) {
        self.environment = environment
        self.databases = databases
        self.reserveBytes = reserveBytes
    }

    /// The most rows of one page, whatever is asked for.
    package static let pageMax = 1_000
}

package enum ReadFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// All reader slots are taken: try again.
    case busy
    /// The storage failed, or a record is damaged; says which.
    case broken(String)

    init(_ error: LMDBError) {
        self = error.kind == .readersFull ? .busy : .broken(error.description)
    }

    package var description: String {
        switch self {
        case .busy: "too many readers of the store at one time; try again"
        case .broken(let text): text
        }
    }
}

// MARK: - One document

package struct DocumentView: Hashable, Sendable {
    package let envelope: Envelope
    /// By recipient; those that are not forgotten.
    package let deliveries: [StoredDelivery]
    package let hasBody: Bool
}

/// A part of a document's history, oldest first.
package struct HistoryPage: Hashable, Sendable {
    package let happenings: [Happening]
    /// Where the next page begins; nil when there is none yet.
    package let next: UInt64?
}

extension StoreReader {
    /// Nil when the document is not known here, or not any more.
    package func document(_ document: DocumentID) throws(ReadFailure) -> DocumentView? {
        try reading { (transaction) throws(LMDBError) in
            guard let envelope = try transaction.envelope(of: document, databases)
            else { return nil }
            return DocumentView(
                envelope: envelope,
                deliveries: try transaction.stored(of: document, databases),
                hasBody: try transaction.contains(Key.document(document), in: databases.bodies))
        }
    }

    /// Happenings after the one with number `after`; `limit` of them at most.
    package func history(
        of document: DocumentID, after: UInt64 = 0, limit: Int
    ) throws(ReadFailure) -> HistoryPage {
        let limit = Self.bounded(limit)
        let prefix = Key.document(document)
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: databases.history) { (cursor) throws(LMDBError) in
                var happenings: [Happening] = []
                var last = after
                var more = try cursor.seek(after: Key.happening(document, after))
                while more, let key = cursor.key, key.starts(with: prefix) {
                    guard happenings.count < limit
                    else { return HistoryPage(happenings: happenings, next: last) }
                    happenings.append(try cursor.happening(of: document, databases))
                    last = Unpacker.number(at: 16, of: key)
                    more = try cursor.next()
                }
                return HistoryPage(happenings: happenings, next: nil)
            }
        }
    }

    /// The receipt document of a delivery, if there is one: its body is the receipt.
    package func receipt(_ key: ReceiptKey) throws(ReadFailure) -> DocumentID? {
        try reading { (transaction) throws(LMDBError) in
            let row = Key.receipt(key)
            guard let value = try transaction.value(of: row, in: databases.receipts)
            else { return nil }
            guard let document = DocumentID(bytes: value)
            else { throw LMDBError(corrupt: databases.receipts, row, "no document's id") }
            return document
        }
    }
}

// MARK: - Bodies

extension StoreReader {
    /// One piece of a document's body, from 0; nil behind the last one, and when the body has gone.
    /// A body does not change, so pieces of different snapshots fit together.
    package func piece(
        _ index: Int, of document: DocumentID
    ) throws(ReadFailure) -> [UInt8]? {
        try reading { (transaction) throws(LMDBError) in
            guard let index = UInt64(exactly: index),
                let body = try transaction.number(Key.document(document), in: databases.bodies)
            else { return nil }
            return try transaction.value(of: Key.piece(body, index), in: databases.pieces)
        }
    }

    /// One piece of what is staged under `upload`: to take up a digest again when a sender goes on.
    package func stagedPiece(
        _ index: Int, of upload: UploadID
    ) throws(ReadFailure) -> [UInt8]? {
        try reading { (transaction) throws(LMDBError) in
            guard let index = UInt64(exactly: index),
                let staged = try transaction.staged(upload, databases)
            else { return nil }
            return try transaction.value(of: Key.piece(staged.body, index), in: databases.pieces)
        }
    }
}

// MARK: - Totals

package struct StoreUsage: Hashable, Sendable {
    package let mapBytes: Int
    /// Of the map, with what cannot be used again yet.
    package let usedBytes: Int
    /// What can still be written; `reserveBytes` of it by receipts and removals only.
    package let writableBytes: Int
    package let reserveBytes: Int
    package let fileSystemFreeBytes: Int
    /// Of bodies that belong to documents, each body once.
    package let bodyBytes: UInt64
    /// Of bodies that are being erased.
    package let garbageBytes: UInt64

    package var hasRoom: Bool { writableBytes > reserveBytes }
}

extension StoreReader {
    package func counters() throws(ReadFailure) -> StoredCounters {
        try reading { (transaction) throws(LMDBError) in try transaction.counters(databases) }
    }

    package func usage() throws(ReadFailure) -> StoreUsage {
        let counters = try counters()
        do throws(LMDBError) {
            let usage = try environment.usage()
            return StoreUsage(
                mapBytes: usage.mapBytes,
                usedBytes: (usage.pagesUsed - usage.pagesReusable) * usage.pageBytes,
                writableBytes: try environment.bytesWritable(), reserveBytes: reserveBytes,
                fileSystemFreeBytes: try environment.fileSystemBytesFree(),
                bodyBytes: counters.bodyBytes, garbageBytes: counters.garbageBytes)
        } catch {
            throw ReadFailure(error)
        }
    }
}

// MARK: -

extension StoreReader {
    func reading<Result>(
        _ body: (borrowing ReadTransaction) throws(LMDBError) -> Result
    ) throws(ReadFailure) -> Result {
        do throws(LMDBError) {
            return try body(try environment.beginRead())
        } catch {
            throw ReadFailure(error)
        }
    }

    static func bounded(_ limit: Int) -> Int { min(max(limit, 1), pageMax) }
}

extension Cursor {
    /// The happening that the cursor stands at.
    borrowing func happening(
        of document: DocumentID, _ databases: Databases
    ) throws(LMDBError) -> Happening {
        guard let key, let value else { preconditionFailure("the cursor stands at no entry") }
        do throws(MessageFault) {
            return try Records.happening(value, document: document)
        } catch {
            throw LMDBError(corrupt: databases.history, key, error.description)
        }
    }
}

extension Unpacker {
    /// The number in the eight bytes at `place`; 0 when there are not as many.
    static func number(at place: Int, of bytes: Bytes) -> UInt64 {
        var unpacker = Unpacker(Bytes(bytes.dropFirst(place)))
        return unpacker.uint64() ?? 0
    }
}
