// The test vectors of Docs/Protocol.md: what this relay writes is what stands there, and what
// stands there is read as it is meant. They were made by another program than this one.

import Foundation
import RelayCore
import SwiftProtobuf
import Testing

@testable import RelayWire

@Suite("Test vectors")
struct VectorTests {
    /// Reads a vector: `#` begins a comment, the rest is hexadecimal.
    static func vector(_ name: String) throws -> [UInt8] {
        let file = try #require(
            Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Vectors"))
        let text = try String(contentsOf: file, encoding: .utf8)
        let digits = text.split(separator: "\n").map { line in
            line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
        }
        return try #require(Hex.bytes(digits.joined()))
    }

    static let large = Transfer(
        id: TransferID(1), link: LinkID(1),
        envelope: Sample.envelope(
            recipients: ["H26.1.2", "H26.1.3", "H26.2"], size: 1_000_000),
        recipients: ["H26.1.3", "H26.2"].map(Sample.organisation),
        path: ["A", "HUB-1"].map(Sample.relay), round: 2)
    static let due = Transfer(
        id: TransferID(1), link: LinkID(1),
        envelope: Sample.envelope(size: 3, dueAt: Instant(milliseconds: 1_777_955_400_000)),
        recipients: [Sample.organisation("H26.1.2")], path: [Sample.relay("A")], round: 1)
    static let small = Transfer(
        id: TransferID(1), link: LinkID(1), envelope: Sample.envelope(size: 3),
        recipients: [Sample.organisation("H26.1.2")], path: [Sample.relay("A")], round: 1)

    static func message<Kind: Message>(
        _ type: Kind.Type, _ change: (inout Kind) -> Void
    ) -> Kind {
        var message = Kind()
        change(&message)
        return message
    }

    /// Every frame that is sent, with what this relay writes for it.
    static let frames: [(String, @Sendable (inout [UInt8]) -> Void)] = [
        ("hello", { FrameWriter.append(.hello, HelloMessage(Sample.settings("A")), to: &$0) }),
        (
            "offer-inline",
            {
                FrameWriter.appendOffer(
                    OfferMessage(small, number: 1), body: Array("abc".utf8), to: &$0)
            }
        ),
        (
            "offer-due",
            {
                FrameWriter.appendOffer(
                    OfferMessage(due, number: 1), body: Array("abc".utf8), to: &$0)
            }
        ),
        (
            "offer",
            { FrameWriter.appendOffer(OfferMessage(large, number: 300), body: [], to: &$0) }
        ),
        ("want-first", { FrameWriter.append(.want, want(0, 786_384), to: &$0) }),
        ("want-more", { FrameWriter.append(.want, want(524_256, 1_000_000), to: &$0) }),
        (
            "data",
            {
                FrameWriter.appendDataHead(transfer: 300, offset: 786_384, count: 4, to: &$0)
                $0 += [0, 1, 0xFE, 0xFF]
            }
        ),
        (
            "end",
            {
                FrameWriter.append(
                    .end, message(EndMessage.self) { $0.transfer = 300 }, to: &$0)
            }
        ),
        (
            "result-all",
            {
                FrameWriter.append(
                    .result, ResultMessage(300, large.answers(.accepted)), to: &$0)
            }
        ),
        ("result-each", { FrameWriter.append(.result, ResultMessage(7, each), to: &$0) }),
        (
            "cancel",
            {
                FrameWriter.append(
                    .cancel, message(CancelMessage.self) { $0.transfer = 300 }, to: &$0)
            }
        ),
        ("ping", { FrameWriter.append(.ping, token, to: &$0) }),
        ("pong", { FrameWriter.append(.pong, token, to: &$0) }),
        (
            "goodbye",
            {
                FrameWriter.append(
                    .goodbye, GoodbyeMessage(.draining, "relay is being stopped"), to: &$0)
            }
        ),
        ("trace", { FrameWriter.append(.trace(MemoTests.trace), to: &$0) }),
        ("trace-answer", { FrameWriter.append(.traceAnswer(MemoTests.traceAnswer), to: &$0) }),
    ]

    private static func want(_ from: UInt64, _ until: UInt64) -> WantMessage {
        message(WantMessage.self) {
            $0.transfer = 300
            $0.from = from
            $0.until = until
        }
    }

    private static let token = PingMessage(token: 0x0102_0304_0506_0708)

    static let each: [Answered] = {
        let answers: [Answer] = [
            .accepted, .refused(.noRoute), .busy(after: .seconds(5)), .later(after: .seconds(60)),
        ]
        return answers.enumerated().map {
            Answered(recipient: Sample.organisation("R\($0 + 1)"), answer: $1)
        }
    }()

    @Test("what is written is the vector", arguments: frames.map(\.0))
    func written(name: String) throws {
        var bytes: [UInt8] = []
        for (other, write) in Self.frames where other == name { write(&bytes) }
        #expect(Hex.text(bytes) == Hex.text(try Self.vector(name)))
    }

    private func read(_ name: String) throws -> Frame {
        var reader = FrameReader()
        var bytes = try Self.vector(name)[...]
        let frame = try reader.next(&bytes)
        #expect(bytes.isEmpty)
        return try #require(frame)
    }

    @Test("HELLO is read as it is meant")
    func hello() throws {
        let agreement = try Agreement(
            HelloMessage(of: read("hello"), .hello), from: Sample.relay("A"))
        #expect(
            agreement
                == Agreement(
                    boot: 65, places: 64, inlineBytesMax: 65_536, documentBytesMax: 2 << 30,
                    features: .trace))
    }

    @Test(
        "OFFERs are read as they are meant",
        arguments: [
            ("offer-inline", "abc"), ("offer-due", "abc"), ("offer", ""),
        ])
    func offers(name: String, body: String) throws {
        let transfer = body.isEmpty ? Self.large : name == "offer-due" ? Self.due : Self.small
        let frame = try read(name)
        #expect(frame.body == Array(body.utf8))
        let offer = try Offer(
            checking: OfferMessage(of: frame, .offer), on: LinkID(2), from: Sample.relay("A"))
        #expect(
            offer
                == Offer(
                    link: LinkID(2), peer: Sample.relay("A"), transfer: body.isEmpty ? 300 : 1,
                    envelope: transfer.envelope, recipients: transfer.recipients,
                    path: transfer.path, round: transfer.round))
    }

    @Test("DATA is read as it is meant")
    func data() throws {
        let frame = try read("data")
        #expect(frame.type == .data && frame.transfer == 300 && frame.offset == 786_384)
        #expect(frame.body == [0, 1, 0xFE, 0xFF] && frame.message.isEmpty)
    }

    @Test("the small frames are read as they are meant")
    func small() throws {
        let first = try WantMessage(of: read("want-first"), .want)
        #expect((first.transfer, first.from, first.until) == (300, 0, 786_384))
        let more = try WantMessage(of: read("want-more"), .want)
        #expect((more.transfer, more.from, more.until) == (300, 524_256, 1_000_000))
        #expect(try EndMessage(of: read("end"), .end).transfer == 300)
        #expect(try CancelMessage(of: read("cancel"), .cancel).transfer == 300)
        #expect(try PingMessage(of: read("ping"), .ping).token == Self.token.token)
        #expect(try PingMessage(of: read("pong"), .pong).token == Self.token.token)
        let goodbye = try GoodbyeMessage(of: read("goodbye"), .goodbye)
        #expect(goodbye.code == .draining && goodbye.text == "relay is being stopped")
    }

    @Test("RESULTs are read as they are meant")
    func results() throws {
        let all = try ResultMessage(of: read("result-all"), .result)
        #expect(try all.answered(Self.large.recipients) == Self.large.answers(.accepted))
        let each = try ResultMessage(of: read("result-each"), .result)
        #expect(each.transfer == 7)
        #expect(try each.answered(Self.each.map(\.recipient)) == Self.each)
    }

    @Test("memos are read as they are meant")
    func memos() throws {
        #expect(
            try RouteTrace(checking: TraceMessage(of: read("trace"), .trace)) == MemoTests.trace)
        #expect(
            try RouteTrace.Answer(
                checking: TraceAnswerMessage(of: read("trace-answer"), .traceAnswer))
                == MemoTests.traceAnswer)
    }

    @Test("what a later version adds is passed over")
    func later() throws {
        #expect(try CancelMessage(of: read("unknown-field"), .cancel).transfer == 1)
        #expect(try read("extension").type == nil)
    }

    @Test("the statement of a receipt is the vector, both ways")
    func statement() throws {
        let statement = Receipt.Statement(
            kind: .received, document: Sample.document,
            sender: Sample.organisation("000.00.00.H26"),
            recipient: Sample.organisation("H26.1.2"), reference: "Số \"12\"/CV\n\u{1}",
            digest: Sample.digest, size: 3, submittedAt: Instant(milliseconds: 1_777_852_800_123),
            at: Instant(milliseconds: 1_777_852_860_007), relay: Sample.relay("B"),
            path: ["A", "HUB-1"].map(Sample.relay))
        let bytes = try Self.vector("statement")
        #expect(
            String(decoding: ReceiptStatement.encode(statement), as: UTF8.self)
                == String(decoding: bytes, as: UTF8.self))
        #expect(try ReceiptStatement.decode(bytes) == statement)
    }
}
