// What relays ask and tell each other beside documents.
//
// Memos are volatile: no custody, nothing on disk, and each of them may be lost. Whoever asks sets
// itself a time, and takes silence for an answer. Their bounds and rates are the link machine's.

package enum Memo: Hashable, Sendable {
    case trace(RouteTrace)
    case traceAnswer(RouteTrace.Answer)
    case auditQuestion(Audit.Question)
    case auditAnswer(Audit.Answer)

    /// What a peer must understand to be sent it.
    package var feature: Features {
        switch self {
        case .trace, .traceAnswer: .trace
        case .auditQuestion, .auditAnswer: .audit
        }
    }
}

/// What a relay understands beyond documents, as its HELLO says. One that says nothing is never
/// sent a memo, and so is not broken by one.
package struct Features: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// TRACE and TRACE_ANSWER.
    package static let trace = Features(rawValue: 1 << 0)
    /// AUDIT, AUDIT_FIGURES, AUDIT_HANDED and AUDIT_KNOWN.
    package static let audit = Features(rawValue: 1 << 1)

    /// What this version understands.
    package static let all: Features = [.trace, .audit]
}
