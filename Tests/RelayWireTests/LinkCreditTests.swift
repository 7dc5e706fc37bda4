// Credit, back-pressure and storing: how much may be under way, and what happens when it must wait.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Credit and back-pressure")
struct LinkCreditTests {
    private let piece = Limits.pieceBytes

    @Test("one body gets 16 pieces ahead of what is stored, and no more until one is")
    func window() throws {
        var pair = Pair.up()
        pair.b.stores = false
        let transfer = Sample.transfer(1, size: 40 * piece)
        pair.a.forward(transfer, body: Sample.body(40 * piece), at: pair.now)
        pair.settle()
        #expect(pair.b.pieces.count == 16)
        pair.b.store(pair.b.pieces[0], at: pair.now)
        pair.settle()
        #expect(pair.b.pieces.count == 17)
        pair.b.stores = true
        for piece in pair.b.pieces[1...] { pair.b.store(piece, at: pair.now) }
        pair.settle()
        #expect(pair.a.ended[transfer.id] == transfer.answers(.accepted))
    }

    @Test("all bodies together get no more than 8 MiB ahead, and eight are open at once")
    func shared() {
        var pair = Pair.up()
        pair.b.stores = false
        pair.b.answers = false
        for number in 1...40 {
            let transfer = Sample.transfer(UInt64(number), size: 20 * piece)
            pair.a.forward(transfer, body: Sample.body(20 * piece), at: pair.now)
        }
        pair.settle()
        #expect(pair.b.pieces.count == 32)
        #expect(WireLimits.creditPieces * piece <= 8 << 20)
        #expect(Set(pair.b.pieces.map(\.upload)).count <= 8)
        while let piece = pair.b.pieces.popLast() {
            pair.b.staged[piece.upload] = nil
            pair.b.machine.stored(piece, at: pair.now)
        }
        pair.settle()
        #expect(pair.b.pieces.count == 32)
    }

    @Test("what waits for the node's answer still counts as under way")
    func wholeCounts() {
        var pair = Pair.up()
        pair.b.stores = false
        pair.b.answers = false
        for number in 1...40 {
            let transfer = Sample.transfer(UInt64(number), size: 4 * piece)
            pair.a.forward(transfer, body: Sample.body(4 * piece), at: pair.now)
        }
        pair.settle()
        // With the last pieces, which are counted when END has come.
        #expect(pair.b.pieces.count == 32)
        for offer in pair.b.offers where pair.b.whole[offer.envelope.document] != nil {
            pair.b.machine.answer(offer, pair.b.answer(offer), at: pair.now)
        }
        pair.settle()
        #expect(pair.b.pieces.count == 64)
    }

    @Test("an urgent body is opened before those that wait")
    func urgentFirst() {
        var pair = Pair.up()
        pair.b.stores = false
        for number in 1...20 {
            let transfer = Sample.transfer(UInt64(number), size: 20 * piece)
            pair.a.forward(transfer, body: Sample.body(20 * piece), at: pair.now)
        }
        pair.settle()
        let urgent = Sample.transfer(21, size: 3 * piece, priority: .express)
        pair.a.forward(urgent, body: Sample.body(3 * piece), at: pair.now)
        pair.settle()
        #expect(!pair.b.pieces.contains { $0.upload.id == urgent.envelope.document })
        // The first credit that comes back is for it.
        pair.b.store(pair.b.pieces[0], at: pair.now)
        pair.settle()
        #expect(pair.b.pieces.last?.upload.id == urgent.envelope.document)
    }

    @Test("a connection that takes no bytes is not asked to hold any")
    func notWritable() {
        var pair = Pair.up()
        pair.a.isWritable = false
        for number in 1...64 {
            let transfer = Sample.transfer(UInt64(number), size: 60_000)
            pair.a.forward(transfer, body: Sample.body(60_000), at: pair.now)
        }
        pair.settle()
        #expect(pair.a.wire.isEmpty && pair.a.reads.isEmpty)
        // One write at a time: no more is read ahead than the bound.
        pair.a.isWritable = true
        pair.a.writesMax = 1
        pair.a.readsBodies = false
        _ = pair.a.pump(at: pair.now)
        #expect(pair.a.reads.map(\.count).reduce(0, +) <= WireLimits.inlineAheadBytesMax)
        #expect(pair.a.reads.count == 8)
    }

    @Test("pieces are read as the connection takes them, two ahead at most")
    func readAhead() {
        var pair = Pair.up()
        for number in 1...5 {
            let transfer = Sample.transfer(UInt64(number), size: 6 * piece)
            pair.a.forward(transfer, body: Sample.body(6 * piece), at: pair.now)
        }
        pair.a.readsBodies = false
        pair.settle()
        #expect(pair.a.reads.count == 2)
        pair.a.load(pair.a.reads[1], at: pair.now)
        pair.settle()
        #expect(pair.a.reads.count == 3)
    }

    @Test("a piece that cannot be stored ends the offer once, and the rest is dropped")
    func notStored() {
        var pair = Pair.up()
        pair.b.stores = false
        let transfer = Sample.transfer(1, size: 40 * piece)
        pair.a.forward(transfer, body: Sample.body(40 * piece), at: pair.now)
        while pair.b.pieces.count < 2 { _ = pair.step() }
        let failed = pair.b.machine.notStored(pair.b.pieces[0], at: pair.now)
        #expect(failed == pair.b.offers)
        let again = pair.b.machine.notStored(pair.b.pieces[1], at: pair.now)
        #expect(again.isEmpty)
        let count = pair.b.pieces.count
        pair.settle()
        #expect(pair.b.pieces.count == count)
        let busy = transfer.answers(.busy(after: .seconds(5)))
        pair.b.machine.answer(pair.b.offers[0], busy, at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer.id] == busy)
        #expect(pair.a.end == nil && pair.b.end == nil)
    }

    @Test(
        "more staged than the body has, or part of a piece, is left to the digest",
        arguments: [300_000, 300_001, 1_000_000, 5])
    func stagedOddly(staged: Int) {
        var pair = Pair.up()
        pair.b.answers = false
        let transfer = Sample.transfer(1, size: 300_000)
        pair.b.staged[UploadID(transfer.envelope.document)] = Sample.body(staged)
        pair.a.forward(transfer, body: Sample.body(300_000), at: pair.now)
        pair.settle()
        #expect(pair.b.events.last == .whole(pair.b.offers[0], last: nil))
        pair.b.machine.answer(
            pair.b.offers[0], transfer.answers(.refused(.digestMismatch)), at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer.id] == transfer.answers(.refused(.digestMismatch)))
        #expect(pair.a.reads.isEmpty)
    }

    @Test("one document offered twice on a link is stored by whichever comes first")
    func twice() {
        var pair = Pair.up()
        let (one, other) = (Sample.transfer(1, size: 3 * piece), Sample.transfer(2, size: 3))
        let again = Transfer(
            id: other.id, link: other.link, envelope: one.envelope, recipients: one.recipients,
            path: one.path, round: 2)
        pair.a.forward(one, body: Sample.body(3 * piece), at: pair.now)
        pair.a.forward(again, body: Sample.body(3 * piece), at: pair.now)
        pair.settle()
        #expect(pair.a.ended.count == 2)
        #expect(pair.b.whole[one.envelope.document] == Sample.body(3 * piece))
    }
}
