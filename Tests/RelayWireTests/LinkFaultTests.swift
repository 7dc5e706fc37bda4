// What a peer can do wrong: each breach closes that link with a reason, tells the peer, and ends
// what ran on it; what is only a race, or only one document's misfortune, does not.

import RelayCore
import SwiftProtobuf
import Testing

@testable import RelayWire

/// A machine whose peer is the test itself, frame by frame.
struct Lone {
    var machine: LinkMachine
    let now = Tick(milliseconds: 1_000)
    var events: [LinkEvent] = []

    init(places: Int = 4, inlineBytesMax: Int = 65_536, greeted: Bool = true) {
        var settings = Sample.settings("B")
        settings.places = places
        settings.inlineBytesMax = inlineBytesMax
        machine = LinkMachine(
            settings, link: LinkID(2), peer: Sample.relay("A"), isDialledHere: false, at: now)
        if greeted { say(.hello, Self.hello()) }
    }

    static func hello(_ change: (inout HelloMessage) -> Void = { _ in }) -> HelloMessage {
        var hello = HelloMessage(Sample.settings("A"))
        change(&hello)
        return hello
    }

    mutating func hear(_ bytes: [UInt8]) {
        events += machine.received(bytes, at: now)
    }

    mutating func say(_ type: FrameType, _ message: some Message) {
        var bytes: [UInt8] = []
        FrameWriter.append(type, message, to: &bytes)
        hear(bytes)
    }

    mutating func offer(
        _ number: UInt64, size: Int = 1_000_000, body: [UInt8] = [],
        _ change: (inout OfferMessage) -> Void = { _ in }
    ) {
        var message = OfferMessage(Sample.transfer(number, size: size), number: number)
        change(&message)
        var bytes: [UInt8] = []
        FrameWriter.appendOffer(message, body: body, to: &bytes)
        hear(bytes)
    }

    mutating func data(_ number: UInt64, offset: UInt64, count: Int = Limits.pieceBytes) {
        var bytes: [UInt8] = []
        FrameWriter.appendDataHead(
            transfer: number, offset: offset, count: count, to: &bytes)
        hear(bytes + [UInt8](repeating: 1, count: count))
    }

    mutating func end(_ number: UInt64) {
        var end = EndMessage()
        end.transfer = number
        say(.end, end)
    }

    mutating func cancel(_ number: UInt64) {
        var cancel = CancelMessage()
        cancel.transfer = number
        say(.cancel, cancel)
    }

    mutating func want(_ number: UInt64, _ from: UInt64, _ until: UInt64) {
        var want = WantMessage()
        want.transfer = number
        want.from = from
        want.until = until
        say(.want, want)
    }

    mutating func result(_ number: UInt64, _ answers: [AnswerMessage]) {
        var result = ResultMessage()
        result.transfer = number
        result.answers = answers
        say(.result, result)
    }

    /// Lets the node want what was offered last.
    mutating func wants() {
        for case .offered(let offer) in events.suffix(1) {
            machine.want(offer, from: 0, at: now)
        }
    }

    /// Everything that goes out now.
    mutating func output() -> [UInt8] {
        var bytes: [UInt8] = []
        while case .send(let more) = machine.next(at: now) { bytes += more }
        return bytes
    }

    var end: LinkEnd? {
        guard case .closed(let end)? = events.last else { return nil }
        return end
    }

    var fault: LinkFault? {
        guard case .fault(let fault)? = end?.cause else { return nil }
        return fault
    }
}

@Suite("Breaches of the protocol")
struct LinkFaultTests {
    struct Breach: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fault: LinkFault
        let commit: @Sendable (inout Lone) -> Void

        init(
            _ what: String, _ fault: LinkFault, _ commit: @escaping @Sendable (inout Lone) -> Void
        ) {
            testDescription = what
            self.fault = fault
            self.commit = commit
        }
    }

    private static let piece = UInt64(Limits.pieceBytes)

    private static let frames = [
        Breach("empty frame", .frameTooShort(type: 7, bytes: 0)) { $0.hear([0, 0, 0, 0, 7]) },
        Breach("4 GiB frame", .frameTooLong(type: 2, bytes: 0xFFFF_FFFF)) {
            $0.hear([255, 255, 255, 255, 2])
        },
        Breach("DATA longer than a piece", .frameTooLong(type: 4, bytes: 262_146)) {
            $0.data(1, offset: 0, count: Limits.pieceBytes + 1)
        },
        Breach("large PING", .frameTooLong(type: 8, bytes: 1_025)) { $0.hear([0, 0, 4, 1, 8]) },
        Breach("DATA without a head", .frameTooShort(type: 4, bytes: 16)) {
            $0.hear([0, 0, 0, 16, 4])
        },
        Breach("OFFER whose message is longer than itself", .frameTooShort(type: 2, bytes: 6)) {
            $0.hear([0, 0, 0, 6, 2, 0, 0, 0, 2, 0])
        },
        Breach("type 0", .unknownFrame(type: 0)) { $0.hear([0, 0, 0, 1, 0]) },
        Breach("type 20", .unknownFrame(type: 20)) { $0.hear([0, 0, 0, 1, 20]) },
        Breach("type 128", .unknownFrame(type: 128)) { $0.hear([0, 0, 0, 1, 128]) },
        Breach("extension that is too long", .frameTooLong(type: 64, bytes: 65_537)) {
            $0.hear([0, 1, 0, 1, 64])
        },
        Breach("WANT that is no message", .unreadable(.want)) { $0.hear([0, 0, 0, 2, 3, 0xFF]) },
        Breach("OFFER that is no message", .unreadable(.offer)) {
            $0.hear([0, 0, 0, 6, 2, 0, 0, 0, 1, 0xFF])
        },
        Breach("second HELLO", .helloTwice) { $0.say(.hello, Lone.hello()) },
    ]

    private static let offers = [
        Breach("transfer 0", .offerNumber(0, after: 0)) { $0.offer(0) },
        Breach("number used twice", .offerNumber(3, after: 3)) {
            $0.offer(3)
            $0.offer(3)
        },
        Breach("falling number", .offerNumber(2, after: 3)) {
            $0.offer(3)
            $0.offer(2)
        },
        Breach("more transfers than places", .tooManyTransfers(4)) { lone in
            for number in 1...5 { lone.offer(UInt64(number)) }
        },
        Breach("many unfit offers without reading the answers", .tooManyTransfers(4)) { lone in
            for number in 1...9 { lone.offer(UInt64(number)) { $0.path = [] } }
        },
        Breach("body shorter than the size", .inlineBody(bytes: 9, size: 10)) {
            $0.offer(1, size: 10, body: [UInt8](repeating: 0, count: 9))
        },
        Breach("body longer than the size", .inlineBody(bytes: 11, size: 10)) {
            $0.offer(1, size: 10, body: [UInt8](repeating: 0, count: 11))
        },
        Breach("body too long for an offer", .inlineBody(bytes: 65_537, size: 65_537)) {
            $0.offer(1, size: 65_537, body: [UInt8](repeating: 0, count: 65_537))
        },
        Breach("offer after GOODBYE", .offerAfterGoodbye) {
            $0.say(.goodbye, GoodbyeMessage(.draining, "stop"))
            $0.offer(1)
        },
        Breach("CANCEL of nothing", .unknownTransfer(.cancel, 1)) { $0.cancel(1) },
        Breach("CANCEL of transfer 0", .unknownTransfer(.cancel, 0)) { $0.cancel(0) },
    ]

    private static let bodies = [
        Breach("DATA for what was never offered", .unknownTransfer(.data, 1)) {
            $0.data(1, offset: 0)
        },
        Breach("END of what was never offered", .unknownTransfer(.end, 1)) { $0.end(1) },
        Breach("DATA before it is wanted", .unexpectedData(1)) {
            $0.offer(1)
            $0.data(1, offset: 0)
        },
        Breach("END before it is wanted", .unexpectedData(1)) {
            $0.offer(1)
            $0.end(1)
        },
        Breach("DATA after an inline body", .unexpectedData(1)) {
            $0.offer(1, size: 1, body: [1])
            $0.data(1, offset: 0, count: 1)
        },
        Breach("DATA with a gap", .dataOrder(offset: piece, expected: 0)) {
            $0.offer(1)
            $0.wants()
            $0.data(1, offset: piece)
        },
        Breach("DATA sent twice", .dataOrder(offset: 0, expected: piece)) {
            $0.offer(1)
            $0.wants()
            $0.data(1, offset: 0)
            $0.data(1, offset: 0)
        },
        Breach("less than a piece", .dataLength(1_000)) {
            $0.offer(1)
            $0.wants()
            $0.data(1, offset: 0, count: 1_000)
        },
        Breach("DATA without bytes", .dataLength(0)) {
            $0.offer(1)
            $0.wants()
            $0.data(1, offset: 0, count: 0)
        },
        Breach("DATA beyond the size", .dataLength(Limits.pieceBytes)) {
            $0.offer(1, size: 300_000)
            $0.wants()
            $0.data(1, offset: 0)
            $0.data(1, offset: piece)
        },
        Breach("DATA after the last piece", .creditExceeded(until: 70_000)) {
            $0.offer(1, size: 70_000)
            $0.wants()
            $0.data(1, offset: 0, count: 70_000)
            $0.data(1, offset: 70_000, count: 1)
        },
        Breach("DATA beyond the credit", .creditExceeded(until: 16 * piece)) { lone in
            lone.offer(1, size: 40 * Limits.pieceBytes)
            lone.wants()
            for number in 0...16 { lone.data(1, offset: UInt64(number) * piece) }
        },
        Breach("END before the last byte", .endTooEarly(at: piece, size: 1_000_000)) {
            $0.offer(1)
            $0.wants()
            $0.data(1, offset: 0)
            $0.end(1)
        },
        Breach("END twice", .unexpectedData(1)) {
            $0.offer(1, size: 70_000)
            $0.wants()
            $0.data(1, offset: 0, count: 70_000)
            $0.end(1)
            $0.end(1)
        },
    ]

    @Test("each breach closes the link with its reason", arguments: frames + offers + bodies)
    func breaches(breach: Breach) {
        var lone = Lone()
        _ = lone.output()
        breach.commit(&lone)
        #expect(lone.fault == breach.fault)
        #expect(lone.end?.reason == breach.fault.description)
        // The peer is told, and then the connection closes.
        let output = lone.output()
        var reader = FrameReader()
        var rest = output[...]
        var last: Frame?
        while let frame = try? reader.next(&rest) { last = frame }
        let goodbye = last.flatMap { try? GoodbyeMessage(serializedBytes: $0.message) }
        #expect(goodbye?.code == .protocol && goodbye?.text == breach.fault.description)
        let close = lone.machine.next(at: lone.now)
        #expect(close == .close)
        // Nothing more is listened to, and nothing more is said.
        let count = lone.events.count
        lone.offer(99)
        lone.events += lone.machine.lost(reason: "closed")
        #expect(lone.events.count == count)
    }

    /// Of a machine that has offered transfer 1 with a million bytes.
    private static let answers = [
        Breach("WANT for what was never offered", .unknownTransfer(.want, 2)) {
            $0.want(2, 0, piece)
        },
        Breach("RESULT for what was never offered", .unknownTransfer(.result, 2)) {
            $0.result(2, [AnswerMessage(.accepted)])
        },
        Breach(
            "WANT backwards", .wantRange(from: piece, until: 0, size: 1_000_000)
        ) { $0.want(1, piece, 0) },
        Breach(
            "WANT from within a piece", .wantRange(from: 5, until: piece, size: 1_000_000)
        ) { $0.want(1, 5, piece) },
        Breach(
            "WANT until within a piece", .wantRange(from: 0, until: 5, size: 1_000_000)
        ) { $0.want(1, 0, 5) },
        Breach(
            "WANT beyond the size", .wantRange(from: 0, until: 4 * piece, size: 1_000_000)
        ) { $0.want(1, 0, 4 * piece) },
        Breach(
            "WANT that takes credit back", .wantRange(from: 0, until: piece, size: 1_000_000)
        ) {
            $0.want(1, 0, 2 * piece)
            $0.want(1, 0, piece)
        },
        Breach(
            "WANT that claims what was not sent",
            .wantRange(from: piece, until: 2 * piece, size: 1_000_000)
        ) {
            $0.want(1, 0, piece)
            $0.want(1, piece, 2 * piece)
        },
        Breach("RESULT without answers", .answerCount(0, recipients: 3)) { $0.result(1, []) },
        Breach("RESULT with two answers for three", .answerCount(2, recipients: 3)) {
            $0.result(1, [AnswerMessage(.accepted), AnswerMessage(.accepted)])
        },
        Breach("answer 0", .answerUnknown(0)) { $0.result(1, [AnswerMessage()]) },
        Breach("answer 9", .answerUnknown(9)) {
            var answer = AnswerMessage()
            answer.code = .UNRECOGNIZED(9)
            $0.result(1, [answer])
        },
    ]

    @Test(
        "each breach of an answer closes the link, and the transfer's end is not known",
        arguments: answers)
    func answerBreaches(breach: Breach) {
        var lone = Lone()
        let transfer = Sample.transfer(7, size: 1_000_000, recipients: ["R1", "R2", "R3"])
        let taken = lone.machine.forward(transfer, at: lone.now)
        #expect(taken == .taken)
        _ = lone.output()
        breach.commit(&lone)
        #expect(lone.fault == breach.fault)
        #expect(lone.events.contains(.attempted(transfer.id, transfer.answers(.unknown))))
    }

    @Test("WANT for a body that went inside the offer is a breach")
    func wantOfInline() {
        var lone = Lone()
        _ = lone.machine.forward(Sample.transfer(7, size: 0), at: lone.now)
        _ = lone.output()
        lone.want(1, 0, 0)
        #expect(lone.fault == .unexpectedWant(1))
    }
}

@Suite("Greetings")
struct GreetingTests {
    @Test("the first frame must be HELLO")
    func first() {
        var lone = Lone(greeted: false)
        lone.say(.ping, PingMessage(token: 1))
        #expect(lone.fault == .notHello(.ping))
    }

    struct Greeting: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fault: LinkFault
        let change: @Sendable (inout HelloMessage) -> Void
    }

    @Test(
        "a HELLO that does not fit closes the link",
        arguments: [
            Greeting(
                testDescription: "later versions only", fault: .noCommonVersion(min: 2, max: 3)
            ) {
                $0.versionMin = 2
                $0.versionMax = 3
            },
            Greeting(testDescription: "version 0", fault: .noCommonVersion(min: 0, max: 0)) {
                $0.versionMin = 0
                $0.versionMax = 0
            },
            Greeting(testDescription: "versions reversed", fault: .helloField("version_min")) {
                $0.versionMin = 2
            },
            Greeting(
                testDescription: "another relay",
                fault: .otherIdentity(said: "C", certified: Sample.relay("A"))
            ) { $0.relay = "C" },
            Greeting(testDescription: "no code", fault: .helloField("relay")) { $0.relay = "a b" },
            Greeting(testDescription: "no places", fault: .helloField("places")) { $0.places = 0 },
            Greeting(testDescription: "small frames", fault: .helloField("frame_bytes_max")) {
                $0.frameBytesMax = 262_144
            },
        ])
    func refused(greeting: Greeting) {
        var lone = Lone(greeted: false)
        lone.say(.hello, Lone.hello(greeting.change))
        #expect(lone.fault == greeting.fault)
        // It goes before our own HELLO, so the peer never thinks that the link is up.
        let output = lone.output()
        #expect(output.count > 5 && output[4] == FrameType.goodbye.rawValue)
    }

    @Test("whoever is turned away hears why, and never that the link is up")
    func turnedAway() {
        var (here, there) = (Lone(greeted: false), Lone(greeted: false))
        here.events += here.machine.close(reason: "its certificate names no peer")
        there.hear(here.output())
        let end = LinkEnd(cause: .closedThere, reason: "its certificate names no peer")
        #expect(there.events == [.closed(end)])
        // Of two GOODBYEs that cross, neither is answered.
        let output = there.output()
        #expect(output.isEmpty)
    }

    @Test("a peer that stops before it has greeted is no link")
    func stopsAtOnce() {
        var lone = Lone(greeted: false)
        lone.say(.goodbye, GoodbyeMessage(.draining, "relay is being stopped"))
        #expect(lone.end == LinkEnd(cause: .closedThere, reason: "relay is being stopped"))
        #expect(lone.events.count == 1)
    }

    @Test("versions that overlap are enough, and numbers beyond belief are cut down")
    func overlapping() {
        var lone = Lone(greeted: false)
        lone.say(
            .hello,
            Lone.hello {
                $0.versionMin = 0
                $0.versionMax = 9
                $0.places = .max
                $0.frameBytesMax = .max
                $0.inlineBytesMax = .max
            })
        guard case .up(let link)? = lone.events.first else {
            Issue.record("no link: \(lone.events)")
            return
        }
        #expect(link.places == 1_024 && link.boot == 65)
    }
}

@Suite("What is no breach")
struct ToleranceTests {
    private let piece = UInt64(Limits.pieceBytes)

    @Test("frames for a transfer that has just ended are dropped")
    func races() {
        var lone = Lone()
        lone.offer(1)
        lone.wants()
        guard case .offered(let offer)? = lone.events.last else { return }
        lone.machine.answer(
            offer, offer.recipients.map { Answered(recipient: $0, answer: .accepted) },
            at: lone.now)
        let count = lone.events.count
        lone.data(1, offset: 0)
        lone.data(1, offset: piece)
        lone.end(1)
        lone.cancel(1)
        #expect(lone.events.count == count)
    }

    @Test("WANT and RESULT for what was given up are dropped")
    func lateAnswers() {
        var lone = Lone()
        let transfer = Sample.transfer(7, size: 1_000_000)
        _ = lone.machine.forward(transfer, at: lone.now)
        _ = lone.output()
        lone.want(1, 0, piece)
        guard case .read(let read) = lone.machine.next(at: lone.now) else { return }
        lone.events += lone.machine.bodyUnreadable(read)
        let count = lone.events.count
        lone.want(1, 0, 2 * piece)
        lone.result(1, [AnswerMessage(.accepted)])
        lone.machine.bodyRead(
            [UInt8](repeating: 0, count: read.count), for: read, at: lone.now)
        #expect(lone.events.count == count)
    }

    @Test("a cancelled offer is told to the node, at whatever point it was", arguments: 0...3)
    func cancelled(point: Int) {
        var lone = Lone()
        lone.offer(1, size: 300_000)
        if point > 0 { lone.wants() }
        if point > 1 { lone.data(1, offset: 0) }
        if point > 2 {
            lone.data(1, offset: piece, count: 300_000 - Limits.pieceBytes)
            lone.end(1)
        }
        lone.cancel(1)
        guard case .cut(let offer)? = lone.events.last else {
            Issue.record("not told: \(lone.events)")
            return
        }
        #expect(offer.transfer == 1)
        #expect(lone.machine.receiving == 0)
    }

    struct Misfit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fault: MessageFault
        let change: @Sendable (inout OfferMessage) -> Void

        init(
            _ what: String, _ fault: MessageFault,
            _ change: @escaping @Sendable (inout OfferMessage) -> Void
        ) {
            testDescription = what
            self.fault = fault
            self.change = change
        }

        static let all = [
            Self("no envelope", .field("document")) { $0.envelope.removeAll() },
            Self("envelope cut", .unreadable) { $0.envelope.removeLast(3) },
            Self("kind of a later version", .field("kind")) { message in
                var envelope = EnvelopeMessage(Sample.transfer(1, size: 1_000_000).envelope)
                envelope.kind = .UNRECOGNIZED(9)
                message.envelope.set(FrameWriter.serialized(envelope))
            },
            Self("no recipients", .field("recipients")) { $0.recipients = [] },
            Self("1001 recipients", .field("recipients")) {
                $0.recipients = (0...1000).map { "R\($0)" }
            },
            Self("recipient of no document", .field("recipients")) { $0.recipients = ["X"] },
            Self("recipient twice", .field("recipients")) { $0.recipients += $0.recipients },
            Self("no path", .field("path")) { $0.path = [] },
            Self("path of 17", .field("path")) {
                $0.path = [String](repeating: "A", count: 17)
            },
            Self("path with a blank", .field("path")) { $0.path = ["A B"] },
            Self("round 0", .field("round")) { $0.round = 0 },
        ]
    }

    @Test("an offer that cannot be one is refused, and the link goes on", arguments: Misfit.all)
    func unfit(misfit: Misfit) throws {
        var lone = Lone()
        _ = lone.output()
        lone.offer(1, misfit.change)
        #expect(lone.events.last == .unfit(transfer: 1, misfit.fault))
        let output = lone.output()
        var expected: [UInt8] = []
        FrameWriter.append(
            .result, ResultMessage(1, all: .refused(.malformed)), to: &expected)
        #expect(output == expected)
        lone.offer(2)
        guard case .offered? = lone.events.last else {
            Issue.record("the next offer was not heard: \(lone.events)")
            return
        }
    }

    @Test("a document that the peer could not read is not offered")
    func unsendable() {
        var lone = Lone()
        let envelope = Envelope(
            document: Sample.document, kind: .document, origin: Sample.relay("B"),
            sender: Sample.organisation("S"), recipients: [Sample.organisation("R")], size: 0,
            digest: Sample.digest, name: String(repeating: "n", count: 256),
            submittedAt: Instant(milliseconds: 0), expiresAt: Instant(milliseconds: 1))
        let transfer = Transfer(
            id: TransferID(1), link: LinkID(2), envelope: envelope,
            recipients: envelope.recipients, path: [Sample.relay("B")], round: 1)
        let answer = lone.machine.forward(transfer, at: lone.now)
        #expect(answer == .notTaken(transfer.answers(.refused(.malformed))))
    }

    @Test("a refusal for a reason of a later version is a refusal")
    func laterRefusal() {
        var lone = Lone()
        let transfer = Sample.transfer(7, size: 0)
        _ = lone.machine.forward(transfer, at: lone.now)
        _ = lone.output()
        var answer = AnswerMessage()
        answer.code = .refused
        answer.refusal = 4_000
        lone.result(1, [answer])
        #expect(
            lone.events.last == .attempted(transfer.id, transfer.answers(.refused(.malformed))))
    }

    @Test("a peer cannot put a document off for longer than an hour")
    func longPause() {
        var lone = Lone()
        let transfer = Sample.transfer(7, size: 0)
        _ = lone.machine.forward(transfer, at: lone.now)
        _ = lone.output()
        var answer = AnswerMessage()
        answer.code = .later
        answer.afterMilliseconds = .max
        lone.result(1, [answer])
        #expect(
            lone.events.last
                == .attempted(transfer.id, transfer.answers(.later(after: .hours(1)))))
    }

    @Test("extensions are skipped, and fields of later versions too")
    func extensions() {
        var lone = Lone()
        lone.hear([0, 0, 0, 1, 0x40])
        lone.hear([0, 1, 0, 0, 0x7F] + [UInt8](repeating: 9, count: 65_535))
        // CANCEL would be of transfer 1; field 15 is not known.
        lone.offer(1)
        lone.hear([0, 0, 0, 5, 7, 0x08, 1, 0x78, 1])
        guard case .cut? = lone.events.last else {
            Issue.record("not cancelled: \(lone.events)")
            return
        }
    }

    @Test("a peer that reads its answers may go on offering for ever")
    func places() {
        var lone = Lone(places: 1)
        for number in 1...1_000 {
            lone.offer(UInt64(number), size: 1, body: [1])
            guard case .offeredWhole(let offer, _)? = lone.events.last else {
                Issue.record("offer \(number) was not heard")
                return
            }
            lone.machine.answer(
                offer, offer.recipients.map { Answered(recipient: $0, answer: .accepted) },
                at: lone.now)
            _ = lone.output()
        }
    }
}
