// The inbox as the API shows it: documents that have arrived for organisations served here, until
// their application has collected them.

package import RelayCore

package struct InboxPage: Codable, Hashable, Sendable {
    package var entries: [InboxEntry]
    /// The cursor of the next page; absent on the last.
    package var next: String?

    package init(entries: [InboxEntry], next: String?) {
        self.entries = entries
        self.next = next
    }
}

/// One document for one recipient.
package struct InboxEntry: Codable, Hashable, Sendable {
    package var id: DocumentID
    package var recipient: OrganisationCode
    package var kind: DocumentKind
    package var sender: OrganisationCode
    /// The DocumentId of the edXML header.
    package var documentId: String?
    package var businessType: Int?
    package var priority: Int
    /// Bytes.
    package var size: Int64
    package var sha256: SHA256Digest
    package var mediaType: String
    package var fileName: String?
    /// The relay that accepted it first.
    package var origin: RelayCode
    package var receivedAt: Instant
    /// By when it should have arrived.
    package var dueAt: Instant?
    /// Set in the answer to `collect`.
    package var collectedAt: Instant?

    package init(
        id: DocumentID, recipient: OrganisationCode, kind: DocumentKind, sender: OrganisationCode,
        priority: Int, size: Int64, sha256: SHA256Digest, mediaType: String, origin: RelayCode,
        receivedAt: Instant
    ) {
        self.id = id
        self.recipient = recipient
        self.kind = kind
        self.sender = sender
        self.priority = priority
        self.size = size
        self.sha256 = sha256
        self.mediaType = mediaType
        self.origin = origin
        self.receivedAt = receivedAt
    }
}

/// A body on its way to an application.
package struct BodyFacts: Hashable, Sendable {
    /// Bytes.
    package var size: Int64
    package var sha256: SHA256Digest
    package var mediaType: String
    package var fileName: String?

    package init(size: Int64, sha256: SHA256Digest, mediaType: String, fileName: String? = nil) {
        self.size = size
        self.sha256 = sha256
        self.mediaType = mediaType
        self.fileName = fileName
    }
}
