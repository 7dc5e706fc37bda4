// The record of the store's totals: the conservation law's two sides, and the numbers given out.

package import RelayCore
import SwiftProtobuf

/// Totals of a store, changed in the same commit as what they count.
package struct StoredCounters: Hashable, Sendable {
    /// The last of each that was given out; none is ever given out twice.
    package var lastSequence: UInt64 = 0
    package var lastHappening: UInt64 = 0
    package var lastBody: UInt64 = 0
    package var lastAnnouncement: UInt64 = 0
    /// Of bodies that nobody needs and that are not erased yet.
    package var garbageBytes: UInt64 = 0
    /// Of bodies that belong to documents, each body once.
    package var bodyBytes: UInt64 = 0
    /// Documents and status messages.
    package var documents = Tally()
    package var receipts = Tally()
    /// Test documents of drills, and receipts for them.
    package var drills = Tally()
    /// Fields of a newer relay, given back as they came.
    var unknown: [UInt8] = []

    package init() {}

    /// The class that a delivery counts in.
    package subscript(delivery: Delivery) -> Tally {
        get { delivery.drill != nil ? drills : delivery.kind == .receipt ? receipts : documents }
        // In place: every write of a turn counts.
        _modify {
            if delivery.drill != nil {
                yield &drills
            } else if delivery.kind == .receipt {
                yield &receipts
            } else {
                yield &documents
            }
        }
    }
}

extension Records {
    package static func encode(_ counters: StoredCounters) throws(MessageFault) -> [UInt8] {
        var record = CountersRecord()
        record.lastSequence = counters.lastSequence
        record.lastHappening = counters.lastHappening
        record.lastBody = counters.lastBody
        record.lastEvent = counters.lastAnnouncement
        record.garbageBytes = counters.garbageBytes
        record.bodyBytes = counters.bodyBytes
        record.documents = ClassRecord(counters.documents)
        record.receipts = ClassRecord(counters.receipts)
        if counters.drills.accepted > 0 { record.drills = ClassRecord(counters.drills) }
        // Fields may come in any order, so the unknown ones can follow.
        return try bytes(of: record) + counters.unknown
    }

    package static func counters(_ bytes: [UInt8]) throws(MessageFault) -> StoredCounters {
        let record: CountersRecord = try message(in: bytes)
        var counters = StoredCounters()
        counters.lastSequence = record.lastSequence
        counters.lastHappening = record.lastHappening
        counters.lastBody = record.lastBody
        counters.lastAnnouncement = record.lastEvent
        counters.garbageBytes = record.garbageBytes
        counters.bodyBytes = record.bodyBytes
        counters.documents = try record.documents.tally("documents")
        counters.receipts = try record.receipts.tally("receipts")
        // A relay that has seen no drill has none.
        if record.hasDrills { counters.drills = try record.drills.tally("drills") }
        counters.unknown = [UInt8](record.unknownFields.data)
        return counters
    }
}

extension ClassRecord {
    init(_ tally: Tally) {
        self.init()
        accepted = tally.accepted
        forgotten = tally.forgotten
        inState = tally.states
    }

    /// Shorter or longer is no list of this schema's states.
    func tally(_ name: String) throws(MessageFault) -> Tally {
        guard let tally = Tally(accepted: accepted, forgotten: forgotten, states: inState)
        else { throw .field(name) }
        return tally
    }
}
