// One transfer that the peer has offered.

import RelayCore

struct Incoming: Sendable {
    let offer: Offer
    var stage: Stage
    /// When the peer last sent something of it, or could last begin to.
    var movedAt: Tick

    /// Can transition to the next in order, from `wanted` and `receiving` to `unstored`, from all
    /// to "gone": by the answer, by CANCEL, by a stall, or with the link.
    enum Stage: Sendable {
        /// The node decides.
        case offered
        /// The node wants it from this offset; the first credit is to come.
        case wanted(from: UInt64)
        case receiving(Window)
        /// A piece could not be stored: what else arrives is dropped until the answer goes out.
        case unstored
        /// The body is here, in part perhaps not durable yet, unless it came inline; the node
        /// decides.
        case whole(Window?)
    }

    /// What has been asked for.
    struct Window: Sendable {
        /// Durable here up to this, ...
        var durable: UInt64
        /// ... arrived in whole pieces up to this, ...
        var next: UInt64
        /// ... asked for up to this.
        var until: UInt64
        /// What has come of the piece behind `next`.
        var parts: [UInt8] = []
        /// The last piece, kept back until END has come.
        var last: Piece?

        /// Pieces asked for and not durable: what the link may have to hold in memory.
        var credit: Int {
            let bytes = Int(until - durable)
            return (bytes + Limits.pieceBytes - 1) / Limits.pieceBytes
        }
    }

    var size: UInt64 { offer.envelope.size }

    /// Pieces asked for and not durable.
    var credit: Int {
        switch stage {
        case .receiving(let window), .whole(let window?): window.credit
        case .offered, .wanted, .unstored, .whole(nil): 0
        }
    }

    /// Whether the peer is to send something now.
    var isOwed: Bool {
        guard case .receiving(let window) = stage else { return false }
        return window.next < window.until || window.next == size
    }

    /// By falling priority, then in order of arrival.
    func isBefore(_ other: Incoming) -> Bool {
        let (mine, its) = (offer.envelope.priority, other.offer.envelope.priority)
        return mine != its ? mine > its : offer.transfer < other.offer.transfer
    }
}

extension Incoming {
    /// What to ask for, with `free` pieces left and `share` as this body's part; nil when that
    /// would not tell the peer anything new.
    func widened(by free: Int, to share: Int) -> Window? {
        var window: Window
        switch stage {
        case .receiving(let current):
            window = current
            guard window.until < size else { return nil }
        case .wanted(let from):
            window = Window(durable: from, next: from, until: from)
            // END is all that is missing.
            if from == size { return window }
        case .offered, .unstored, .whole:
            return nil
        }
        let more = min(free, share - window.credit)
        guard more > 0 else { return nil }
        window.until = min(size, window.until + UInt64(more) * UInt64(Limits.pieceBytes))
        return window
    }

    /// The store has it up to `offset`.
    mutating func isDurable(through offset: UInt64) {
        switch stage {
        case .receiving(let window): stage = .receiving(window.durable(through: offset))
        case .whole(let window?): stage = .whole(window.durable(through: offset))
        case .offered, .wanted, .unstored, .whole(nil): break
        }
    }
}

extension Incoming.Window {
    fileprivate func durable(through offset: UInt64) -> Self {
        var later = self
        later.durable = max(durable, min(offset, next))
        return later
    }

    /// Once the shell has the last piece.
    var withoutLast: Self {
        var later = self
        later.last = nil
        return later
    }
}

extension Incoming.Stage {
    var isWhole: Bool {
        if case .whole = self { true } else { false }
    }
}
