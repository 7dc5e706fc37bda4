// Receipts: what a relay states of a document's end, and what the core believes.
//
// Two kinds are made by the recipient's relay and travel home; the third is made by the origin's
// own, for its own application, when a delivery was given up. Its statement has members that the
// other two have not, so none can be taken for another.

package enum Receipt {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// The document is durable at the recipient's relay, in the inbox.
        case received = 1
        /// The recipient's application has fetched it and said so.
        case collected = 2
        /// The origin has given the delivery up without either of them.
        case failed = 3

        /// Those that a recipient's relay makes and an origin believes.
        package static let proofs = [Kind.received, .collected]
    }

    /// What the origin knows of a delivery that it has given up.
    package struct Failure: Hashable, Sendable {
        package let reason: Delivery.Failure
        /// The relay that had custody last, as far as the origin was told: itself when no other
        /// ever took it.
        package let custody: RelayCode
        /// Hand-overs that the origin has begun, and rounds it has sent.
        package let attempts: UInt32
        package let rounds: UInt32
        /// When the document's lifetime ended, or would have.
        package let expiresAt: Instant

        package init(
            reason: Delivery.Failure, custody: RelayCode, attempts: UInt32, rounds: UInt32,
            expiresAt: Instant
        ) {
            self.reason = reason
            self.custody = custody
            self.attempts = attempts
            self.rounds = rounds
            self.expiresAt = expiresAt
        }
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
        /// When the document became durable here, or was collected, or was given up.
        package let at: Instant
        /// The relay that signs.
        package let relay: RelayCode
        /// The relays it passed, the origin first, without the one that signs.
        package let path: [RelayCode]
        /// Of the kind `failed`, and of no other.
        package let failure: Failure?

        package init(
            kind: Kind, document: DocumentID, sender: OrganisationCode,
            recipient: OrganisationCode, reference: String, digest: SHA256Digest, size: UInt64,
            submittedAt: Instant, at: Instant, relay: RelayCode, path: [RelayCode],
            failure: Failure? = nil
        ) {
            precondition((kind == .failed) == (failure != nil), "a failure, or a proof")
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
            self.failure = failure
        }

        /// The organisation in whose name it is signed: the recipient says that something came, the
        /// sender that nobody has said so.
        package var speaksFor: OrganisationCode { kind == .failed ? sender : recipient }

        package var key: ReceiptKey {
            ReceiptKey(delivery: DeliveryKey(document: document, recipient: recipient), kind: kind)
        }
    }

    /// A statement whose signature, chain and signer's right to speak for `speaksFor` have been
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
