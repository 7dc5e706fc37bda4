// Receipts: what a recipient's relay states, and what the core believes.

package enum Receipt {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// The document is durable at the recipient's relay, in the inbox.
        case received = 1
        /// The recipient's application has fetched it and said so.
        case collected = 2
    }

    /// The statement that is signed. Its canonical bytes are RelayWire's business, its signature
    /// RelayTrust's.
    package struct Statement: Hashable, Sendable {
        package let kind: Kind
        package let document: DocumentID
        package let sender: OrganisationCode
        package let recipient: OrganisationCode
        package let reference: String
        package let digest: SHA256Digest
        package let size: UInt64
        package let submittedAt: Instant
        /// When the document became durable here, or was collected.
        package let at: Instant
        /// The relay that signs.
        package let relay: RelayCode
        /// The relays it passed, the origin first, without the one that signs.
        package let path: [RelayCode]

        package init(
            kind: Kind, document: DocumentID, sender: OrganisationCode,
            recipient: OrganisationCode, reference: String, digest: SHA256Digest, size: UInt64,
            submittedAt: Instant, at: Instant, relay: RelayCode, path: [RelayCode]
        ) {
            self.kind = kind
            self.document = document
            self.sender = sender
            self.recipient = recipient
            self.reference = reference
            self.digest = digest
            self.size = size
            self.submittedAt = submittedAt
            self.at = at
            self.relay = relay
            self.path = path
        }

        package var key: ReceiptKey {
            ReceiptKey(delivery: DeliveryKey(document: document, recipient: recipient), kind: kind)
        }
    }

    /// A statement whose signature, chain and signer's right to speak for the recipient have been
    /// checked. Only RelayTrust makes one (and the simulator, which has no keys); TidyTests holds
    /// that.
    package struct Verified: Hashable, Sendable {
        package let statement: Statement
        /// The receipt document that carried it.
        package let receipt: DocumentID

        package init(checked statement: Statement, receipt: DocumentID) {
            self.statement = statement
            self.receipt = receipt
        }
    }
}

/// What names a receipt: a delivery has at most one of each kind.
package struct ReceiptKey: Hashable, Sendable {
    package let delivery: DeliveryKey
    package let kind: Receipt.Kind

    package init(delivery: DeliveryKey, kind: Receipt.Kind) {
        self.delivery = delivery
        self.kind = kind
    }
}
