// The client end of the local API: the same questions that the server asks of its service, and the
// same answers. Small HTTP/1.1 on NIO, so that no second TLS library comes in with a large client.
//
// It may be used from many tasks at once; each request takes a connection of its own, and
// connections are kept for later requests. Bodies are streamed in both directions.

import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
package import RelayCore

package final class RelayClient: Sendable {
    let address: ClientAddress
    let timeouts: ClientTimeouts
    let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    let pool = ConnectionPool()
    /// Stated with orders: for whom this program runs.
    let operatorName: String?

    package init(
        _ address: ClientAddress, timeouts: ClientTimeouts = ClientTimeouts(),
        operatorName: String? = nil
    ) {
        self.address = address
        self.timeouts = timeouts
        self.operatorName = operatorName
    }

    /// Closes the connections that are kept. Running requests end by themselves.
    package func close() { pool.closeAll() }

    // MARK: Submit

    /// Sends a document and returns when it is the relay's own.
    ///
    /// After `timedOut` or `cut` it is not known whether the relay has it: submit it again with the
    /// same key.
    package func submit(
        _ request: SubmitRequest, body: OutgoingBody
    ) async throws(ClientError) -> Submission {
        var head = self.head(.documents)
        for (name, value) in request.headers.fields { head.headers.add(name: name, value: value) }
        let sending = ClientRequest(head: head, body: body, bodySize: request.size)
        return try await perform(sending) { response, body in
            let answer = try await Self.json(SubmitAnswer.self, response, body)
            return response.status.code == 201 ? .created(answer) : .known(answer)
        }
    }

    // MARK: Inspect

    package func document(_ id: DocumentID) async throws(ClientError) -> DocumentView {
        try await get(.document(id))
    }

    package func queue(
        _ filter: QueueFilter = QueueFilter(), late: Bool = false,
        page: PageRequest = PageRequest()
    ) async throws(ClientError) -> QueuePage {
        var query = Query(page)
        filter.add(to: &query)
        if late { query["late"] = "true" }
        return try await get(.queue, query)
    }

    /// A part of an order's work: as long as the answer has a `next`, the same order goes on with
    /// it.
    package func order(_ order: QueueOrder) async throws(ClientError) -> OrderAnswer {
        try await post(.queueOrders, order)
    }

    package func queueShape() async throws(ClientError) -> QueueShape { try await get(.queueShape) }

    package func queueForecast() async throws(ClientError) -> QueueForecast {
        try await get(.queueForecast)
    }

    package func why(_ id: DocumentID) async throws(ClientError) -> WhyView {
        try await get(.documentWhy(id))
    }

    package func order(
        _ order: PeerOrderRequest, about peer: RelayCode
    ) async throws(ClientError) -> PeerOrderAnswer {
        try await post(.peerOrders(peer), order)
    }

    package func peers() async throws(ClientError) -> [PeerView] {
        try await get(.peers, as: PeerList.self).peers
    }

    package func routes(
        for code: OrganisationCode? = nil
    ) async throws(ClientError) -> [RouteView] {
        var query = Query()
        query["code"] = code?.text
        return try await get(.routes, query, as: RouteList.self).routes
    }

    /// Returns when all relays have answered, after the request's time at the latest.
    package func trace(_ request: TraceRequest) async throws(ClientError) -> TraceView {
        try await get(.routesTrace, Query(request))
    }

    /// Also when the relay is not healthy, since it says why.
    package func health() async throws(ClientError) -> HealthView {
        try await perform(ClientRequest(head: head(.health))) { response, body in
            try await Self.json(HealthView.self, response, body, accepting: [503])
        }
    }

    package func counts() async throws(ClientError) -> CountsView { try await get(.counts) }

    // MARK: Audit

    package func audit(
        _ day: Day? = nil, page: PageRequest = PageRequest()
    ) async throws(ClientError) -> AuditPage {
        var query = Query(page)
        query["day"] = day?.description
        return try await get(.audit, query)
    }

    package func auditCheck() async throws(ClientError) -> AuditCheck {
        try await get(.auditCheck)
    }

    package func auditCompare(
        with peer: RelayCode, _ day: Day? = nil
    ) async throws(ClientError) -> AuditComparison {
        var query = Query()
        query["peer"] = peer.text
        query["day"] = day?.description
        return try await get(.auditCompare, query)
    }

    /// Answers after `request.waitSeconds` at the latest, which is below the client's own patience.
    package func events(
        _ request: EventRequest = EventRequest()
    ) async throws(ClientError) -> EventList {
        try await get(.events, request.query)
    }

    package func configuration() async throws(ClientError) -> ConfigurationView {
        try await get(.config)
    }

    package func reload() async throws(ClientError) -> ConfigurationView {
        try await get(.configReload)
    }

    /// In the Prometheus exposition format.
    package func metrics() async throws(ClientError) -> String {
        try await perform(ClientRequest(head: head(.metrics))) { response, body in
            guard response.status.code == 200 else {
                throw try await Self.refusal(response, body)
            }
            let text = try await body.collect(bytesMax: APILimits.answerBytesMax)
            return String(buffer: text)
        }
    }

    // MARK: Inbox and receipts

    package func inbox(
        of organisation: OrganisationCode? = nil, page: PageRequest = PageRequest()
    ) async throws(ClientError) -> InboxPage {
        var query = Query(page)
        query["organisation"] = organisation?.text
        return try await get(.inbox, query)
    }

    /// Hands the body of a document to `take`, piece by piece, and returns its facts when all of it
    /// has come. The digest is for the caller to compare. `begin` learns the facts before the
    /// first piece.
    @discardableResult
    package func fetch(
        _ id: DocumentID, recipient: OrganisationCode? = nil,
        begin: (BodyFacts) throws -> Void = { _ in },
        take: ([UInt8]) async throws -> Void
    ) async throws(ClientError) -> BodyFacts {
        let request = ClientRequest(
            head: head(.inboxBody(id), Query(recipient: recipient)))
        return try await perform(request) { response, body in
            guard response.status.code == 200 else {
                throw try await Self.refusal(response, body)
            }
            let facts = try BodyFacts(response.headers)
            do {
                try begin(facts)
            } catch {
                throw ClientError.sink("\(error)")
            }
            var count: Int64 = 0
            while let piece = try await body.next() {
                count += Int64(piece.readableBytes)
                do {
                    try await take(Array(piece.readableBytesView))
                } catch {
                    throw ClientError.sink("\(error)")
                }
            }
            guard count == facts.size else {
                throw ClientError.cut("\(count) bytes of \(facts.size) came")
            }
            return facts
        }
    }

    package func collect(
        _ id: DocumentID, recipient: OrganisationCode? = nil
    ) async throws(ClientError) -> InboxEntry {
        try await get(.inboxCollect(id), Query(recipient: recipient))
    }

    /// The receipt in DER.
    package func receipt(
        _ id: DocumentID, recipient: OrganisationCode? = nil, kind: ReceiptKind
    ) async throws(ClientError) -> [UInt8] {
        let request = ClientRequest(
            head: head(.receipt(id, kind), Query(recipient: recipient)))
        return try await perform(request) { response, body in
            guard response.status.code == 200 else {
                throw try await Self.refusal(response, body)
            }
            let der = try await body.collect(bytesMax: APILimits.receiptBytesMax)
            return Array(der.readableBytesView)
        }
    }
}

extension Query {
    init(_ page: PageRequest) {
        self.init()
        self["after"] = page.after
        self["limit"] = String(page.limit)
    }

    init(recipient: OrganisationCode?) {
        self.init()
        self["recipient"] = recipient?.text
    }
}

extension BodyFacts {
    /// Reads what the header fields say of a body.
    init(_ headers: HTTPHeaders) throws(ClientError) {
        guard let size = headers.first(name: HeaderName.contentLength).flatMap({ Int64($0) }),
            let sha256 = headers.first(name: HeaderName.sha256).flatMap({ SHA256Digest(hex: $0) })
        else {
            throw .unintelligible(status: 200, detail: "it lacks the length or the digest")
        }
        let name = headers.first(name: HeaderName.contentDisposition)
            .flatMap { $0.split(separator: "filename*=UTF-8''").last }
            .flatMap { PercentCoding.decode($0) }
        self.init(
            size: size, sha256: sha256,
            mediaType: headers.first(name: HeaderName.contentType) ?? "", fileName: name)
    }
}
