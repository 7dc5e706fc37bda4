// From a request to an answer: who may ask, which endpoint, what it asks the service, and how the
// service's answer is written.
//
// It decides nothing about documents. The order of the checks is part of the contract: the token
// comes first, so that a stranger learns nothing, not even which endpoints there are; what the head
// alone shows to be wrong is refused before a byte of the body is read.

import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import RelayCore

struct APIResponder: HTTPResponder {
    typealias Context = APIContext

    let service: any RelayService
    let gate: UploadGate
    let settings: ServerSettings
    let bounds: ServerBounds
    /// Where its requests come in.
    let listener: Listener
    let logger: Logger
    /// Told of every submission that is refused, also of those that the service never sees.
    let onRefusal: @Sendable (Problem.Kind) -> Void

    func respond(to request: Request, context: Context) async throws -> Response {
        do {
            return try await answer(request, context)
        } catch {
            if request.uri.path == Endpoint.documents.path { onRefusal(error.kind) }
            log(error, request)
            return Answers.problem(error)
        }
    }

    /// Everything up to the endpoint, which is the same for all of them.
    private func answer(
        _ request: Request, _ context: Context
    ) async throws(Problem) -> Response {
        let target = request.head.path ?? "/"
        guard target.utf8.count <= APILimits.targetBytesMax else {
            throw Problem(
                .targetTooLong,
                "Path and query together have at most \(APILimits.targetBytesMax) bytes.")
        }
        let headers = HeaderFields(request.headers)
        try authorize(headers)
        try gate.check()
        let endpoint = try Endpoint(path: request.uri.path)
        guard request.method.rawValue == endpoint.method else {
            var problem = Problem(
                .methodNotAllowed,
                "\(endpoint.path) takes \(endpoint.method), not "
                    + "\(printable(request.method.rawValue)).")
            problem.allow = endpoint.method
            throw problem
        }
        let query = try Query(parsing: request.uri.query, for: endpoint)
        if case .documents = endpoint {
            return try await submit(headers, request.body)
        }
        if endpoint.isForOperators {
            return try await obey(endpoint, headers, request.body, context)
        }
        if case .metrics = endpoint {
            let form = MetricFamily.Form(accept: headers.all(HeaderName.accept))
            return Answers.metrics(try await service.metrics(), form)
        }
        return try await answer(endpoint, query)
    }

    /// Throws `unauthorized`. Two tokens at once are none: a proxy that adds one must not decide.
    private func authorize(_ headers: HeaderFields) throws(Problem) {
        guard let token = listener.token else { return }
        let shown = headers.all(HeaderName.authorization)
        guard shown.count == 1, token.matches(shown[0]) else {
            throw Problem(
                .unauthorized,
                shown.isEmpty
                    ? "Send Authorization: Bearer with the token of this relay."
                    : "The token is not the one of this relay.")
        }
    }

    /// The place for the upload is taken before the service sees it and given back when the service
    /// has answered, not when the client has read the answer.
    private func submit(
        _ headers: HeaderFields, _ body: RequestBody
    ) async throws(Problem) -> Response {
        let request = try SubmitRequest(headers: headers)
        let bytesMax = bounds.documentBytesMax
        guard (request.size ?? 0) <= bytesMax else {
            throw UploadBody.tooLarge(bytesMax)
        }
        try gate.enter()
        defer { gate.leave() }
        let upload = UploadBody(body, announced: request.size, bytesMax: bytesMax)
        switch try await service.submit(request, body: upload) {
        case .created(let answer):
            return try Answers.json(answer, status: 201, location: .document(answer.id))
        case .known(let answer):
            return try Answers.json(answer, status: 200, location: .document(answer.id))
        }
    }

    private func answer(
        _ endpoint: Endpoint, _ query: Query
    ) async throws(Problem) -> Response {
        switch endpoint {
        case .documents, .metrics, .queueOrders, .peerOrders, .configReload, .drills, .drillPlan,
            .drillStart, .drillAbort, .drill, .drillReport:
            preconditionFailure("what has a body, or depends on header fields, is answered before")
        case .document(let id):
            guard let view = try await service.document(id) else { throw Self.unknown(id) }
            return try Answers.json(view)
        case .documentWhy(let id):
            guard let view = try await service.why(id) else { throw Self.unknown(id) }
            return try Answers.json(view)
        case .receipt(let id, let kind):
            return try await receipt(id, kind, query)
        case .queue:
            let filter = try QueueFilter(query)
            return try Answers.json(
                try await service.queue(
                    filter, late: try query.flag("late"), page: try query.page()))
        case .queueShape:
            return try Answers.json(try await service.queueShape())
        case .queueForecast:
            return try Answers.json(try await service.queueForecast())
        case .inbox:
            let organisation = try query.organisation("organisation")
            return try Answers.json(
                try await service.inbox(of: organisation, page: try query.page()))
        case .inboxBody(let id):
            let recipient = try query.organisation("recipient")
            guard let (facts, bytes) = try await service.inboxBody(id, recipient: recipient)
            else { throw Self.notInInbox(id) }
            return Answers.body(facts, bytes, id: id)
        case .inboxCollect(let id):
            let recipient = try query.organisation("recipient")
            guard let entry = try await service.collect(id, recipient: recipient) else {
                throw Self.notInInbox(id)
            }
            return try Answers.json(entry)
        case .peers:
            return try Answers.json(PeerList(peers: try await service.peers()))
        case .routes:
            let code = try query.organisation("code")
            return try Answers.json(RouteList(routes: try await service.routes(for: code)))
        case .routesTrace:
            return try Answers.json(try await service.trace(try query.trace()))
        case .health:
            let health = try await service.health()
            return try Answers.json(health, status: health.isHealthy ? 200 : 503)
        case .audit, .auditCheck, .auditCompare: return try await audit(endpoint, query)
        case .counts:
            return try Answers.json(try await service.counts())
        case .events:
            return try Answers.json(try await service.events(try EventRequest(query)))
        case .config:
            return try Answers.json(try await service.configuration())
        }
    }

    private func audit(_ endpoint: Endpoint, _ query: Query) async throws(Problem) -> Response {
        switch endpoint {
        case .auditCheck:
            try Answers.json(try await service.auditCheck())
        case .auditCompare:
            try Answers.json(
                try await service.auditCompare(with: try query.peer(), try query.day()))
        default:
            try Answers.json(try await service.audit(try query.day(), page: query.page()))
        }
    }

    /// A receipt is small, and is sent in one piece.
    private func receipt(
        _ id: DocumentID, _ kind: ReceiptKind, _ query: Query
    ) async throws(Problem) -> Response {
        let recipient = try query.organisation("recipient")
        guard let der = try await service.receipt(id, recipient: recipient, kind: kind) else {
            throw Problem(
                .notFound,
                "There is no receipt \(kind.rawValue) for \(id) here. "
                    + "The document shows whether it is still expected.")
        }
        return Answers.receipt(der, id: id, kind: kind)
    }

    private static func unknown(_ id: DocumentID) -> Problem {
        Problem(.notFound, "This relay does not know a document \(id).")
    }

    private static func notInInbox(_ id: DocumentID) -> Problem {
        Problem(.notFound, "There is no document \(id) in the inbox, or not for this recipient.")
    }

    /// Our own failures and conflicts are for the operator; slips of a client are not.
    private func log(_ problem: Problem, _ request: Request) {
        let level: Logger.Level =
            switch problem.kind {
            case .internalError: .error
            case .conflict, .storeFull, .unavailable, .unauthorized: .warning
            default: .debug
            }
        logger.log(
            level: level, "request refused",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(printable(request.uri.path))",
                "problem": "\(problem.kind.rawValue)", "detail": "\(problem.detail)",
                "earlier": "\(problem.earlier.map(\.description) ?? "-")",
            ])
    }
}

extension HeaderFields {
    init(_ fields: HTTPFields) {
        self.init()
        for field in fields { add(field.name.rawName, field.value) }
    }
}
