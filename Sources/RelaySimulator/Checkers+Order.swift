// What goes first, by which way and until when: priority, not bouncing, deadlines.
//
// Like the other checkers these look at disks and at the health of links, not at how the core
// comes to its decision. All cost follows what a turn has changed, never what there is.

import RelayCore
import RelayEngine

extension Checkers {
    /// A hand-over that began in this turn.
    private struct Begun {
        let key: DeliveryKey
        let lane: Lane
        let hop: RelayCode
        let priority: Priority
    }

    /// To be called after each turn, with the node and the disk that it left.
    func checkOrder(_ node: Node, _ ledger: MemoryLedger, _ relay: Int, _ world: World) {
        var begun: [Begun] = []
        var changed: Set<DeliveryKey> = []
        for change in ledger.changes {
            guard let next = change.next else { continue }
            changed.insert(next.key)
            checkPath(next, relay, world)
            guard let former = change.former else { continue }
            checkDeadline(former, next, relay, world)
            switch (former.state, next.state) {
            case (.queued(_, _, nil), .attempting(let lane, let hop, _)):
                begun.append(
                    Begun(key: next.key, lane: lane, hop: hop, priority: next.priority))
                checkReturn(next, lane, hop, node, relay, world)
            case (.attempting(_, let hop, _), .queued(_, _, nil)):
                // What is left of a former run tells nothing of the links of this one.
                let isUntried =
                    node.peers.all[hop]?.isUntried(at: world.tick(of: relay)) ?? true
                if !isUntried, node.peers.current(hop) == nil {
                    losses[Loss(relay: relay, key: next.key, hop: hop)] = world.now
                }
            case (.relayed, .queued): checkRepeat(former, next, relay, world)
            default: break
            }
        }
        guard !begun.isEmpty else { return }
        checkPriority(begun, changed, node, ledger.disk, relay, world)
    }

    /// Nothing begins while something more urgent of its lane waits; and where lanes share a link,
    /// the more urgent one has had its share before. Deliveries that ride along with another of
    /// their document go whenever that one does.
    private func checkPriority(
        _ begun: [Begun], _ changed: Set<DeliveryKey>, _ node: Node, _ disk: MemoryDisk,
        _ relay: Int, _ world: World
    ) {
        // What came into its lane in this very turn may have come too late for it.
        func mostUrgent(_ lane: Lane) -> Priority? {
            disk.queue[lane]?.elements.lazy.prefix { $0.row.place == .ready }
                .first { !changed.contains($0.key) }?.row.priority
        }
        let documents = Dictionary(grouping: begun, by: \.key.document)
        let lanes = Set(begun.map(\.lane))
        for one in begun where documents[one.key.document]?.count == 1 {
            if let waiting = mostUrgent(one.lane), waiting > one.priority {
                world.violate(
                    "the more urgent goes first",
                    "\(world.relays[relay].name): \(one.key.document) to \(one.hop)")
            }
            for lane in disk.queue.keys where lane != one.lane && !lanes.contains(lane) {
                guard let waiting = mostUrgent(lane), waiting > one.priority,
                    node.peers.hop(
                        for: lane, routes: node.settings.routes, at: world.tick(of: relay))
                        == one.hop
                else { continue }
                passOver(lane, by: one.hop, disk, relay, world)
            }
        }
        for lane in lanes { passedOver[Passed(relay: relay, lane: lane)] = nil }
    }

    /// A node learns how urgent the rest of a lane is with each hand-over from it, so a lane may be
    /// passed over once for each step between the priorities, for each other lane.
    private func passOver(
        _ lane: Lane, by hop: RelayCode, _ disk: MemoryDisk, _ relay: Int, _ world: World
    ) {
        let passed = Passed(relay: relay, lane: lane)
        passedOver[passed, default: 0] += 1
        if passedOver[passed, default: 0] > (Priority.allCases.count - 1) * disk.queue.count {
            world.violate(
                "the more urgent lane has its share",
                "\(world.relays[relay].name): \(lane) waits for \(hop)")
        }
    }

    /// Where a link was lost under a delivery, it does not go again before the link has been up
    /// for a while, if another hop has been.
    private func checkReturn(
        _ delivery: Delivery, _ lane: Lane, _ hop: RelayCode, _ node: Node, _ relay: Int,
        _ world: World
    ) {
        let loss = Loss(relay: relay, key: delivery.key, hop: hop)
        let patience = world.sabotage.returnAfter ?? node.settings.returnAfter
        guard let lost = losses[loss], world.now < lost + patience.milliseconds else { return }
        let others = node.settings.routes.hops(to: lane.destination).filter {
            $0 != hop && !lane.excluded.contains($0) && !delivery.path.contains($0)
        }
        let tick = world.tick(of: relay)
        if let other = others.first(where: {
            node.peers.all[$0]?.isSettled(at: tick, returnAfter: patience) ?? false
        }) {
            world.violate(
                "nothing bounces between routes",
                "\(world.relays[relay].name): \(delivery.document) to \(hop) again, "
                    + "where it was lost, and not to \(other)")
        }
    }

    /// A deadline is told of in order, each step once and not before its time.
    private func checkDeadline(
        _ former: Delivery, _ next: Delivery, _ relay: Int, _ world: World
    ) {
        guard former.dueAt != next.dueAt || former.dueStage != next.dueStage else { return }
        let now = world.wallClock(of: relay)
        let isRight =
            switch (former.dueStage, next.dueStage) {
            case (.warn(let at), .warned): at <= now
            case (.warn, .missed), (.warned, .missed): next.dueAt.map { $0 <= now } ?? false
            default: false
            }
        if former.dueAt != next.dueAt || !isRight {
            world.violate(
                "a deadline is told of in its time and once",
                "\(world.relays[relay].name): \(next.document) from \(former.dueStage) "
                    + "to \(next.dueStage)")
        }
    }

    /// To be called after a turn, now and then: looks at all of a disk.
    func checkDeadlinesTold(_ ledger: MemoryLedger, _ relay: Int, _ world: World) {
        // What has come, or come back, in this turn is told of in the next.
        let changed = Set(ledger.changes.compactMap { $0.next?.key })
        let past = world.wallClock(of: relay) + .milliseconds(-Self.tellsWithin)
        for delivery in ledger.disk.deliveries.values
        where delivery.isAwaited && delivery.dueStage != .missed && delivery.dueStage != .none {
            guard let dueAt = delivery.dueAt, dueAt < past, !changed.contains(delivery.key)
            else { continue }
            world.violate(
                "a missed deadline is told",
                "\(world.relays[relay].name): \(delivery.document)")
        }
    }

    /// In milliseconds: a turn comes every ten seconds, and tells of some hundreds.
    private static let tellsWithin: Int64 = 60_000

    /// A copy passes each relay once.
    private func checkPath(_ delivery: Delivery, _ relay: Int, _ world: World) {
        let here = world.relays[relay].site.settings.relay
        if delivery.path.contains(here) || Set(delivery.path).count != delivery.path.count {
            world.violate(
                "a document passes each relay once",
                "\(here): \(delivery.document) by \(delivery.path.map(\.text))")
        }
    }

    /// Within a round a relay passes a document on again only for copies that came by other ways.
    private func checkRepeat(
        _ former: Delivery, _ next: Delivery, _ relay: Int, _ world: World
    ) {
        guard former.round == next.round else { return }
        let visit = Visit(relay: relay, key: next.key, round: next.round)
        repeats[visit, default: 0] += 1
        if repeats[visit, default: 0] >= world.relays.count {
            world.violate(
                "a round ends",
                "\(world.relays[relay].name) passes \(next.document) on without end")
        }
    }

    /// The process is gone, and what it remembered of links with it.
    func forgetLosses(of relay: Int) {
        losses = losses.filter { $0.key.relay != relay }
    }
}
