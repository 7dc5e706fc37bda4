// The turn, on the ledger in memory: one commit, then actions; and what a failed one leaves.

import RelayCore
import RelayEngine
import RelaySimulator
import Testing

private let start = Instant(milliseconds: 1_795_000_000_000)

private func organisation(_ text: String) -> OrganisationCode {
    guard let code = OrganisationCode(text) else { preconditionFailure("no code: \(text)") }
    return code
}

private func relay(_ text: String) -> RelayCode {
    guard let code = RelayCode(text) else { preconditionFailure("no code: \(text)") }
    return code
}

/// A turn on a ledger in memory, with clocks that a test moves.
private struct Rig {
    let ledger = MemoryLedger(retention: .days(3))
    var turn: Turn<MemoryLedger>
    var now = start
    var tick = Tick(milliseconds: 0)
    private var dice = Dice(seed: 5)

    init(places: Int = 64) throws {
        let settings = Self.settings
        turn = Turn(Node(settings, at: Moment(now: start, tick: tick, dice: 1)), on: ledger)
        _ = try begin()
        _ = try run([.event(.linkUp(Self.link(places: places)))])
    }

    static var settings: Settings {
        let hub = relay("HUB-1")
        return Settings(
            relay: relay("R-A"), organisations: [organisation("A")],
            peers: [hub: PeerTerms(role: .hub, organisations: [], isDiallable: true)],
            routes: RouteTable(["*": [hub]]))
    }

    static func link(places: Int, number: UInt64 = 1) -> LinkUp {
        LinkUp(
            link: LinkID(number), peer: relay("HUB-1"), isDialledHere: true, boot: 1,
            places: places)
    }

    private func moment(_ dice: UInt64) -> Moment { Moment(now: now, tick: tick, dice: dice) }

    mutating func begin() throws -> Outcome {
        var dice = dice
        defer { self.dice = dice }
        return try turn.start(at: moment(dice.next()), dice: { dice.next() })
    }

    mutating func run(_ inputs: [Input]) throws -> Outcome {
        var dice = dice
        defer { self.dice = dice }
        return try turn.run(inputs, at: moment(dice.next()), dice: { dice.next() })
    }

    /// The process dies and is started again on the same disk.
    mutating func restart() throws -> Outcome {
        turn = Turn(Node(Self.settings, at: moment(2)), on: ledger)
        return try begin()
    }

    mutating func pass(_ interval: Interval) {
        now = now + interval
        tick = tick + interval
    }
}

private func submitting(
    _ number: UInt64, to recipient: String = "B", size: Int = 10
) -> Input {
    let upload = UploadID(DocumentID(high: 1, low: number))
    guard
        let digest = SHA256Digest(
            bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32))
    else {
        preconditionFailure("32 bytes are a digest")
    }
    return .closing(
        Piece(upload: upload, offset: 0, bytes: [UInt8](repeating: 1, count: size)),
        .submitted(
            Submission(
                caller: CallerID(number), upload: upload, kind: .document,
                sender: organisation("A"), recipients: [organisation(recipient)], reference: "",
                businessType: 0, priority: .normal, size: UInt64(size), digest: digest,
                mediaType: "text/plain", name: "", idempotencyKey: "\(number)",
                isIntended: false)))
}

extension Outcome {
    fileprivate var transfers: [Transfer] {
        actions.compactMap { if case .forward(let transfer) = $0 { transfer } else { nil } }
    }
    fileprivate var replies: [Reply] {
        actions.compactMap { if case .reply(_, let reply) = $0 { reply } else { nil } }
    }
}

@Suite("A turn")
struct TurnTests {
    @Test("a place that one lane does not need is another's in the same turn")
    func leavesNothing() throws {
        var rig = try Rig(places: 1)
        let first = try rig.run([submitting(1, to: "B")])
        let transfer = try #require(first.transfers.first)
        // The lane of B has gone empty but is not known to be; C waits for the one place.
        _ = try rig.run([submitting(2, to: "C")])
        let answers = [Answered(recipient: organisation("B"), answer: .accepted)]
        let next = try rig.run([.event(.attempted(transfer.id, answers))])
        #expect(next.transfers.map(\.recipients) == [[organisation("C")]])
    }

    @Test("all places but those kept are taken in one turn, however unevenly lanes are filled")
    func fillsAllPlaces() throws {
        var rig = try Rig(places: 8)
        let inputs = [submitting(1, to: "B")] + (2...9).map { submitting($0, to: "C") }
        #expect(try rig.run(inputs).transfers.count == 6)
    }

    @Test("a commit that fails leaves disk and memory as they were")
    func failedCommit() throws {
        var rig = try Rig()
        rig.ledger.nextCommitFails = .broken("the disk is gone")
        #expect(throws: LedgerFailure.broken("the disk is gone")) {
            try rig.run([submitting(1)])
        }
        #expect(rig.ledger.disk.deliveries.isEmpty)
        #expect(rig.turn.node.active.isEmpty)
        let outcome = try rig.run([submitting(1)])
        #expect(outcome.transfers.count == 1)
        #expect(rig.ledger.disk.accepted == 1)
    }

    @Test("when the disk fills up in the middle, nothing new is admitted and the rest is done")
    func fullInTheMiddle() throws {
        var rig = try Rig()
        _ = try rig.run([submitting(1)])
        rig.ledger.capacityBytes = rig.ledger.disk.bytes + 50
        let outcome = try rig.run([
            submitting(2, size: 100), .event(.linkDown(LinkID(1), reason: "cut")),
        ])
        #expect(outcome.replies == [.full])
        #expect(rig.ledger.disk.accepted == 1)
        #expect(rig.turn.node.active.isEmpty)
        #expect(rig.ledger.disk.uploads.isEmpty)
    }

    @Test("pieces are refused while there is no room, and taken again afterwards")
    func refusesPieces() throws {
        var rig = try Rig()
        let piece = Piece(upload: UploadID(DocumentID(high: 3, low: 3)), offset: 0, bytes: [1, 2])
        rig.ledger.capacityBytes = 10
        rig.ledger.reserveBytes = 20
        #expect(try rig.run([.piece(piece)]).refused == [piece])
        rig.ledger.capacityBytes = .max
        #expect(try rig.run([.piece(piece)]).stored == [piece])
    }

    @Test("a piece that leaves a gap is refused")
    func gap() throws {
        var rig = try Rig()
        let upload = UploadID(DocumentID(high: 3, low: 3))
        let piece = Piece(upload: upload, offset: UInt64(Limits.pieceBytes), bytes: [1])
        #expect(try rig.run([.piece(piece)]).refused == [piece])
    }

    @Test("bodies that nobody completes are swept after a day, one at a turn")
    func sweep() throws {
        var rig = try Rig()
        let uploads = (1...3).map { UploadID(DocumentID(high: 3, low: $0)) }
        _ = try rig.run(uploads.map { .piece(Piece(upload: $0, offset: 0, bytes: [1])) })
        rig.pass(.hours(23))
        _ = try rig.run([])
        #expect(rig.ledger.disk.uploads.count == 3)
        rig.pass(.hours(2))
        for left in [2, 1, 0] {
            _ = try rig.run([])
            #expect(rig.ledger.disk.uploads.count == left)
        }
    }

    @Test("what an application gives up is discarded")
    func abandoned() throws {
        var rig = try Rig()
        let upload = UploadID(DocumentID(high: 3, low: 1))
        _ = try rig.run([.piece(Piece(upload: upload, offset: 0, bytes: [1]))])
        _ = try rig.run([.abandoned(upload)])
        #expect(rig.ledger.disk.uploads.isEmpty)
    }

    @Test("a restart queues what was on the wire, and sends it again")
    func restart() throws {
        var rig = try Rig()
        let sent = try #require(try rig.run([submitting(1)]).transfers.first)
        let started = try rig.restart()
        #expect(started.transfers.isEmpty)
        let again = try rig.run([.event(.linkUp(Rig.link(places: 64, number: 2)))])
        #expect(again.transfers.map(\.envelope) == [sent.envelope])
        #expect(again.transfers.map(\.link) == [LinkID(2)])
    }

    @Test("the next turn is wanted by the earliest timer, and after ten seconds at the latest")
    func wake() throws {
        var rig = try Rig()
        rig.pass(.seconds(60))
        #expect(try rig.run([]).wake == rig.tick + .seconds(10))
        let sent = try #require(try rig.run([submitting(1)]).transfers.first)
        let later = Answered(recipient: organisation("B"), answer: .later(after: .seconds(3)))
        #expect(try rig.run([.event(.attempted(sent.id, [later]))]).wake == rig.tick + .seconds(3))
        rig.pass(.seconds(3))
        #expect(try rig.run([]).transfers.count == 1)
    }

    @Test("more timers than one turn handles bring the next turn at once")
    func manyTimers() throws {
        var rig = try Rig()
        _ = try rig.run((1...300).map { submitting($0) })
        rig.pass(.hours(30 * 24 + 1))
        let first = try rig.run([])
        #expect(first.wake <= rig.tick)
        while try rig.run([]).wake <= rig.tick {}
        #expect(rig.ledger.disk.counts[.failed] == 300)
    }
}
