// What a turn asks of the store.
//
// Every answer is of this transaction: it sees what the turn has written so far. None depends on
// how much is stored: a page of the queue, the earliest timers, one document.

import LMDB
package import RelayCore
import RelayWire

extension LMDBTransaction {
    package func known(of subject: Subject) throws(LedgerFailure) -> Known {
        try told { () throws(LMDBError) in
            switch subject {
            case .nothing: Known()
            case .delivery(let key): try known(ofDelivery: key)
            case .document(let document): try known(ofDocument: document)
            case .submission(let submission): try known(ofSubmission: submission)
            case .balance(let destination, _): try known(ofBalance: destination)
            }
        }
    }

    package func inventory() throws(LedgerFailure) -> Inventory {
        try told { () throws(LMDBError) in
            Inventory(lanes: try lanes(), lastSequence: counters.lastSequence)
        }
    }

    package func ready(
        in lane: Lane, atLeast least: Priority, limit: Int
    ) throws(LedgerFailure) -> [DeliveryKey] {
        try told { () throws(LMDBError) in
            try queued(in: lane, .ready, atLeast: least, limit: limit)
        }
    }

    package func leased(limit: Int) throws(LedgerFailure) -> [DeliveryKey] {
        try told { () throws(LMDBError) in
            var keys: [DeliveryKey] = []
            for lane in try lanes().keys.sorted() where keys.count < limit {
                keys += try queued(in: lane, .leased, limit: limit - keys.count)
            }
            return keys
        }
    }

    package func due(at now: Instant, limit: Int) throws(LedgerFailure) -> [DeliveryKey] {
        try told { () throws(LMDBError) in try timers(until: now, limit: limit).map(\.key) }
    }

    package func nextTimer() throws(LedgerFailure) -> Instant? {
        try told { () throws(LMDBError) in try timers(until: nil, limit: 1).first?.time }
    }

    private func told<Result>(
        _ body: () throws(LMDBError) -> Result
    ) throws(LedgerFailure) -> Result {
        do throws(LMDBError) {
            return try body()
        } catch {
            throw LedgerFailure(error)
        }
    }
}

// MARK: - What is known

extension LMDBTransaction {
    private func known(ofDelivery key: DeliveryKey) throws(LMDBError) -> Known {
        var known = Known()
        known.envelope = try envelope(of: key.document)
        if let stored = try stored(key) { known.deliveries = [stored.delivery] }
        return known
    }

    private func known(
        ofBalance destination: OrganisationCode
    ) throws(LMDBError) -> Known {
        var known = Known()
        known.balance = Balance(documents: counters.documents, receipts: counters.receipts)
        // What this turn has changed is counted at its commit.
        let database = databases.shape
        let stored = try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                try cursor.total(of: destination, database)
            }
        }
        known.waiting = UInt64(max(0, Int(clamping: stored) + shape.change(of: destination)))
        return known
    }

    /// Nearly all documents have one recipient, and its record is found by its key; only for others
    /// the index is walked.
    private func known(ofDocument document: DocumentID) throws(LMDBError) -> Known {
        var known = Known()
        // Bytes can be staged for a document that is not known yet: it is being offered.
        known.stagedBytes = try stagedBytes(of: UploadID(document))
        guard let envelope = try envelope(of: document) else { return known }
        known.envelope = envelope
        known.hasBody = try body(of: document) != nil
        if envelope.recipients.count == 1 {
            let key = DeliveryKey(document: document, recipient: envelope.recipients[0])
            if let stored = try stored(key) { known.deliveries = [stored.delivery] }
        } else {
            known.deliveries = try allStored(of: document).map(\.delivery)
        }
        return known
    }

    /// By recipient. Those that this transaction has seen are not decoded again.
    private func allStored(of document: DocumentID) throws(LMDBError) -> [StoredDelivery] {
        var found: [StoredDelivery] = []
        for key in try deliveryKeys(of: document) {
            guard let stored = try stored(key) else {
                throw LMDBError(corrupt: databases.deliveries, Key.delivery(key), "it vanished")
            }
            found.append(stored)
        }
        return found
    }

    private func deliveryKeys(of document: DocumentID) throws(LMDBError) -> [DeliveryKey] {
        let database = databases.deliveries
        return try keys(within: Key.document(document), of: database, limit: .max) {
            (unpacker) in unpacker.delivery()
        }
    }

    /// Whether a document has any delivery left.
    func hasDelivery(of document: DocumentID) throws(LMDBError) -> Bool {
        try contains(prefix: Key.document(document), in: databases.deliveries)
    }
}

// MARK: - Rows

extension LMDBTransaction {
    /// Every lane with a row in the queue, and the highest priority in it. One descent for each
    /// lane and place, however many rows there are.
    private func lanes() throws(LMDBError) -> [Lane: Priority] {
        let queue = databases.queue
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: queue) { (cursor) throws(LMDBError) in
                var lanes: [Lane: Priority] = [:]
                var more = try cursor.first()
                while more {
                    let row = try cursor.queueRow(of: queue)
                    let prefix = Key.lane(row.lane)
                    // The first row of each place has the highest priority there.
                    var highest = row.priority
                    for place in [QueueRow.Place.deferred, .leased] {
                        let start = prefix + [place.rawValue]
                        guard try cursor.seek(atOrAfter: start), cursor.isWithin(start)
                        else { continue }
                        highest = max(highest, try cursor.queueRow(of: queue).priority)
                    }
                    lanes[row.lane] = highest
                    more = try cursor.seek(pastPrefix: prefix)
                }
                return lanes
            }
        }
    }

    /// Best first.
    private func queued(
        in lane: Lane, _ place: QueueRow.Place, atLeast least: Priority = .normal, limit: Int
    ) throws(LMDBError) -> [DeliveryKey] {
        let queue = databases.queue
        let prefix = Key.lane(lane) + [place.rawValue]
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: queue) { (cursor) throws(LMDBError) in
                var keys: [DeliveryKey] = []
                guard limit > 0 else { return keys }
                var more = try cursor.seek(atOrAfter: prefix)
                while more, keys.count < limit, cursor.isWithin(prefix) {
                    // Rows of one place fall in priority.
                    if least > .normal, try cursor.queueRow(of: queue).priority < least { break }
                    keys.append(try cursor.queuedDelivery(of: queue))
                    more = try cursor.next()
                }
                return keys
            }
        }
    }

    /// Earliest first; all of them when `end` is nil.
    private func timers(
        until end: Instant?, limit: Int
    ) throws(LMDBError) -> [(time: Instant, key: DeliveryKey)] {
        let database = databases.timers
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                var found: [(time: Instant, key: DeliveryKey)] = []
                while found.count < limit, try cursor.next() {
                    let key = cursor.key ?? []
                    var unpacker = Unpacker(key)
                    guard let time = unpacker.instant(), let delivery = unpacker.delivery()
                    else { throw LMDBError(corrupt: database, key, "no timer's key") }
                    // Keys begin with the time: all that follow are later.
                    if let end, end < time { break }
                    found.append((time, delivery))
                }
                return found
            }
        }
    }

    /// What `read` makes of the keys that begin with `prefix`, in order.
    func keys<Value>(
        within prefix: Bytes, of database: Database, limit: Int,
        _ read: (inout Unpacker) -> Value?
    ) throws(LMDBError) -> [Value] {
        try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                var found: [Value] = []
                var more = try cursor.seek(atOrAfter: prefix)
                while more, found.count < limit, let key = cursor.key, key.starts(with: prefix) {
                    var unpacker = Unpacker(key)
                    guard let value = read(&unpacker), unpacker.isAtEnd
                    else { throw LMDBError(corrupt: database, key, "not a key of this database") }
                    found.append(value)
                    more = try cursor.next()
                }
                return found
            }
        }
    }

    func contains(prefix: Bytes, in database: Database) throws(LMDBError) -> Bool {
        try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: database) { (cursor) throws(LMDBError) in
                _ = try cursor.seek(atOrAfter: prefix)
                return cursor.isWithin(prefix)
            }
        }
    }
}

extension Cursor {
    /// The queue row that the cursor stands at.
    borrowing func queueRow(of queue: Database) throws(LMDBError) -> QueueRow {
        let key = key ?? []
        var unpacker = Unpacker(key)
        guard let lane = unpacker.endedText().flatMap({ Lane($0) }),
            let place = unpacker.byte().flatMap({ QueueRow.Place(rawValue: $0) }),
            let priority = unpacker.byte().flatMap({ Priority(rawValue: 0xFF - $0) }),
            let sequence = unpacker.uint64(), unpacker.isAtEnd
        else { throw LMDBError(corrupt: queue, key, "no queue row") }
        return QueueRow(lane: lane, place: place, priority: priority, sequence: sequence)
    }

    /// The delivery that the queue row here is for.
    borrowing func queuedDelivery(of queue: Database) throws(LMDBError) -> DeliveryKey {
        var unpacker = Unpacker(value ?? [])
        guard let delivery = unpacker.delivery()
        else { throw LMDBError(corrupt: queue, key ?? [], "no queue row's value") }
        return delivery
    }
}
