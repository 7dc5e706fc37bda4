// The endpoints, as one value that both ends use: the server reads a path into it, the client
// writes it as a path. A path that only one of them knew could not be expressed.

package import RelayCore

package enum Endpoint: Hashable, Sendable {
    case documents
    case document(DocumentID)
    case documentWhy(DocumentID)
    case receipt(DocumentID, ReceiptKind)
    case queue
    case queueShape
    case queueForecast
    case queueOrders
    case inbox
    case inboxBody(DocumentID)
    case inboxCollect(DocumentID)
    case peers
    case peerOrders(RelayCode)
    case routes
    case routesTrace
    case health
    case counts
    case events
    case metrics
    case config
    case configReload

    package var path: String {
        switch self {
        case .documents: "/v1/documents"
        case .document(let id): "/v1/documents/\(id)"
        case .documentWhy(let id): "/v1/documents/\(id)/why"
        case .receipt(let id, let kind): "/v1/documents/\(id)/receipts/\(kind.rawValue)"
        case .queue: "/v1/queue"
        case .queueShape: "/v1/queue/shape"
        case .queueForecast: "/v1/queue/forecast"
        case .queueOrders: "/v1/queue/orders"
        case .inbox: "/v1/inbox"
        case .inboxBody(let id): "/v1/inbox/\(id)/body"
        case .inboxCollect(let id): "/v1/inbox/\(id)/collect"
        case .peers: "/v1/peers"
        case .peerOrders(let peer): "/v1/peers/\(peer)/orders"
        case .routes: "/v1/routes"
        case .routesTrace: "/v1/routes/trace"
        case .health: "/v1/health"
        case .counts: "/v1/counts"
        case .events: "/v1/events"
        case .metrics: "/v1/metrics"
        case .config: "/v1/config"
        case .configReload: "/v1/config/reload"
        }
    }

    /// The one method that the endpoint has.
    package var method: String {
        switch self {
        case .documents, .inboxCollect, .queueOrders, .peerOrders, .routesTrace, .configReload:
            "POST"
        default: "GET"
        }
    }

    /// Whether only operators may ask it, on the socket that is theirs.
    package var isForOperators: Bool {
        switch self {
        case .queueOrders, .peerOrders, .configReload: true
        default: false
        }
    }

    /// Whether the request has JSON as its body.
    package var hasJSONBody: Bool {
        switch self {
        case .queueOrders, .peerOrders: true
        default: false
        }
    }

    /// The query parameters that the endpoint knows. Any other is refused: a filter with a slip in
    /// its name must not become no filter.
    package var parameters: [String] {
        switch self {
        case .queue: QueueFilter.parameters + ["late", "after", "limit"]
        case .inbox: ["organisation", "after", "limit"]
        case .inboxBody, .inboxCollect, .receipt: ["recipient"]
        case .routes: ["code"]
        case .routesTrace: ["code", "timeout", "drill"]
        case .events: ["after", "limit", "wait", "what"]
        default: []
        }
    }

    /// Throws `notFound` for a path that is none of these.
    package init(path: String) throws(Problem) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.first == "v1" else { throw Self.unknown(path) }
        let rest = parts.dropFirst().map(String.init)
        switch (rest.first, rest.count) {
        case ("documents", 1): self = .documents
        case ("documents", 2): self = .document(try Self.id(rest[1]))
        case ("documents", 4) where rest[2] == "receipts":
            guard let kind = ReceiptKind(rawValue: rest[3]) else { throw Self.unknown(path) }
            self = .receipt(try Self.id(rest[1]), kind)
        case ("queue", 1): self = .queue
        case ("queue", 2) where rest[1] == "shape": self = .queueShape
        case ("queue", 2) where rest[1] == "forecast": self = .queueForecast
        case ("queue", 2) where rest[1] == "orders": self = .queueOrders
        case ("inbox", 1): self = .inbox
        case ("inbox", 3) where rest[2] == "body": self = .inboxBody(try Self.id(rest[1]))
        case ("inbox", 3) where rest[2] == "collect": self = .inboxCollect(try Self.id(rest[1]))
        case ("documents", 3) where rest[2] == "why":
            self = .documentWhy(try Self.id(rest[1]))
        case ("peers", 1): self = .peers
        case ("peers", 3) where rest[2] == "orders":
            guard let peer = RelayCode(rest[1]) else { throw Self.unknown(path) }
            self = .peerOrders(peer)
        case ("routes", 1): self = .routes
        case ("routes", 2) where rest[1] == "trace": self = .routesTrace
        case ("health", 1): self = .health
        case ("counts", 1): self = .counts
        case ("events", 1): self = .events
        case ("metrics", 1): self = .metrics
        case ("config", 1): self = .config
        case ("config", 2) where rest[1] == "reload": self = .configReload
        default: throw Self.unknown(path)
        }
    }

    /// An id that cannot be one is not found, like any other that does not exist.
    private static func id(_ text: String) throws(Problem) -> DocumentID {
        guard let id = DocumentID(text) else {
            throw Problem(
                .notFound,
                "\(printable(text)) is not a document id. Ids have 36 characters, such as "
                    + "0190f3c5-6f1a-8abc-9def-0123456789ab.")
        }
        return id
    }

    private static func unknown(_ path: String) -> Problem {
        Problem(.notFound, "There is no endpoint \(printable(path)). Docs/API.md lists them.")
    }
}

/// The kinds of receipt: two that a delivery brings home, and the origin's own when it fails.
package enum ReceiptKind: String, CaseIterable, Codable, Sendable {
    /// The recipient's relay holds the document, durably.
    case received
    /// The recipient's application has taken it and said so.
    case collected
    /// The delivery was given up; signed by the sender's own relay.
    case failed
}

/// A text from outside made fit for a message: in quotes, at most 80 characters, no control
/// characters.
func printable(_ text: some StringProtocol) -> String {
    let scalars = text.unicodeScalars.prefix(80).map {
        $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0
    }
    var safe = String.UnicodeScalarView()
    safe.append(contentsOf: scalars)
    return "\"\(String(safe))\"" + (text.unicodeScalars.count > 80 ? "…" : "")
}
