// The record of the store's totals: the conservation law's two sides, and the numbers given out.

package import RelayCore
import SwiftProtobuf

/// Totals of a store, changed in the same commit as what they count.
package struct StoredCounters: Hashable, Sendable {
    /// The last of each that was given out; none is ever given out twice.
    package var lastSequence: UInt64 = 0
    package var lastHappening: UInt64 = 0
    package var lastBody: UInt64 = 0
    /// Of bodies that nobody needs and that are not erased yet.
    package var garbageBytes: UInt64 = 0
    /// Of bodies that belong to documents, each body once.
    package var bodyBytes: UInt64 = 0
    /// Documents and status messages.
    package var documents = Class()
    package var receipts = Class()
    /// Fields of a newer relay, given back as they came.
    var unknown: [UInt8] = []

    package init() {}

    /// Deliveries of one class. `accepted` is the sum of all states and `forgotten`, always.
    package struct Class: Hashable, Sendable {
        package var accepted: UInt64 = 0
        package var forgotten: UInt64 = 0
        fileprivate var states = [UInt64](repeating: 0, count: StateName.allCases.count)

        package init() {}

        package subscript(state: StateName) -> UInt64 {
            get { states[Int(state.rawValue) - 1] }
            set { states[Int(state.rawValue) - 1] = newValue }
        }

        /// Whether both sides of the law agree.
        package var isConserved: Bool { accepted == states.reduce(forgotten, &+) }
    }

    /// The class that a kind of document counts in.
    package subscript(kind: Envelope.Kind) -> Class {
        get { kind == .receipt ? receipts : documents }
        set { if kind == .receipt { receipts = newValue } else { documents = newValue } }
    }
}

extension Records {
    package static func encode(_ counters: StoredCounters) throws(MessageFault) -> [UInt8] {
        var record = CountersRecord()
        record.lastSequence = counters.lastSequence
        record.lastHappening = counters.lastHappening
        record.lastBody = counters.lastBody
        record.garbageBytes = counters.garbageBytes
        record.bodyBytes = counters.bodyBytes
        record.documents = ClassRecord(counters.documents)
        record.receipts = ClassRecord(counters.receipts)
        // Fields may come in any order, so the unknown ones can follow.
        return try bytes(of: record) + counters.unknown
    }

    package static func counters(_ bytes: [UInt8]) throws(MessageFault) -> StoredCounters {
        let record: CountersRecord = try message(in: bytes)
        var counters = StoredCounters()
        counters.lastSequence = record.lastSequence
        counters.lastHappening = record.lastHappening
        counters.lastBody = record.lastBody
        counters.garbageBytes = record.garbageBytes
        counters.bodyBytes = record.bodyBytes
        counters.documents = try record.documents.counted("documents")
        counters.receipts = try record.receipts.counted("receipts")
        counters.unknown = [UInt8](record.unknownFields.data)
        return counters
    }
}

extension ClassRecord {
    init(_ counted: StoredCounters.Class) {
        self.init()
        accepted = counted.accepted
        forgotten = counted.forgotten
        inState = counted.states
    }

    func counted(_ name: String) throws(MessageFault) -> StoredCounters.Class {
        var counted = StoredCounters.Class()
        // Shorter or longer is no list of this schema's states.
        guard inState.count == counted.states.count else { throw .field(name) }
        counted.accepted = accepted
        counted.forgotten = forgotten
        counted.states = inState
        return counted
    }
}
