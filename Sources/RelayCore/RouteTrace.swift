// A trace: which relays a document to an organisation would pass, asked of these relays.
//
// The relay that asks sends it by every next hop of its route, not only by the one it would choose;
// so does each relay on the way, until it comes to one that serves the organisation. Every relay
// that it reaches answers, back along the path. So the answers form a tree, and its bounds are the
// longest path and a number of answers that is shared out among the branches.

package struct RouteTrace: Hashable, Sendable {
    package let id: ID
    package let destination: OrganisationCode
    /// The relays it has passed: the one that asks first, the one that sends it last.
    package let path: [RelayCode]
    /// How long its sender waits for answers.
    package let patience: Interval
    /// How many relays may answer, the one that gets it included.
    package let answersMax: Int
    /// The drill whose counts are asked for too.
    package let drill: DocumentID?

    /// Drawn by the relay that asks; as wide as a document's, and made like one.
    package struct ID: Hashable, Sendable {
        package let id: DocumentID
        package init(_ id: DocumentID) { self.id = id }
    }

    package init(
        id: ID, destination: OrganisationCode, path: [RelayCode], patience: Interval,
        answersMax: Int, drill: DocumentID? = nil
    ) {
        self.id = id
        self.destination = destination
        self.path = path
        self.patience = patience
        self.answersMax = answersMax
        self.drill = drill
    }

    /// What an operator here asks.
    package struct Question: Hashable, Sendable {
        package let destination: OrganisationCode
        package let patience: Interval
        package let drill: DocumentID?

        package init(
            destination: OrganisationCode, patience: Interval, drill: DocumentID? = nil
        ) {
            self.destination = destination
            self.patience = patience
            self.drill = drill
        }
    }

    /// One relay about itself. Neither addresses nor reasons of failures: it goes to whoever asked.
    package struct Answer: Hashable, Sendable {
        package let trace: ID
        /// The relays that the trace has passed, the one that answers last.
        package let path: [RelayCode]
        /// On the wall clock of the relay that answers.
        package let at: Instant
        /// Whether the organisation is served there: the end of the way.
        package let isDestination: Bool
        /// Deliveries to the organisation that are queued there, or on the wire.
        package let waiting: UInt64
        package let balance: Balance
        /// Whether it takes new documents in.
        package let takesIn: Bool
        /// Whether a link of it is usable.
        package let forwards: Bool
        package let version: String
        /// In order of preference; empty at the destination, and where there is no route.
        package let hops: [Hop]
        /// Of the drill that the trace named, if it has any.
        package let drill: Tally?

        package init(
            trace: ID, path: [RelayCode], at: Instant, isDestination: Bool, waiting: UInt64,
            balance: Balance, takesIn: Bool, forwards: Bool, version: String, hops: [Hop],
            drill: Tally?
        ) {
            self.trace = trace
            self.path = path
            self.at = at
            self.isDestination = isDestination
            self.waiting = waiting
            self.balance = balance
            self.takesIn = takesIn
            self.forwards = forwards
            self.version = version
            self.hops = hops
            self.drill = drill
        }
    }

    /// A next hop of the route, and whether the trace goes on by it.
    package struct Hop: Hashable, Sendable {
        package let relay: RelayCode
        package let status: Status
        /// Whether a document would go by it now.
        package let isChosen: Bool

        package init(relay: RelayCode, status: Status, isChosen: Bool) {
            self.relay = relay
            self.status = status
            self.isChosen = isChosen
        }
    }

    /// The numbers are on the wire (Docs/Protocol.md).
    package enum Status: UInt8, Sendable, CaseIterable {
        /// The trace was sent there; an answer is expected.
        case asked = 1
        /// There is no link.
        case down = 2
        /// It is on the trace's path already.
        case passed = 3
        /// Its version knows no traces.
        case tooOld = 4
        /// The bounds of the trace, or of this relay, are reached.
        case leftOut = 5
    }

    /// What was heard until the last answer that was expected, or until patience ended.
    package struct Report: Hashable, Sendable {
        package let id: ID
        package let destination: OrganisationCode
        package let startedAt: Instant
        /// In the order of their arrival, this relay's own first.
        package let heard: [Heard]
        /// Paths whose last relay was asked, and has not answered.
        package let silent: [[RelayCode]]

        package var reachesDestination: Bool { heard.contains { $0.answer.isDestination } }
    }

    package struct Heard: Hashable, Sendable {
        package let answer: Answer
        package let roundTrip: Interval
        /// How far the clock there is ahead of ours, if the way there took half of the round trip.
        package let offset: Interval
    }
}

extension RouteTrace {
    /// Relays that answer one trace. A meshed pair of hubs makes eight of them, three make thirty.
    package static let answersMax = 64

    /// The longest patience: what takes longer is no link that documents should go by.
    package static let patienceMax = Interval.seconds(30)
    package static let patienceMin = Interval.milliseconds(100)

    /// The longest version text, in bytes.
    package static let versionBytesMax = 64
}
