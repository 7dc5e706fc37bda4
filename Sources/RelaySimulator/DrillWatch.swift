// Watches one relay while a drill is played: what waits, when faults are noticed, and when all is
// as before. Looks at what relays log and at bytes on lines, never at how the core decides.

import RelayCore

final class DrillWatch {
    private unowned let world: World
    /// The relay that plays the drill.
    private let relay: Int
    private let routes: RouteTable
    /// Each with the peers it is about.
    private(set) var faults: [Watched]
    /// Documents accepted from applications, and when, until they are in the inbox.
    private(set) var underway: [DeliveryKey: Int64] = [:]
    private(set) var accepted = 0
    private(set) var delivered = 0
    private(set) var proven = 0
    /// Milliseconds from accepted to the inbox, of each.
    private(set) var waits: [Int64] = []
    private(set) var duplicates = 0
    private(set) var turnedAway = 0
    private(set) var resent = 0
    private(set) var deadlinesMissed = 0
    private var arrived: Set<DeliveryKey> = []
    /// What this relay has accepted from its applications and not handed over, and since when.
    private var waiting: [DeliveryKey: Int64] = [:]
    /// The same in order, oldest first, with what has gone meanwhile.
    private var line: [(key: DeliveryKey, since: Int64)] = []
    private var lineStart = 0
    private(set) var lines = LineUse()

    /// One fault, and what came of it.
    struct Watched {
        let fault: Fault
        let peers: Set<RelayCode>
        let begins: Int64
        let ends: Int64
        var detected: Int64?
        /// How long the first document that concerned it waited, once it was detected.
        var rerouted: Int64?
        var drained: Int64?
        var returned: Int64?
        /// Peers that were out of reach already when it was noticed.
        var others: Set<RelayCode> = []
        /// Whether there was another way then.
        var hasBackup = true
        /// What waited for these peers when the fault was noticed, and still does.
        var backlog: Set<DeliveryKey> = []
        var waited = 0
    }

    init(_ world: World, at relay: Int, faults: [Watched]) {
        self.world = world
        self.relay = relay
        self.faults = faults
        routes = world.topology.sites[relay].settings.routes
        world.onHappening = { [unowned self] relay, happening in happened(happening, at: relay) }
        world.onNotice = { [unowned self] relay, notice in noticed(notice, at: relay) }
        world.onBytes = { [unowned self] from, to, count in
            lines.add(count, from, to, at: self.world.now)
        }
    }

    /// How long the oldest delivery that was not handed over has waited.
    func oldest() -> Int64 {
        while lineStart < line.count, waiting[line[lineStart].key] == nil { lineStart += 1 }
        if lineStart > 4_096 {
            line.removeFirst(lineStart)
            lineStart = 0
        }
        return line.indices.contains(lineStart) ? world.now - line[lineStart].since : 0
    }
}

// MARK: - Documents

extension DrillWatch {
    private func happened(_ happening: Happening, at site: Int) {
        guard let recipient = happening.recipient else { return }
        let key = DeliveryKey(document: happening.document, recipient: recipient)
        switch happening.what {
        case .accepted:
            accepted += 1
            underway[key] = world.now
            guard site == relay else { return }
            waiting[key] = world.now
            line.append((key, world.now))
        case .delivered:
            if !arrived.insert(key).inserted { duplicates += 1 }
            guard let since = underway.removeValue(forKey: key) else { return }
            delivered += 1
            waits.append(world.now - since)
        case .relayed where site == relay: handedOver(key, to: happening.relay)
        case .receiptVerified where happening.detail.hasPrefix(Receipt.Kind.received.word):
            proven += 1
        case .deadlineMissed: deadlinesMissed += 1
        case .resent: resent += 1
        default: break
        }
    }

    private func handedOver(_ key: DeliveryKey, to hop: RelayCode?) {
        let since = waiting.removeValue(forKey: key) ?? 0
        for number in faults.indices {
            let fault = faults[number]
            if let detected = fault.detected, detected <= world.now {
                if fault.rerouted == nil, concerns(fault, key) {
                    // Before there was a document to hand over, nothing could be seen.
                    faults[number].rerouted = world.now - max(detected, since)
                }
                if faults[number].backlog.remove(key) != nil, faults[number].backlog.isEmpty {
                    faults[number].drained = world.now
                }
            }
            if fault.returned == nil, world.now >= fault.ends,
                hop.map(fault.peers.contains) ?? false
            {
                faults[number].returned = world.now
            }
        }
    }
}

// MARK: - Links

extension DrillWatch {
    private func noticed(_ notice: Notice, at site: Int) {
        guard site == relay else { return }
        switch notice {
        case .linkDown(let peer, _):
            for number in faults.indices where faults[number].detected == nil {
                let fault = faults[number]
                if fault.peers.contains(peer), fault.begins <= world.now, world.now <= fault.ends {
                    detect(number)
                }
            }
        case .reply(.full, to: _):
            turnedAway += 1
            for number in faults.indices where faults[number].fault.kind == .spaceShort {
                if faults[number].detected == nil { faults[number].detected = world.now }
            }
        default: break
        }
    }

    private func detect(_ number: Int) {
        let peers = faults[number].peers
        let closed = faults.indices.filter { other in
            other != number && faults[other].fault.kind.closesLinks
                && faults[other].begins <= world.now && world.now < faults[other].ends
        }
        faults[number].others = closed.reduce(into: []) { $0.formUnion(faults[$1].peers) }
        let gone = faults[number].others.union(peers)
        faults[number].hasBackup = routes.entries.contains { entry in
            entry.hops.contains(where: peers.contains) && !entry.hops.allSatisfy(gone.contains)
        }
        faults[number].detected = world.now
        let fault = faults[number]
        let backlog = Set(waiting.keys.filter { concerns(fault, $0) })
        faults[number].backlog = backlog
        faults[number].waited = backlog.count
        if backlog.isEmpty { faults[number].drained = world.now }
    }

    /// Whether a document would go by the peers of this fault, if only they were there.
    private func concerns(_ fault: Watched, _ key: DeliveryKey) -> Bool {
        routes.hops(to: key.recipient).first { !fault.others.contains($0) }
            .map(fault.peers.contains) ?? false
    }
}

/// Bytes on the lines between relays, in slices of ten seconds.
struct LineUse {
    private(set) var slices: [Network.Course: [Int]] = [:]
    private static let slice: Int64 = 10_000
    private static let slicesPerMinute = 6

    mutating func add(_ bytes: Int, _ from: Int, _ to: Int, at time: Int64) {
        let slice = Int(time / Self.slice)
        let course = Network.Course(from: from, to: to)
        let known = slices[course]?.count ?? 0
        if known <= slice {
            slices[course, default: []] += Array(repeating: 0, count: slice + 1 - known)
        }
        slices[course]?[slice] += bytes
    }

    /// The mean and the busiest minute between two times, in bytes a second.
    func rates(_ course: Network.Course, from start: Int64, to end: Int64) -> (
        mean: Double, peak: Double
    ) {
        let all = slices[course] ?? []
        let first = Int(start / Self.slice)
        let part = (first...max(first, Int((end - 1) / Self.slice))).map {
            all.indices.contains($0) ? all[$0] : 0
        }
        let seconds = Double(Self.slice) / 1_000
        var most = 0
        for place in part.indices {
            let minute = part[max(0, place + 1 - Self.slicesPerMinute)...place]
            most = max(most, minute.reduce(0, +))
        }
        let length = Double(min(part.count, Self.slicesPerMinute))
        return (
            Double(part.reduce(0, +)) / Double(part.count) / seconds,
            Double(most) / length / seconds
        )
    }
}
