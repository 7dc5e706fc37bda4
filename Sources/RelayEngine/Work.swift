// One turn inside its transaction: a copy of the node, and what is to be done after the commit.

import RelayCore

struct Work {
    var node: Node
    var moment: Moment
    /// False when there is no room beyond the reserve: new pieces are refused, and the node answers
    /// submissions with "full" and offers with "busy". Receipts still come in.
    let admits: Bool
    var outcome = Outcome()
    /// Whether there is more to hand out, for the next turn, which then comes at once.
    private(set) var isCutShort = false

    /// Timer rows handled in one turn; the rest follow in the next, which comes at once.
    private static let timersMax = 256

    /// Deliveries laid into another lane in one turn, as after a change of routes: the turn stays
    /// in the milliseconds, however many wait.
    private static let movesMax: UInt64 = 1_024

    mutating func run(
        _ inputs: [Input], in transaction: some LedgerTransaction, dice: () -> UInt64
    ) throws(LedgerFailure) {
        moment.dice = dice()
        if node.hasRoom != admits {
            _ = node.decide(.room(admits), about: Known(), at: moment)
        }
        if let wake = node.wake, wake <= moment.tick { try handle(.tick, transaction, dice) }
        for key in try transaction.due(at: moment.now, limit: Self.timersMax) {
            try handle(.due(key), transaction, dice)
        }
        for input in inputs {
            switch input {
            case .event(let event): try handle(event, transaction, dice)
            case .piece(let piece): _ = try stage(piece, transaction)
            case .closing(let piece, let event):
                try close(piece, event, transaction, dice)
            case .abandoned(let upload): try transaction.apply(.discard(upload))
            }
        }
        try schedule(transaction, dice)
    }

    /// Hands out the free places of usable links, until none is left that a lane wants: what one
    /// lane does not need is another's at once, for perhaps nothing else would bring the next turn
    /// soon.
    private mutating func schedule(
        _ transaction: some LedgerTransaction, _ dice: () -> UInt64
    ) throws(LedgerFailure) {
        let movesBefore = node.moves
        var before: UInt64
        repeat {
            isCutShort = node.moves - movesBefore >= Self.movesMax
            if isCutShort { return }
            before = node.progress
            for opening in node.openings(at: moment) {
                let keys = try transaction.ready(
                    in: opening.lane, atLeast: opening.atLeast, limit: opening.places)
                node.drew(keys.count, for: opening)
                for key in keys {
                    try handle(
                        .ready(key, lane: opening.lane, hop: opening.hop), transaction, dice)
                }
            }
        } while before != node.progress
    }

    /// Decides on one event and on those that follow from it, and writes.
    private mutating func handle(
        _ event: Event, _ transaction: some LedgerTransaction, _ dice: () -> UInt64
    ) throws(LedgerFailure) {
        var events = [event]
        while let event = events.popLast() {
            let known = try transaction.known(of: node.subject(of: event))
            moment.dice = dice()
            let decision = node.decide(event, about: known, at: moment)
            for write in decision.writes {
                try transaction.apply(write)
                if case .announce = write { outcome.hasAnnounced = true }
            }
            outcome.actions += decision.actions
            events += decision.next.reversed()
        }
    }

    private mutating func stage(
        _ piece: Piece, _ transaction: some LedgerTransaction
    ) throws(LedgerFailure) -> Bool {
        guard admits, try transaction.append(piece, at: moment.now) else {
            outcome.refused.append(piece)
            return false
        }
        outcome.stored.append(piece)
        return true
    }

    /// Stages the last piece and handles what it completes. A receipt's piece is taken even when
    /// there is no room for anything else.
    private mutating func close(
        _ piece: Piece, _ event: Event, _ transaction: some LedgerTransaction,
        _ dice: () -> UInt64
    ) throws(LedgerFailure) {
        guard admits || event.isOfReceipt else {
            // The node will turn it away; the piece is not needed for that.
            try handle(event, transaction, dice)
            return
        }
        if try transaction.append(piece, at: moment.now) {
            try handle(event, transaction, dice)
            return
        }
        switch event {
        case .received(let offer):
            try handle(.offerFailed(offer, .notStored), transaction, dice)
        case .submitted(let submission):
            outcome.actions.append(.reply(submission.caller, .failed))
        default:
            outcome.refused.append(piece)
        }
    }
}

extension Event {
    fileprivate var isOfReceipt: Bool {
        switch self {
        case .received(let offer): offer.envelope.kind == .receipt
        case .signed: true
        default: false
        }
    }
}
