// What the local API asks of the relay, answered from the store's snapshots and the node's state.

import NIOCore
import OpenSSL
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayEngine
import RelayPeer
import RelayStore
import RelayWire

struct LocalService: RelayService {
    let submitter: Submitter
    let orders: OrderDesk
    let engine: Engine
    let callers: Callers
    let bodies: Bodies
    let peerService: PeerService
    let inForce: InForce
    let reloader: Reloader
    let feed: EventFeed
    let metrics: Metrics
    let clock: SystemClock
    let startedAt: Instant

    /// In force at the moment.
    var configuration: Configuration { inForce.configuration }

    // MARK: - Submit

    func submit(
        _ request: SubmitRequest, body: UploadBody
    ) async throws(Problem) -> RelayAPI.Submission {
        try await submitter.submit(request, body)
    }

    // MARK: - Inspect

    func document(_ id: DocumentID) async throws(Problem) -> RelayAPI.DocumentView? {
        let (stored, history) = try await reading { reader in
            (try reader.document(id), try reader.history(of: id, limit: Self.historyMax))
        }
        guard let stored else { return nil }
        return await picture().view(of: stored, history: history.happenings)
    }

    /// Happenings shown of one document: the oldest, which say where it began.
    private static let historyMax = 1_000

    func queue(
        _ filter: QueueFilter, late: Bool, page: PageRequest
    ) async throws(Problem) -> QueuePage {
        let wanted = try ListingFilter(filter, at: clock.now)
        let after = try ListingCursor(parsing: page.after)
        let picture = await picture()
        let (found, lateness) = try await reading { reader in
            let lateness = try Forecasts(reader, picture).lateness
            var wanted = wanted
            if late { wanted.lateness = lateness }
            return (try reader.deliveries(wanted, after: after, limit: page.limit), lateness)
        }
        return QueuePage(
            entries: found.deliveries.map {
                picture.entry($0.envelope, $0.stored, lateness: lateness)
            }, next: found.next.map(\.text))
    }

    func order(
        _ order: QueueOrder, by giver: OperatorIdentity
    ) async throws(Problem) -> OrderAnswer {
        try await orders.carryOut(order, by: giver)
    }

    func why(_ id: DocumentID) async throws(Problem) -> WhyView? {
        guard let stored = try await reading({ try $0.document(id) }) else { return nil }
        var history: [Happening] = []
        var after: UInt64? = 0
        // The newest matter most; a history of more pages than these is of a link that flaps.
        for _ in 0..<20 where after != nil {
            let from = after ?? 0
            let page = try await reading {
                try $0.history(of: id, after: from, limit: Self.historyMax)
            }
            history += page.happenings
            after = page.next
        }
        return await picture().why(of: stored, history: history)
    }

    func order(
        _ order: PeerOrderRequest, about peer: RelayCode, by giver: OperatorIdentity
    ) async throws(Problem) -> PeerOrderAnswer? {
        try await orders.carryOut(order, about: peer, by: giver)
    }

    func queueShape() async throws(Problem) -> QueueShape {
        let now = clock.now
        let rows = try await reading { try $0.shape(at: now, limit: StoreReader.pageMax) }
        return QueueShape(
            rows: rows.map { row in
                var view = QueueShapeRow(destination: row.destination)
                view.counts = row.byAge.map { Int(clamping: $0) }
                view.total = Int(clamping: row.total)
                view.oldest = row.oldest
                return view
            })
    }

    func queueForecast() async throws(Problem) -> QueueForecast {
        let picture = await picture()
        return try await reading { try Forecasts($0, picture).view }
    }

    // MARK: - Inbox

    func inbox(
        of organisation: OrganisationCode?, page: PageRequest
    ) async throws(Problem) -> InboxPage {
        let served = configuration.relay.organisations.sorted()
        let after = try ListingCursor(parsing: page.after)
        var entries: [InboxEntry] = []
        for code in organisation.map({ [$0] }) ?? served {
            if let after, code < after.recipient { continue }
            let start = after?.recipient == code ? after?.sequence ?? 0 : 0
            let room = page.limit - entries.count
            let found = try await reading { try $0.inbox(of: code, after: start, limit: room) }
            entries += found.deliveries.map { InboxEntry($0.envelope, $0.stored) }
            if let next = found.next {
                return InboxPage(entries: entries, next: next.text)
            }
            if entries.count == page.limit, code != served.last, organisation == nil {
                let last = ListingCursor(recipient: code, sequence: .max)
                return InboxPage(entries: entries, next: last.text)
            }
        }
        return InboxPage(entries: entries, next: nil)
    }

    func inboxBody(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> (facts: BodyFacts, bytes: OutgoingBody)? {
        guard let (envelope, stored) = try await arrived(id, recipient), stored.delivery.holdsBody
        else { return nil }
        let facts = BodyFacts(
            size: Int64(clamping: envelope.size), sha256: envelope.digest,
            mediaType: envelope.mediaType,
            fileName: envelope.name.isEmpty ? nil : envelope.name)
        return (facts, bodies.stream(id, size: envelope.size))
    }

    func collect(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> InboxEntry? {
        guard let (envelope, stored) = try await arrived(id, recipient) else { return nil }
        let reply = await callers.reply { caller in
            engine.postIfRoom(.event(.collected(stored.delivery.key, caller: caller)))
        }
        guard case .done = reply else {
            throw Problem(.unavailable, "The relay did not note it; say it again.")
        }
        var entry = InboxEntry(envelope, stored)
        let after = try await arrived(id, stored.delivery.recipient)
        if case .collected(let at) = after?.stored.delivery.state { entry.collectedAt = at }
        return entry
    }

    /// A document that has arrived here, for the named recipient or the only one.
    private func arrived(
        _ id: DocumentID, _ recipient: OrganisationCode?
    ) async throws(Problem) -> (envelope: Envelope, stored: StoredDelivery)? {
        guard let view = try await reading({ try $0.document(id) }), view.envelope.kind != .receipt
        else { return nil }
        let here = view.deliveries.filter {
            $0.delivery.part.isDestination
                && (recipient ?? $0.delivery.recipient)
                    == $0.delivery.recipient
        }
        guard here.count <= 1 else { throw Self.ambiguous(here) }
        return here.first.map { (view.envelope, $0) }
    }

    func receipt(
        _ id: DocumentID, recipient: OrganisationCode?, kind: ReceiptKind
    ) async throws(Problem) -> [UInt8]? {
        guard let view = try await reading({ try $0.document(id) }) else { return nil }
        let found = view.deliveries.filter {
            (recipient ?? $0.delivery.recipient) == $0.delivery.recipient
        }
        guard found.count <= 1 else { throw Self.ambiguous(found) }
        guard let delivery = found.first?.delivery else { return nil }
        let key = ReceiptKey(delivery: delivery.key, kind: kind.core)
        guard let document = try await reading({ try $0.receipt(key) }) else { return nil }
        return try await reading { try $0.piece(0, of: document) }
    }

    private static func ambiguous(_ deliveries: [StoredDelivery]) -> Problem {
        Problem(
            .recipientNeeded, field: "recipient",
            "It is for "
                + deliveries.map(\.delivery.recipient.text).joined(separator: ", ")
                + " here; name one of them.")
    }

    // MARK: - The relay itself

    func peers() async throws(Problem) -> [PeerView] {
        let now = clock.now
        let shape = try await reading { try $0.shape(at: now, limit: StoreReader.pageMax) }
        return await picture().peers(
            configuration.peers, certificatesEnd: peerService.certificatesEnd, waiting: shape)
    }

    func routes(for code: OrganisationCode?) async throws(Problem) -> [RouteView] {
        await picture().routes(for: code)
    }

    func trace(_ request: TraceRequest) async throws(Problem) -> TraceView {
        let question = RouteTrace.Question(
            destination: request.code, patience: .seconds(Int64(request.timeout)),
            drill: request.drill)
        let reply = await callers.reply { caller in
            engine.postIfRoom(.event(.asked(question, caller: caller)))
        }
        switch reply {
        case .traced(let report):
            let errors = await engine.inspect { $0.peers.all.mapValues(\.lastError) }
            return Tracing(report, errors: errors ?? [:]).view
        case .tooMany:
            throw Problem(.unavailable, "Too many traces are under way; try again.")
        default: throw Problem(.unavailable, "The relay could not ask; try again.")
        }
    }

    func health() async throws(Problem) -> HealthView {
        await picture().health(version: Version.text, startedAt: startedAt)
    }

    func events(_ request: EventRequest) async throws(Problem) -> EventList {
        try await feed.events(request)
    }

    func metrics() async throws(Problem) -> [MetricFamily] { try await metrics.families() }

    func counts() async throws(Problem) -> CountsView {
        let counters = try await reading { try $0.counters() }
        return CountsView(counters)
    }

    func configuration() async throws(Problem) -> ConfigurationView { inForce.view }

    func reload() async throws(Problem) -> ConfigurationView { try await reloader.reload() }

    // MARK: -

    /// The node as it is now.
    private func picture() async -> Picture {
        let node = await engine.inspect { $0 }
        return Picture(
            relay: configuration.relay.code, node: node, now: clock.now, tick: clock.tick)
    }

    private func reading<Value: Sendable>(
        _ body: @escaping @Sendable (StoreReader) throws -> Value
    ) async throws(Problem) -> Value {
        try await bodies.answer(body)
    }
}
