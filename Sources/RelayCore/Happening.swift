// One thing that happened to a document, in fixed words: a row of its history, and a line of the
// delivery log. Holds no personal data: codes, relays, times and reasons only.

package struct Happening: Hashable, Sendable {
    package let at: Instant
    package let document: DocumentID
    /// Nil when it concerns the document whoever it is for.
    package let recipient: OrganisationCode?
    package let what: What
    /// The other relay concerned.
    package let relay: RelayCode?
    /// A reason, bounded by `Limits.reasonBytesMax`; empty when the word says all.
    package let detail: String

    package enum What: UInt8, Sendable, CaseIterable {
        /// Taken in from an application.
        case accepted = 1
        /// Taken over from another relay.
        case received = 2
        /// The next hop took custody.
        case relayed = 3
        /// A hand-over ended without an answer, or with "not now": queued again.
        case returned = 4
        /// The next hop will not have it.
        case refused = 5
        /// In the recipient's inbox.
        case delivered = 6
        case receiptSigned = 7
        case receiptVerified = 8
        /// A receipt arrived that proves nothing.
        case receiptRejected = 9
        /// The recipient's application took it.
        case collected = 10
        /// No receipt in time: the origin sends again.
        case resent = 11
        /// The origin sent it again, and this relay had it already.
        case repeated = 12
        case failed = 13
        case held = 14
        case released = 15
        case cancelled = 16
        /// A submission or an offer named this document with other bytes.
        case conflicting = 17
        /// The deadline comes near, and the delivery has not arrived as far as this relay knows.
        case deadlineNear = 18
        case deadlineMissed = 19
        /// The origin's relay has signed that the delivery failed.
        case failureSigned = 20
        /// An operator had it tried at once.
        case retried = 21
        /// An operator had it go by another way.
        case rerouted = 22
        /// A drill's test document has arrived here; no application sees it.
        case rehearsed = 25
    }

    package init(
        at: Instant, document: DocumentID, recipient: OrganisationCode?, what: What,
        relay: RelayCode? = nil, detail: String = ""
    ) {
        self.at = at
        self.document = document
        self.recipient = recipient
        self.what = what
        self.relay = relay
        self.detail = detail.bounded(toBytes: Limits.reasonBytesMax)
    }
}

extension String {
    /// The longest beginning that fits, cut between characters.
    package func bounded(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = startIndex
        while end < endIndex, utf8.distance(from: startIndex, to: index(after: end)) <= limit {
            formIndex(after: &end)
        }
        return String(self[..<end])
    }
}
