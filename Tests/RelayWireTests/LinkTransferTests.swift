// Documents over a link, from offer to answer, in both directions.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Transfers over a link")
struct LinkTransferTests {
    private let piece = Limits.pieceBytes

    private func accepted(_ transfer: Transfer) -> [Answered] {
        transfer.answers(.accepted)
    }

    @Test("both ends come up with what the other said of itself")
    func comesUp() {
        let pair = Pair.up()
        #expect(
            pair.a.events == [
                .up(
                    LinkUp(
                        link: LinkID(1), peer: Sample.relay("B"), isDialledHere: true, boot: 66,
                        places: 64, features: .all))
            ])
        #expect(
            pair.b.events == [
                .up(
                    LinkUp(
                        link: LinkID(2), peer: Sample.relay("A"), isDialledHere: false, boot: 65,
                        places: 64, features: .all))
            ])
    }

    @Test(
        "a body arrives byte for byte, whatever its size and wherever the stream is cut",
        arguments: [0, 1, 65_536, 65_537, 262_127, 262_128, 262_129, 1_000_000, 5_000_000],
        [1_000_000, 9_973])
    func sizes(size: Int, chunk: Int) {
        var pair = Pair.up()
        pair.chunkBytes = chunk
        let transfer = Sample.transfer(1, size: size)
        let body = Sample.body(size)
        pair.a.forward(transfer, body: body, at: pair.now)
        pair.settle()
        #expect(pair.b.whole[transfer.envelope.document] == body)
        #expect(pair.a.ended == [transfer.id: accepted(transfer)])
        #expect(pair.a.end == nil && pair.b.end == nil)
    }

    @Test("an offer arrives with every field it was sent with")
    func fields() {
        var pair = Pair.up()
        let transfer = Transfer(
            id: TransferID(9), link: LinkID(1),
            envelope: Sample.envelope(recipients: ["R1", "R2", "R3"], size: 3),
            recipients: ["R3", "R1"].map(Sample.organisation),
            path: ["A", "HUB-1"].map(Sample.relay), round: 3)
        pair.a.forward(transfer, body: [1, 2, 3], at: pair.now)
        pair.settle()
        #expect(
            pair.b.offers == [
                Offer(
                    link: LinkID(2), peer: Sample.relay("A"), transfer: 1,
                    envelope: transfer.envelope, recipients: transfer.recipients,
                    path: transfer.path, round: 3)
            ])
    }

    @Test("a small body travels inside its offer, and costs one exchange")
    func inline() {
        var pair = Pair.up()
        let transfer = Sample.transfer(1, size: 100)
        pair.a.forward(transfer, body: Sample.body(100), at: pair.now)
        pair.settle()
        #expect(pair.b.events.contains { if case .offeredWhole = $0 { true } else { false } })
        #expect(!pair.b.events.contains { if case .offered = $0 { true } else { false } })
        #expect(pair.a.reads.map(\.count) == [100])
    }

    @Test("to a peer that takes none inside, a small body goes as a piece")
    func noInline() {
        var settings = Sample.settings("B")
        settings.inlineBytesMax = 0
        var pair = Pair.up(Sample.settings("A"), settings)
        let transfer = Sample.transfer(1, size: 100)
        pair.a.forward(transfer, body: Sample.body(100), at: pair.now)
        pair.settle()
        #expect(pair.b.events.contains { if case .offered = $0 { true } else { false } })
        #expect(pair.b.whole[transfer.envelope.document] == Sample.body(100))
    }

    @Test("many documents cross in both directions over one link")
    func manyBothWays() {
        var pair = Pair.up()
        let sizes = [0, 10, 5_000, 65_536, 70_000, 300_000, 2_000_000]
        var expected: [DocumentID: [UInt8]] = [:]
        for number in 0..<60 {
            let size = sizes[number % sizes.count] + number
            let there = Sample.transfer(UInt64(number) + 1, size: size)
            let back = Sample.transfer(UInt64(number) + 101, size: size)
            pair.a.forward(there, body: Sample.body(size), at: pair.now)
            pair.b.forward(back, body: Sample.body(size), at: pair.now)
            expected[there.envelope.document] = Sample.body(size)
            expected[back.envelope.document] = Sample.body(size)
        }
        pair.settle()
        let whole = pair.a.whole.merging(pair.b.whole) { one, _ in one }
        #expect(whole == expected)
        #expect(pair.a.ended.count == 60 && pair.b.ended.count == 60)
        #expect(pair.a.ended.values.allSatisfy { $0.map(\.answer) == [.accepted] })
    }

    @Test("each recipient hears its own answer")
    func answersByRecipient() {
        var pair = Pair.up()
        let answers: [Answer] = [
            .accepted, .refused(.noRoute), .busy(after: .seconds(7)), .later(after: .seconds(9)),
        ]
        let transfer = Sample.transfer(1, size: 5, recipients: ["R1", "R2", "R3", "R4"])
        let expected = zip(transfer.recipients, answers).map {
            Answered(recipient: $0, answer: $1)
        }
        pair.b.answer = { _ in expected }
        pair.a.forward(transfer, body: Sample.body(5), at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer.id] == expected)
    }

    @Test("every refusal comes through with its reason", arguments: Refusal.allCases)
    func refusals(refusal: Refusal) {
        var pair = Pair.up()
        pair.b.answer = { offer in
            offer.recipients.map { Answered(recipient: $0, answer: .refused(refusal)) }
        }
        let transfer = Sample.transfer(1, size: 5, recipients: ["R1", "R2"])
        pair.a.forward(transfer, body: Sample.body(5), at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer.id] == transfer.answers(.refused(refusal)))
    }

    @Test("an answer before the body is wanted ends the transfer, and nothing is read")
    func answeredAtOnce() {
        var pair = Pair.up()
        pair.b.wants = false
        let transfer = Sample.transfer(1, size: 1_000_000)
        pair.a.forward(transfer, body: Sample.body(1_000_000), at: pair.now)
        pair.settle()
        pair.b.machine.answer(pair.b.offers[0], transfer.answers(.accepted), at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer.id] == accepted(transfer))
        #expect(pair.a.reads.isEmpty)
    }

    @Test("after a cut the body goes on from where it was stored")
    func resume() {
        var pair = Pair.up()
        let size = 40 * piece + 5
        let transfer = Sample.transfer(1, size: size)
        pair.a.forward(transfer, body: Sample.body(size), at: pair.now)
        while pair.b.pieces.count < 10 { _ = pair.step() }
        pair.cut()
        #expect(pair.a.ended[transfer.id] == transfer.answers(.unknown))
        let stored = pair.b.staged[UploadID(transfer.envelope.document)]?.count ?? 0
        #expect(stored >= 10 * piece)
        pair.reconnect()
        pair.a.forward(transfer, body: Sample.body(size), at: pair.now)
        pair.settle()
        #expect(pair.a.reads.first?.offset == UInt64(stored))
        #expect(pair.b.whole[transfer.envelope.document] == Sample.body(size))
        #expect(pair.a.ended[transfer.id] == accepted(transfer))
    }

    @Test("a body that is stored whole already is asked for no byte")
    func nothingMissing() {
        var pair = Pair.up()
        let size = 2 * piece + 5
        let transfer = Sample.transfer(1, size: size)
        pair.b.staged[UploadID(transfer.envelope.document)] = Sample.body(size)
        pair.a.forward(transfer, body: Sample.body(size), at: pair.now)
        pair.settle()
        #expect(pair.a.reads.isEmpty)
        let isWhole = pair.b.events.contains {
            if case .whole(_, last: nil) = $0 { true } else { false }
        }
        #expect(isWhole)
        #expect(pair.a.ended[transfer.id] == accepted(transfer))
    }

    @Test("an urgent body passes a large one that is half sent, between two pieces")
    func overtakes() {
        var pair = Pair.up()
        pair.a.writesMax = 2
        let (slow, fast) = (
            Sample.transfer(1, size: 30 * piece),
            Sample.transfer(2, size: 4 * piece, priority: .express)
        )
        pair.a.forward(slow, body: Sample.body(30 * piece), at: pair.now)
        while pair.b.pieces.count < 8 { _ = pair.step() }
        pair.a.forward(fast, body: Sample.body(4 * piece), at: pair.now)
        while pair.a.ended[fast.id] == nil { _ = pair.step() }
        #expect(pair.a.ended[slow.id] == nil)
        pair.settle()
        let order = pair.b.pieces.map(\.upload.id.low)
        let first = order.firstIndex(of: 2) ?? 0
        // What was read or on the wire before goes first; then the urgent one has the line.
        #expect(order[first..<first + 4] == [2, 2, 2, 2])
        #expect(order.suffix(5).allSatisfy { $0 == 1 })
        #expect(pair.b.whole[slow.envelope.document] == Sample.body(30 * piece))
    }

    @Test("bodies of one priority take turns")
    func turns() {
        var pair = Pair.up()
        for number in 1...4 {
            let transfer = Sample.transfer(UInt64(number), size: 6 * piece)
            pair.a.forward(transfer, body: Sample.body(6 * piece), at: pair.now)
        }
        pair.settle()
        let order = pair.b.pieces.map(\.upload.id.low)
        #expect(order.count == 24)
        // None is more than two pieces ahead of another.
        for place in order.indices {
            let counts = (1...4).map { number in
                order[...place].count { $0 == UInt64(number) }
            }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2, "\(order)")
        }
    }

    @Test("offers go before bodies, yet a stream of offers does not stop a body")
    func offersAndPieces() {
        var pair = Pair.up()
        let large = Sample.transfer(1, size: 4 * piece)
        pair.a.forward(large, body: Sample.body(4 * piece), at: pair.now)
        var number: UInt64 = 1
        var steps = 0
        while pair.a.ended[large.id] == nil, steps < 200 {
            while pair.a.machine.outgoing.count < 64 {
                number += 1
                let small = Sample.transfer(number, size: 60_000)
                pair.a.forward(small, body: Sample.body(60_000), at: pair.now)
            }
            _ = pair.step()
            steps += 1
        }
        #expect(pair.a.ended[large.id] == accepted(large))
    }

    @Test("urgent offers go before those that came earlier")
    func urgentOffers() {
        var pair = Pair.up()
        pair.a.isWritable = false
        for number in 1...6 {
            let priority: Priority = number.isMultiple(of: 3) ? .express : .normal
            let transfer = Sample.transfer(UInt64(number), size: 0, priority: priority)
            pair.a.forward(transfer, body: [], at: pair.now)
        }
        pair.a.isWritable = true
        pair.settle()
        #expect(pair.b.offers.map(\.envelope.document.low) == [3, 6, 1, 2, 4, 5])
    }

    @Test("a document larger than the peer takes is refused without being offered")
    func tooLarge() {
        var settings = Sample.settings("B")
        settings.documentBytesMax = 1_000
        var pair = Pair.up(Sample.settings("A"), settings)
        let transfer = Sample.transfer(1, size: 1_001)
        pair.a.forward(transfer, body: Sample.body(1_001), at: pair.now)
        #expect(pair.a.ended[transfer.id] == transfer.answers(.refused(.tooLarge)))
        let moved = pair.a.pump(at: pair.now)
        #expect(!moved)
    }

    @Test("a body that cannot be read is put off, and the peer is told")
    func unreadable() {
        var pair = Pair.up()
        pair.a.readsBodies = false
        let transfer = Sample.transfer(1, size: 3 * piece)
        pair.a.forward(transfer, body: [], at: pair.now)
        pair.settle()
        let events = pair.a.machine.bodyUnreadable(pair.a.reads[0])
        pair.a.carryOut(events, at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer.id] == transfer.answers(.later(after: .seconds(60))))
        #expect(pair.b.cuts.map(\.transfer) == [1])
        let again = pair.a.machine.bodyUnreadable(pair.a.reads[0])
        #expect(again.isEmpty)
    }
}
