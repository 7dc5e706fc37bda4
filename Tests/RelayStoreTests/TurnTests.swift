// The production turn on the production store: what a restart finds and does.

import LedgerConformance
import RelayCore
import RelayEngine
import RelayStore
import RelayWire
import Testing

@Suite struct TurnTests {
    private let hub = Samples.relay("HUB")

    private func settings() -> Settings {
        Settings(
            relay: Samples.relay("HERE"), organisations: [Samples.organisation(0)],
            peers: [
                hub: PeerTerms(role: .hub, organisations: [], isDiallable: true)
            ], routes: RouteTable([RouteTable.everything: [hub]]))
    }

    private func moment(_ seconds: Int64, _ dice: UInt64 = 1) -> Moment {
        Moment(
            now: Samples.start + .seconds(seconds), tick: Tick(milliseconds: seconds * 1_000),
            dice: dice)
    }

    /// A turn of a run that begins at this second, after its first turn.
    private func begin(
        _ bench: StoreBench, at second: Int64, _ dice: inout Dice
    ) throws -> (Turn<LMDBLedger>, Outcome) {
        var turn = Turn(Node(settings(), at: moment(second)), on: bench.ledger)
        let outcome = try turn.start(at: moment(second)) { dice.next() }
        return (turn, outcome)
    }

    @Test("a submission survives a crash while it is handed over, and is handed over again")
    func restartResumes() throws {
        let bench = try StoreBench()
        var dice = Dice(seed: 1)
        let bytes = [UInt8](repeating: 7, count: 5_000)
        let envelope = Samples.envelope(1, to: [5], size: bytes.count, reference: "r")
        let submission = Samples.submission(like: envelope, key: "k")
        let piece = Piece(upload: submission.upload, offset: 0, bytes: bytes)
        let link = LinkUp(
            link: LinkID(1), peer: hub, isDialledHere: true, boot: 1, places: 8)

        var (turn, _) = try begin(bench, at: 0, &dice)
        let first = try turn.run(
            [.closing(piece, .submitted(submission)), .event(.linkUp(link))], at: moment(1)
        ) { dice.next() }
        let accepted = try #require(first.created)
        #expect(first.forwarded == [accepted.document])
        #expect(try bench.reader.counters().documents[.attempting] == 1)

        // The process is gone before an answer came.
        (turn, _) = try begin(restarted(bench, &turn), at: 10, &dice)
        #expect(try bench.reader.counters().documents[.queued] == 1)
        let second = try turn.run([.event(.linkUp(link))], at: moment(11)) { dice.next() }
        #expect(second.forwarded == [accepted.document])
        #expect(try bench.reader.piece(0, of: accepted.document) == bytes)

        // The application, too, asks again: it is the same document.
        let again = try turn.run(
            [.closing(piece, .submitted(submission))], at: moment(12)
        ) { dice.next() }
        #expect(again.actions.contains(.reply(submission.caller, .known(accepted))))
        let history = try bench.reader.history(of: accepted.document, limit: 10)
        #expect(history.happenings.map(\.what) == [.accepted, .returned])
        #expect(try bench.reader.checkCounts().isSound)
    }

    /// Closes and opens the store. The turn holds the former ledger, so it is replaced as well.
    private func restarted(
        _ bench: StoreBench, _ turn: inout Turn<LMDBLedger>
    ) throws -> StoreBench {
        let other = try StoreBench()
        turn = Turn(Node(settings(), at: moment(0)), on: other.ledger)
        _ = try bench.restart()
        return bench
    }

    @Test("a peer's upload that was cut goes on after a restart where it was")
    func uploadResumes() throws {
        let bench = try StoreBench()
        var dice = Dice(seed: 2)
        let envelope = Envelope(
            document: Samples.document(1), kind: .document, origin: hub,
            sender: Samples.organisation(5), recipients: [Samples.organisation(0)],
            size: UInt64(2 * Limits.pieceBytes + 9), digest: Samples.digest(1),
            submittedAt: Samples.start, expiresAt: Samples.start + .days(30))
        let offer = Offer(
            link: LinkID(1), peer: hub, transfer: 1, envelope: envelope,
            recipients: envelope.recipients, path: [hub], round: 1)
        let pieces = Samples.pieces(of: Samples.body(of: envelope), upload: offer.upload)

        var (turn, _) = try begin(bench, at: 0, &dice)
        let wanted = try turn.run([.event(.offered(offer))], at: moment(1)) { dice.next() }
        #expect(wanted.actions.contains(.want(offer, from: 0)))
        let stored = try turn.run([.piece(pieces[0])], at: moment(2)) { dice.next() }
        #expect(stored.stored == [pieces[0]])

        (turn, _) = try begin(restarted(bench, &turn), at: 10, &dice)
        let resumed = try turn.run([.event(.offered(offer))], at: moment(11)) { dice.next() }
        #expect(resumed.actions.contains(.want(offer, from: UInt64(Limits.pieceBytes))))
        #expect(try bench.reader.stagedPiece(0, of: offer.upload) == pieces[0].bytes)
        let done = try turn.run(
            [.piece(pieces[1]), .closing(pieces[2], .received(offer))], at: moment(12)
        ) { dice.next() }
        let answers = [Answered(recipient: Samples.organisation(0), answer: .accepted)]
        #expect(done.actions.contains(.answer(offer, answers)))
        let inbox = try bench.reader.inbox(of: Samples.organisation(0), limit: 5)
        #expect(inbox.deliveries.map(\.envelope) == [envelope])
        #expect(try bench.reader.checkCounts().isSound)
    }
}

extension Outcome {
    fileprivate var created: Envelope? {
        for case .reply(_, .created(let envelope)) in actions { return envelope }
        return nil
    }

    fileprivate var forwarded: [DocumentID] {
        actions.compactMap { (action) in
            if case .forward(let transfer) = action { transfer.envelope.document } else { nil }
        }
    }
}
