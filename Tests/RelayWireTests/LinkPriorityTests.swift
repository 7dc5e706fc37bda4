// What becomes urgent while a large body is on a slow wire: how many bytes it has to wait for. And
// the pace of a link that is bounded in bytes.

import RelayCore
import Testing

@testable import RelayWire

/// A pair over a wire that carries so many bytes in a millisecond from A to B, behind a buffer as
/// the shell has: asked for more as long as less than this lies in it.
private struct SlowWire {
    var pair: Pair
    let bytesPerMillisecond: Int
    /// Bytes that B has received.
    var carried = 0

    static let bufferBytes = 65_536

    mutating func pass(_ milliseconds: Int, until isOver: (End) -> Bool = { _ in false }) -> Bool {
        for _ in 0..<milliseconds {
            pair.now = pair.now + .milliseconds(1)
            pair.a.carryOut(pair.a.machine.tick(pair.now), at: pair.now)
            pair.b.carryOut(pair.b.machine.tick(pair.now), at: pair.now)
            fill()
            let bytes = Array(pair.a.wire.prefix(bytesPerMillisecond))
            pair.a.wire.removeFirst(bytes.count)
            carried += bytes.count
            pair.b.carryOut(pair.b.machine.received(bytes, at: pair.now), at: pair.now)
            _ = pair.b.pump(at: pair.now)
            let back = pair.b.wire
            pair.b.wire = []
            pair.a.carryOut(pair.a.machine.received(back, at: pair.now), at: pair.now)
            if isOver(pair.b) { return true }
        }
        return false
    }

    private mutating func fill() {
        pair.a.writesMax = 1
        while pair.a.wire.count < Self.bufferBytes, pair.a.pump(at: pair.now) {}
    }
}

@Suite("Priority and pace on a link")
struct LinkPriorityTests {
    private let piece = Limits.pieceBytes

    /// A link that is full of one large body, at 1 MB/s.
    private func busy(_ change: (inout Pair) -> Void = { _ in }) -> SlowWire {
        var wire = SlowWire(pair: Pair.up(), bytesPerMillisecond: 1_000)
        forward(1, size: 24 * piece, in: &wire)
        change(&wire.pair)
        _ = wire.pass(1_000)
        return wire
    }

    private func forward(
        _ number: UInt64, size: Int, _ priority: Priority = .normal, in wire: inout SlowWire
    ) {
        wire.pair.a.forward(
            Sample.transfer(number, size: size, priority: priority), body: Sample.body(size),
            at: wire.pair.now)
    }

    private func isHere(_ number: UInt64) -> (End) -> Bool {
        { $0.whole[DocumentID(high: 7, low: number)] != nil }
    }

    /// Bytes that B receives until it has the whole document.
    private func bytes(until number: UInt64, in wire: inout SlowWire) -> Int {
        let before = wire.carried
        let hasCome = wire.pass(20_000, until: isHere(number))
        #expect(hasCome)
        return wire.carried - before
    }

    @Test("8 KiB that are express wait for what lies in the buffer and one part of a piece")
    func express() {
        var wire = busy()
        #expect(wire.carried > 900_000)
        forward(2, size: 8_192, .express, in: &wire)
        let waited = bytes(until: 2, in: &wire)
        #expect(waited <= SlowWire.bufferBytes + WireLimits.partBytes + 10_000, "\(waited)")
    }

    @Test("sixty other small documents that wait to go do not stand before it")
    func beforeOthers() {
        var wire = busy { pair in
            for number in UInt64(10)..<60 {
                pair.a.forward(
                    Sample.transfer(number, size: 60_000), body: Sample.body(60_000), at: pair.now)
            }
        }
        // As many again, of which nothing has gone.
        for number in UInt64(100)..<110 { forward(number, size: 60_000, in: &wire) }
        forward(2, size: 8_192, .express, in: &wire)
        let waited = bytes(until: 2, in: &wire)
        #expect(waited <= SlowWire.bufferBytes * 2 + WireLimits.partBytes + 10_000, "\(waited)")
    }

    @Test("an express body of many pieces passes a large one that is half sent")
    func largeExpress() {
        var wire = busy { pair in
            pair.a.forward(
                Sample.transfer(3, size: 24 * 262_128), body: Sample.body(24 * 262_128),
                at: pair.now)
        }
        let size = 6 * piece
        forward(2, size: size, .express, in: &wire)
        let waited = bytes(until: 2, in: &wire)
        #expect(waited - size <= 12 * WireLimits.partBytes, "\(waited - size) of others")
        #expect(Set(wire.pair.a.ended.keys).isSubset(of: [TransferID(2)]))
    }

    @Test("bodies of one priority take turns part by part, and arrive whole")
    func turns() throws {
        var wire = busy { pair in
            pair.a.forward(
                Sample.transfer(2, size: 9 * 262_128 + 5), body: Sample.body(9 * 262_128 + 5),
                at: pair.now)
        }
        let document = DocumentID(high: 7, low: 2)
        _ = bytes(until: 2, in: &wire)
        #expect(wire.pair.b.whole[document] == Sample.body(9 * piece + 5))
        #expect(wire.carried < 6_500_000)
    }

    private func paced(_ bytesPerSecond: UInt64) -> Pair {
        var settings = Sample.settings("A")
        settings.bytesPerSecond = bytesPerSecond
        return Pair.up(settings)
    }

    private func send(
        _ number: UInt64, size: Int, _ priority: Priority = .normal, in pair: inout Pair
    ) -> TransferID {
        let transfer = Sample.transfer(number, size: size, priority: priority)
        pair.a.forward(transfer, body: Sample.body(size), at: pair.now)
        return transfer.id
    }

    @Test("a link keeps its pace, whatever the connection would take")
    func pace() throws {
        var pair = paced(1 << 20)
        let transfer = send(1, size: 8 << 20, in: &pair)
        pair.pass(.milliseconds(7_800))
        #expect(pair.a.ended[transfer] == nil)
        pair.pass(.milliseconds(400))
        #expect(pair.a.ended[transfer] != nil)
    }

    @Test("small bodies keep the pace too; an express one does not wait, and is charged")
    func paceOfSmall() {
        var pair = paced(64 << 10)
        let ids = (0..<20).map { send(UInt64(10 + $0), size: 32_768, in: &pair) }
        pair.pass(.milliseconds(900))
        #expect((1...3).contains(ids.count { pair.a.ended[$0] != nil }))
        let express = send(1, size: 65_536, .express, in: &pair)
        pair.pass(.milliseconds(1))
        #expect(pair.a.ended[express] != nil)
        let before = ids.count { pair.a.ended[$0] != nil }
        pair.pass(.milliseconds(900))
        #expect(ids.count { pair.a.ended[$0] != nil } <= before + 1)
        pair.pass(.seconds(12))
        #expect(
            ids.allSatisfy { pair.a.ended[$0] == Sample.transfer(1, size: 1).answers(.accepted) })
    }

    @Test("at the slowest pace 64 bodies of many pieces arrive, and none is taken for stalled")
    func slowest() {
        var pair = paced(64 << 10)
        let ids = (0..<64).map { send(UInt64(10 + $0), size: 80_000, in: &pair) }
        pair.pass(.seconds(85))
        #expect(pair.b.cuts.isEmpty)
        #expect(
            ids.allSatisfy { pair.a.ended[$0] == Sample.transfer(1, size: 1).answers(.accepted) })
    }

    @Test("a pace can be set, changed and lifted while the link is up")
    func changed() {
        var pair = Pair.up()
        pair.a.machine.keepPace(1 << 20, at: pair.now)
        let transfer = send(1, size: 16 << 20, in: &pair)
        pair.pass(.seconds(2))
        #expect(pair.b.pieces.count < 12)
        pair.a.machine.keepPace(nil, at: pair.now)
        pair.settle()
        #expect(pair.a.ended[transfer] != nil)
    }
}
