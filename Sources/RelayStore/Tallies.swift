// The tallies by day and relay: read when first touched in a transaction, changed in memory, and
// written once, at the commit.
//
// A row goes when nothing is known any more of what it counts, so there are never more rows than
// days with something left of them, times the relays.

import LMDB
import RelayCore
import RelayWire

/// Which side of a hand-over a tally is about.
enum TallySide: UInt8 {
    case arrived = 1
    case handed = 2
}

// MARK: - What a turn changes

extension LMDBTransaction {
    func tally(
        from former: StoredDelivery?, to next: StoredDelivery?
    ) throws(LMDBError) {
        // New marks and attempts are no move.
        if let former, let next, former.delivery.state.name == next.delivery.state.name,
            former.delivery.path == next.delivery.path
        {
            return
        }
        for stored in [former, next] {
            guard let stored else { continue }
            let place = stored.delivery.tallyPlace(arrivedAt: stored.arrivedAt)
            if tallies.arrived[place] == nil, let tally = try arrived(place) {
                tallies.arrived[place] = tally
            }
        }
        let (was, isNow) = (
            former.map { ($0.delivery, $0.arrivedAt) }, next.map { ($0.delivery, $0.arrivedAt) }
        )
        guard tallies.move(was, isNow) else {
            throw LMDBError(
                corrupt: databases.tallies, Bytes(), "too few counted for a delivery")
        }
    }

    /// Nearly all that happens is no hand-over, and costs nothing here.
    func tallyHanded(_ happening: Happening) throws(LMDBError) {
        guard happening.what == .relayed, let envelope = try envelope(of: happening.document),
            let place = happening.handedPlace(envelope.kind)
        else { return }
        try loadHanded(place)
        tallies.note(happening, of: envelope)
    }

    /// The history of a document is about to go.
    func tallyForgotten(_ document: DocumentID) throws(LMDBError) {
        guard let kind = try envelope(of: document)?.kind else { return }
        let (databases, prefix) = (databases, Key.document(document))
        let handed = try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: databases.history) { (cursor) throws(LMDBError) in
                var found: [Happening] = []
                var more = try cursor.seek(atOrAfter: prefix)
                while more, cursor.isWithin(prefix) {
                    let happening = try cursor.happening(of: document, databases)
                    if happening.what == .relayed { found.append(happening) }
                    more = try cursor.next()
                }
                return found
            }
        }
        for happening in handed {
            if let place = happening.handedPlace(kind) { try loadHanded(place) }
            guard tallies.forget(happening, kind: kind) else {
                throw LMDBError(corrupt: databases.tallies, prefix, "a hand-over was not counted")
            }
        }
    }

    func flushTallies() throws(LMDBError) {
        for (place, tally) in tallies.arrived {
            try keep(place, .arrived, tally.isOver ? nil : tally.packed)
        }
        for (place, tally) in tallies.handed {
            try keep(place, .handed, tally.isOver ? nil : tally.packed)
        }
        tallies = TallyBook()
    }

    private func keep(
        _ place: TallyPlace, _ side: TallySide, _ value: Bytes?
    ) throws(LMDBError) {
        let key = Key.tally(place, side)
        if let value {
            try put(key, value, in: databases.tallies)
        } else {
            try removeIfPresent(key, from: databases.tallies)
        }
    }

    private func arrived(_ place: TallyPlace) throws(LMDBError) -> Tally? {
        let databases = databases
        return try reading { (transaction) throws(LMDBError) in
            try transaction.arrived(place, databases)
        }
    }

    private func loadHanded(_ place: TallyPlace) throws(LMDBError) {
        guard tallies.handed[place] == nil else { return }
        let databases = databases
        tallies.handed[place] = try reading { (transaction) throws(LMDBError) in
            try transaction.handed(place, databases)
        }
    }
}

// MARK: - Rows

extension Transaction {
    borrowing func arrived(
        _ place: TallyPlace, _ databases: Databases
    ) throws(LMDBError) -> Tally? {
        let key = Key.tally(place, .arrived)
        guard let value = try value(of: key, in: databases.tallies) else { return nil }
        guard let tally = Tally(packed: value)
        else { throw LMDBError(corrupt: databases.tallies, key, "no tally") }
        return tally
    }

    borrowing func handed(
        _ place: TallyPlace, _ databases: Databases
    ) throws(LMDBError) -> HandedTally? {
        let key = Key.tally(place, .handed)
        guard let value = try value(of: key, in: databases.tallies) else { return nil }
        guard let tally = HandedTally(packed: value)
        else { throw LMDBError(corrupt: databases.tallies, key, "no tally") }
        return tally
    }
}

extension Tally {
    var packed: Bytes {
        var bytes = Bytes(room: 80)
        bytes.add(accepted)
        bytes.add(forgotten)
        for count in states { bytes.add(count) }
        return bytes
    }

    init?(packed bytes: Bytes) {
        var unpacker = Unpacker(bytes)
        var numbers: [UInt64] = []
        while let number = unpacker.uint64() { numbers.append(number) }
        guard unpacker.isAtEnd, numbers.count > 2 else { return nil }
        self.init(
            accepted: numbers[0], forgotten: numbers[1], states: Array(numbers.dropFirst(2)))
    }
}

extension HandedTally {
    var packed: Bytes {
        var packed = Bytes(room: 56)
        packed.add(deliveries)
        packed.add(forgotten)
        packed.add(bytes)
        packed.add(first)
        packed.add(last)
        return packed
    }

    init?(packed bytes: Bytes) {
        self.init()
        var unpacker = Unpacker(bytes)
        guard let deliveries = unpacker.uint64(), let forgotten = unpacker.uint64(),
            let count = unpacker.uint64(), let first = unpacker.document(),
            let last = unpacker.document(), unpacker.isAtEnd
        else { return nil }
        self.deliveries = deliveries
        self.forgotten = forgotten
        self.bytes = count
        self.first = first
        self.last = last
    }
}
