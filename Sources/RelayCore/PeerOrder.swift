// What an operator orders about a link to another relay. Durable: it holds until it is taken back,
// whatever restarts meanwhile.

package struct PeerOrder: Hashable, Sendable {
    package let what: What
    package let by: String
    package let reason: String
    package let since: Instant

    package enum What: UInt8, Sendable, CaseIterable {
        /// Nothing new is offered to it, and what it offers is put off; the link stays.
        case pause = 1
        /// What is on the wire ends, then the link is closed and not dialled.
        case drain = 2

        package var word: String {
            switch self {
            case .pause: "paused"
            case .drain: "drained"
            }
        }
    }

    package init(_ what: What, by: String, reason: String, since: Instant) {
        self.what = what
        self.by = by
        self.reason = reason
        self.since = since
    }

    package var words: String { "\(what.word) by \(by): \(reason)" }
}

/// An order as it is given.
package struct PeerCommand: Hashable, Sendable {
    /// Nil: it is served again.
    package let what: PeerOrder.What?
    package let by: String
    package let reason: String

    package init(_ what: PeerOrder.What?, by: String, reason: String) {
        self.what = what
        self.by = by
        self.reason = reason
    }
}
