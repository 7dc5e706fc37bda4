// One of everything, for the test of the JSON keys; and the manual, which must describe them.

import FoundationEssentials
import RelayAPI
import RelayCore

extension ContractTests {
    static let view: DocumentView = {
        var recipient = RecipientView(
            recipient: code("H26.2"), state: .queued, attempts: 3, round: 2)
        recipient.at = relay("HUB-1")
        recipient.why = Reason(code: "link-down", words: "HUB-1 cannot be reached.")
        recipient.nextTryAt = Instant(milliseconds: 1_000)
        recipient.nextHop = relay("HUB-2")
        recipient.receivedAt = Instant(milliseconds: 2_000)
        recipient.collectedAt = Instant(milliseconds: 3_000)
        recipient.failedAt = Instant(milliseconds: 4_000)
        var view = DocumentView(
            id: DocumentID(high: 1, low: 2), kind: .document, sender: code("H26.1"), priority: 2,
            size: 10, sha256: SHA256Digest(bytes: [UInt8](repeating: 0xAB, count: 32)) ?? zero,
            mediaType: "application/pdf", origin: relay("A"),
            submittedAt: Instant(milliseconds: 0), expiresAt: Instant(milliseconds: 86_400_000),
            recipients: [recipient],
            history: [
                HistoryEntry(
                    at: Instant(milliseconds: 0), what: "accepted", recipient: code("H26.2"),
                    peer: relay("HUB-1"), detail: "round 1")
            ])
        view.documentId = "H26.1,2026/03/02,12/CV"
        view.businessType = 0
        view.fileName = "a.pdf"
        return view
    }()

    private static let zero: SHA256Digest = {
        guard let digest = SHA256Digest(bytes: [UInt8](repeating: 0, count: 32)) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }()

    static let viewJSON =
        #"{"businessType":0,"documentId":"H26.1,2026/03/02,12/CV","#
        + #""expiresAt":"1970-01-02T00:00:00.000Z","fileName":"a.pdf","history":["#
        + #"{"at":"1970-01-01T00:00:00.000Z","detail":"round 1","peer":"HUB-1","#
        + #""recipient":"H26.2","what":"accepted"}],"id":"00000000-0000-0001-0000-000000000002","#
        + #""kind":"document","mediaType":"application/pdf","origin":"A","priority":2,"#
        + #""recipients":[{"at":"HUB-1","attempts":3,"collectedAt":"1970-01-01T00:00:03.000Z","#
        + #""failedAt":"1970-01-01T00:00:04.000Z","#
        + #""nextHop":"HUB-2","nextTryAt":"1970-01-01T00:00:01.000Z","#
        + #""receivedAt":"1970-01-01T00:00:02.000Z","recipient":"H26.2","round":2,"#
        + #""state":"queued","why":{"code":"link-down","words":"HUB-1 cannot be reached."}}],"#
        + #""sender":"H26.1","sha256":"\#(String(repeating: "ab", count: 32))","size":10,"#
        + #""submittedAt":"1970-01-01T00:00:00.000Z"}"#
}

/// One event, and a feed that says what it was asked.
enum ContractFixtures {
    static let event: EventView = {
        var event = EventView(
            number: 8, at: Instant(milliseconds: 0), what: "receipt-verified",
            document: DocumentID(high: 1, low: 2))
        event.documentId = "12/CV"
        event.recipient = code("H26.2")
        event.relay = relay("H26.2")
        event.detail = "received"
        return event
    }()

    static let eventsJSON =
        #"{"events":[{"at":"1970-01-01T00:00:00.000Z","detail":"received","#
        + #""document":"00000000-0000-0001-0000-000000000002","documentId":"12/CV","number":8,"#
        + #""recipient":"H26.2","relay":"H26.2","what":"receipt-verified"}],"last":50,"next":8,"#
        + #""oldest":100}"#

    /// A family of each kind, with whatever a label and a text may hold.
    static let metrics: [MetricFamily] = {
        var counter = MetricFamily("tram_odd_total", "A \\ \"help\"\nin two lines.")
        counter.add(3, .init("peer", "a\\b\"c\nd"), .init("direction", "in"))
        counter.add(UInt64(1) << 52, .init("peer", "Huế"), .init("direction", "out"))
        var gauge = MetricFamily("tram_level", "A gauge.")
        gauge.add(0.25)
        var odd = MetricFamily("tram_odd", "Values that no meter shows.")
        odd.add(.infinity, .init("value", "inf"))
        odd.add(-Double.infinity, .init("value", "minus"))
        odd.add(.nan, .init("value", "nan"))
        odd.add(1e300, .init("value", "large"))
        var histogram = MetricFamily("tram_time_seconds", "A histogram.", isHistogram: true)
        histogram.add(2, .init("le", "0.5"), suffix: "_bucket")
        histogram.add(3, .init("le", "+Inf"), suffix: "_bucket")
        histogram.add(1.5, suffix: "_sum")
        histogram.add(3, suffix: "_count")
        return [counter, gauge, odd, histogram, MetricFamily("tram_empty", "Nothing yet.")]
    }()

    static func events(_ request: EventRequest) -> EventList {
        var event = event
        event.detail = request.what.joined(separator: "+")
        return EventList(
            events: [event], next: request.after ?? 0, oldest: UInt64(request.limit),
            last: UInt64(request.waitSeconds))
    }
}

/// Docs/API.md, found from this file's own place.
enum APIManual {
    static func text() throws -> String {
        var root = URL(filePath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return try String(contentsOf: root.appending(path: "Docs/API.md"), encoding: .utf8)
    }
}
