// The one loop that matters, and it is synchronous: load, decide, write; commit; then act.
//
// Guarantees: no action is returned before the writes that it follows from are durable. When a
// commit fails, the node is the one from before, so memory and disk still agree, and nobody is told
// "accepted". The simulator drives this very code.

package import RelayCore

/// What comes into a turn.
package enum Input: Sendable {
    case event(Event)
    /// A part of a body, to be staged; `Outcome.stored` tells of it after the commit.
    case piece(Piece)
    /// The last or only part of a body and the event that it completes, in one commit.
    case closing(Piece, Event)
    /// Whoever was sending this body has given it up for good.
    case abandoned(UploadID)
}

/// What a turn has done, to be acted upon in order. Everything it names is durable.
package struct Outcome: Sendable {
    package var actions: [Action] = []
    package var stored: [Piece] = []
    /// Pieces that were not taken: they left a gap, or there was no room.
    package var refused: [Piece] = []
    /// Whether the feed of applications has grown.
    package var hasAnnounced = false
    /// When the next turn is wanted at the latest.
    package var wake = Tick(milliseconds: 0)
}

package struct Turn<Storage: Ledger> {
    package private(set) var node: Node
    private let ledger: Storage
    private var nextSweep: Tick

    /// How often, and after how long untouched, staged bodies are discarded. A peer resumes within
    /// minutes of an outage's end; a day covers a long one.
    private static var sweepEvery: Interval { .hours(1) }
    private static var uploadLifetime: Interval { .days(1) }

    /// Uploads discarded in one turn: one can be gigabytes, and others wait for the commit.
    private static var sweepMax: Int { 1 }

    /// The longest sleep: stored times are of the wall clock, and somebody may set it.
    private static var sleepMax: Interval { .seconds(10) }

    package init(_ node: Node, on ledger: Storage) {
        self.node = node
        self.ledger = ledger
        nextSweep = Tick(milliseconds: 0)
    }

    /// Takes up what a former run left: the first turn of a run.
    package mutating func start(
        at moment: Moment, dice: () -> UInt64
    ) throws(LedgerFailure) -> Outcome {
        var inputs: [Input] = []
        try ledger.write { transaction throws(LedgerFailure) in
            inputs.append(.event(.started(try transaction.inventory())))
            for key in try transaction.leased(limit: .max) {
                inputs.append(.event(.recovered(key)))
            }
        }
        return try run(inputs, at: moment, dice: dice)
    }

    /// Runs one turn: all of `inputs` in one commit.
    ///
    /// - Parameter dice: gives 64 fresh random bits at each call.
    /// - Throws: `.broken` when the storage itself failed: nothing may be acknowledged any more,
    /// and
    ///   the process has to end. `.noRoom` when not even the reserve was enough.
    package mutating func run(
        _ inputs: [Input], at moment: Moment, dice: () -> UInt64
    ) throws(LedgerFailure) -> Outcome {
        do {
            // A drill may rehearse a full disk.
            let hidesRoom = node.drill?.hidesRoom ?? false
            return try attempt(inputs, admitting: !hidesRoom && ledger.hasRoom, moment, dice)
        } catch {
            // Full in the middle of it: once more without admitting anything new.
            guard case .noRoom = error else { throw error }
            return try attempt(inputs, admitting: false, moment, dice)
        }
    }

    private mutating func attempt(
        _ inputs: [Input], admitting: Bool, _ moment: Moment, _ dice: () -> UInt64
    ) throws(LedgerFailure) -> Outcome {
        var work = Work(
            node: node, moment: moment, admits: admitting,
            sparesRoom: admitting && ledger.hasSpareRoom)
        let sweeps = nextSweep <= moment.tick
        var sweepsAgain = false
        try ledger.write { transaction throws(LedgerFailure) in
            try work.run(inputs, in: transaction, dice: dice)
            if sweeps {
                sweepsAgain = try sweep(transaction, moment)
            }
            let timer = try transaction.nextTimer()
            work.outcome.wake =
                work.isCutShort ? moment.tick : wake(of: work.node, timer: timer, moment)
        }
        node = work.node
        if sweeps && !sweepsAgain { nextSweep = moment.tick + Self.sweepEvery }
        return work.outcome
    }

    /// A step of the work that old uploads and old entries of the feed make; true when there may
    /// be more of it.
    private func sweep(
        _ transaction: Storage.Transaction, _ moment: Moment
    ) throws(LedgerFailure) -> Bool {
        let uploads = try transaction.sweepUploads(
            untouchedSince: moment.now + .milliseconds(-Self.uploadLifetime.milliseconds),
            limit: Self.sweepMax)
        let kept = node.settings.announcementsKept
        let announcements = try transaction.sweepAnnouncements(
            before: moment.now + .milliseconds(-kept.milliseconds),
            keeping: Limits.announcementsMax, limit: Limits.announcementsSweptMax)
        return uploads || announcements
    }

    private func wake(of node: Node, timer: Instant?, _ moment: Moment) -> Tick {
        var wake = moment.tick + Self.sleepMax
        if let timer { wake = min(wake, moment.tick + max(timer - moment.now, .seconds(0))) }
        if let volatile = node.wake { wake = min(wake, volatile) }
        return wake
    }
}
