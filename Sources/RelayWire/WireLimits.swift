// Bounds of the wire that the core need not know, each with its reason.

package import RelayCore

package enum WireLimits {
    /// The only version of the protocol so far.
    package static let version: UInt32 = 1

    /// The longest frame, its type included: one piece with the 17 bytes before it. The longest
    /// OFFER (1,000 recipients twice, a path, a body inline) has about 172,000 bytes, so this holds
    /// any.
    package static let frameBytesMax = 17 + Limits.pieceBytes

    /// Frames without a list or a body: what they hold today, and what later versions may add.
    static let smallFrameBytesMax = 1_024

    /// A RESULT: an answer for each of 1,000 recipients takes up to 15 bytes.
    static let resultBytesMax = 32_768

    /// A trace has up to 950 bytes, an answer with a path of 16 relays and three tallies up to
    /// 1,900; the rest is for what later versions add.
    static let traceBytesMax = 4_096

    /// Traces that a peer may send at once, and in a second after that. One question of an operator
    /// brings some by each way that leads here; what is beyond is dropped.
    static let tracesAtOnce = 64
    static let tracesPerSecond = 8

    /// Their answers: some questions at once, each with as many as it may have.
    static let traceAnswersAtOnce = 8 * RouteTrace.answersMax
    static let traceAnswersPerSecond = RouteTrace.answersMax

    /// A thousand deliveries with the longest codes, their ids and states: 76,000 bytes.
    static let auditBytesMax = 98_304

    /// Questions about books that a peer may ask at once, and in a second after that. A day of
    /// 100,000 documents takes 200 of them.
    static let auditsAtOnce = 256
    static let auditsPerSecond = 128

    /// Bytes of memos that wait for the connection; beyond it they are dropped, as they may be.
    static let memoBytesMax = 262_144

    /// Optional extensions are skipped; nobody has to read past more than this for them.
    static let extensionBytesMax = 65_536

    /// The largest body, in bytes: a receipt states the size as a JSON number, and those are exact
    /// up to 2^53 - 1 (RFC 8785 section 3.2.2.3).
    package static let sizeMax: UInt64 = 1 << 53 - 1

    /// The latest time, 9999-12-31T23:59:59.999Z: RFC 3339 has four digits for the year.
    package static let timeMax = Instant(milliseconds: 253_402_300_799_999)

    /// The most transfers at once that a peer is believed to take: each costs some memory here too.
    static let placesMax: UInt32 = 1_024

    /// The part of a piece that goes out in one DATA frame, a quarter: what becomes urgent waits
    /// for one part, a fifteenth of a second at 1 MB/s.
    static let partBytes = Limits.pieceBytes / 4

    /// A part that does not complete its piece has at least so many bytes, so that frames cannot
    /// cost more than what is in them.
    static let partBytesMin = 16_384

    /// Pieces asked for and not yet durable, over all transfers of a link: 8 MiB of memory.
    static let creditPieces = 8 * 1_048_576 / Limits.pieceBytes

    /// Of these for one transfer. 4 MiB fill a link of 100 MB/s while a commit takes 40 ms.
    static let windowPieces = 16

    /// Bodies that arrive in pieces at once; the others wait for their first WANT. Each then gets a
    /// useful share of a slow link, and none looks stalled only because it has to wait its turn.
    static let openMax = 8

    /// Pieces read for sending and not yet handed out: one going out, one being read. One more when
    /// it is more urgent than these.
    static let piecesAheadMax = 2

    /// Bytes of inline bodies read for sending and not yet handed out; and so many with express
    /// ones, which do not wait for the others to go.
    static let inlineAheadBytesMax = 524_288
    static let inlineAheadExpressBytesMax = 655_360

    /// Small frames are handed out together up to about this many bytes, then a piece may go.
    static let outputBytes = 65_536

    /// What the peer of a stalled transfer is told to wait: long enough for the network to recover.
    static let stallPause = Interval.seconds(5)

    /// What a document is put off by when this end will take no more on a link that drains, or when
    /// its body could not be read here.
    static let drainPause = Interval.seconds(5)
    static let unreadablePause = Interval.seconds(60)

    /// How often transfers are looked over for a stall, and waiting ones reminded of: parts of the
    /// stall time, so that a stall is noticed at most a tenth too late and two reminders may be
    /// lost.
    static let stallChecks: Int64 = 10
    static let reminders: Int64 = 3

    /// The longest time a peer may put a document off: beyond it, asking again costs nothing.
    static let afterMax = Interval.hours(1)
}
