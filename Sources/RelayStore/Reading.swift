// Reading records, the same way within a turn's transaction and on a reader's snapshot.
//
// Whatever does not decode is reported with its database and key, and never skipped: a relay that
// overlooks a damaged record has lost a document.

import LMDB
import RelayCore
import RelayWire

extension Transaction {
    borrowing func envelope(
        of document: DocumentID, _ databases: Databases
    ) throws(LMDBError) -> Envelope? {
        try decoded(Key.document(document), in: databases.documents) {
            (bytes) throws(MessageFault) in
            let envelope = try Records.envelope(bytes)
            guard envelope.document == document else { throw .field("document") }
            return envelope
        }
    }

    borrowing func stored(
        _ key: DeliveryKey, _ databases: Databases
    ) throws(LMDBError) -> StoredDelivery? {
        try decoded(Key.delivery(key), in: databases.deliveries) { (bytes) throws(MessageFault) in
            try Records.delivery(bytes, key: key)
        }
    }

    /// All deliveries of a document, by recipient.
    borrowing func stored(
        of document: DocumentID, _ databases: Databases
    ) throws(LMDBError) -> [StoredDelivery] {
        let prefix = Key.document(document)
        return try withCursor(on: databases.deliveries) { (cursor) throws(LMDBError) in
            var found: [StoredDelivery] = []
            var more = try cursor.seek(atOrAfter: prefix)
            while more {
                guard let key = cursor.key, key.starts(with: prefix) else { break }
                found.append(try cursor.storedDelivery(databases))
                more = try cursor.next()
            }
            return found
        }
    }

    borrowing func counters(_ databases: Databases) throws(LMDBError) -> StoredCounters {
        try decoded(MetaKey.counters, in: databases.meta) { (bytes) throws(MessageFault) in
            try Records.counters(bytes)
        } ?? StoredCounters()
    }

    borrowing func number(
        _ key: Bytes, in database: Database
    ) throws(LMDBError) -> UInt64? {
        guard let bytes = try value(of: key, in: database) else { return nil }
        var unpacker = Unpacker(bytes)
        guard let number = unpacker.uint64(), unpacker.isAtEnd
        else { throw LMDBError(corrupt: database, key, "not a number") }
        return number
    }

    borrowing func decoded<Value>(
        _ key: Bytes, in database: Database,
        _ decode: (Bytes) throws(MessageFault) -> Value
    ) throws(LMDBError) -> Value? {
        guard let bytes = try value(of: key, in: database) else { return nil }
        do throws(MessageFault) {
            return try decode(bytes)
        } catch {
            throw LMDBError(corrupt: database, key, error.description)
        }
    }
}

extension Cursor {
    /// The delivery that the cursor stands at.
    borrowing func storedDelivery(_ databases: Databases) throws(LMDBError) -> StoredDelivery {
        guard let key, let value else { preconditionFailure("the cursor stands at no entry") }
        var unpacker = Unpacker(key)
        guard let delivery = unpacker.delivery()
        else { throw LMDBError(corrupt: databases.deliveries, key, "no delivery's key") }
        do throws(MessageFault) {
            return try Records.delivery(value, key: delivery)
        } catch {
            throw LMDBError(corrupt: databases.deliveries, key, error.description)
        }
    }

    /// Whether the key here begins with `prefix`; false at no entry.
    borrowing func isWithin(_ prefix: Bytes) -> Bool {
        key?.starts(with: prefix) ?? false
    }
}

extension LMDBError {
    /// What is stored under `key` cannot be, or contradicts what is stored elsewhere.
    init(corrupt database: Database, _ key: Bytes, _ fault: String) {
        self.init(
            .corrupted, operation: "read record (\(fault))",
            subject: "'\(database.name)' key \(Hex.text(key))")
    }
}

extension LedgerFailure {
    init(_ error: LMDBError) {
        switch error.kind {
        // A transaction that changes too many pages is too large for what room there is to track
        // them: without admitting anything new, it is smaller.
        case .mapFull, .noSpace, .transactionFull: self = .noRoom
        default: self = .broken(error.description)
        }
    }
}
