// Where shells leave what they have for the engine, and where the engine takes it in batches.
//
// While the engine commits one batch, the next gathers here: that is the group commit. Events keep
// their order, and so do pieces of bodies; events do not wait behind pieces, of which each batch
// takes some. No event needs a piece to be staged before it: what tells that a body is whole comes
// with its last piece, or after that was durable. What can flood is bounded at its source (credit
// on links, one piece in flight for an upload); submissions, whose callers can be told to wait, are
// bounded here.

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
        var events = Line()
        var pieces = Line()
        var inspections: [Inspection] = []
        var isClosed = false
        var isEngineAsleep = false
    }

    /// Inputs in order, taken from the front.
    private struct Line {
        private var waiting: [Input] = []
        /// Of `waiting`, what has been taken already.
        private var taken = 0

        var count: Int { waiting.count - taken }

        mutating func add(_ input: Input) { waiting.append(input) }

        mutating func take(
            into inputs: inout [Input], most: Int, bytesMax: Int
        ) {
            var (count, bytes) = (0, 0)
            while taken < waiting.count, count < most, bytes < bytesMax {
                bytes += waiting[taken].byteCount
                inputs.append(waiting[taken])
                taken += 1
                count += 1
            }
            if taken == waiting.count {
                waiting.removeAll(keepingCapacity: waiting.capacity <= Mailbox.backlogMax)
                taken = 0
            } else if taken > Mailbox.backlogMax {
                waiting.removeFirst(taken)
                taken = 0
            }
        }
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
            guard !state.isClosed, !isDeferrable || state.events.count < Self.backlogMax
            else { return (false, false) }
            for input in inputs {
                if input.isBulk { state.pieces.add(input) } else { state.events.add(input) }
            }
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
    var count: Int { state.withLock { $0.events.count + $0.pieces.count } }

    /// Takes nothing in any more; what waits is still handed out.
    func close() {
        state.withLock { $0.isClosed = true }
        bell.ring()
    }

    /// Takes nothing in any more, and drops the inputs that wait. Returns the questions among them.
    func abandon() -> [Inspection] {
        state.withLock { state in
            state.isClosed = true
            state.events = Line()
            state.pieces = Line()
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
        state.events.take(into: &batch.inputs, most: inputsMax, bytesMax: bytesMax)
        state.pieces.take(into: &batch.inputs, most: inputsMax, bytesMax: bytesMax)
        batch.isClosed = state.isClosed && state.events.count + state.pieces.count == 0
        return batch
    }
}

extension Input {
    /// A part of a large body, of which others follow.
    fileprivate var isBulk: Bool {
        if case .piece = self { true } else { false }
    }

    fileprivate var byteCount: Int {
        switch self {
        case .piece(let piece), .closing(let piece, _): piece.bytes.count
        case .event, .abandoned: 0
        }
    }
}
