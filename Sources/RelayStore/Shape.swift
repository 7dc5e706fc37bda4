// How many queued deliveries arrived when, by destination: what an operator looks at first, and
// what must stay cheap with a million of them.
//
// Arrivals are counted in slots of three spans, each sixty of the one before: 5 seconds, 5 minutes,
// 5 hours. "Arrived before t" is then a sum over whole long slots, the shorter ones behind them,
// and at most 59 of the shortest: some hundred rows for each destination, exact to 5 seconds.
//
// Beside them they are counted by priority and minute of their deadline, for forecasts: most of a
// day are due in one minute, the end of the next working morning.

import LMDB
import RelayCore
import RelayWire

enum Shape {
    /// The shortest span, in milliseconds.
    static let slotMilliseconds: UInt64 = 5_000
    static let spans: UInt8 = 3
    /// Slots of one span in the next.
    static let ratio: UInt64 = 60

    /// The shortest slot that a time falls into. Times before 1970 have slots too.
    static func slot(of time: Instant) -> UInt64 {
        (UInt64(bitPattern: time.milliseconds) ^ 1 << 63) / slotMilliseconds
    }

    /// When a shortest slot begins.
    static func start(of slot: UInt64) -> Instant {
        Instant(milliseconds: Int64(bitPattern: slot * slotMilliseconds ^ 1 << 63))
    }
}

/// Changes of one transaction, written at its commit.
struct ShapeChanges {
    private struct Place: Hashable {
        let destination: OrganisationCode
        let slot: UInt64
    }

    private struct Due: Hashable {
        let destination: OrganisationCode
        let place: DuePlace
    }

    private var changes: [Place: Int] = [:]
    private var due: [Due: Int] = [:]

    mutating func add(_ count: Int, _ stored: StoredDelivery) {
        let delivery = stored.delivery
        let slot = Shape.slot(of: stored.arrivedAt)
        changes[Place(destination: delivery.recipient, slot: slot), default: 0] += count
        let place = DuePlace(priority: delivery.priority, dueAt: delivery.dueAt)
        due[Due(destination: delivery.recipient, place: place), default: 0] += count
    }

    /// By how much one destination's total changes.
    func change(of destination: OrganisationCode) -> Int {
        changes.reduce(0) { $0 + ($1.key.destination == destination ? $1.value : 0) }
    }

    /// The counts to change, of all spans.
    var rows: [Bytes: Int] {
        var rows: [Bytes: Int] = [:]
        for (place, count) in changes where count != 0 {
            var slot = place.slot
            for span in 0..<Shape.spans {
                rows[Key.shape(place.destination, span: span, slot: slot), default: 0] += count
                slot /= Shape.ratio
            }
        }
        for (due, count) in due where count != 0 {
            rows[Key.due(due.destination, due.place), default: 0] += count
        }
        return rows
    }
}

extension LMDBTransaction {
    func flushShape() throws(LMDBError) {
        for (key, change) in shape.rows where change != 0 {
            let database = databases.shape
            let before = try reading { (transaction) throws(LMDBError) in
                try transaction.number(key, in: database)
            }
            let count = Int(clamping: before ?? 0) + change
            guard count >= 0 else { throw LMDBError(corrupt: database, key, "too few counted") }
            if count == 0 {
                try remove(key, from: database)
            } else {
                try put(key, Key.number(UInt64(count)), in: database)
            }
        }
    }
}
