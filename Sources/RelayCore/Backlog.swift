// How much waits, as far as a drill has to know: read from the ledger only while one runs or is
// asked for.

package struct Backlog: Hashable, Sendable {
    /// Documents and status messages queued or being handed over. Without test documents.
    package var queued = 0
    /// When the oldest of what is queued arrived, receipts included. Without test documents.
    package var oldest: Instant?
    /// How many of what is queued are due, by the minute that their deadline lies in. Without test
    /// documents.
    package private(set) var due: [Instant: Int] = [:]
    /// The least sequence among what is queued or being handed over for a destination, test
    /// documents and receipts included.
    package var first: [OrganisationCode: UInt64] = [:]

    package init() {}

    /// Deliveries queued whose deadline has passed, or will have by then.
    package func atRisk(before time: Instant) -> Int {
        due.reduce(0) { $1.key < time ? $0 + $1.value : $0 }
    }

    /// Notes so many with a deadline in one minute.
    package mutating func add(_ count: Int, due place: DuePlace) {
        if let minute = place.dueAt { due[minute, default: 0] += count }
    }

    /// Notes the first row of a destination.
    package mutating func add(
        _ destination: OrganisationCode, sequence: UInt64, arrivedAt: Instant, isTest: Bool
    ) {
        first[destination] = min(first[destination] ?? sequence, sequence)
        if !isTest { oldest = min(oldest ?? arrivedAt, arrivedAt) }
    }
}
