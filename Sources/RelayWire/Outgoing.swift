// One transfer that this end has offered, or is about to offer.

import RelayCore

struct Outgoing: Sendable {
    let transfer: Transfer
    var stage: Stage
    /// When something of it last went out or came in.
    var movedAt: Tick

    /// Can transition to the next in order, from `due` straight to `offered`, and from every one to
    /// "gone": by RESULT, by a stall, or with the link.
    enum Stage: Sendable {
        /// The body is to travel inline and is not being read yet.
        case unread
        /// ... is being read.
        case reading
        /// The OFFER can go out, with this body in it, if it is to travel inline.
        case due(body: [UInt8])
        /// The OFFER is out; RESULT or, unless the body was inside, WANT is awaited.
        case offered(number: UInt64, isInline: Bool)
        /// Wanted: bytes may be sent as far as the credit goes.
        case sending(number: UInt64, Window)
        /// END is out; RESULT is awaited.
        case ended(number: UInt64)
    }

    /// What may be sent of a body.
    struct Window: Sendable {
        /// The next byte to be sent ...
        var next: UInt64
        /// ... as far as this.
        var until: UInt64
        var piece = PieceStage.none

        /// Whether the next piece should be read now.
        var isReadable: Bool {
            guard case .none = piece else { return false }
            return next < until
        }
    }

    enum PieceStage: Sendable {
        case none
        case reading
        /// Here, and sent up to a part.
        case read([UInt8], sent: Int)
    }

    var size: UInt64 { transfer.envelope.size }
    var priority: Priority { transfer.envelope.priority }

    /// Whether a piece of it is being read or at hand.
    var isAhead: Bool {
        guard case .sending(_, let window) = stage else { return false }
        if case .none = window.piece { return false }
        return true
    }

    /// The peer knows it by this number; nil before its OFFER is out.
    var number: UInt64? {
        switch stage {
        case .unread, .reading, .due: nil
        case .offered(let number, _), .sending(let number, _), .ended(let number): number
        }
    }

    /// Bytes of the piece at `offset`.
    func pieceCount(at offset: UInt64) -> Int {
        Int(min(UInt64(Limits.pieceBytes), size - offset))
    }
}

extension Transfer {
    /// The same answer for all its recipients.
    func answers(_ answer: Answer) -> [Answered] {
        recipients.map { Answered(recipient: $0, answer: answer) }
    }
}

extension UInt64 {
    /// Whether it is a place in a body of `size` bytes where a piece begins, or its end.
    func isPieceBoundary(of size: UInt64) -> Bool {
        self == size || self < size && isMultiple(of: UInt64(Limits.pieceBytes))
    }
}
