// What a turn writes: one function for each `Write`.
//
// Each takes the ledger from one sound state to the next; there is no order of writes within a turn
// that the store could get wrong, since nobody sees anything before the commit.
//
// Rows are functions of the record (`Rows.swift` of the core): a put removes the rows of what was
// stored and adds those of what is stored now, and nothing else writes them.

import LMDB
import RelayCore
import RelayWire

extension LMDBTransaction {
    func perform(_ write: Write) throws(LMDBError) {
        switch write {
        case .file(let envelope): try file(envelope)
        case .put(let delivery, let former): try put(delivery, was: former)
        case .bind(let upload, let envelope): try bind(upload, to: envelope)
        case .discard(let upload): try discard(upload)
        case .releaseBody(let document): try releaseBody(of: document)
        case .remember(let key, let envelope): try remember(key, envelope)
        case .keep(let key, let receipt):
            try put(Key.receipt(key), Key.document(receipt), in: databases.receipts)
        case .happened(let happening): try note(happening)
        case .order(let peer, let order): try put(order, on: peer)
        case .announce(let happening): try announce(happening)
        case .forget(let delivery): try forget(delivery)
        }
    }

    /// An envelope is filed once and never changed: a second filing would give a document that
    /// somebody has a receipt for another content.
    private func file(_ envelope: Envelope) throws(LMDBError) {
        let key = Key.document(envelope.document)
        let record: Bytes
        do throws(MessageFault) {
            record = try Records.encode(envelope)
        } catch {
            throw LMDBError(unwritable: "envelope of \(envelope.document)", error)
        }
        guard try put(key, record, in: databases.documents, mode: .insert)
        else { throw LMDBError(corrupt: databases.documents, key, "filed a second time") }
        kept.keep(envelope)
    }

    /// The relay says what it believed to be stored. If it is not, then either the relay or the
    /// disk is wrong, and a row would be left behind or taken from another record: nothing is
    /// written.
    private func put(_ delivery: Delivery, was former: Delivery?) throws(LMDBError) {
        let key = Key.delivery(delivery.key)
        let stored = try stored(delivery.key)
        guard stored?.delivery == former else {
            throw LMDBError(
                corrupt: databases.deliveries, key, "not what the relay believed it to be")
        }
        let next = StoredDelivery(
            delivery, arrivedAt: stored?.arrivedAt ?? delivery.state.entered,
            timer: delivery.timer(retention: retention))
        try moveRows(from: stored, to: next)
        try count(from: stored, to: next)
        try put(key, try next.encoded(), in: databases.deliveries)
        kept.keep(next)
    }

    /// Numbers, not times, order a history: the clock may be set back.
    private func note(_ happening: Happening) throws(LMDBError) {
        counters.lastHappening += 1
        let record: Bytes
        do throws(MessageFault) {
            record = try Records.encode(happening)
        } catch {
            throw LMDBError(unwritable: "history of \(happening.document)", error)
        }
        try put(
            Key.happening(happening.document, counters.lastHappening), record,
            in: databases.history, mode: .insert)
    }

    /// The record goes with its rows; with a document's last one, all that is known of the
    /// document.
    private func forget(_ delivery: Delivery) throws(LMDBError) {
        let key = Key.delivery(delivery.key)
        guard let stored = try stored(delivery.key), stored.delivery == delivery else {
            throw LMDBError(
                corrupt: databases.deliveries, key, "not what the relay believed it to be")
        }
        try moveRows(from: stored, to: nil)
        try count(from: stored, to: nil)
        try remove(key, from: databases.deliveries)
        kept.drop(delivery.key)
        // The receipt documents themselves have deliveries and lifetimes of their own.
        for kind in Receipt.Kind.allCases {
            try removeIfPresent(
                Key.receipt(ReceiptKey(delivery: delivery.key, kind: kind)),
                from: databases.receipts)
        }
        if try !hasDelivery(of: delivery.document) { try forgetDocument(delivery.document) }
    }

    /// History and submission keys are the document's, not a delivery's: all its deliveries come to
    /// their end at one time, but for those that lie in an inbox.
    private func forgetDocument(_ document: DocumentID) throws(LMDBError) {
        try releaseBody(of: document)
        try forgetSubmissions(of: document)
        let key = Key.document(document)
        try removeAll(within: key, from: databases.history)
        try remove(key, from: databases.documents)
        kept.drop(document)
    }
}

// MARK: - Rows and counters

extension LMDBTransaction {
    private func moveRows(
        from former: StoredDelivery?, to next: StoredDelivery?
    ) throws(LMDBError) {
        try moveState(from: former, to: next)
        try moveQueueRow(from: former?.delivery, to: next?.delivery)
        moveShape(from: former, to: next)
        if former?.timer != next?.timer {
            if let former, let time = former.timer {
                try remove(Key.timer(time, former.delivery.key), from: databases.timers)
            }
            if let next, let time = next.timer {
                try put(Key.timer(time, next.delivery.key), Bytes(), in: databases.timers)
            }
        }
        // A receipt that is made or collected changes the record and not its place in the inbox.
        let (wasInInbox, isInInbox) =
            (former?.delivery.isInInbox ?? false, next?.delivery.isInInbox ?? false)
        if wasInInbox != isInInbox, let delivery = next?.delivery ?? former?.delivery {
            let key = Key.inbox(delivery.recipient, delivery.sequence)
            if isInInbox {
                try put(key, Key.document(delivery.document), in: databases.inbox)
            } else {
                try remove(key, from: databases.inbox)
            }
        }
    }

    /// Compared as rows, not as states: a new mark or attempt leaves the queue untouched.
    private func moveQueueRow(from former: Delivery?, to next: Delivery?) throws(LMDBError) {
        let (old, new) = (former?.queueRow, next?.queueRow)
        guard old != new else { return }
        if let old { try remove(Key.queue(old), from: databases.queue) }
        if let new, let next {
            try put(Key.queue(new), Key.delivery(next.key), in: databases.queue)
        }
    }

    /// The row that listings go by. Its key holds all that changes, its value all that does not.
    private func moveState(
        from former: StoredDelivery?, to next: StoredDelivery?
    ) throws(LMDBError) {
        guard former?.delivery.state.name != next?.delivery.state.name else { return }
        if let former { try remove(former.stateKey, from: databases.states) }
        if let next { try put(next.stateKey, StateRow(next).bytes, in: databases.states) }
    }

    /// Counts queued deliveries by destination and time of arrival. Being handed over counts as
    /// queued, so a link that comes and goes does not make old documents look young.
    private func moveShape(from former: StoredDelivery?, to next: StoredDelivery?) {
        let (was, isNow) = (former?.delivery.queueRow != nil, next?.delivery.queueRow != nil)
        guard was != isNow, let stored = next ?? former else { return }
        shape.add(isNow ? 1 : -1, stored)
    }

    /// Both sides of the conservation law.
    private func count(
        from former: StoredDelivery?, to next: StoredDelivery?
    ) throws(LMDBError) {
        guard let delivery = (next ?? former)?.delivery else { return }
        if let former {
            let state = former.delivery.state.name
            guard counters[delivery.kind][state] > 0 else {
                throw LMDBError(corrupt: databases.meta, MetaKey.counters, "too few \(state)")
            }
            counters[delivery.kind][state] -= 1
        }
        if let next { counters[delivery.kind][next.delivery.state.name] += 1 }
        if former == nil {
            counters[delivery.kind].accepted += 1
            counters.lastSequence = max(counters.lastSequence, delivery.sequence)
        }
        if next == nil { counters[delivery.kind].forgotten += 1 }
    }
}

/// The value of a row in `states`: what filters need, so that they do not open records.
struct StateRow {
    let document: DocumentID
    let priority: Priority
    let kind: Envelope.Kind
    let arrivedAt: Instant
    let dueAt: Instant?

    init(_ stored: StoredDelivery) {
        document = stored.delivery.document
        priority = stored.delivery.priority
        kind = stored.delivery.kind
        arrivedAt = stored.arrivedAt
        dueAt = stored.delivery.dueAt
    }

    init?(_ bytes: RawSpan) {
        var unpacker = Unpacker(bytes)
        guard let document = unpacker.document(),
            let priority = unpacker.byte().flatMap({ Priority(rawValue: $0) }),
            let kind = unpacker.byte().flatMap({ Envelope.Kind(rawValue: $0) }),
            let arrivedAt = unpacker.instant(), let dueAt = unpacker.instant(),
            unpacker.isAtEnd
        else { return nil }
        self.document = document
        self.priority = priority
        self.kind = kind
        self.arrivedAt = arrivedAt
        self.dueAt = dueAt == Self.never ? nil : dueAt
    }

    /// Stands for no deadline.
    private static let never = Instant(milliseconds: .max)

    var bytes: Bytes {
        var bytes = Bytes(room: 34)
        bytes.add(document)
        bytes.append(priority.rawValue)
        bytes.append(kind.rawValue)
        bytes.add(arrivedAt)
        bytes.add(dueAt ?? Self.never)
        return bytes
    }
}

extension StoredDelivery {
    var stateKey: Bytes {
        Key.state(delivery.state.name, delivery.recipient, delivery.sequence)
    }
}

extension Delivery.State {
    /// When it was entered.
    var entered: Instant {
        switch self {
        case .queued(_, let since, _), .attempting(_, _, let since), .held(_, _, let since): since
        case .relayed(_, let at, _), .delivered(let at), .collected(let at), .failed(_, let at),
            .cancelled(_, _, let at):
            at
        }
    }
}
