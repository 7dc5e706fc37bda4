// The same tests for every ledger: if MemoryLedger and the one on disk behaved differently, the
// simulator would prove nothing.
//
// A test target makes a `LedgerBench` for its ledger and runs `LedgerConformance.checks` and
// `LedgerConformance.drive`; whatever does not hold is thrown as `NonConformance`.

package import RelayCore

/// A ledger under test.
package protocol LedgerBench {
    associatedtype Storage: Ledger
    var ledger: Storage { get }
    /// The retention that the ledger makes timer rows with.
    var retention: Interval { get }
    /// The tallies by day and relay that the ledger keeps.
    func tallies() throws -> TallyBook
    /// The process crashes and a new one opens the ledger: what was committed is there, and nothing
    /// else. False when this ledger keeps nothing beyond its process.
    mutating func restart() throws -> Bool
}

/// What a ledger did that it must not, in words.
package struct NonConformance: Error, CustomStringConvertible {
    package let description: String
}

package func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws(NonConformance) {
    if !holds { throw NonConformance(description: what()) }
}

package func expect<Value: Equatable>(
    _ found: Value, _ wanted: Value, _ what: @autoclosure () -> String
) throws(NonConformance) {
    if found != wanted {
        throw NonConformance(description: "\(what()): \(found) instead of \(wanted)")
    }
}

/// One thing that every ledger must do. Begins on an empty ledger.
package struct LedgerCheck: Sendable, CustomStringConvertible {
    package let name: String
    private let body: @Sendable (inout any LedgerBench) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (inout any LedgerBench) throws -> Void) {
        self.name = name
        self.body = body
    }

    package var description: String { name }

    package func run(on bench: some LedgerBench) throws {
        var bench: any LedgerBench = bench
        try body(&bench)
    }
}

package enum LedgerConformance {
    package static let checks: [LedgerCheck] =
        transactionChecks + queueChecks + timerChecks + knownChecks + submissionChecks
        + uploadChecks + bodyChecks + forgettingChecks + feedChecks + orderChecks
}

extension LedgerBench {
    /// One transaction, thrown errors and all.
    package func write<Result>(
        _ body: (any LedgerTransaction) throws(LedgerFailure) -> Result
    ) throws -> Result {
        try ledger.write { (transaction) throws(LedgerFailure) in try body(transaction) }
    }

    package func apply(_ writes: Write...) throws {
        try write { (transaction) throws(LedgerFailure) in
            for write in writes { try transaction.apply(write) }
        }
    }

    package func known(_ subject: Subject) throws -> Known {
        try write { (transaction) throws(LedgerFailure) in try transaction.known(of: subject) }
    }

    package func delivery(_ key: DeliveryKey) throws -> Delivery? {
        try known(.delivery(key)).deliveries.first
    }

    package func stagedBytes(of upload: UploadID) throws -> UInt64 {
        try known(.document(upload.id)).stagedBytes
    }

    /// Stages a body under `upload`, cut into pieces.
    package func stage(_ bytes: [UInt8], as upload: UploadID, at now: Instant) throws {
        try write { (transaction) throws(LedgerFailure) in
            for piece in Samples.pieces(of: bytes, upload: upload) {
                _ = try transaction.append(piece, at: now)
            }
        }
    }

    /// A document that is filed, bound, and queued or delivered for each recipient.
    package func accept(_ envelope: Envelope, _ deliveries: Delivery...) throws {
        let upload = UploadID(envelope.document)
        try stage(Samples.body(of: envelope), as: upload, at: envelope.submittedAt)
        try write { (transaction) throws(LedgerFailure) in
            try transaction.apply(.file(envelope))
            try transaction.apply(.bind(upload, to: envelope))
            for delivery in deliveries { try transaction.apply(.put(delivery, was: nil)) }
        }
    }
}
