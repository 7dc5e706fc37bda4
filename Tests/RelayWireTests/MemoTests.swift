// Memos over a link: they arrive as they were said, within their rates, and break nothing.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Memos over a link")
struct MemoTests {
    static let trace = RouteTrace(
        id: RouteTrace.ID(Sample.document), destination: Sample.organisation("H26.1.2"),
        path: ["A", "HUB-1"].map(Sample.relay), patience: .seconds(5), answersMax: 32,
        drill: DocumentID("0190f3c5-6f1a-8abc-9def-0123456789ac"))

    static let traceAnswer = RouteTrace.Answer(
        trace: RouteTrace.ID(Sample.document), path: ["A", "HUB-1"].map(Sample.relay),
        at: Instant(milliseconds: 1_777_852_800_123), isDestination: false, waiting: 7,
        balance: Balance(
            documents: tally(300, 100, [5, 2, 0, 93, 60, 40, 0, 0]),
            receipts: tally(200, 50, [1, 0, 0, 149, 0, 0, 0, 0])),
        takesIn: true, forwards: true, version: "0.1.0",
        hops: [
            RouteTrace.Hop(relay: Sample.relay("B"), status: .asked, isChosen: true),
            RouteTrace.Hop(relay: Sample.relay("HUB-2"), status: .down, isChosen: false),
        ], drill: tally(10, 1, [0, 0, 0, 9, 0, 0, 0, 0]))

    static func tally(_ accepted: UInt64, _ forgotten: UInt64, _ states: [UInt64]) -> Tally {
        Sample.required(Tally(accepted: accepted, forgotten: forgotten, states: states))
    }

    private static let other = Sample.required(
        DocumentID("0190f3c5-6f1a-8abc-9def-0123456789ac"))
    private static let keys = [
        DeliveryKey(document: Sample.document, recipient: Sample.organisation("H26.1.2")),
        DeliveryKey(document: other, recipient: Sample.organisation("H26.2")),
    ]
    static let handed = Audit.Question(
        number: 7,
        asked: .handed(
            Day(number: 20_568), after: Audit.Cursor(document: Sample.document, number: 300)))
    static let known = Audit.Question(number: 8, asked: .known(keys))
    static let handedAnswer = Audit.Answer(
        number: 7,
        told: .handed(
            [
                Audit.Entry(key: keys[0], state: .relayed),
                Audit.Entry(key: keys[1], state: nil),
            ], next: Audit.Cursor(document: other, number: 512)))

    static let memos: [Memo] = [
        .trace(trace), .traceAnswer(traceAnswer), .auditQuestion(handed), .auditQuestion(known),
        .auditQuestion(Audit.Question(number: 0, asked: .figures(Day(number: 0)))),
        .auditAnswer(handedAnswer), .auditAnswer(Audit.Answer(number: 9, told: .busy)),
        .auditAnswer(Audit.Answer(number: 9, told: .known([nil, .queued, .cancelled]))),
        .auditAnswer(
            Audit.Answer(
                number: .max,
                told: .figures(
                    Audit.Figures(
                        takenDocuments: 1, takenReceipts: 2, handedDocuments: 3,
                        handedReceipts: .max)))),
    ]

    private func heard(_ end: End) -> [Memo] {
        end.events.compactMap { if case .heard(let memo) = $0 { memo } else { nil } }
    }

    @Test("what is said is heard, field by field", arguments: memos)
    func heard(memo: Memo) {
        var pair = Pair.up()
        pair.a.machine.say(memo)
        pair.settle()
        #expect(heard(pair.b) == [memo])
        #expect(pair.a.end == nil && pair.b.end == nil)
    }

    @Test("the longest memos fit into their frames")
    func longest() throws {
        let relays = (10..<26).map { Sample.relay(String(repeating: "R", count: 48) + "\($0)") }
        let huge = Self.tally(.max, .max, Array(repeating: .max, count: 8))
        let trace = RouteTrace(
            id: Self.trace.id,
            destination: Sample.organisation(String(repeating: "O", count: 50)), path: relays,
            patience: .seconds(30), answersMax: 64, drill: Sample.document)
        let answer = RouteTrace.Answer(
            trace: trace.id, path: relays, at: WireLimits.timeMax, isDestination: true,
            waiting: .max, balance: Balance(documents: huge, receipts: huge), takesIn: true,
            forwards: true, version: String(repeating: "v", count: RouteTrace.versionBytesMax),
            hops: relays.prefix(6).map { .init(relay: $0, status: .leftOut, isChosen: true) },
            drill: huge)
        for memo in [Memo.trace(trace), .traceAnswer(answer)] {
            var bytes: [UInt8] = []
            FrameWriter.append(memo, to: &bytes)
            #expect(bytes.count * 2 < WireLimits.traceBytesMax + 1_024)
            var pair = Pair.up()
            pair.a.machine.say(memo)
            pair.settle()
            #expect(heard(pair.b) == [memo])
        }
    }

    @Test("a peer that does not understand a memo is not sent it")
    func older() throws {
        var lone = Lone(greeted: false)
        lone.say(.hello, Lone.hello { $0.features = 0 })
        _ = lone.output()
        lone.machine.say(.trace(Self.trace))
        #expect(lone.output().isEmpty)
    }

    @Test("what comes faster than its rate is dropped, and the link goes on")
    func rate() {
        var pair = Pair.up()
        for _ in 0..<100 { pair.a.machine.say(.trace(Self.trace)) }
        pair.settle()
        #expect(heard(pair.b).count == WireLimits.tracesAtOnce)
        pair.pass(.seconds(2))
        for _ in 0..<100 { pair.a.machine.say(.trace(Self.trace)) }
        pair.settle()
        #expect(
            heard(pair.b).count == WireLimits.tracesAtOnce + 2 * WireLimits.tracesPerSecond)
        #expect(pair.b.end == nil)
    }

    @Test("memos that the connection does not take are dropped beyond a bound")
    func bounded() {
        var pair = Pair.up()
        for _ in 0..<10_000 { pair.a.machine.say(.trace(Self.trace)) }
        #expect(pair.a.machine.memos.count < WireLimits.memoBytesMax + 1_024)
    }

    @Test(
        "a memo with a field outside its bounds is dropped, and the link goes on",
        arguments: ["trace", "destination", "path", "answers_max", "drill"])
    func unfit(field: String) {
        var lone = Lone()
        var message = TraceMessage(Self.trace)
        switch field {
        case "trace": message.trace.removeLast()
        case "destination": message.destination = "-"
        case "path": message.path = Array(repeating: "A", count: 2)
        case "answers_max": message.answersMax = 0
        default: message.drill.removeLast()
        }
        var bytes: [UInt8] = []
        FrameWriter.append(.trace, message, to: &bytes)
        lone.hear(bytes)
        #expect(lone.events.contains(.unfitMemo(.trace, .field(field))))
        #expect(lone.end == nil)
    }

    @Test("the longest page of deliveries fits into its frame")
    func longestPage() {
        let recipient = Sample.organisation(String(repeating: "O", count: 50))
        let keys = (0..<Audit.keysMax).map { number in
            DeliveryKey(document: DocumentID(high: .max, low: UInt64(number)), recipient: recipient)
        }
        let last = Audit.Cursor(document: Sample.document, number: .max)
        for memo in [
            Memo.auditQuestion(Audit.Question(number: .max, asked: .known(keys))),
            .auditAnswer(
                Audit.Answer(
                    number: .max,
                    told: .handed(
                        keys.map { Audit.Entry(key: $0, state: .cancelled) }, next: last))),
        ] {
            var pair = Pair.up()
            pair.a.machine.say(memo)
            pair.settle()
            #expect(heard(pair.b) == [memo])
        }
    }

    @Test("a question about books with a field outside its bounds is dropped", arguments: 0..<6)
    func unfitAudit(number: Int) {
        var message = AuditMessage(number == 0 ? Self.known : Self.handed)
        let field: String
        switch number {
        case 0: (field, message.entries) = ("entries", [])
        case 1: (field, message.kind) = ("kind", 4)
        case 2: (field, message.day) = ("day", .max)
        case 3:
            field = "after"
            message.after.removeLast()
        case 4:
            (field, message.kind) = ("entries", 3)
            message.entries = [AuditEntryMessage()]
        default: (field, message.kind) = ("kind", 0)
        }
        #expect(throws: MessageFault.field(field)) { try Audit.Question(checking: message) }
    }

    @Test("an answer with a field outside its bounds is dropped", arguments: 0..<7)
    func unfitAnswer(number: Int) {
        var message = TraceAnswerMessage(Self.traceAnswer)
        let field: String
        switch number {
        case 0: (field, message.path) = ("path", ["A"])
        case 1: (field, message.tallies[0].inState) = ("tallies", [1, 2])
        case 2: (field, message.tallies[1].class) = ("tallies", 1)
        case 3: (field, message.hops[0].status) = ("hops", 9)
        case 4: (field, message.hops[0].relay) = ("hops", "HUB-2")
        case 5: (field, message.at) = ("at", .max)
        default: (field, message.version) = ("version", String(repeating: "x", count: 65))
        }
        #expect(throws: MessageFault.field(field)) {
            try RouteTrace.Answer(checking: message)
        }
    }
}
