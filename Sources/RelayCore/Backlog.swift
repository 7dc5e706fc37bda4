// How much waits, as far as a drill has to know: read from the ledger only while one runs or is
// asked for.

package struct Backlog: Hashable, Sendable {
    /// Documents and status messages queued or being handed over. Without test documents.
    package var queued = 0
    /// When the oldest of what is queued arrived, receipts included. Without test documents.
    package var oldest: Instant?
    /// Deliveries that will miss their deadline, by forecast.
    package var atRisk = 0
    /// The least sequence among what is queued or being handed over for a destination, test
    /// documents and receipts included.
    package var first: [OrganisationCode: UInt64] = [:]

    package init() {}

    /// Notes the first row of a destination.
    package mutating func add(
        _ destination: OrganisationCode, sequence: UInt64, arrivedAt: Instant, isTest: Bool
    ) {
        first[destination] = min(first[destination] ?? sequence, sequence)
        if !isTest { oldest = min(oldest ?? arrivedAt, arrivedAt) }
    }
}
