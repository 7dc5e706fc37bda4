// Two machines under a shell and an engine that take their time: writes, reads, stores and answers
// happen when chance will, connections are cut, and in the end every document is there, once.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Chance")
struct RandomPairTests {
    /// One end's documents, and what became of them.
    private struct Load {
        var waiting: [Transfer] = []
        var accepted: Set<DocumentID> = []
        var nextTransfer: UInt64 = 1_000
        var seen: Set<TransferID> = []
    }

    private static let sizes = [0, 1, 900, 30_000, 65_536, 65_537, 262_128, 300_000, 1_500_000]

    @Test("every document arrives, whatever happens in between", arguments: 0..<16)
    func everything(seed: UInt64) {
        var dice = Dice(state: seed)
        var pair = Pair.up()
        var loads = [Load(), Load()]
        var bodies: [DocumentID: [UInt8]] = [:]
        for number in 0..<40 {
            let size = Self.sizes.randomElement(using: &dice) ?? 0
            let transfer = Sample.transfer(
                UInt64(number), size: size,
                priority: Priority.allCases.randomElement(using: &dice) ?? .normal)
            bodies[transfer.envelope.document] = Sample.body(size)
            loads[number % 2].waiting.append(transfer)
        }
        var cuts = 0
        for _ in 0..<400 {
            disturb(&pair.a, &dice, pair.now)
            disturb(&pair.b, &dice, pair.now)
            offer(&loads[0], from: &pair.a, bodies, &dice, pair.now)
            offer(&loads[1], from: &pair.b, bodies, &dice, pair.now)
            pair.chunkBytes = Int.random(in: 1_000...400_000, using: &dice)
            _ = pair.step()
            pair.now = pair.now + .milliseconds(5)
            if cuts < 3, dice.chance(2) {
                cuts += 1
                pair.cut()
                conclude(&loads, pair, bodies)
                pair.reconnect()
            }
        }
        finish(&pair, &loads, bodies)
        while loads.contains(where: { !$0.waiting.isEmpty }) {
            while !loads[0].waiting.isEmpty, pair.a.machine.sending < 64 {
                offer(&loads[0], from: &pair.a, bodies, &dice, pair.now)
            }
            while !loads[1].waiting.isEmpty, pair.b.machine.sending < 64 {
                offer(&loads[1], from: &pair.b, bodies, &dice, pair.now)
            }
            finish(&pair, &loads, bodies)
        }
        #expect(loads[0].accepted.union(loads[1].accepted) == Set(bodies.keys))
        #expect(pair.a.end == nil && pair.b.end == nil)
        #expect(pair.a.machine.sending == 0 && pair.a.machine.receiving == 0)
        #expect(pair.b.machine.sending == 0 && pair.b.machine.receiving == 0)
    }

    /// The shell and the engine of one end do a little, or nothing.
    private func disturb(_ end: inout End, _ dice: inout Dice, _ now: Tick) {
        end.isDelayed = true
        end.readsBodies = false
        end.isWritable = dice.chance(80)
        end.writesMax = Int.random(in: 1...6, using: &dice)
        let events = min(end.mailbox.count, Int.random(in: 0...4, using: &dice))
        let some = Array(end.mailbox.prefix(events))
        end.mailbox.removeFirst(events)
        end.handle(some, at: now)
        while !end.reads.isEmpty, dice.chance(70) {
            let place = Int.random(in: 0..<end.reads.count, using: &dice)
            end.load(end.reads.remove(at: place), at: now)
        }
    }

    private func offer(
        _ load: inout Load, from end: inout End, _ bodies: [DocumentID: [UInt8]],
        _ dice: inout Dice, _ now: Tick
    ) {
        guard !load.waiting.isEmpty, end.machine.sending < 64, dice.chance(50) else { return }
        let next = load.waiting.removeFirst()
        load.nextTransfer += 1
        let transfer = Transfer(
            id: TransferID(load.nextTransfer), link: next.link, envelope: next.envelope,
            recipients: next.recipients, path: next.path, round: next.round)
        let document = transfer.envelope.document
        end.sent[transfer.id] = transfer
        end.forward(transfer, body: bodies[document, default: []], at: now)
    }

    /// Everything that waits is done, and what was concluded is noted.
    private func finish(
        _ pair: inout Pair, _ loads: inout [Load], _ bodies: [DocumentID: [UInt8]]
    ) {
        var moved = true
        while moved {
            moved = pair.step()
            for end in [\Pair.a, \Pair.b] {
                pair[keyPath: end].isWritable = true
                pair[keyPath: end].writesMax = .max
                moved =
                    moved || !pair[keyPath: end].mailbox.isEmpty
                    || !pair[keyPath: end].reads.isEmpty
                let events = pair[keyPath: end].mailbox
                pair[keyPath: end].mailbox = []
                pair[keyPath: end].handle(events, at: pair.now)
                let reads = pair[keyPath: end].reads
                pair[keyPath: end].reads = []
                for read in reads { pair[keyPath: end].load(read, at: pair.now) }
            }
        }
        conclude(&loads, pair, bodies)
    }

    /// What was accepted is whole at the other end; what was not is offered again.
    private func conclude(
        _ loads: inout [Load], _ pair: Pair, _ bodies: [DocumentID: [UInt8]]
    ) {
        for (number, (end, other)) in [(pair.a, pair.b), (pair.b, pair.a)].enumerated() {
            for (id, answers) in end.ended where loads[number].seen.insert(id).inserted {
                guard let transfer = end.sent[id] else { continue }
                let document = transfer.envelope.document
                if answers == transfer.answers(.accepted) {
                    let isNew = loads[number].accepted.insert(document).inserted
                    #expect(isNew && other.whole[document] == bodies[document])
                } else {
                    loads[number].waiting.append(transfer)
                }
            }
        }
    }
}
