// What a trace has brought: the relays on the way to an organisation, each with its own answer.

package import RelayCore

package struct TraceView: Codable, Hashable, Sendable {
    /// The organisation.
    package var to: OrganisationCode
    package var startedAt: Instant
    /// Whether some way leads to a relay that serves the organisation.
    package var reaches: Bool
    /// In the order of a walk through the tree: each relay, then those behind it.
    package var steps: [TraceStep]

    package init(to: OrganisationCode, startedAt: Instant, reaches: Bool, steps: [TraceStep]) {
        self.to = to
        self.startedAt = startedAt
        self.reaches = reaches
        self.steps = steps
    }
}

/// One relay at one place of the tree. What it says of itself is there only when it has answered.
package struct TraceStep: Codable, Hashable, Sendable {
    package var relay: RelayCode
    /// From this relay to that one, both included.
    package var path: [RelayCode]
    package var state: State
    /// Whether a document that has come so far would go this way now.
    package var isChosen: Bool
    /// Whether the organisation is served there.
    package var isDestination = false
    /// Its wall clock when it answered.
    package var at: Instant?
    package var roundTripMilliseconds: Int?
    /// How far its clock is ahead of this relay's; as exact as half of the round trip.
    package var clockOffsetMilliseconds: Int?
    /// Deliveries to the organisation that wait there, and all that wait there.
    package var waiting: Int?
    package var queued: Int?
    package var takesIn: Bool?
    package var forwards: Bool?
    package var version: String?
    /// The conservation law there, in numbers.
    package var documents: TallyView?
    package var receipts: TallyView?
    /// Of the drill that was asked for.
    package var drill: TallyView?
    /// Why it was not asked, as far as this relay knows.
    package var why: Reason?

    package init(relay: RelayCode, path: [RelayCode], state: State, isChosen: Bool) {
        self.relay = relay
        self.path = path
        self.state = state
        self.isChosen = isChosen
    }

    package enum State: String, CaseIterable, Codable, Sendable {
        case answered
        /// It was asked, and nothing came in time.
        case silent
        /// The relay before it has no link to it.
        case down
        /// It stands on the path already.
        case passed
        /// Its version knows no traces.
        case tooOld = "too-old"
        /// The bounds of a trace are reached.
        case leftOut = "left-out"
    }
}

/// Deliveries that are counted together: `accepted` is the sum of all the others.
package struct TallyView: Codable, Hashable, Sendable {
    package var accepted: Int
    package var queued: Int
    package var attempting: Int
    package var held: Int
    package var relayed: Int
    package var delivered: Int
    package var collected: Int
    package var failed: Int
    package var cancelled: Int
    package var forgotten: Int
    package var balances: Bool

    package init(_ tally: Tally) {
        func count(_ state: StateName) -> Int { Int(clamping: tally[state]) }
        accepted = Int(clamping: tally.accepted)
        queued = count(.queued)
        attempting = count(.attempting)
        held = count(.held)
        relayed = count(.relayed)
        delivered = count(.delivered)
        collected = count(.collected)
        failed = count(.failed)
        cancelled = count(.cancelled)
        forgotten = Int(clamping: tally.forgotten)
        balances = tally.isConserved
    }
}

/// What is asked of a trace.
package struct TraceRequest: Hashable, Sendable {
    package var code: OrganisationCode
    /// In seconds, 1 to 30.
    package var timeout: Int
    package var drill: DocumentID?

    package static let timeoutDefault = 5
    package static let timeouts = 1...30

    package init(
        code: OrganisationCode, timeout: Int = Self.timeoutDefault, drill: DocumentID? = nil
    ) {
        self.code = code
        self.timeout = timeout
        self.drill = drill
    }
}

extension Query {
    package init(_ request: TraceRequest) {
        self.init()
        self["code"] = request.code.text
        self["timeout"] = String(request.timeout)
        self["drill"] = request.drill?.description
    }

    func trace() throws(Problem) -> TraceRequest {
        guard let code = try organisation("code") else {
            throw Problem(.invalidRequest, field: "code", "code says whom the way leads to.")
        }
        var request = TraceRequest(code: code)
        if let text = self["timeout"] {
            guard let timeout = Int(text), TraceRequest.timeouts.contains(timeout) else {
                throw Problem(
                    .invalidRequest, field: "timeout",
                    "timeout is a number of seconds from \(TraceRequest.timeouts.lowerBound) to "
                        + "\(TraceRequest.timeouts.upperBound).")
            }
            request.timeout = timeout
        }
        if let text = self["drill"] {
            guard let drill = DocumentID(text) else {
                throw Problem(
                    .invalidRequest, field: "drill", "\(printable(text)) is not a drill's id.")
            }
            request.drill = drill
        }
        return request
    }
}
