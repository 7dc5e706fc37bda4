// What goes into a link machine at its start, and what comes out of it.

package import RelayCore

/// What this end brings to every link.
package struct LinkSettings: Hashable, Sendable {
    package var relay: RelayCode
    /// Drawn at the start of the process.
    package var boot: UInt64
    /// Transfers that this end takes at once on one link.
    package var places = 64
    package var documentBytesMax: UInt64 = 2 << 30
    package var inlineBytesMax = Limits.inlineBytesMax
    /// The most that this end sends of bodies in a second; nil for no bound.
    package var bytesPerSecond: UInt64?
    /// A PING goes out when nothing was heard for this long.
    package var keepAlive = Interval.seconds(5)
    /// The peer counts as dead when nothing was heard for this long.
    package var silenceMax = Interval.seconds(15)
    package var helloWithin = Interval.seconds(10)
    /// A transfer that makes no progress for this long, while the link lives, is given up.
    package var stallAfter = Interval.seconds(60)

    package init(relay: RelayCode, boot: UInt64) {
        self.relay = relay
        self.boot = boot
    }
}

/// What the shell has to do, or to tell the engine, after something came in or time passed.
package enum LinkEvent: Hashable, Sendable {
    /// HELLO is checked: `Event.linkUp`. The first event of a link that comes up.
    case up(LinkUp)
    /// `Event.offered`. `want` or `answer` follows.
    case offered(Offer)
    /// The body came inside the offer. The shell checks its digest, then stages it at offset 0
    /// together with `Event.received`, or tells `Event.offerFailed(.digestMismatch)`. `answer`
    /// follows.
    case offeredWhole(Offer, body: [UInt8])
    /// A piece of a body, in order; not the last. To be staged: `stored` or `notStored` follows.
    case piece(Offer, Piece)
    /// All bytes were sent. As `offeredWhole`, with the last piece; nil when all was staged before.
    case whole(Offer, last: Piece?)
    /// The peer gave it up, or nothing came any more: `Event.offerFailed(.cut)`.
    case cut(Offer)
    /// An offer was turned away since it cannot be read as one; the link goes on. For the log.
    case unfit(transfer: UInt64, MessageFault)
    /// `Event.attempted`: exactly once for every transfer that was taken by `forward`.
    case attempted(TransferID, [Answered])
    /// `Event.heard`: what may be lost, and is never answered by the link itself.
    case heard(Memo)
    /// A memo was dropped since it cannot be read as one; the link goes on. For the log.
    case unfitMemo(FrameType, MessageFault)
    /// The peer will end this link when what runs has finished.
    case draining(reason: String)
    /// `Event.linkDown`, or before `up` `Event.dialFailed`. The last event, exactly once.
    case closed(LinkEnd)
}

/// What the shell has to do for the output, whenever the connection can take bytes.
package enum LinkOutput: Hashable, Sendable {
    /// Write these bytes, and ask again.
    case send([UInt8])
    /// Begin to read these bytes of a body, and ask again; `bodyRead` or `bodyUnreadable` follows.
    case read(BodyRead)
    /// Nothing now: ask again after the next input.
    case idle
    /// Everything is handed out: close the connection, then call `lost`.
    case close
}

/// Bytes of a document's body that are wanted for sending.
package struct BodyRead: Hashable, Sendable {
    package let transfer: TransferID
    package let document: DocumentID
    /// A multiple of `Limits.pieceBytes`.
    package let offset: UInt64
    /// One piece, or what is left; for an inline body all of it.
    package let count: Int
}

/// Whether a transfer could be begun.
package enum ForwardAnswer: Hashable, Sendable {
    case taken
    /// It is over already: `Event.attempted` with these answers.
    case notTaken([Answered])
}
