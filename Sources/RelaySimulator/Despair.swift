// The end of lifetimes: one agency is gone for good, and what others send to it is given up.
//
// Each sender must end with one signed statement for each of its deliveries, whatever dies while it
// is made. Played after everything else has arrived.

import RelayCore

struct Despair {
    private let world: World
    private var dice: Dice
    /// The agency that is gone, and the one that writes to it.
    private let victim: Int
    private let author: Int

    init(_ world: World, seed: UInt64) {
        self.world = world
        dice = Dice(seed: seed).fork(4)
        let agencies = world.topology.sites.indices.filter {
            !world.topology.sites[$0].settings.organisations.isEmpty
        }
        victim = dice.pick(agencies)
        let gone = victim
        author = dice.pick(agencies.filter { $0 != gone })
    }

    mutating func play() {
        world.die(victim, isSilent: dice.chance(50))
        let first = world.desk.works.count
        for _ in 0..<dice.draw(1...4) { write() }
        world.run(until: world.now + 120_000)
        world.skipAhead(world.topology.sites[author].settings.lifetime)
        // The sender may die while it gives up, signs, or looks at what it has signed.
        if dice.chance(70) {
            world.run(until: world.now + Int64(dice.draw(0...12_000)))
            world.die(author)
            world.run(until: world.now + 1_000)
            world.restart(author)
        }
        if dice.chance(50) {
            world.doom(author, dice.pick([.beforeCommit, .afterCommit, .amidActions(1)]))
        }
        world.run(until: world.now + 300_000)
        for number in first..<world.desk.works.count { check(number) }
        world.restart(victim)
        world.run(until: world.now + 60_000)
    }

    private mutating func write() {
        let sites = world.topology.sites
        let senders = sites[author].settings.organisations.sorted()
        let recipients = sites[victim].settings.organisations.sorted()
        let number = world.desk.works.count
        world.desk.works.append(
            Desk.Work(
                at: world.now, relay: author, sender: dice.pick(senders),
                recipients: dice.chance(50) ? recipients : [recipients[0]],
                body: Checksum.body(seed: dice.next() | 1, count: dice.draw(1...3_000)),
                idempotencyKey: "despair-\(number)"))
        world.submit(number)
    }

    private func check(_ number: Int) {
        guard world.checkers.violation == nil,
            case .accepted(let document) = world.desk.works[number].answer
        else { return }
        let disk = world.relays[author].ledger.disk
        for delivery in disk.deliveries(of: document) {
            let receipt = disk.receipts[ReceiptKey(delivery: delivery.key, kind: .failed)]
            let isAttested =
                if case .made(let made, _) = delivery.failed { made == receipt } else { false }
            let isSettled = receipt.map { receipt in
                disk.deliveries(of: receipt).allSatisfy { $0.state.name == .collected }
                    && disk.bodies[receipt] != nil
            }
            if delivery.state.name != .failed || !isAttested || isSettled != true {
                world.violate(
                    "what is given up is told in writing",
                    "\(document) to \(delivery.recipient) is \(delivery.state.name)")
            }
        }
    }
}
