// The one thread that owns the node and the ledger's writer.
//
// It takes what has gathered in its mailbox, runs one turn (one commit), then hands the outcome to
// the performer, in order, on this thread. The performer must not block: it passes work on.

package import RelayCore
import Synchronization

/// Carries out what a turn decided, after its commit.
package protocol Performer: Sendable {
    func perform(_ outcome: Outcome)
    /// The storage failed; nothing may be acknowledged any more, and the process has to end.
    func storageFailed(_ failure: LedgerFailure)
}

package final class Engine: Sendable {
    private let mailbox = Mailbox()
    private let turns = TurnLedger()
    private let ended = Mutex(Ending())

    private struct Ending {
        var isOver = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Nothing runs before `start`.
    package init() {}

    /// Takes up what a former run left, then runs until `stop`. Nobody else may write to the
    /// ledger.
    package func start(
        _ settings: Settings, on ledger: some Ledger & Sendable, clock: SystemClock,
        performer: some Performer
    ) throws(ThreadFailure) {
        try EngineThread.start { [self] in
            let turn = Turn(Node(settings, at: clock.moment), on: ledger)
            run(turn, clock, performer)
            let waiting = ended.withLock { ending in
                ending.isOver = true
                defer { ending.waiting = [] }
                return ending.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    /// Leaves an input for the next turn. False when the engine has stopped.
    @discardableResult
    package func post(_ inputs: Input...) -> Bool {
        mailbox.post(inputs, isDeferrable: false)
    }

    /// Leaves an input whose sender can be told to come back later; false when that is to be done.
    package func postIfRoom(_ input: Input) -> Bool {
        mailbox.post([input], isDeferrable: true)
    }

    /// Reads from the node between two turns; nil when the engine has stopped.
    package func inspect<Result: Sendable>(
        _ question: @escaping @Sendable (Node) -> Result
    ) async -> Result? {
        await withCheckedContinuation { continuation in
            let accepted = mailbox.post { node in
                continuation.resume(returning: node.map(question))
            }
            if !accepted { continuation.resume(returning: nil) }
        }
    }

    /// What the engine has done in this run.
    package var figures: TurnFigures {
        var figures = turns.current
        figures.mailbox = mailbox.count
        return figures
    }

    /// Finishes what was posted, then ends the thread.
    package func stop() async {
        mailbox.close()
        await withCheckedContinuation { continuation in
            let isOver = ended.withLock { ending in
                if !ending.isOver { ending.waiting.append(continuation) }
                return ending.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    private func run(
        _ turn: consuming Turn<some Ledger>, _ clock: SystemClock, _ performer: some Performer
    ) {
        do {
            var wake = try begin(&turn, clock, performer)
            while true {
                let batch = mailbox.next(timeout: wake - clock.tick)
                for inspection in batch.inspections { inspection(turn.node) }
                if !batch.inputs.isEmpty || wake <= clock.tick {
                    let start = ContinuousClock.now
                    let outcome = try turn.run(
                        batch.inputs, at: clock.moment, dice: SystemClock.dice)
                    wake = outcome.wake
                    performer.perform(outcome)
                    turns.note(inputs: batch.inputs.count, took: .now - start)
                }
                if batch.isClosed { return }
            }
        } catch {
            for inspection in mailbox.abandon() { inspection(nil) }
            performer.storageFailed(error)
        }
    }

    private func begin(
        _ turn: inout Turn<some Ledger>, _ clock: SystemClock, _ performer: some Performer
    ) throws(LedgerFailure) -> Tick {
        let outcome = try turn.start(at: clock.moment, dice: SystemClock.dice)
        performer.perform(outcome)
        return outcome.wake
    }
}
