// Where shells leave what they have for the engine, and where the engine takes it in batches.
//
// While the engine commits one batch, the next gathers here: that is the group commit. Inputs keep
// their order. What can flood is bounded at its source (credit on links, one piece in flight for an
// upload); submissions, whose callers can be told to wait, are bounded here.

import RelayCore
import Synchronization

/// A question to the node, answered between two turns; nil when there will be no more turns.
typealias Inspection = @Sendable (Node?) -> Void

final class Mailbox: Sendable {
    struct Batch {
        var inputs: [Input] = []
        var inspections: [Inspection] = []
        var isClosed = false

        var isEmpty: Bool { inputs.isEmpty && inspections.isEmpty }
    }

    private struct State {
        var waiting: [Input] = []
        /// Of `waiting`, what has been taken already.
        var taken = 0
        var inspections: [Inspection] = []
        var isClosed = false
        var isEngineAsleep = false
    }

    /// Inputs of one turn: enough that an fsync is shared by hundreds of documents, few enough that
    /// the turn stays in the milliseconds.
    private static let inputsMax = 1_024
    /// Bytes of pieces in one turn: LMDB slows down to a third when a transaction has several MiB.
    private static let bytesMax = 1 << 20
    /// Inputs waiting, above which submissions are told to come back later.
    static let backlogMax = 8_192

    private let state = Mutex(State())
    private let bell = Doorbell()

    /// - Returns: false when the engine has stopped, or when `isDeferrable` and too much is
    /// waiting.
    func post(_ inputs: [Input], isDeferrable: Bool) -> Bool {
        let (accepted, ring) = state.withLock { state in
            let waiting = state.waiting.count - state.taken
            guard !state.isClosed, !isDeferrable || waiting < Self.backlogMax
            else { return (false, false) }
            state.waiting += inputs
            return (true, Self.rouse(&state))
        }
        if ring { bell.ring() }
        return accepted
    }

    func post(_ inspection: @escaping Inspection) -> Bool {
        let (accepted, ring) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.inspections.append(inspection)
            return (true, Self.rouse(&state))
        }
        if ring { bell.ring() }
        return accepted
    }

    /// Inputs that wait.
    var count: Int { state.withLock { $0.waiting.count - $0.taken } }

    /// Takes nothing in any more; what waits is still handed out.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.ring()
    }

    /// Takes nothing in any more, and drops the inputs that wait. Returns the questions among them.
    func abandon() -> [Inspection] {
        state.withLock { state in
            state.isClosed = true
            state.waiting = []
            state.taken = 0
            defer { state.inspections = [] }
            return state.inspections
        }
    }

    /// The next batch; empty when `timeout` passed first.
    func next(timeout: Interval) -> Batch {
        let first = state.withLock { state in
            let batch = Self.take(&state)
            state.isEngineAsleep = batch.isEmpty && !batch.isClosed
            return batch
        }
        guard first.isEmpty, !first.isClosed else { return first }
        bell.wait(atMost: timeout)
        return state.withLock { state in
            state.isEngineAsleep = false
            return Self.take(&state)
        }
    }

    /// True when the engine sleeps and nobody has rung yet.
    private static func rouse(_ state: inout State) -> Bool {
        defer { state.isEngineAsleep = false }
        return state.isEngineAsleep
    }

    private static func take(_ state: inout State) -> Batch {
        var batch = Batch()
        swap(&batch.inspections, &state.inspections)
        var bytes = 0
        while state.taken < state.waiting.count, batch.inputs.count < inputsMax, bytes < bytesMax {
            let input = state.waiting[state.taken]
            bytes += input.byteCount
            batch.inputs.append(input)
            state.taken += 1
        }
        if state.taken == state.waiting.count {
            state.waiting.removeAll(keepingCapacity: state.waiting.capacity <= backlogMax)
            state.taken = 0
        } else if state.taken > backlogMax {
            state.waiting.removeFirst(state.taken)
            state.taken = 0
        }
        batch.isClosed = state.isClosed && state.waiting.isEmpty
        return batch
    }
}

extension Input {
    fileprivate var byteCount: Int {
        switch self {
        case .piece(let piece), .closing(let piece, _): piece.bytes.count
        case .event, .abandoned: 0
        }
    }
}
