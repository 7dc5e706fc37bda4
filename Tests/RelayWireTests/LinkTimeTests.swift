// Keep-alive, silence, stalls, and how links end in good order.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Time and the end of links")
struct LinkTimeTests {
    private let piece = Limits.pieceBytes

    @Test("an idle link lives as long as the peer answers")
    func idle() {
        var pair = Pair.up()
        pair.pass(.hours(2))
        #expect(pair.a.end == nil && pair.b.end == nil)
        #expect(pair.a.machine.pings > 100)
    }

    @Test("a busy link sends no PING")
    func busy() {
        var pair = Pair.up()
        for number in 1...100 {
            let transfer = Sample.transfer(UInt64(number), size: 10)
            pair.a.forward(transfer, body: Sample.body(10), at: pair.now)
            pair.pass(.seconds(4))
        }
        #expect(pair.a.machine.pings == 0 && pair.b.machine.pings == 0)
    }

    @Test("a peer that falls silent is dead after 15 seconds, not before")
    func silence() {
        var pair = Pair.up()
        let transfer = Sample.transfer(1, size: 3 * piece)
        pair.a.forward(transfer, body: Sample.body(3 * piece), at: pair.now)
        pair.isJoined = false
        pair.pass(.milliseconds(14_999))
        #expect(pair.a.end == nil && pair.a.ended.isEmpty)
        pair.pass(.milliseconds(1))
        #expect(pair.a.end?.cause == .silent && pair.b.end?.cause == .silent)
        #expect(pair.a.ended[transfer.id] == transfer.answers(.unknown))
        #expect(pair.a.machine.wake == nil)
    }

    @Test("without a HELLO in 10 seconds there is no link")
    func helloLate() {
        var pair = Pair()
        pair.isJoined = false
        pair.pass(.milliseconds(9_999))
        #expect(pair.a.end == nil)
        pair.pass(.milliseconds(1))
        #expect(pair.a.end?.cause == .silent)
        #expect(pair.a.events.count == 1)
    }

    @Test("an offer that nobody answers is given up after a minute, and its answer then ignored")
    func stalledOffer() {
        var pair = Pair.up()
        pair.b.wants = false
        let transfer = Sample.transfer(1, size: 3 * piece)
        pair.a.forward(transfer, body: Sample.body(3 * piece), at: pair.now)
        pair.pass(.seconds(59))
        #expect(pair.a.ended.isEmpty)
        pair.pass(.seconds(8))
        #expect(pair.a.ended[transfer.id] == transfer.answers(.unknown))
        #expect(pair.b.cuts.map(\.transfer) == [1])
        let offer = pair.b.offers[0]
        pair.b.machine.want(offer, from: 0, at: pair.now)
        pair.b.machine.answer(offer, transfer.answers(.accepted), at: pair.now)
        pair.pass(.seconds(30))
        #expect(pair.a.ended[transfer.id] == transfer.answers(.unknown))
        #expect(pair.a.end == nil && pair.b.end == nil)
    }

    @Test("an answer that crosses the CANCEL is ignored")
    func crossing() {
        var pair = Pair.up()
        pair.b.answers = false
        let transfer = Sample.transfer(1, size: 10)
        pair.a.forward(transfer, body: Sample.body(10), at: pair.now)
        pair.settle()
        pair.pass(.seconds(59))
        pair.now = pair.now + .seconds(8)
        pair.a.carryOut(pair.a.machine.tick(pair.now), at: pair.now)
        pair.b.machine.answer(pair.b.offers[0], transfer.answers(.accepted), at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer.id] == transfer.answers(.unknown))
        #expect(pair.b.cuts.isEmpty)
        #expect(pair.a.end == nil && pair.b.end == nil)
    }

    @Test("a peer that asked for bytes and gets none gives the transfer up, and keeps what it has")
    func stalledBody() {
        var pair = Pair.up()
        pair.a.readsBodies = false
        let transfer = Sample.transfer(1, size: 3 * piece)
        pair.a.forward(transfer, body: Sample.body(3 * piece), at: pair.now)
        pair.pass(.seconds(1))
        pair.a.load(pair.a.reads[0], at: pair.now)
        pair.pass(.seconds(67))
        #expect(pair.b.pieces.count == 1)
        #expect(pair.b.cuts.map(\.transfer) == [1])
        #expect(pair.a.ended.count == 1)
        // The bytes come after all: too late, and no harm.
        pair.a.load(pair.a.reads[1], at: pair.now)
        pair.pass(.seconds(1))
        #expect(pair.a.end == nil && pair.b.end == nil)
    }

    @Test("bodies that wait for their turn are not given up while others are slow")
    func reminded() {
        var pair = Pair.up()
        pair.b.stores = false
        for number in 1...10 {
            let transfer = Sample.transfer(UInt64(number), size: 20 * piece)
            pair.a.forward(transfer, body: Sample.body(20 * piece), at: pair.now)
        }
        for _ in 0..<10 {
            pair.pass(.seconds(30))
            // One piece every half a minute for the first body only.
            if let place = pair.b.pieces.firstIndex(where: { $0.upload.id.low == 1 }) {
                pair.b.store(pair.b.pieces.remove(at: place), at: pair.now)
            }
        }
        #expect(pair.a.ended.isEmpty)
        #expect(pair.b.cuts.isEmpty)
    }

    @Test("a link that drains finishes what runs, takes nothing new, and closes")
    func drain() {
        var pair = Pair.up()
        pair.b.stores = false
        let running = Sample.transfer(1, size: 20 * piece)
        pair.a.forward(running, body: Sample.body(20 * piece), at: pair.now)
        pair.settle()
        pair.b.carryOut(pair.b.machine.drain(reason: "relay is being stopped"), at: pair.now)
        pair.settle()
        #expect(pair.a.events.contains(.draining(reason: "relay is being stopped")))
        let late = Sample.transfer(2, size: 10)
        pair.a.forward(late, body: Sample.body(10), at: pair.now)
        #expect(pair.a.ended[late.id] == late.answers(.busy(after: .seconds(5))))
        let own = Sample.transfer(3, size: 10)
        pair.b.forward(own, body: Sample.body(10), at: pair.now)
        #expect(pair.b.ended[own.id] == own.answers(.busy(after: .seconds(5))))
        pair.b.stores = true
        for piece in pair.b.pieces { pair.b.store(piece, at: pair.now) }
        pair.settle()
        #expect(pair.a.ended[running.id] == running.answers(.accepted))
        #expect(pair.a.end?.cause == .drained || pair.b.end?.cause == .drained)
        #expect(pair.a.isClosed && pair.b.isClosed)
    }

    @Test("an offer that crosses a GOODBYE is put off, and what was not offered is given back")
    func drainCrossing() {
        var pair = Pair.up()
        pair.b.answers = false
        let running = Sample.transfer(1, size: 10)
        pair.a.forward(running, body: Sample.body(10), at: pair.now)
        pair.settle()
        let crossing = Sample.transfer(2, size: 10)
        pair.a.forward(crossing, body: Sample.body(10), at: pair.now)
        _ = pair.a.pump(at: pair.now)
        pair.a.isWritable = false
        let kept = Sample.transfer(3, size: 0)
        pair.a.forward(kept, body: [], at: pair.now)
        pair.b.carryOut(pair.b.machine.drain(reason: "stop"), at: pair.now)
        _ = pair.b.pump(at: pair.now)
        pair.a.isWritable = true
        pair.settle()
        let busy = Answer.busy(after: .seconds(5))
        #expect(pair.a.ended[crossing.id] == crossing.answers(busy))
        #expect(pair.a.ended[kept.id] == kept.answers(busy))
        #expect(pair.b.offers.count == 1)
        #expect(pair.a.ended[running.id] == nil)
        pair.b.machine.answer(pair.b.offers[0], running.answers(.accepted), at: pair.now)
        pair.settle()
        #expect(pair.a.ended[running.id] == running.answers(.accepted))
        #expect(pair.a.isClosed && pair.b.isClosed)
    }

    @Test("a link closed by one end tells the other why")
    func close() {
        var pair = Pair.up()
        let transfer = Sample.transfer(1, size: 20 * piece)
        pair.b.stores = false
        pair.a.forward(transfer, body: Sample.body(20 * piece), at: pair.now)
        pair.settle()
        pair.b.carryOut(
            pair.b.machine.close(reason: "another link\nis used \u{7}"), at: pair.now)
        pair.settle()
        #expect(
            pair.a.end == LinkEnd(cause: .closedThere, reason: "another link?is used ?"))
        #expect(pair.b.end?.cause == .closedHere)
        #expect(pair.a.ended[transfer.id] == transfer.answers(.unknown))
        #expect(pair.a.isClosed && pair.b.isClosed)
        // What the engine says afterwards changes nothing.
        pair.b.machine.answer(pair.b.offers[0], transfer.answers(.accepted), at: pair.now)
        pair.b.machine.stored(pair.b.pieces[0], at: pair.now)
        let late = pair.a.machine.forward(Sample.transfer(2, size: 1), at: pair.now)
        #expect(late == .notTaken(Sample.transfer(2, size: 1).answers(.unknown)))
        let nothing = pair.a.machine.tick(pair.now + .hours(1))
        #expect(nothing.isEmpty)
    }

    @Test("a lost connection ends every transfer once, in the order they were begun")
    func lost() {
        var pair = Pair.up()
        pair.b.answers = false
        let transfers = (1...20).map { Sample.transfer(UInt64($0), size: $0 * 60_000) }
        for transfer in transfers {
            let body = Sample.body(Int(transfer.envelope.size))
            pair.a.forward(transfer, body: body, at: pair.now)
        }
        for _ in 0..<3 { _ = pair.step() }
        let before = pair.a.events.count
        pair.cut()
        let expected = transfers.map { LinkEvent.attempted($0.id, $0.answers(.unknown)) }
        #expect(pair.a.events[before...].dropLast() == expected[...])
        #expect(pair.a.end == LinkEnd(cause: .lost, reason: "cut"))
    }

    @Test("PINGs are answered with the last token, however many lie there")
    func pongs() throws {
        var pair = Pair.up()
        var bytes: [UInt8] = []
        for token in 1...1_000 {
            FrameWriter.append(.ping, PingMessage(token: UInt64(token)), to: &bytes)
        }
        pair.b.carryOut(pair.b.machine.received(bytes, at: pair.now), at: pair.now)
        var expected: [UInt8] = []
        FrameWriter.append(.pong, PingMessage(token: 1_000), to: &expected)
        let output = pair.b.machine.next(at: pair.now)
        #expect(output == .send(expected))
        let idle = pair.b.machine.next(at: pair.now)
        #expect(idle == .idle)
    }
}
