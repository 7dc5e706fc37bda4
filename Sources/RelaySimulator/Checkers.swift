// What must always hold, checked after every step of every relay.
//
// A checker looks at disks and at what is about to be said or done; it knows nothing of how the
// core decides. The first broken rule ends the run.

import RelayCore
import RelayEngine

package final class Checkers {
    package private(set) var violation: Violation?
    /// Documents that a relay has accepted from applications, with the work of the desk behind it.
    var accepted: [DocumentID: Envelope] = [:]
    /// Deliveries that have reached an inbox.
    private var delivered: Set<DeliveryKey> = []
    /// Everything a relay has records of, by relay.
    private var held: [Int: Set<DeliveryKey>] = [:]
    /// The last entry of each relay's feed.
    private var told: [Int: UInt64] = [:]
    /// Turns of a relay since the last look at all of its disk.
    private var turns: [Int: Int] = [:]
    private var waiting: [Waiting: Int64] = [:]
    /// Deadlines that relays have told of.
    private var deadlinesTold: Set<Told> = []
    /// When a link was lost under a delivery.
    var losses: [Loss: Int64] = [:]
    /// How often less urgent documents of other lanes went before a lane's.
    var passedOver: [Passed: Int] = [:]
    /// How often a relay has passed a document on again within a round.
    var repeats: [Visit: Int] = [:]

    package struct Violation: Hashable, Sendable {
        package let rule: String
        package let what: String
        package let at: Int64
        package let step: UInt64
    }

    struct Loss: Hashable {
        let relay: Int
        let key: DeliveryKey
        let hop: RelayCode
    }

    struct Passed: Hashable {
        let relay: Int
        let lane: Lane
    }

    struct Visit: Hashable {
        let relay: Int
        let key: DeliveryKey
        let round: UInt32
    }

    private struct Waiting: Hashable {
        let relay: Int
        let lane: Lane
    }

    private struct Told: Hashable {
        let relay: Int
        let delivery: DeliveryKey
        let what: Happening.What
    }

    /// Turns of a relay between two looks at all of its disk: at least so many, and one for every
    /// eight records, so that looking costs no more than the turns do however much there is.
    private static let turnsBetweenAudits = 64
    private static let recordsPerTurn = 8
    /// A lane that could send is given a place within this time, in milliseconds.
    private static let waitMax: Int64 = 300_000

    func violate(_ rule: String, _ what: String, at time: Int64, step: UInt64) {
        if violation == nil { violation = Violation(rule: rule, what: what, at: time, step: step) }
    }
}

// MARK: - After a turn

extension Checkers {
    func turned(_ node: Node, _ ledger: MemoryLedger, _ relay: Int, _ world: World) {
        for change in ledger.changes { check(change, ledger.disk, relay, world) }
        for change in ledger.changes {
            if let key = (change.next ?? change.former)?.key {
                checkRows(of: key, change.former, ledger, relay, world)
            }
        }
        let disk = ledger.disk
        told[relay] = disk.lastAnnouncement
        let sum = disk.counts.values.reduce(0, +) + disk.forgotten
        if sum != disk.accepted {
            world.violate(
                "accepted = the sum of all states + forgotten",
                "\(world.relays[relay].name): \(disk.accepted) accepted, \(sum) accounted for")
        }
        for (name, tally) in [
            ("documents", disk.balance.documents), ("receipts", disk.balance.receipts),
        ] where !tally.isConserved {
            world.violate(
                "accepted = the sum of all states + forgotten",
                "\(world.relays[relay].name), \(name): \(tally.accepted) accepted, "
                    + "\(tally.accountedFor) accounted for")
        }
        checkOrder(node, ledger, relay, world)
        checkLanes(node, disk, relay, world)
        turns[relay, default: 0] += 1
        let patience = max(
            Self.turnsBetweenAudits, disk.deliveries.count / Self.recordsPerTurn)
        if turns[relay, default: 0] >= patience {
            turns[relay] = 0
            audit(ledger, relay, world)
            checkDeadlinesTold(ledger, relay, world)
        }
    }

    private func check(
        _ change: MemoryTransaction.Change, _ disk: MemoryDisk, _ relay: Int, _ world: World
    ) {
        let name = world.relays[relay].name
        switch (change.former, change.next) {
        case (nil, let next?):
            if !StateName.beginnings.contains(next.state.name) {
                world.violate(
                    "states move along the arrows", "\(name) begins in \(next.state.name)")
            }
            held[relay, default: []].insert(next.key)
            if next.isInInbox, !delivered.insert(next.key).inserted {
                world.violate(
                    "a document is in each inbox once", "\(next.document) twice in \(name)")
            }
            if next.part.isOrigin, next.kind != .receipt {
                accepted[next.document] = disk.envelopes[next.document]
            }
        case (let former?, let next?):
            let (from, to) = (former.state.name, next.state.name)
            if from != to, !from.successors.contains(to) {
                world.violate("states move along the arrows", "\(name) moves \(from) to \(to)")
            }
            if former.sequence != next.sequence || former.part != next.part
                || former.dueAt != next.dueAt
            {
                world.violate("a record stays itself", "\(name): \(next.document)")
            }
            checkDeadline(from: former, to: next, relay, world)
            checkFailure(from: former, to: next, name, world)
            if next.part == .origin, next.kind != .receipt, from != to,
                to == .delivered || to == .collected
            {
                checkProof(next, disk, name, world)
            }
        case (let former?, nil):
            held[relay]?.remove(former.key)
        case (nil, nil): break
        }
    }

    /// Deadlines are told of in their order, each once, and missed ones not before their time.
    private func checkDeadline(
        from former: Delivery, to next: Delivery, _ relay: Int, _ world: World
    ) {
        guard former.dueStage != next.dueStage else { return }
        let name = world.relays[relay].name
        switch (former.dueStage, next.dueStage) {
        case (.warn, .warned), (.warn, .missed), (.warned, .missed): break
        default: world.violate("a deadline is told of once", "\(name): \(next.document)")
        }
        if !former.isAwaited {
            world.violate("no deadline of what has arrived", "\(name): \(next.document)")
        }
        let now = world.wallClock(of: relay)
        if next.dueStage == .missed, let dueAt = next.dueAt, now < dueAt {
            world.violate("missed only when it is", "\(name): \(next.document)")
        }
    }

    /// The statement that a delivery failed is made once, by the origin, of a document, and while
    /// it is so: never of one whose receipt the origin believes.
    private func checkFailure(
        from former: Delivery, to next: Delivery, _ name: String, _ world: World
    ) {
        guard former.failed != next.failed else { return }
        if case .made = former.failed {
            world.violate("a failure is attested once", "\(name): \(next.document)")
        }
        if next.failed != .none,
            !next.part.isOrigin || next.kind == .receipt || next.state.name != .failed
        {
            world.violate("only what has failed is said to have", "\(name): \(next.document)")
        }
    }

    /// An origin believes in a delivery only when the recipient's relay has the document on disk.
    private func checkProof(
        _ delivery: Delivery, _ disk: MemoryDisk, _ name: String, _ world: World
    ) {
        guard let site = world.topology.site(serving: delivery.recipient) else { return }
        let there = world.relays[site].ledger.disk
        if there.deliveries[delivery.key]?.part.isDestination != true
            || there.envelopes[delivery.document] != disk.envelopes[delivery.document]
        {
            world.violate(
                "no receipt without a document",
                "\(name) believes that \(delivery.recipient) has \(delivery.document)")
        }
    }

    /// The rows of a record that has changed are those that the record demands, and no others.
    private func checkRows(
        of key: DeliveryKey, _ former: Delivery?, _ ledger: MemoryLedger, _ relay: Int,
        _ world: World
    ) {
        let record = ledger.disk.deliveries[key]
        let (row, old) = (record?.queueRow, former?.queueRow)
        let isRight =
            (row.map { ledger.disk.hasRow($0, key) } ?? true)
            && (old == row || !(old.map { ledger.disk.hasRow($0, key) } ?? false))
        if !isRight {
            world.violate(
                "records and rows agree",
                "\(world.relays[relay].name): queue row of \(key.document)")
        }
    }

    /// Nothing is left that could go, and no lane waits unknown to the node.
    private func checkLanes(_ node: Node, _ disk: MemoryDisk, _ relay: Int, _ world: World) {
        let lanes = disk.readyLanes
        guard !lanes.isEmpty else { return }
        for lane in lanes where node.backlog[lane] == nil {
            world.violate("no lane is forgotten", "\(world.relays[relay].name): \(lane)")
        }
        var node = node
        let tick = world.tick(of: relay)
        let moment = Moment(now: world.wallClock(of: relay), tick: tick, dice: 0)
        for opening in node.openings(at: moment) where lanes.contains(opening.lane) {
            world.violate(
                "what can go goes at once",
                "\(world.relays[relay].name): \(opening.lane) by \(opening.hop)")
        }
        for lane in lanes {
            let place = Waiting(relay: relay, lane: lane)
            let hop = node.peers.hop(for: lane, routes: node.settings.routes, at: tick)
            let isHeld = hop.map { node.peers.hold(on: $0, lane, at: moment) != nil } ?? true
            let canGo = !isHeld && !disk.isMoving(lane)
            if !canGo {
                waiting[place] = nil
            } else if world.now - waiting[place, default: world.now] > Self.waitMax {
                world.violate("no lane starves", "\(world.relays[relay].name): \(lane)")
            } else if waiting[place] == nil {
                waiting[place] = world.now
            }
        }
    }

    /// Looks at all of a disk.
    func audit(_ ledger: MemoryLedger, _ relay: Int, _ world: World) {
        if let fault = ledger.disk.fault(retention: ledger.retention) {
            world.violate("records and rows agree", "\(world.relays[relay].name): \(fault)")
        }
    }

    /// A process begins: nothing that was ever committed may be missing.
    func started(_ disk: MemoryDisk, _ relay: Int, _ world: World) {
        waiting = waiting.filter { $0.key.relay != relay }
        forgetLosses(of: relay)
        let lost = held[relay, default: []].filter { disk.deliveries[$0] == nil }
        if let first = lost.sorted().first {
            world.violate(
                "what was committed is not lost", "\(world.relays[relay].name): \(first.document)")
        }
        if disk.lastAnnouncement < told[relay, default: 0] {
            world.violate("what was committed is not lost", "\(world.relays[relay].name): its feed")
        }
        audit(world.relays[relay].ledger, relay, world)
    }
}

// MARK: - Before something is said or done

extension Checkers {
    func acts(_ action: Action, _ disk: MemoryDisk, _ relay: Int, _ world: World) {
        let name = world.relays[relay].name
        switch action {
        case .forward(let transfer):
            for recipient in transfer.recipients {
                let key = DeliveryKey(document: transfer.envelope.document, recipient: recipient)
                if disk.deliveries[key] == nil {
                    world.violate("nothing is said before it is durable", "\(name) offers \(key)")
                }
            }
        case .answer(let offer, let answers):
            for answered in answers where answered.answer == .accepted {
                let key = DeliveryKey(
                    document: offer.envelope.document, recipient: answered.recipient)
                if disk.deliveries[key] == nil {
                    world.violate("nothing is said before it is durable", "\(name) takes \(key)")
                }
            }
        case .reply(_, .created(let envelope)), .reply(_, .known(let envelope)):
            if disk.deliveries(of: envelope.document).count != envelope.recipients.count {
                world.violate(
                    "nothing is said before it is durable", "\(name) accepts \(envelope.document)")
            }
        case .sign(let statement, _):
            let record = disk.deliveries[statement.key.delivery]
            if statement.kind == .failed {
                if record?.part.isOrigin != true || record?.state.name != .failed {
                    world.violate(
                        "only what has failed is said to have", "\(name): \(statement.document)")
                }
            } else if record == nil || record?.part.isDestination == false {
                world.violate("no receipt without a document", "\(name): \(statement.document)")
            }
            if record?.kind == .receipt {
                world.violate("a receipt asks for no receipt", "\(name): \(statement.document)")
            }
        case .verify(let key):
            if disk.deliveries[key]?.kind != .receipt {
                world.violate("only receipts are verified", "\(name): \(key.document)")
            }
        case .log(let happening): tellsOfDeadline(happening, relay, world)
        case .reply, .dial, .close, .drain, .want, .say, .bringAbout, .makeTest, .noteDrill,
            .reportDrill:
            break
        }
    }

    private func tellsOfDeadline(_ happening: Happening, _ relay: Int, _ world: World) {
        guard happening.what == .deadlineNear || happening.what == .deadlineMissed,
            let recipient = happening.recipient
        else { return }
        let key = DeliveryKey(document: happening.document, recipient: recipient)
        let told = Told(relay: relay, delivery: key, what: happening.what)
        if !deadlinesTold.insert(told).inserted {
            world.violate(
                "a deadline is told of once", "\(world.relays[relay].name): \(key.document)")
        }
    }

    /// A trace has been answered: with relays that are there, each one's books in balance.
    func traced(_ reply: Reply, _ relay: Int, _ world: World) {
        guard case .traced(let report) = reply else { return }
        let paths = report.heard.map(\.answer.path)
        if Set(paths).count != paths.count
            || Set(paths).intersection(report.silent).isEmpty == false
        {
            world.violate("a trace hears each relay once by each path", "\(report.destination)")
        }
        for answer in report.heard.map(\.answer) {
            let isThere = answer.path.last.flatMap { world.topology.index(of: $0) }.map {
                world.topology.sites[$0].settings.organisations.contains(report.destination)
            }
            if isThere != answer.isDestination {
                world.violate("a trace ends where the organisation is", "\(answer.path)")
            }
            if !answer.balance.documents.isConserved || !answer.balance.receipts.isConserved {
                world.violate("a trace finds every relay in balance", "\(answer.path)")
            }
        }
    }

    /// A body that is to be sent cannot be read.
    func unreadable(_ document: DocumentID, _ relay: Int, _ world: World) {
        let disk = world.relays[relay].ledger.disk
        let isNeeded = disk.deliveries(of: document).contains { $0.queueRow != nil }
        if isNeeded, disk.bodies[document] == nil {
            world.violate("what is queued has its body", "\(world.relays[relay].name): \(document)")
        }
    }

    /// An application takes a document out of its inbox; what was collected before may have gone.
    func fetched(_ key: DeliveryKey, _ disk: MemoryDisk, _ relay: Int, _ world: World) {
        guard let number = world.work(behind: key.document),
            disk.deliveries[key]?.holdsBody ?? true
        else { return }
        if disk.bodies[key.document] != world.desk.works[number].body {
            world.violate(
                "what arrives is what was sent", "\(world.relays[relay].name): \(key.document)")
        }
    }

    /// An application is told that its document was accepted.
    func told(_ envelope: Envelope, _ number: Int, _ relay: Int, _ world: World) {
        let work = world.desk.works[number]
        if work.contradicts {
            world.violate("other bytes under a used reference are refused", "work \(number)")
        }
        if let first = work.follows,
            world.desk.works[first].answer != .accepted(envelope.document)
        {
            world.violate("the same submission is the same document", "work \(number)")
        }
        if work.follows == nil,
            let other = world.accepted(like: number).first(where: { $0 != envelope.document })
        {
            world.violate(
                "the same submission is the same document",
                "work \(number) became \(other) and \(envelope.document)")
        }
    }
}

extension World {
    /// The work that a document came from, also when its application was never told.
    func work(behind document: DocumentID) -> Int? {
        checkers.accepted[document].flatMap { Int($0.name) }
    }

    /// Documents that came from one work which its application could repeat.
    func accepted(like number: Int) -> [DocumentID] {
        let work = desk.works[number]
        guard !work.idempotencyKey.isEmpty || !work.reference.isEmpty else { return [] }
        return checkers.accepted.values.filter { $0.name == String(number) }
            .map(\.document).sorted()
    }
}
