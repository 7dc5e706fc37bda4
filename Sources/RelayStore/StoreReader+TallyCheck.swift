// The tallies held against what they count: a pass over all records and all histories, on one
// snapshot, so that nothing can move meanwhile.
//
// A reader that stays keeps what is freed meanwhile from being used again; so the pass has a time,
// and gives up beyond it.

import LMDB
import RelayCore
import RelayWire

package struct TallyCheck: Hashable, Sendable {
    package internal(set) var deliveries = 0
    package internal(set) var handOvers = 0
    /// What does not agree, in words; the first hundred.
    package internal(set) var discrepancies: [String] = []
    /// The time was up before the end.
    package internal(set) var isIncomplete = false

    package init() {}

    mutating func note(_ text: @autoclosure () -> String) {
        if discrepancies.count < 100 { discrepancies.append(text()) }
    }
}

extension StoreReader {
    /// - Parameter isOver: asked now and then; once it is true, the pass is given up.
    package func checkTallies(
        isOver: () -> Bool = { false }
    ) throws(ReadFailure) -> TallyCheck {
        try reading { (transaction) throws(LMDBError) in
            try transaction.checkTallies(databases, isOver)
        }
    }
}

extension Transaction {
    borrowing func checkTallies(
        _ databases: Databases, _ isOver: () -> Bool
    ) throws(LMDBError) -> TallyCheck {
        var check = TallyCheck()
        var wanted = TallyBook()
        try recount(databases, &wanted, &check, isOver)
        guard !check.isIncomplete else { return check }
        try withCursor(on: databases.tallies) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                let (place, side) = try cursor.tallyPlace(databases.tallies)
                let name = "\(place.day) \(place.relay?.text ?? "here") \(place.of)"
                switch side {
                case .arrived:
                    let found = Tally(packed: cursor.value ?? [])
                    check.compare(found, wanted.arrived.removeValue(forKey: place), name)
                case .handed:
                    let found = HandedTally(packed: cursor.value ?? [])
                    check.compare(found, wanted.handed.removeValue(forKey: place), name)
                }
            }
        }
        for place in wanted.arrived.keys.sorted() + wanted.handed.keys.sorted() {
            check.note("\(place.day) \(place.relay?.text ?? "here") \(place.of): no tally")
        }
        return check
    }

    /// What the records and histories add up to.
    private borrowing func recount(
        _ databases: Databases, _ book: inout TallyBook, _ check: inout TallyCheck,
        _ isOver: () -> Bool
    ) throws(LMDBError) {
        try withCursor(on: databases.deliveries) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                if check.isIncomplete { return }
                let stored = try cursor.storedDelivery(databases)
                _ = book.move(nil, (stored.delivery, stored.arrivedAt))
                check.deliveries += 1
                if check.deliveries % 1_000 == 0, isOver() { check.isIncomplete = true }
            }
        }
        var envelope: Envelope?
        var rows = 0
        let history = databases.history
        try withCursor(on: history) { (cursor) throws(LMDBError) in
            while try cursor.next() {
                if check.isIncomplete { return }
                var unpacker = Unpacker(cursor.key ?? [])
                guard let document = unpacker.document()
                else { throw LMDBError(corrupt: history, cursor.key ?? [], "no history's key") }
                rows += 1
                if rows % 1_000 == 0, isOver() { check.isIncomplete = true }
                let happening = try cursor.happening(of: document, databases)
                guard happening.what == .relayed else { continue }
                if envelope?.document != document {
                    envelope = try self.envelope(of: document, databases)
                }
                guard let envelope else { continue }
                check.handOvers += 1
                book.note(happening, of: envelope)
            }
        }
    }
}

extension TallyCheck {
    fileprivate mutating func compare(_ found: Tally?, _ wanted: Tally?, _ name: String) {
        guard let found, let wanted else {
            note("\(name): a tally of nothing that is known")
            return
        }
        for state in StateName.allCases where found[state] != wanted[state] {
            note("\(name): \(found[state]) \(state) counted, \(wanted[state]) there")
        }
        if !found.isConserved {
            note(
                "\(name): accepted \(found.accepted) is not the sum of all states and "
                    + "\(found.forgotten) forgotten")
        }
    }

    fileprivate mutating func compare(
        _ found: HandedTally?, _ wanted: HandedTally?, _ name: String
    ) {
        guard let found, let wanted else {
            note("\(name): a tally of no hand-over that is known")
            return
        }
        let known = found.deliveries &- found.forgotten
        if known != wanted.deliveries {
            note("\(name): \(known) hand-overs counted, \(wanted.deliveries) there")
        }
        // Bytes of what was forgotten cannot be counted any more.
        let isExact = found.forgotten == 0
        if isExact ? found.bytes != wanted.bytes : found.bytes < wanted.bytes {
            note("\(name): \(found.bytes) bytes counted, \(wanted.bytes) there")
        }
        if found.first > wanted.first || found.last < wanted.last {
            note("\(name): ids beyond those that are noted")
        }
    }
}
