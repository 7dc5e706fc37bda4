// What a seed means: who is there, what they want to send, and what goes wrong.
//
// Work and disturbance are drawn apart, so that either can be looked at without the other.

import RelayCore

package struct Plan: Sendable {
    package let seed: UInt64
    package let variant: TopologyVariant
    package let topology: Topology
    package let works: [Desk.Work]
    package let orders: [Desk.Order]
    package let traces: [Question]
    package let disturbances: [Disturbance]
    package let collectsPercent: Int
    /// Whether the end of all lifetimes is waited for.
    package let outlives: Bool

    /// No work and no disturbance begins after this, in milliseconds.
    static let span = 240_000

    /// - Parameter nodes: how many relays there are, two of them hubs; drawn when nil.
    package init(seed: UInt64, nodes: Int? = nil) {
        self.seed = seed
        let dice = Dice(seed: seed)
        var shape = dice.fork(1)
        variant = Self.variant(nodes, &shape)
        var rules = dice.fork(5)
        topology = Self.topology(variant, &shape).due(by: Self.deadlines(&rules))
        outlives = shape.chance(25)
        var work = dice.fork(2)
        collectsPercent = work.draw(30...100)
        works = Self.works(variant, &work)
        orders = Self.orders(works, variant, &work)
        var asking = dice.fork(4)
        traces = Self.traces(topology, &asking)
        var trouble = dice.fork(3)
        var orders = dice.fork(5)
        disturbances =
            (Self.disturbances(topology, &trouble) + Self.interventions(topology, &orders))
            .sorted { ($0.at, $0.description) < ($1.at, $1.description) }
    }

    package var description: [String] {
        let settings = topology.sites[0].settings
        return [
            "seed \(seed): \(topology.sites.count) relays, "
                + "hubs dial: \(variant.hubsDial), mixed: \(variant.isMixed), "
                + "direct link: \(variant.hasDirectLink), "
                + "receipt deadline \(settings.receiptDeadline.milliseconds) ms",
            "work: \(works.count) submissions, \(orders.count) orders",
        ] + disturbances.map { "disturbance: \($0)" }
    }
}

/// An operator asks for the way to an organisation.
extension Plan {
    package struct Question: Sendable {
        let at: Int64
        let relay: Int
        let to: OrganisationCode
    }

    /// At any time, also amid disturbances: each ends, and finds the books of all in balance.
    private static func traces(_ topology: Topology, _ dice: inout Dice) -> [Question] {
        let codes = topology.sites.flatMap(\.settings.organisations).sorted()
        return (0..<dice.draw(2...6)).map { _ in
            Question(
                at: Int64(dice.draw(0...span)), relay: dice.draw(0...topology.sites.count - 1),
                to: codes[dice.draw(0...codes.count - 1)])
        }
    }
}

// MARK: - Who is there

extension Plan {
    private static func variant(_ nodes: Int?, _ dice: inout Dice) -> TopologyVariant {
        var variant = TopologyVariant()
        let drawn = dice.chance(70) ? 5 : dice.draw(6...8)
        variant.agencies = max(2, (nodes ?? drawn) - 2)
        variant.isMixed = dice.chance(50)
        variant.hubsDial = dice.chance(50)
        variant.hasDirectLink = dice.chance(30)
        variant.hubsBackEachOther = dice.chance(80)
        return variant
    }

    private static func topology(_ variant: TopologyVariant, _ dice: inout Dice) -> Topology {
        let deadline = dice.milliseconds(90_000...240_000)
        let returnAfter = dice.milliseconds(2_000...60_000)
        let cap = dice.milliseconds(4_000...20_000)
        let own = dice.milliseconds(3_000...20_000)
        let inFlight = dice.chance(30) ? dice.draw(1...3) : dice.draw(8...64)
        var topology = variant.topology { settings, _ in
            settings.receiptDeadline = deadline
            settings.returnAfter = returnAfter
            settings.retryCap = cap
            settings.ownRetryBase = own
            settings.ownRetryCap = .milliseconds(own.milliseconds * 4)
            settings.lifetime = .days(7)
            settings.retention = dice.chance(30) ? .minutes(2) : .days(1)
            settings.inFlightPerLink = inFlight
            settings.inFlightTotal = dice.chance(20) ? dice.draw(4...12) : 1_024
        }
        limitHub(variant, &topology, &dice)
        for site in topology.sites.indices {
            topology.sites[site].skew = .milliseconds(Int64(dice.draw(-120_000...120_000)))
            topology.sites[site].places = dice.chance(20) ? dice.draw(1...4) : 64
            topology.sites[site].inlineBytesMax =
                dice.chance(20) ? dice.draw(0...2_000) : Limits.inlineBytesMax
        }
        return topology
    }
}

extension Plan {
    /// In most plans documents are due within minutes, which disturbances easily outlast.
    private static func deadlines(_ dice: inout Dice) -> DeadlineRules {
        var rules = DeadlineRules()
        rules.lead = dice.milliseconds(0...60_000)
        guard dice.chance(80) else { return rules }
        rules.classes = [
            DeadlineClass(
                name: "urgent", priorities: [.express, .expressTimed],
                term: .after(dice.milliseconds(1_000...60_000)),
                lead: dice.milliseconds(0...20_000)),
            DeadlineClass(name: "status", kinds: [.status], term: .none),
            DeadlineClass(name: "normal", term: .after(dice.milliseconds(20_000...300_000))),
        ]
        return rules
    }

    /// At times one hub does not take everything: what it refuses has to go by the other one.
    private static func limitHub(
        _ variant: TopologyVariant, _ topology: inout Topology, _ dice: inout Dice
    ) {
        let hub = variant.agencies + dice.draw(0...1)
        var settings = topology.sites[hub].settings
        if dice.chance(20) { settings.documentBytesMax = 60_000 }
        if dice.chance(20) {
            var routes: [String: [RelayCode]] = [:]
            for (entry, hops) in settings.routes.entries.dropFirst() { routes[entry] = hops }
            settings.routes = RouteTable(routes)
        }
        topology.sites[hub].settings = settings
    }
}

// MARK: - Work

extension Plan {
    private static func works(_ variant: TopologyVariant, _ dice: inout Dice) -> [Desk.Work] {
        let sites = (0..<variant.agencies).map { String(UnicodeScalar(UInt8(0x41 + $0))) }
        let count = dice.draw(8...30)
        var works: [Desk.Work] = []
        while works.count < count {
            if works.count > 3, dice.chance(12) {
                works.append(repeating(works, &dice))
            } else {
                works.append(fresh(works.count, sites, &dice))
            }
        }
        return works
    }

    private static func fresh(
        _ number: Int, _ sites: [String], _ dice: inout Dice
    ) -> Desk.Work {
        let relay = dice.draw(0...sites.count - 1)
        let suffixes = [".1", ".2"]
        let everyone = sites.flatMap { site in suffixes.map { site + $0 } }
            .compactMap(OrganisationCode.init)
        let own = suffixes.compactMap { OrganisationCode(sites[relay] + $0) }
        let sender = dice.pick(own)
        let recipients = dice.shuffled(everyone.filter { $0 != sender })
            .prefix(dice.chance(60) ? 1 : dice.draw(2...4))
        // Most documents are small; a few take several pieces, one in twenty nothing at all.
        let size =
            switch dice.draw(0...99) {
            case 0..<5: 0
            case 5..<75: dice.draw(1...3_000)
            case 75..<90: dice.draw(3_000...70_000)
            default: dice.draw(100_000...800_000)
            }
        let name = dice.draw(0...9)
        return Desk.Work(
            at: Int64(dice.draw(0...span * 3 / 4)), relay: relay, sender: sender,
            recipients: Array(recipients), kind: dice.chance(15) ? .status : .document,
            priority: dice.pick(Priority.allCases),
            body: Checksum.body(seed: dice.next() | 1, count: size),
            reference: name < 5 ? "ref-\(number)" : "",
            idempotencyKey: name > 1 ? "key-\(number)" : "")
    }

    /// The same once more, or with other bytes under the same reference.
    private static func repeating(_ works: [Desk.Work], _ dice: inout Dice) -> Desk.Work {
        var number = dice.draw(0...works.count - 1)
        while works[number].follows != nil { number = (number + 1) % works.count }
        let first = works[number]
        let contradicts = dice.chance(40) && first.kind == .document
        return Desk.Work(
            at: first.at + Int64(dice.draw(1...60_000)), relay: first.relay, sender: first.sender,
            recipients: first.recipients, kind: first.kind, priority: first.priority,
            body: contradicts ? Checksum.body(seed: dice.next(), count: 90) : first.body,
            reference: first.reference, idempotencyKey: first.idempotencyKey,
            follows: number, contradicts: contradicts)
    }

    private static func orders(
        _ works: [Desk.Work], _ variant: TopologyVariant, _ dice: inout Dice
    ) -> [Desk.Order] {
        var orders: [Desk.Order] = []
        for (number, work) in works.enumerated() where work.follows == nil && dice.chance(25) {
            let time = work.at + Int64(dice.draw(0...3_000))
            // Operators of hubs stop documents for a while; only the origin's may cancel one.
            let isAtHub = dice.chance(40)
            let relay = isAtHub ? variant.agencies + dice.draw(0...1) : work.relay
            let what: Order.What = !isAtHub && dice.chance(30) ? .cancel : .hold
            orders.append(Desk.Order(at: time, relay: relay, work: number, what: what))
            guard what == .hold, dice.chance(70) else { continue }
            orders.append(
                Desk.Order(
                    at: time + Int64(dice.draw(1_000...60_000)), relay: relay, work: number,
                    what: .release))
        }
        return orders
    }
}

// MARK: - Disturbance

extension Plan {
    private static func disturbances(
        _ topology: Topology, _ dice: inout Dice
    ) -> [Disturbance] {
        // One seed in ten runs undisturbed: what fails then is not resilience.
        let count = dice.chance(10) ? 0 : dice.chance(20) ? dice.draw(15...40) : dice.draw(1...14)
        return (0..<count).map { _ in
            let time = Int64(dice.draw(0...span))
            let relay = dice.draw(0...topology.sites.count - 1)
            let other = partner(of: relay, topology, &dice)
            let long = Int64(dice.draw(1_000...60_000))
            switch dice.draw(0...99) {
            case 0..<15: return Disturbance(at: time, lasts: 0, .cut(relay, other))
            case 15..<25: return Disturbance(at: time, lasts: 0, .silence(relay, other))
            case 25..<38:
                return Disturbance(
                    at: time, lasts: long, .partition(relay, other, isSilent: dice.chance(50)))
            case 38..<46:
                let speed = dice.draw(1...200)
                return Disturbance(
                    at: time, lasts: long, .slow(relay, other, bytesPerMillisecond: speed))
            case 46..<72: return Disturbance(at: time, lasts: 0, .crash(relay, fate(&dice)))
            case 72..<85:
                return Disturbance(
                    at: time, lasts: long, .outage(relay, isSilent: dice.chance(40)))
            case 85..<90: return Disturbance(at: time, lasts: long, .distrust(relay))
            case 90..<96:
                return Disturbance(at: time, lasts: long, .full(relay, isSudden: dice.chance(50)))
            default:
                let jump = dice.milliseconds(-300_000...300_000)
                return Disturbance(at: time, lasts: 0, .clock(relay, by: jump))
            }
        }.sorted { ($0.at, $0.description) < ($1.at, $1.description) }
    }

    private static func fate(_ dice: inout Dice) -> Relay.Fate {
        switch dice.draw(0...2) {
        case 0: .beforeCommit
        case 1: .afterCommit
        default: .amidActions(dice.draw(0...6))
        }
    }

    /// A relay that knows this one: only between such two there is anything to disturb.
    static func partner(
        of relay: Int, _ topology: Topology, _ dice: inout Dice
    ) -> Int {
        let peers = topology.sites[relay].settings.peers.keys.sorted()
            .compactMap { topology.index(of: $0) }
        return dice.pick(peers)
    }
}
