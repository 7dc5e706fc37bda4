// Why a document is where it is, in facts and codes: what happened last, which ways were tried,
// what comes next, and who must act. The words are made by whoever shows them, in the reader's
// language.
//
// Codes are stable: new ones may come, none changes its meaning.

package import RelayCore

package struct WhyView: Codable, Hashable, Sendable {
    package var id: DocumentID
    package var kind: DocumentKind
    package var sender: OrganisationCode
    package var documentId: String?
    package var priority: Int
    /// The relay that answers.
    package var relay: RelayCode
    package var expiresAt: Instant
    package var recipients: [WhyRecipient]

    package init(
        id: DocumentID, kind: DocumentKind, sender: OrganisationCode, priority: Int,
        relay: RelayCode, expiresAt: Instant, recipients: [WhyRecipient]
    ) {
        self.id = id
        self.kind = kind
        self.sender = sender
        self.priority = priority
        self.relay = relay
        self.expiresAt = expiresAt
        self.recipients = recipients
    }
}

/// Why one delivery is where it is.
package enum WhyCode: String, CaseIterable, Codable, Sendable {
    /// Goes to `nextHop` as soon as a place is free.
    case next
    case handingOver = "handing-over"
    case noLink = "no-link"
    /// Every way is paused or drained by an operator.
    case allPaused = "all-paused"
    case noRoute = "no-route"
    /// Every hop is on its path or has refused it.
    case noWay = "no-way"
    /// All hops have refused it; asked again at `nextTryAt`.
    case refused
    /// The next hop put it off.
    case putOff = "put-off"
    case held
    /// Another relay has it; the receipt is awaited.
    case receipt
    /// Another relay has it, and this one has done its part.
    case passedOn = "passed-on"
    /// In the inbox here.
    case inInbox = "in-inbox"
    case delivered, collected
    case expired
    /// Given up by an operator's order.
    case ordered
    /// A receipt that proves nothing.
    case unverifiable
    case cancelled
    /// The relay is stopping.
    case stopping
}

/// Who has to do something for it to go on.
package enum ActCode: String, CaseIterable, Codable, Sendable {
    /// It goes on by itself: wait.
    case nobody
    /// Whoever sent it.
    case sender
    /// Who runs this relay.
    case administrator
    /// Who runs the relay `actor`.
    case peerAdministrator = "peer-administrator"
    /// The recipient's application.
    case recipient
}

/// What went wrong last.
package enum MishapCode: String, CaseIterable, Codable, Sendable {
    // Refusals, as on the wire
    case loop
    case tooManyHops = "too-many-hops"
    case senderNotPermitted = "sender-not-permitted"
    case tooLarge = "too-large"
    case expired, conflict
    case digestMismatch = "digest-mismatch"
    case malformed
    case noRoute = "no-route"
    // Hand-overs that did not end in an answer
    case noRoom = "no-room"
    case linkLost = "link-lost"
    case restarted
    // At the end
    case receiptLate = "receipt-late"
    case receiptRejected = "receipt-rejected"
    /// `detail` says what the link said.
    case link
    /// Anything that this version has no code for.
    case other
}

/// How one next hop stands.
package enum HopCode: String, CaseIterable, Codable, Sendable {
    /// It is taken now.
    case chosen
    /// Usable; another comes first.
    case ready
    /// Connected, and without room now.
    case busy
    case connecting, down
    /// It has to dial this relay.
    case awaited
    case paused, drained
    /// It refused this document.
    case refused
    /// The document has passed it.
    case onPath = "on-path"
    /// Not configured any more.
    case unknown
}

package struct WhyRecipient: Codable, Hashable, Sendable {
    package var recipient: OrganisationCode
    package var state: DeliveryStatus
    package var why: WhyCode
    package var act: ActCode
    /// The relay whose administrator must act.
    package var actor: RelayCode?
    /// Since when it is in this state.
    package var since: Instant
    package var attempts: Int
    package var round: Int
    package var nextTryAt: Instant?
    package var nextHop: RelayCode?
    package var dueAt: Instant?
    /// The relay that has custody, as far as this one knows.
    package var custodian: RelayCode?
    /// Who held, cancelled or gave it up, and why.
    package var by: String?
    package var reason: String?
    /// `+HOP` or `~HOP`: an operator has it prefer or avoid a hop.
    package var detour: String?
    package var lastError: Mishap?
    /// In the order in which they are asked.
    package var routes: [WhyHop]

    package init(
        recipient: OrganisationCode, state: DeliveryStatus, why: WhyCode, act: ActCode,
        since: Instant, attempts: Int, round: Int, routes: [WhyHop] = []
    ) {
        self.recipient = recipient
        self.state = state
        self.why = why
        self.act = act
        self.since = since
        self.attempts = attempts
        self.round = round
        self.routes = routes
    }
}

package struct Mishap: Codable, Hashable, Sendable {
    package var code: MishapCode
    package var at: Instant?
    package var peer: RelayCode?
    package var detail: String?

    package init(
        _ code: MishapCode, at: Instant? = nil, peer: RelayCode? = nil, detail: String? = nil
    ) {
        self.code = code
        self.at = at
        self.peer = peer
        self.detail = detail
    }
}

package struct WhyHop: Codable, Hashable, Sendable {
    package var relay: RelayCode
    package var code: HopCode
    /// What its link said last.
    package var detail: String?
    package var order: PeerOrderView?

    package init(relay: RelayCode, code: HopCode) {
        self.relay = relay
        self.code = code
    }
}
