// Hostile bytes: no truncation, no changed byte and no noise makes the machine trap, and however a
// stream is cut, it is read alike. Seeds are fixed, so a failure comes back.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Hostile bytes")
struct FuzzTests {
    /// A machine in the middle of its work: it has offered, it is sending, it is receiving.
    private func busyMachine() -> Lone {
        var lone = Lone()
        for number in 1...3 {
            _ = lone.machine.forward(
                Sample.transfer(UInt64(number) + 20, size: number * 400_000 - 400_000),
                at: lone.now)
        }
        lone.offer(299)
        lone.wants()
        _ = lone.output()
        return lone
    }

    /// Lets the machine do whatever it now wants, so that late traps show.
    private func goOn(_ lone: inout Lone) {
        var steps = 0
        for event in lone.events {
            // 299 is wanted already.
            if case .offered(let offer) = event, offer.transfer != 299 {
                lone.machine.want(offer, from: 0, at: lone.now)
            }
        }
        loop: while steps < 50 {
            switch lone.machine.next(at: lone.now) {
            case .send: break
            case .read(let read):
                lone.machine.bodyRead(
                    [UInt8](repeating: 0, count: read.count), for: read, at: lone.now)
            case .idle, .close: break loop
            }
            steps += 1
        }
        lone.events += lone.machine.tick(lone.now + .seconds(61))
        lone.events += lone.machine.lost(reason: "over")
    }

    static let names = VectorTests.frames.map(\.0) + ["unknown-field", "extension"]

    @Test("every truncation of a vector waits for more", arguments: names)
    func truncations(name: String) throws {
        let bytes = try VectorTests.vector(name)
        for count in 0..<bytes.count {
            var reader = FrameReader()
            var rest = bytes[..<count]
            #expect(try reader.next(&rest) == nil)
            var missing = bytes[count...]
            #expect(try reader.next(&missing) != nil)
            #expect(missing.isEmpty)
        }
    }

    @Test("no changed byte of a vector traps", arguments: names)
    func singleBytes(name: String) throws {
        let bytes = try VectorTests.vector(name)
        var dice = Dice(state: 1)
        let start = name == "hello" ? Lone(greeted: false) : busyMachine()
        var ended = 0
        for place in bytes.indices {
            for byte in [
                0, 1, 0x7F, 0x80, 0xFF, bytes[place] ^ 1,
                UInt8.random(in: .min ... .max, using: &dice),
            ] {
                var other = bytes
                other[place] = byte
                var lone = start
                lone.hear(other)
                goOn(&lone)
                if lone.end != nil { ended += 1 }
            }
        }
        #expect(ended == bytes.count * 7)
    }

    @Test("no noise traps", arguments: 0..<20)
    func noise(seed: UInt64) {
        var dice = Dice(state: seed)
        for _ in 0..<40 {
            var lone = busyMachine()
            for _ in 0..<10 where lone.end == nil {
                // A plausible head, so that the noise gets past it.
                let count = Int.random(in: 0...200, using: &dice)
                let noise = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &dice) }
                let type = UInt8.random(in: 1...14, using: &dice)
                lone.hear([0, 0, 0, UInt8(count + 1), type] + noise)
            }
            goOn(&lone)
            #expect(lone.end != nil)
        }
    }

    @Test("frames in any order, each valid in itself, do not trap", arguments: 0..<20)
    func disorder(seed: UInt64) throws {
        let frames = try Self.names.map(VectorTests.vector)
        var dice = Dice(state: seed)
        for _ in 0..<40 {
            var lone = busyMachine()
            for _ in 0..<20 {
                lone.hear(frames.randomElement(using: &dice) ?? [])
                let transfer = UInt64.random(in: 0...5, using: &dice)
                switch Int.random(in: 0..<6, using: &dice) {
                case 0:
                    lone.want(transfer, 0, [0, 262_128, 400_000].randomElement(using: &dice) ?? 0)
                case 1: lone.data(299, offset: UInt64.random(in: 0...3, using: &dice) * 262_128)
                case 2: lone.result(transfer, [AnswerMessage(.accepted)])
                case 3: lone.cancel(transfer + 297)
                case 4: _ = lone.output()
                default: lone.offer(transfer + 300)
                }
            }
            goOn(&lone)
            #expect(lone.end != nil)
        }
    }

    @Test("however a stream is cut, it is read alike", arguments: 0..<10)
    func cuts(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let stream = try Self.names.map(VectorTests.vector).joined() + []
        var whole: [Frame] = []
        var reader = FrameReader()
        var rest = stream[...]
        while let frame = try reader.next(&rest) { whole.append(frame) }
        #expect(whole.count == Self.names.count)
        var parts: [Frame] = []
        reader = FrameReader()
        rest = stream[...]
        while !rest.isEmpty {
            var part = rest.prefix(Int.random(in: 1...30, using: &dice))
            rest = rest.dropFirst(part.count)
            while let frame = try reader.next(&part) { parts.append(frame) }
        }
        #expect(parts == whole)
    }

    @Test("no changed byte of a statement traps, and noise is none", arguments: 0..<10)
    func statements(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let bytes = try VectorTests.vector("statement")
        for _ in 0..<300 {
            var other = bytes
            for _ in 0..<Int.random(in: 1...5, using: &dice) {
                other[Int.random(in: 0..<other.count, using: &dice)] =
                    UInt8.random(in: .min ... .max, using: &dice)
            }
            if let statement = try? ReceiptStatement.decode(other) {
                #expect(ReceiptStatement.encode(statement) == other)
            }
        }
    }
}
