// The shape of the queue: how much waits for whom, and how long it has waited.

import LMDB
package import RelayCore

/// What is queued, or being handed over, for one destination.
package struct ShapeRow: Hashable, Sendable {
    package let destination: OrganisationCode
    package let total: UInt64
    /// One for each of `bounds`, and one for what is older than the last.
    package let byAge: [UInt64]
    /// When the oldest arrived, to 5 seconds; never later than it did.
    package let oldest: Instant

    /// The ages, in the queue of this relay, at which a bucket ends.
    package static let bounds: [Interval] = [
        .minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(4), .days(1), .days(7),
    ]
}

/// What waits for one destination, without its ages.
package struct WaitingRow: Hashable, Sendable {
    package let destination: OrganisationCode
    package let total: UInt64
    /// When the oldest arrived, to 5 seconds; never later than it did.
    package let oldest: Instant
}

extension StoreReader {
    /// Every destination with something queued, at most `countMax` of them: two or three reads
    /// each.
    package func waiting(countMax: Int) throws(ReadFailure) -> [WaitingRow] {
        let shape = databases.shape
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: shape) { (cursor) throws(LMDBError) in
                var rows: [WaitingRow] = []
                var more = try cursor.first()
                while more, rows.count < countMax {
                    let destination = try cursor.destination(in: shape)
                    rows.append(
                        WaitingRow(
                            destination: destination,
                            total: try cursor.total(of: destination, shape),
                            oldest: try cursor.oldest(of: destination, shape)))
                    more = try cursor.seek(pastPrefix: Bytes(ended: destination))
                }
                return rows
            }
        }
    }

    /// By destination, from the first one behind `after`. Ages are exact to 5 seconds.
    ///
    /// Reads counts, some hundred for each destination at the most, and no record.
    package func shape(
        at now: Instant, after: OrganisationCode? = nil, limit: Int
    ) throws(ReadFailure) -> [ShapeRow] {
        let limit = Self.bounded(limit)
        let shape = databases.shape
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: shape) { (cursor) throws(LMDBError) in
                var rows: [ShapeRow] = []
                var more: Bool
                if let after {
                    more = try cursor.seek(pastPrefix: Bytes(ended: after))
                } else {
                    more = try cursor.first()
                }
                while more, rows.count < limit {
                    let destination = try cursor.destination(in: shape)
                    rows.append(try cursor.shape(of: destination, at: now, shape))
                    more = try cursor.seek(pastPrefix: Bytes(ended: destination))
                }
                return rows
            }
        }
    }
}

extension Cursor {
    fileprivate mutating func shape(
        of destination: OrganisationCode, at now: Instant, _ database: Database
    ) throws(LMDBError) -> ShapeRow {
        let total = try total(of: destination, database)
        // Each bucket is the difference of two sums: older than its one end, less older than the
        // other.
        var byAge: [UInt64] = []
        var younger = total
        for bound in ShapeRow.bounds {
            let end = Shape.slot(of: now + .milliseconds(-bound.milliseconds))
            // What arrived in the bound's own slot counts as younger.
            let older = try before(end, destination, database)
            byAge.append(younger - min(older, younger))
            younger = older
        }
        byAge.append(younger)
        return ShapeRow(
            destination: destination, total: total, byAge: byAge,
            oldest: try oldest(of: destination, database))
    }

    /// The destination of the row that the cursor stands at.
    fileprivate func destination(in database: Database) throws(LMDBError) -> OrganisationCode {
        var unpacker = Unpacker(key ?? [])
        guard let destination = unpacker.endedOrganisation()
        else { throw LMDBError(corrupt: database, key ?? [], "no destination") }
        return destination
    }

    /// The first slot of the shortest span.
    fileprivate mutating func oldest(
        of destination: OrganisationCode, _ database: Database
    ) throws(LMDBError) -> Instant {
        guard try seek(atOrAfter: Key.shape(destination, span: 0, slot: 0)), let key,
            let slot = slot(of: key, destination, span: 0)
        else { throw LMDBError(corrupt: database, Bytes(ended: destination), "no slots") }
        return Shape.start(of: slot)
    }

    /// All that is queued for a destination: some rows of the longest span.
    mutating func total(
        of destination: OrganisationCode, _ database: Database
    ) throws(LMDBError) -> UInt64 {
        try sum(destination, Shape.spans - 1, 0..<UInt64.max, database)
    }

    /// How many arrived before a shortest slot: whole long slots, then shorter ones.
    private mutating func before(
        _ end: UInt64, _ destination: OrganisationCode, _ database: Database
    ) throws(LMDBError) -> UInt64 {
        var count: UInt64 = 0
        var end = end
        for span in 0..<Shape.spans {
            let isLongest = span == Shape.spans - 1
            let start = isLongest ? 0 : end / Shape.ratio * Shape.ratio
            count += try sum(destination, span, start..<end, database)
            end /= Shape.ratio
        }
        return count
    }

    mutating func sum(
        _ destination: OrganisationCode, _ span: UInt8, _ slots: Range<UInt64>,
        _ database: Database
    ) throws(LMDBError) -> UInt64 {
        guard !slots.isEmpty else { return 0 }
        var sum: UInt64 = 0
        var more = try seek(
            atOrAfter: Key.shape(destination, span: span, slot: slots.lowerBound))
        while more, let key, let slot = slot(of: key, destination, span: span),
            slots.contains(slot)
        {
            var unpacker = Unpacker(value ?? [])
            guard let count = unpacker.uint64(), unpacker.isAtEnd
            else { throw LMDBError(corrupt: database, key, "not a count") }
            sum &+= count
            more = try next()
        }
        return sum
    }

    /// The slot that a key names; nil when it is of another destination or span.
    func slot(
        of key: Bytes, _ destination: OrganisationCode, span: UInt8
    ) -> UInt64? {
        let prefix = Bytes(ended: destination) + [span]
        guard key.starts(with: prefix), key.count == prefix.count + 8 else { return nil }
        return Unpacker.number(at: prefix.count, of: key)
    }
}

extension Bytes {
    init(ended code: OrganisationCode) {
        self.init(room: Limits.codeLengthMax + 1)
        add(ended: code.text)
    }
}
