// One of everything that the relay may say.

import RelayAPI
import RelayCore

@testable import relayctl

enum Samples {
    /// One delivery that cannot leave, with everything that can be said of it.
    static var why: WhyView {
        var one = WhyRecipient(
            recipient: code("H26.2"), state: .queued, why: .noLink, act: .peerAdministrator,
            since: Instant(milliseconds: 0), attempts: 3, round: 2)
        one.actor = relay("HUB-1")
        one.nextTryAt = Instant(milliseconds: 3_612_000)
        one.dueAt = Instant(milliseconds: 7_200_000)
        one.detour = "~HUB-2"
        one.lastError = Mishap(
            .linkLost, at: Instant(milliseconds: 3_540_000), peer: relay("HUB-1"))
        var down = WhyHop(relay: relay("HUB-1"), code: .down)
        down.detail = "connection refused"
        var paused = WhyHop(relay: relay("HUB-2"), code: .paused)
        paused.order = PeerOrderView(
            order: .pause, by: "an (uid 1000)", reason: "bảo trì", since: Instant(milliseconds: 0))
        one.routes = [down, paused]
        var view = WhyView(
            id: StubRelay.id, kind: .document, sender: code("H26.1"), priority: 2,
            relay: relay("AGENCY-A"), expiresAt: Instant(milliseconds: 86_400_000),
            recipients: [one])
        view.documentId = "12/QĐ-UBND"
        return view
    }

    static let time = LocalTime(now: Instant(milliseconds: 3_600_000), offset: { _ in 25_200 })

    static let document: DocumentView = {
        var waiting = RecipientView(recipient: code("H26.2"), state: .queued, attempts: 3)
        waiting.at = relay("AGENCY-A")
        waiting.why = Reason(code: "link-down", words: "HUB-1 cannot be reached.")
        waiting.nextTryAt = Instant(milliseconds: 3_612_000)
        waiting.nextHop = relay("HUB-1")
        var done = RecipientView(recipient: code("H26.3"), state: .collected, attempts: 1)
        done.receivedAt = Instant(milliseconds: 1_000)
        done.collectedAt = Instant(milliseconds: 2_000)
        var view = DocumentView(
            id: StubRelay.id, kind: .document, sender: code("H26.1"), priority: 2, size: 12_345,
            sha256: digest, mediaType: "application/pdf", origin: relay("AGENCY-A"),
            submittedAt: Instant(milliseconds: 0), expiresAt: Instant(milliseconds: 2_592_000_000),
            recipients: [waiting, done],
            history: [
                HistoryEntry(at: Instant(milliseconds: 0), what: "accepted"),
                HistoryEntry(
                    at: Instant(milliseconds: 500), what: "returned", recipient: code("H26.2"),
                    peer: relay("HUB-1"), detail: "connection refused"),
            ])
        view.documentId = "H26.1,2026/03/02,12/QĐ-UBND"
        view.businessType = 0
        view.fileName = "Quyết định.pdf"
        return view
    }()

    static let digest: SHA256Digest = {
        guard let digest = SHA256Digest(bytes: [UInt8](repeating: 0xAB, count: 32)) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }()

    static func queueEntry(_ number: Int) -> QueueEntry {
        var entry = QueueEntry(
            id: DocumentID(high: 1, low: UInt64(number)), kind: .document, sender: code("H26.1"),
            destination: code("H26.2"), state: .queued, priority: 0, size: 2_048,
            queuedAt: Instant(milliseconds: 0), attempts: number)
        entry.why = Reason(code: "link-down", words: "HUB-1 cannot be reached.")
        return entry
    }

    static let shape: QueueShape = {
        var row = QueueShapeRow(destination: code("H26.2"))
        let now = Instant(milliseconds: 3_600_000)
        row.add(queuedAt: Instant(milliseconds: 3_590_000), now: now)
        row.add(queuedAt: Instant(milliseconds: 0), now: now)
        row.add(queuedAt: Instant(milliseconds: -700_000_000), now: now)
        return QueueShape(rows: [row])
    }()

    static let forecast: QueueForecast = {
        var ill = QueueForecastRow(destination: code("H26.2"), queued: 12, course: .stalled)
        ill.late = 12
        ill.missed = 3
        ill.earliestDueAt = Instant(milliseconds: 3_000_000)
        var well = QueueForecastRow(destination: code("H26.1"), queued: 240, course: .draining)
        well.drainPerSecond = 2.04
        well.leavesAt = Instant(milliseconds: 3_720_000)
        well.earliestDueAt = Instant(milliseconds: 9_000_000)
        return QueueForecast(rows: [well, ill], windowSeconds: 120)
    }()

    static let inboxEntry: InboxEntry = {
        var entry = InboxEntry(
            id: StubRelay.id, recipient: code("H26.2"), kind: .document, sender: code("H26.1"),
            priority: 1, size: 100_000, sha256: digest, mediaType: "application/pdf",
            origin: relay("AGENCY-A"), receivedAt: Instant(milliseconds: 0))
        entry.documentId = "12/CV-Sở TT&TT"
        return entry
    }()

    static let peers: [PeerView] = {
        var down = PeerView(
            code: relay("HUB-1"), role: "hub", state: .down, since: Instant(milliseconds: 0),
            addresses: ["10.0.0.1:7400", "10.1.0.1:7400"], queued: 12, inFlight: 0)
        down.lastError = Reason(code: "refused", words: "The connection was refused.")
        down.nextTryAt = Instant(milliseconds: 3_605_000)
        let up = PeerView(
            code: relay("HUB-2"), role: "hub", state: .up, since: Instant(milliseconds: 0),
            addresses: ["10.0.0.2:7400"], queued: 0, inFlight: 3)
        return [down, up]
    }()

    static let routes = [
        RouteView(
            to: "H26.*",
            via: [
                HopView(
                    relay: relay("HUB-1"), state: .down,
                    why: Reason(code: "refused", words: "The connection was refused.")),
                HopView(relay: relay("HUB-2"), state: .up),
            ], chosen: relay("HUB-2"))
    ]

    static let configuration: ConfigurationView = {
        var view = ConfigurationView(
            file: "/etc/tram/relayd.yaml", loadedAt: Instant(milliseconds: 0),
            changes: [.init(key: "routes", effect: .now), .init(key: "tls", effect: .newLinks)],
            atNextStart: ["listen"])
        view.refusedAt = Instant(milliseconds: 5)
        view.errors = ["relayd.yaml:1:1: (file): is not in order"]
        return view
    }()

    static let trace: TraceView = {
        let (here, hub1, hub2, end) = (
            relay("AGENCY-A"), relay("HUB-1"), relay("HUB-2"), relay("AGENCY-B")
        )
        var down = TraceStep(relay: hub1, path: [here, hub1], state: .down, isChosen: false)
        down.why = Reason(code: "link", words: "The connection was refused.")
        var last = answered([here, hub2, end], after: 24, offset: -3, waiting: 0)
        last.isDestination = true
        var sick = answered([here, hub2], after: 12, offset: 1_500, waiting: 7)
        sick.takesIn = false
        return TraceView(
            to: code("H26.2"), startedAt: Instant(milliseconds: 3_600_000), reaches: true,
            steps: [
                answered([here], after: nil, offset: nil, waiting: 2), down, sick, last,
                TraceStep(relay: hub1, path: [here, hub2, hub1], state: .silent, isChosen: false),
            ])
    }()

    static let noWay = TraceView(
        to: code("H99"), startedAt: Instant(milliseconds: 3_600_000), reaches: false,
        steps: [answered([relay("AGENCY-A")], after: nil, offset: nil, waiting: 0)])

    private static func answered(
        _ path: [RelayCode], after: Int?, offset: Int?, waiting: Int
    ) -> TraceStep {
        var step = TraceStep(
            relay: path[path.count - 1], path: path, state: .answered, isChosen: true)
        step.at = Instant(milliseconds: 3_600_000)
        step.roundTripMilliseconds = after
        step.clockOffsetMilliseconds = offset
        step.waiting = waiting
        step.queued = waiting + 10
        step.takesIn = true
        step.forwards = true
        step.version = "1.0"
        step.documents = TallyView(Tally())
        step.receipts = TallyView(Tally())
        return step
    }

    /// A feed of twelve events, of which the first two are not kept.
    static func events(_ request: EventRequest) throws(Problem) -> EventList {
        if let after = request.after, after < 2 {
            var problem = Problem(.gone, field: "after", "Events before 3 are not kept any more.")
            problem.oldest = 3
            throw problem
        }
        let first = (request.after ?? 2) + 1
        let numbers = (first..<max(first, 13)).prefix(request.limit)
        let events = numbers.map { number in
            var event = EventView(
                number: number, at: Instant(milliseconds: 0),
                what: number % 2 == 0 ? "failed" : "receipt-verified", document: StubRelay.id)
            event.recipient = code("H26.2")
            event.documentId = "12/CV"
            if number % 2 == 0 { event.detail = "lifetime ended without a receipt" }
            return event
        }.filter { request.what.isEmpty || request.what.contains($0.what) }
        return EventList(events: events, next: numbers.last ?? first - 1, oldest: 3, last: 12)
    }

    static let counts: CountsView = {
        var counts = CountsView(accepted: 5)
        counts.queued = 2
        counts.collected = 3
        return counts
    }()
}
