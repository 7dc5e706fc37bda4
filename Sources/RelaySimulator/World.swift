// The world of a simulation: relays, connections, applications and one clock.
//
// Everything happens at a time, in order of arrangement, on one thread; all chance is drawn from
// one generator. So a run is a function of its topology, its plan and its seed. The production
// `Node`, `Turn` and `LinkMachine` run unchanged; what is simulated is what lies around them.

package import RelayCore
package import RelayEngine
import RelayWire

package final class World {
    package let topology: Topology
    package internal(set) var relays: [Relay]
    /// Milliseconds since the world began.
    package internal(set) var now: Int64 = 0
    package internal(set) var trace: Trace
    package internal(set) var checkers = Checkers()
    package internal(set) var network = Network()
    package internal(set) var desk = Desk()
    /// Bugs around the turn, planted by tests of the checkers.
    package var sabotage = TurnSabotage()
    /// Told of everything that a relay logs, and of what else a scenario shows.
    package var onHappening: ((Int, Happening) -> Void)?
    package var onNotice: ((Int, Notice) -> Void)?
    /// Told of all bytes that one relay sends to another.
    package var onBytes: ((_ from: Int, _ to: Int, Int) -> Void)?
    /// Steps since time last went on.
    private var stepsAtOnce = 0
    /// More than a burst of work takes: somebody wakes without end.
    private static let stepsAtOnceMax = 20_000
    var agenda = Agenda<What>()
    var dice: Dice
    var notary = Notary()
    /// Relays that take no signature for good at the moment.
    var distrusting: Set<Int> = []
    /// Receipts that were turned away although they were good.
    var rejected: Set<DocumentID> = []
    let temper: Temper

    /// When the world begins, on a clock that is right.
    static let epoch = Instant(milliseconds: 1_795_000_000_000)

    /// What may be arranged.
    enum What {
        case turn(Int, boot: UInt64)
        case inputs(Int, boot: UInt64, [Input])
        case arrive(Int, end: Int, [UInt8])
        case broken(Int, end: Int, reason: String)
        case writable(Int, end: Int)
        case linkTime(Int, boot: UInt64, LinkID)
        case connected(dialler: Int, boot: UInt64, acceptor: Int)
        case restart(Int)
        case work(Int)
        case patience(Int, tries: Int)
        case collect(Int, DeliveryKey)
        case order(Int)
        case ask(Int, OrganisationCode)
        case disturb(Disturbance)
        case calm(Disturbance)
    }

    package init(_ topology: Topology, seed: UInt64, trace: Trace.Detail, temper: Temper = .wild) {
        self.topology = topology
        self.trace = Trace(trace)
        self.temper = temper
        dice = Dice(seed: seed)
        relays = topology.sites.map {
            Relay(
                site: $0, ledger: MemoryLedger(retention: $0.settings.retention), skew: $0.skew)
        }
    }

    /// Times are those of the least of each range.
    var isExact: Bool { temper == .exact }

    /// A time out of a range.
    func delay(_ range: ClosedRange<Int>) -> Int64 {
        isExact ? Int64(range.lowerBound) : Int64(dice.draw(range))
    }

    func arrange(_ what: What, in milliseconds: Int64) {
        agenda.add(what, at: now + milliseconds)
    }

    /// Runs until nothing is arranged before `end`, or a rule was broken.
    package func run(until end: Int64) {
        while checkers.violation == nil, let time = agenda.nextTime, time <= end,
            let next = agenda.takeNext()
        {
            stepsAtOnce = time > now ? 0 : stepsAtOnce + 1
            now = max(now, time)
            trace.step()
            if stepsAtOnce > Self.stepsAtOnceMax { violate("time goes on", "it stands still") }
            happen(next.what)
        }
        if checkers.violation == nil { now = max(now, end) }
    }

    private func happen(_ what: What) {
        switch what {
        case .turn(let relay, let boot): takeTurn(relay, boot)
        case .inputs(let relay, let boot, let inputs):
            if relays[relay].boots == boot { post(inputs, to: relay) }
        case .arrive(let connection, let end, let bytes): arrive(bytes, at: end, of: connection)
        case .broken(let connection, let end, let reason):
            broken(connection, end: end, reason: reason)
        case .writable(let connection, let end): writable(connection, end: end)
        case .linkTime(let relay, let boot, let link): linkTime(relay, boot, link)
        case .connected(let dialler, let boot, let acceptor):
            connected(dialler, boot: boot, to: acceptor)
        case .restart(let relay): restart(relay)
        case .work(let number): submit(number)
        case .patience(let number, let tries): losePatience(number, tries: tries)
        case .collect(let relay, let key): collect(key, at: relay)
        case .order(let number): giveOrder(number)
        case .ask(let relay, let code): ask(code, at: relay, patience: .seconds(5))
        case .disturb(let disturbance): disturb(disturbance)
        case .calm(let disturbance): calm(disturbance)
        }
    }

    func violate(_ rule: String, _ what: String) {
        checkers.violate(rule, what, at: now, step: trace.steps)
    }
}

/// How a world draws its times.
package enum Temper: Sendable {
    /// From ranges, with outliers: packets, signatures and batches as bad as they get.
    case wild
    /// From ranges, as on an ordinary day.
    case even
    /// Each is the least of its range: only what a script does makes a difference.
    case exact
}

/// What scenarios hear besides the delivery log.
package enum Notice: Hashable, Sendable {
    case started
    case died
    case linkUp(RelayCode)
    case linkDown(RelayCode, reason: String)
    case reply(Reply, to: String)
    case sent(Transfer, to: RelayCode)
    /// An offer was answered with anything but "accepted".
    case declined(Offer, Answer)
    case drill(DrillMark, of: String)
}

/// Bugs around a turn, for tests that the checkers find them.
package struct TurnSabotage {
    /// What a turn is given in place of an input.
    package var alterInput: ((Input) -> Input)?
    /// What is done in place of an action.
    package var alterAction: ((Action) -> [Action])?
    /// How long a hop should be up before traffic returns to it, whatever relays do.
    package var returnAfter: Interval?

    package init() {}
}

extension World {
    func moment(of relay: Int) -> Moment {
        Moment(now: wallClock(of: relay), tick: tick(of: relay), dice: dice.next())
    }

    func wallClock(of relay: Int) -> Instant {
        Self.epoch + .milliseconds(now) + relays[relay].skew
    }

    func tick(of relay: Int) -> Tick {
        Tick(milliseconds: now - (relays[relay].process?.startedAt ?? now))
    }
}
