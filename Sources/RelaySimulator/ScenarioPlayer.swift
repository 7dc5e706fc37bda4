// Plays the commands of a scenario on a world.

import RelayCore
import RelayEngine

/// The commands, each a line of words:
///
///     set receipt-deadline|return-after|retention|lifetime SECONDS
///     set due|urgent-due|warn SECONDS                     deadlines, and how long before to warn
///     route RELAY CODE [RELAY[/PRIORITY/WEIGHT]...]       later, a reload: new next hops
///     limit RELAY PEER documents N per SECONDS|hours FROM-UNTIL|nothing
///     forget RELAY PEER, know RELAY PEER                  a reload without a peer, and with it
///     submit NAME from CODE to CODE... [size N] [priority P] [reference R]
///         [changed] [urgent]
///     again NAME                                          the same submission once more
///     run SECONDS
///     kill RELAY [before-commit|after-commit]             at once, or in its next turn
///     start RELAY
///     part RELAY RELAY, join RELAY RELAY                  the network between two relays
///     fill RELAY, empty RELAY                             the disk
///     distrust RELAY, trust RELAY                         whether it takes signatures for good
///     hold|release|retry|cancel|expire NAME at RELAY
///     reroute NAME at RELAY via|avoiding|as HOP           `as configured`: the route again
///     pause|drain|resume PEER at RELAY
///     collect NAME at RELAY
///     offer NAME to RELAY by RELAY                        as a relay that has lost its mind would
///     trace CODE from RELAY within SECONDS
///     hang RELAY RELAY                                    their connection swallows everything
///     drill RELAY FAULT PEER LEASE [after S] [for S] [tests N to CODE...] [backlog N]
///     abort-drill RELAY
///     show NAME, balance
final class ScenarioPlayer {
    var topology: Topology
    private(set) var begun: (world: World, narrator: Narrator)?

    init() {
        var variant = TopologyVariant()
        variant.hubsDial = false
        topology = variant.topology { settings, _ in
            settings.receiptDeadline = .seconds(60)
            settings.returnAfter = .seconds(20)
        }
    }

    /// Whatever has happened, line by line.
    func end() -> [String] {
        let (world, narrator) = stage
        if let violation = world.checkers.violation {
            narrator.say("BROKEN RULE: \(violation.rule): \(violation.what)")
        }
        return narrator.lines
    }

    func play(_ words: [String]) throws(ScenarioFault) {
        switch (words[0], words.count) {
        case ("set", 3): try set(words[1], try seconds(words[2]))
        case ("route", 3...) where begun == nil: try route(words)
        case ("limit", 4...) where begun == nil: try limit(words)
        default:
            stage.narrator.command(words)
            try act(words)
        }
    }

    /// The world, which begins with the first command that is no setting.
    var stage: (world: World, narrator: Narrator) {
        if let begun { return begun }
        let world = World(topology, seed: 1, trace: .hash, temper: .exact)
        world.desk.collectsPercent = 0
        let stage = (world, Narrator(world))
        begun = stage
        world.startAll()
        world.run(until: 1_000)
        stage.1.begin()
        return stage
    }

    private func act(_ words: [String]) throws(ScenarioFault) {
        let (world, narrator) = stage
        switch (words[0], words.count) {
        case ("run", 2): world.run(until: world.now + (try seconds(words[1])).milliseconds)
        case ("submit", 6...): try submit(words)
        case ("again", 2): try submitAgain(try work(words[1]))
        case ("route", 3...): try route(words)
        case ("limit", 4...): try limit(words)
        case ("forget", 3), ("know", 3): try change(words)
        case ("kill", 2): world.die(try relay(words[1]))
        case ("kill", 3): world.doom(try relay(words[1]), try fate(words[2]))
        case ("start", 2): world.restart(try relay(words[1]))
        case ("part", 3): try disturb(.partition(relay(words[1]), relay(words[2]), isSilent: false))
        case ("hang", 3):
            try disturb(.partition(relay(words[1]), relay(words[2]), isSilent: true))
        case ("join", 3): try calm(.partition(relay(words[1]), relay(words[2]), isSilent: false))
        case ("fill", 2): try disturb(.full(relay(words[1]), isSudden: false))
        case ("empty", 2): try calm(.full(relay(words[1]), isSudden: false))
        case ("distrust", 2): try disturb(.distrust(relay(words[1])))
        case ("trust", 2): try calm(.distrust(relay(words[1])))
        case ("hold", 4), ("release", 4), ("retry", 4), ("cancel", 4), ("expire", 4),
            ("reroute", 6):
            try order(words)
        case ("pause", 4), ("drain", 4), ("resume", 4): try orderPeer(words)
        case ("collect", 4): try collect(words)
        case ("offer", 6): try offer(words)
        case ("trace", 6) where words[2] == "from" && words[4] == "within":
            guard let code = OrganisationCode(words[1])
            else { throw ScenarioFault(what: "no code") }
            world.ask(code, at: try relay(words[3]), patience: try seconds(words[5]))
        case ("drill", 5...): try drill(words)
        case ("abort-drill", 2): world.abortDrill(at: try relay(words[1]))
        case ("show", 2): narrator.show(try document(words[1]))
        case ("balance", 1): narrator.balance()
        default: throw ScenarioFault(what: "no such command")
        }
    }
}

// MARK: - Words

extension ScenarioPlayer {
    func seconds(_ word: String) throws(ScenarioFault) -> Interval {
        guard let number = Int64(word) else { throw ScenarioFault(what: "no number of seconds") }
        return .seconds(number)
    }

    func relay(_ word: String) throws(ScenarioFault) -> Int {
        guard let code = RelayCode(word), let relay = topology.index(of: code)
        else { throw ScenarioFault(what: "no relay is called \(word)") }
        return relay
    }

    func organisation(_ word: String) throws(ScenarioFault) -> OrganisationCode {
        guard let code = OrganisationCode(word), topology.site(serving: code) != nil
        else { throw ScenarioFault(what: "nobody is called \(word)") }
        return code
    }

    func work(_ word: String) throws(ScenarioFault) -> Int {
        guard let number = stage.narrator.names.firstIndex(of: word)
        else { throw ScenarioFault(what: "nothing was submitted as \(word)") }
        return number
    }

    private func document(_ word: String) throws(ScenarioFault) -> DocumentID {
        guard case .accepted(let document) = stage.world.desk.works[try work(word)].answer
        else { throw ScenarioFault(what: "\(word) was not accepted") }
        return document
    }

    private func fate(_ word: String) throws(ScenarioFault) -> Relay.Fate {
        switch word {
        case "before-commit": return .beforeCommit
        case "after-commit": return .afterCommit
        default: throw ScenarioFault(what: "no such step")
        }
    }
}

// MARK: - Actions

extension ScenarioPlayer {
    private func disturb(_ what: Disturbance.What) throws(ScenarioFault) {
        stage.world.disturb(Disturbance(at: stage.world.now, lasts: 0, what))
    }

    private func calm(_ what: Disturbance.What) throws(ScenarioFault) {
        stage.world.calm(Disturbance(at: stage.world.now, lasts: 0, what))
    }

    /// Several works may go by one name: repetitions and contradictions of the first.
    private func submit(_ words: [String]) throws(ScenarioFault) {
        let (world, narrator) = stage
        guard words[2] == "from", words[4] == "to" else { throw ScenarioFault(what: "from, to") }
        let sender = try organisation(words[3])
        var recipients: [OrganisationCode] = []
        var size = 1_000
        var reference = ""
        var priority = Priority.normal
        var isChanged = false
        var rest = words[5...]
        while let word = rest.popFirst() {
            switch word {
            case "size": size = Int(rest.popFirst() ?? "") ?? size
            case "priority":
                priority = rest.popFirst().flatMap(UInt8.init).flatMap(Priority.init) ?? priority
            case "reference": reference = rest.popFirst() ?? ""
            case "changed": isChanged = true
            case "urgent": priority = .urgent
            default: recipients.append(try organisation(word))
            }
        }
        guard let site = topology.site(serving: sender) else { return }
        let number = world.desk.works.count
        world.desk.works.append(
            Desk.Work(
                at: world.now, relay: site, sender: sender, recipients: recipients,
                priority: priority, body: Checksum.body(seed: isChanged ? 2 : 1, count: size),
                reference: reference, contradicts: isChanged))
        narrator.names.append(words[1])
        world.submit(number)
    }

    private func submitAgain(_ number: Int) throws(ScenarioFault) {
        let (world, narrator) = stage
        let first = world.desk.works[number]
        world.desk.works.append(
            Desk.Work(
                at: world.now, relay: first.relay, sender: first.sender,
                recipients: first.recipients, body: first.body, reference: first.reference,
                follows: number))
        narrator.names.append(narrator.names[number])
        world.submit(world.desk.works.count - 1)
    }

    private func collect(_ words: [String]) throws(ScenarioFault) {
        let world = stage.world
        let document = try document(words[1])
        let site = try relay(words[3])
        let keys = world.relays[site].ledger.disk.deliveries(of: document).filter(\.isInInbox)
        for delivery in keys { world.collect(delivery.key, at: site) }
    }

    /// An offer that no relay in its right mind would make: to one that the document has passed.
    private func offer(_ words: [String]) throws(ScenarioFault) {
        let world = stage.world
        let (target, peer) = (try relay(words[3]), try relay(words[5]))
        let document = try document(words[1])
        guard let envelope = world.checkers.accepted[document],
            let link = world.relays[target].process?.links
                .first(where: {
                    $0.value.peer == topology.sites[peer].settings.relay && $0.value.isUp
                })
        else { throw ScenarioFault(what: "there is no link between them") }
        let path = [envelope.origin, topology.sites[peer].settings.relay]
        let offer = Offer(
            link: link.key, peer: path[1], transfer: .max, envelope: envelope,
            recipients: envelope.recipients, path: path, round: 1)
        world.post([.event(.offered(offer))], to: target)
    }
}
