// What the API says of one document: what it is, where each recipient's delivery stands and why,
// and everything that happened to it.
//
// The names of the properties are the keys of the JSON, and stable. A property without a value is
// left out. Times are RFC 3339 in UTC.

package import RelayCore

/// The states of a delivery, as architecture and JSON name them. Each is defined in RelayCore.
package enum DeliveryStatus: String, CaseIterable, Codable, Sendable {
    case incoming, queued, attempting, held, relayed, delivered, collected, failed, cancelled
}

/// What a document is. Only the first two can be submitted.
package enum DocumentKind: String, CaseIterable, Codable, Sendable {
    case document
    /// An edXML status message.
    case status
    /// A relay's signed receipt, which travels like a document.
    case receipt
}

package struct DocumentView: Codable, Hashable, Sendable {
    package var id: DocumentID
    package var kind: DocumentKind
    package var sender: OrganisationCode
    /// The DocumentId of the edXML header, the sender's own name for it.
    package var documentId: String?
    /// 0 new, 1 recall, 2 update, 3 replacement.
    package var businessType: Int?
    /// 0 normal, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ.
    package var priority: Int
    /// Bytes.
    package var size: Int64
    package var sha256: SHA256Digest
    package var mediaType: String
    package var fileName: String?
    /// The relay that accepted it first.
    package var origin: RelayCode
    package var submittedAt: Instant
    package var expiresAt: Instant
    /// By when it should be at its recipients'.
    package var dueAt: Instant?
    package var recipients: [RecipientView]
    /// Oldest first.
    package var history: [HistoryEntry]

    /// The optional properties are set afterwards.
    package init(
        id: DocumentID, kind: DocumentKind, sender: OrganisationCode, priority: Int, size: Int64,
        sha256: SHA256Digest, mediaType: String, origin: RelayCode, submittedAt: Instant,
        expiresAt: Instant, recipients: [RecipientView], history: [HistoryEntry]
    ) {
        self.id = id
        self.kind = kind
        self.sender = sender
        self.priority = priority
        self.size = size
        self.sha256 = sha256
        self.mediaType = mediaType
        self.origin = origin
        self.submittedAt = submittedAt
        self.expiresAt = expiresAt
        self.recipients = recipients
        self.history = history
    }
}

/// Why something waits or failed: a code for programs, words for people.
package struct Reason: Codable, Hashable, Sendable {
    package var code: String
    package var words: String

    package init(code: String, words: String) {
        self.code = code
        self.words = words
    }
}

/// Where a delivery stands with its deadline. `near` and `missed` were told in its history too.
package enum DeadlineState: String, CaseIterable, Codable, Sendable {
    case open, near, missed
}

/// One recipient's delivery.
package struct RecipientView: Codable, Hashable, Sendable {
    package var recipient: OrganisationCode
    package var state: DeliveryStatus
    /// The relay that has custody, as far as this one knows.
    package var at: RelayCode?
    package var why: Reason?
    package var nextTryAt: Instant?
    /// Tries so far, in all rounds.
    package var attempts: Int
    /// How many times the document has been sent out, the first included: it is sent again when
    /// no receipt comes home in time.
    package var round: Int
    /// Where it is offered to, or was last.
    package var nextHop: RelayCode?
    /// When the receipt of each kind came home and was verified.
    package var receivedAt: Instant?
    package var collectedAt: Instant?
    /// When this relay signed that the delivery failed.
    package var failedAt: Instant?
    /// What has been told of the deadline.
    package var deadline: DeadlineState?

    package init(
        recipient: OrganisationCode, state: DeliveryStatus, attempts: Int = 0, round: Int = 1
    ) {
        self.recipient = recipient
        self.state = state
        self.attempts = attempts
        self.round = round
    }
}

/// One thing that happened to a document.
package struct HistoryEntry: Codable, Hashable, Sendable {
    package var at: Instant
    /// A fixed word, such as `accepted`, `offered`, `relayed`, `receipt`.
    package var what: String
    package var recipient: OrganisationCode?
    /// The other relay, where there was one.
    package var peer: RelayCode?
    package var detail: String?

    package init(
        at: Instant, what: String, recipient: OrganisationCode? = nil, peer: RelayCode? = nil,
        detail: String? = nil
    ) {
        self.at = at
        self.what = what
        self.recipient = recipient
        self.peer = peer
        self.detail = detail
    }
}
