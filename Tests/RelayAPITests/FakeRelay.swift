// A relay in memory, for the tests of the API: it keeps submissions as the real one must, fails on
// demand, and remembers what became of each upload.

import NIOCore
import RelayAPI
import RelayCore
import RelayTrust
import Synchronization

final class FakeRelay: RelayService {
    struct Stored: Sendable {
        var id: DocumentID
        var request: SubmitRequest
        var size: Int64
        var sha256: SHA256Digest
        var bytes: [UInt8]
        var collectedAt: Instant?
    }

    enum UploadEnd: Equatable, Sendable {
        case whole
        case failed(Problem.Kind)
    }

    struct State: Sendable {
        var stored: [Stored] = []
        var uploads: [UploadEnd] = []
        var running = 0
        var runningMax = 0
        var queue: [QueueEntry] = []
        var traces: [TraceRequest] = []
        var orders: [(order: QueueOrder, giver: OperatorIdentity)] = []
        var refusal: Problem?
        var health = HealthView(
            canTakeIn: true, canForward: true, reasons: [], relay: relay("H26.1"),
            version: "1", startedAt: Instant(milliseconds: 0))
        /// A body of this many bytes that is made while it is sent.
        var madeBodySize: Int64?
        /// The source fails after so many bytes.
        var failsAfter: Int64?
        /// The source ends so many bytes too early.
        var shortBy: Int64 = 0
        var bytesMade: Int64 = 0
        var keepsBytes = true
        /// Submissions wait at the barrier before they read, instead of after.
        var waitsBeforeReading = false
    }

    let state = Mutex(State())
    /// Submissions wait here until the test opens it, when it is closed.
    let barrier = Gate()

    func change(_ work: (inout sending State) -> Void) { state.withLock { work(&$0) } }
    func read<Value: Sendable>(_ work: (State) -> Value) -> Value { state.withLock { work($0) } }

    // MARK: RelayService

    func submit(
        _ request: SubmitRequest, body: UploadBody
    ) async throws(Problem) -> RelayAPI.Submission {
        if let refusal = read({ $0.refusal }) { throw refusal }
        change {
            $0.running += 1
            $0.runningMax = max($0.runningMax, $0.running)
        }
        defer { change { $0.running -= 1 } }
        var digest = BodyDigest()
        var bytes: [UInt8] = []
        var size: Int64 = 0
        let isLarge = !read { $0.keepsBytes }
        if read({ $0.waitsBeforeReading }) { await barrier.pass() }
        do throws(Problem) {
            for try await piece in body {
                size += Int64(piece.readableBytes)
                if isLarge { continue }
                let part = Array(piece.readableBytesView)
                digest.update(part)
                bytes += part
            }
        } catch {
            change { $0.uploads.append(.failed(error.kind)) }
            throw error
        }
        change { $0.uploads.append(.whole) }
        await barrier.pass()
        let sha256 = digest.finish()
        if let announced = request.sha256, announced != sha256 {
            throw Problem(.digestMismatch, "The bytes have \(sha256).")
        }
        return try keep(request, bytes, size, sha256)
    }

    private func keep(
        _ request: SubmitRequest, _ bytes: [UInt8], _ size: Int64, _ sha256: SHA256Digest
    ) throws(Problem) -> RelayAPI.Submission {
        let result: Result<RelayAPI.Submission, Problem> = state.withLock { state in
            if let earlier = state.stored.first(where: { $0.matches(request) }), !request.again {
                if earlier.sha256 == sha256 { return .success(.known(earlier.answer)) }
                var problem = Problem(.conflict, "\(earlier.id) has other bytes.")
                problem.earlier = earlier.id
                return .failure(problem)
            }
            let stored = Stored(
                id: DocumentID(high: 1, low: UInt64(state.stored.count)), request: request,
                size: size, sha256: sha256, bytes: bytes)
            state.stored.append(stored)
            return .success(.created(stored.answer))
        }
        return try result.get()
    }

    func document(_ id: DocumentID) async throws(Problem) -> DocumentView? {
        read { $0.stored.first { $0.id == id }?.view }
    }

    func queue(
        _ filter: QueueFilter, late: Bool, page: PageRequest
    ) async throws(Problem) -> QueuePage {
        let matching = read { $0.queue }
            .filter { filter.destination?.contains($0.destination) ?? true }
            .filter { filter.state == nil || $0.state == filter.state }
            .filter { !late || $0.late == true }
            .sorted { $0.id < $1.id }
            .filter { entry in page.after.map { entry.id.description > $0 } ?? true }
        let entries = Array(matching.prefix(page.limit))
        return QueuePage(
            entries: entries,
            next: matching.count > entries.count ? entries.last?.id.description : nil)
    }

    func order(
        _ order: QueueOrder, by giver: OperatorIdentity
    ) async throws(Problem) -> OrderAnswer {
        change { $0.orders.append((order, giver)) }
        var answer = OrderAnswer(
            order: order.order, dryRun: order.dryRun, asOf: Instant(milliseconds: 0))
        answer.done = order.ids?.count ?? 0
        return answer
    }

    func queueForecast() async throws(Problem) -> QueueForecast {
        var row = QueueForecastRow(destination: code("H26.2"), queued: 3, course: .draining)
        row.drainPerSecond = 0.125
        row.leavesAt = Instant(milliseconds: 24_000)
        row.late = 1
        row.earliestDueAt = Instant(milliseconds: 20_000)
        return QueueForecast(rows: [row], windowSeconds: 120)
    }

    func why(_ id: DocumentID) async throws(Problem) -> WhyView? {
        guard let stored = read({ $0.stored.first { $0.id == id } }) else { return nil }
        return WhyView(
            id: id, kind: .document, sender: stored.request.sender ?? code("X"), priority: 0,
            relay: relay("H26.1"), expiresAt: Instant(milliseconds: 1),
            recipients: stored.request.recipients.map {
                WhyRecipient(
                    recipient: $0, state: .queued, why: .noLink, act: .administrator,
                    since: Instant(milliseconds: 0), attempts: 1, round: 1,
                    routes: [WhyHop(relay: relay("HUB-1"), code: .down)])
            })
    }

    func order(
        _ order: PeerOrderRequest, about peer: RelayCode, by giver: OperatorIdentity
    ) async throws(Problem) -> PeerOrderAnswer? {
        peer == relay("HUB-1")
            ? PeerOrderAnswer(peer: peer, order: order.order, changed: true) : nil
    }

    func queueShape() async throws(Problem) -> QueueShape {
        var row = QueueShapeRow(destination: code("H26.2"))
        row.add(queuedAt: Instant(milliseconds: 0), now: Instant(milliseconds: 30_000))
        return QueueShape(rows: [row])
    }

    func inbox(
        of organisation: OrganisationCode?, page: PageRequest
    ) async throws(Problem) -> InboxPage {
        let entries = read { $0.stored.filter { $0.collectedAt == nil }.map(\.entry) }
        return InboxPage(
            entries: entries.filter { organisation == nil || $0.recipient == organisation },
            next: nil)
    }

    func inboxBody(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> (facts: BodyFacts, bytes: OutgoingBody)? {
        let state = read { $0 }
        guard let stored = state.stored.first(where: { $0.id == id }) else { return nil }
        guard recipient != nil || stored.request.recipients.count == 1 else {
            throw Problem(.recipientNeeded, "Name one of the recipients.")
        }
        let facts = BodyFacts(
            size: state.madeBodySize ?? stored.size, sha256: stored.sha256,
            mediaType: stored.request.mediaType, fileName: stored.request.fileName)
        guard state.madeBodySize != nil else { return (facts, OutgoingBody(bytes: stored.bytes)) }
        return (facts, madeBody(facts.size - state.shortBy, failsAfter: state.failsAfter))
    }

    private func madeBody(_ size: Int64, failsAfter: Int64?) -> OutgoingBody {
        OutgoingBody {
            var made: Int64 = 0
            return {
                guard made < size else { return nil }
                if let failsAfter, made >= failsAfter { throw FakeFailure() }
                let count = min(64 * 1_024, size - made)
                made += count
                self.change { $0.bytesMade = made }
                return ByteBuffer(repeating: 0x41, count: Int(count))
            }
        }
    }

    func collect(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> InboxEntry? {
        state.withLock { state in
            guard let place = state.stored.firstIndex(where: { $0.id == id }) else { return nil }
            if state.stored[place].collectedAt == nil {
                state.stored[place].collectedAt = Instant(milliseconds: 1_000)
            }
            return state.stored[place].entry
        }
    }

    func receipt(
        _ id: DocumentID, recipient: OrganisationCode?, kind: ReceiptKind
    ) async throws(Problem) -> [UInt8]? {
        kind == .received ? [0x30, 0x03, 0x02, 0x01, 0x01] : nil
    }

    func peers() async throws(Problem) -> [PeerView] {
        [
            PeerView(
                code: relay("HUB-1"), role: "hub", state: .up, since: Instant(milliseconds: 0),
                addresses: ["127.0.0.1:7400"], queued: 1, inFlight: 2)
        ]
    }

    func routes(for code: OrganisationCode?) async throws(Problem) -> [RouteView] {
        [
            RouteView(
                to: code?.text ?? "*", via: [HopView(relay: relay("HUB-1"), state: .up)],
                chosen: relay("HUB-1"))
        ]
    }

    func trace(_ request: TraceRequest) async throws(Problem) -> TraceView {
        change { $0.traces.append(request) }
        return TraceView(
            to: request.code, startedAt: Instant(milliseconds: 0), reaches: true,
            steps: [
                TraceStep(
                    relay: relay("H26.1"), path: [relay("H26.1")], state: .answered,
                    isChosen: true)
            ])
    }

    func audit(_ day: Day?, page: PageRequest) async throws(Problem) -> AuditPage {
        AuditPage(
            rows: [
                AuditRow(
                    day: day?.description ?? "2026-03-02", relay: nil,
                    documents: TallyView(Tally()), receipts: TallyView(Tally()),
                    handedDocuments: HandedView(), handedReceipts: HandedView())
            ], next: nil)
    }

    func auditCheck() async throws(Problem) -> AuditCheck {
        AuditCheck(deliveries: 1, handOvers: 2, discrepancies: [])
    }

    func auditCompare(
        with peer: RelayCode, _ day: Day?
    ) async throws(Problem) -> AuditComparison {
        AuditComparison(peer: peer, day: day?.description ?? "today", state: .down)
    }

    func health() async throws(Problem) -> HealthView { read { $0.health } }

    func configuration() async throws(Problem) -> ConfigurationView {
        ConfigurationView(
            file: "/etc/tram/relayd.yaml", loadedAt: Instant(milliseconds: 0),
            changes: [.init(key: "routes", effect: .now)], atNextStart: ["listen"])
    }

    func reload() async throws(Problem) -> ConfigurationView {
        if let refusal = read({ $0.refusal }) { throw refusal }
        return try await configuration()
    }

    func metrics() async throws(Problem) -> [MetricFamily] { ContractFixtures.metrics }

    func events(_ request: EventRequest) async throws(Problem) -> EventList {
        if let refusal = read({ $0.refusal }) { throw refusal }
        return ContractFixtures.events(request)
    }

    func counts() async throws(Problem) -> CountsView {
        var counts = CountsView(accepted: read { $0.stored.count })
        counts.queued = counts.accepted
        return counts
    }
}

struct FakeFailure: Error {}

extension FakeRelay.Stored {
    func matches(_ other: SubmitRequest) -> Bool {
        if let key = other.idempotencyKey, key == request.idempotencyKey { return true }
        return other.documentId != nil && other.documentId == request.documentId
            && other.sender == request.sender
    }

    var answer: SubmitAnswer {
        SubmitAnswer(
            id: id, state: .queued, recipients: request.recipients, sha256: sha256, size: size)
    }

    var view: DocumentView {
        DocumentView(
            id: id, kind: request.kind ?? .document, sender: request.sender ?? code("X"),
            priority: request.priority ?? 0, size: size, sha256: sha256,
            mediaType: request.mediaType, origin: relay("H26.1"),
            submittedAt: Instant(milliseconds: 0), expiresAt: Instant(milliseconds: 1),
            recipients: request.recipients.map { RecipientView(recipient: $0, state: .queued) },
            history: [HistoryEntry(at: Instant(milliseconds: 0), what: "accepted")])
    }

    var entry: InboxEntry {
        var entry = InboxEntry(
            id: id, recipient: request.recipients.first ?? code("X"),
            kind: request.kind ?? .document, sender: request.sender ?? code("X"),
            priority: request.priority ?? 0, size: size, sha256: sha256,
            mediaType: request.mediaType, origin: relay("H26.1"),
            receivedAt: Instant(milliseconds: 0))
        entry.collectedAt = collectedAt
        return entry
    }
}

func code(_ text: String) -> OrganisationCode {
    guard let code = OrganisationCode(text) else { preconditionFailure("\(text) is no code") }
    return code
}

func relay(_ text: String) -> RelayCode {
    guard let code = RelayCode(text) else { preconditionFailure("\(text) is no code") }
    return code
}

/// A door that tests close and open; open at first.
final class Gate: Sendable {
    private struct State {
        var isOpen = true
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func close() { state.withLock { $0.isOpen = false } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
