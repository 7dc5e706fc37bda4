// Deadlines of what is queued, in numbers: how many for whom, of which priority, due in which
// minute. Some rows for each destination, however many are queued.

import LMDB
package import RelayCore

extension StoreReader {
    /// By destination, from the first one behind `after`: counts of all that is queued or being
    /// handed over.
    package func due(
        after: OrganisationCode? = nil, limit: Int
    ) throws(ReadFailure) -> [(destination: OrganisationCode, counts: [DueCount])] {
        let limit = Self.bounded(limit)
        let shape = databases.shape
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: shape) { (cursor) throws(LMDBError) in
                var found: [(destination: OrganisationCode, counts: [DueCount])] = []
                var more: Bool
                if let after {
                    more = try cursor.seek(pastPrefix: Bytes(ended: after))
                } else {
                    more = try cursor.first()
                }
                while more, found.count < limit {
                    var unpacker = Unpacker(cursor.key ?? [])
                    guard let destination = unpacker.endedOrganisation()
                    else { throw LMDBError(corrupt: shape, cursor.key ?? [], "no destination") }
                    found.append((destination, try cursor.due(for: destination, shape)))
                    more = try cursor.seek(pastPrefix: Bytes(ended: destination))
                }
                return found
            }
        }
    }

    /// When the one arrived, to 5 seconds, that has this share of all that is queued for the
    /// destination before it; nil when nothing is queued.
    package func arrival(
        ofShare share: Double, to destination: OrganisationCode
    ) throws(ReadFailure) -> Instant? {
        let shape = databases.shape
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: shape) { (cursor) throws(LMDBError) in
                let longest = Shape.spans - 1
                let total = try cursor.sum(destination, longest, 0..<UInt64.max, shape)
                guard total > 0 else { return nil }
                let place = min(UInt64(max(0, share) * Double(total)), total - 1)
                return try cursor.arrival(of: place, destination, shape)
            }
        }
    }
}

extension Cursor {
    mutating func due(
        for destination: OrganisationCode, _ database: Database
    ) throws(LMDBError) -> [DueCount] {
        var counts: [DueCount] = []
        var more = try seek(atOrAfter: Bytes(ended: destination) + [Key.dueSpan(.expressTimed)])
        while more, let key, let place = Key.due(key, destination) {
            counts.append(DueCount(place, count: try count(in: database)))
            more = try next()
        }
        return counts
    }

    /// From long slots down to short ones: some hundred rows at the most.
    fileprivate mutating func arrival(
        of place: UInt64, _ destination: OrganisationCode, _ database: Database
    ) throws(LMDBError) -> Instant? {
        var before: UInt64 = 0
        var slots: Range<UInt64> = 0..<UInt64.max
        for span in (0..<Shape.spans).reversed() {
            var found: UInt64?
            var more = try seek(
                atOrAfter: Key.shape(destination, span: span, slot: slots.lowerBound))
            while found == nil, more, let key, let slot = slot(of: key, destination, span: span),
                slots.contains(slot)
            {
                let count = try count(in: database)
                if place < before + count {
                    found = slot
                } else {
                    before += count
                    more = try next()
                }
            }
            guard let found else { return nil }
            if span == 0 { return Shape.start(of: found) }
            slots = found * Shape.ratio..<(found + 1) * Shape.ratio
        }
        return nil
    }

    /// The count that the cursor stands at.
    borrowing func count(in database: Database) throws(LMDBError) -> UInt64 {
        var unpacker = Unpacker(value ?? [])
        guard let count = unpacker.uint64(), unpacker.isAtEnd
        else { throw LMDBError(corrupt: database, key ?? [], "not a count") }
        return count
    }
}

extension Key {
    /// Beside the spans of arrival, above them: sorted as deliveries leave, by falling priority.
    static func dueSpan(_ priority: Priority) -> UInt8 { 0xFF - priority.rawValue }

    /// Without a deadline the last of its priority.
    static func due(_ destination: OrganisationCode, _ place: DuePlace) -> Bytes {
        let slot = place.minute.map { UInt64(bitPattern: $0) ^ 1 << 63 } ?? .max
        return shape(destination, span: dueSpan(place.priority), slot: slot)
    }

    /// The place that a key names; nil when it is another destination's.
    static func due(_ key: Bytes, _ destination: OrganisationCode) -> DuePlace? {
        let prefix = Bytes(ended: destination)
        guard key.starts(with: prefix), key.count == prefix.count + 9,
            let priority = Priority(rawValue: 0xFF - key[prefix.count])
        else { return nil }
        let slot = Unpacker.number(at: prefix.count + 1, of: key)
        return DuePlace(
            priority: priority,
            minute: slot == .max ? nil : Int64(bitPattern: slot ^ 1 << 63))
    }
}
