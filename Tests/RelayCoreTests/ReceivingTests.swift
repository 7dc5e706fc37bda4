import RelayCore
import Testing

@Suite("Taking custody from peers")
struct ReceivingTests {
    private func agency() -> Bench {
        var bench = Bench(Net.settings("R-B"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        return bench
    }

    private func hub() -> Bench {
        var bench = Bench(Net.settings("HUB-1"))
        for (number, peer) in ["R-A", "HUB-2", "R-B"].enumerated() {
            bench.link(peer, number: UInt64(number + 1))
        }
        return bench
    }

    private func answers(_ bench: inout Bench, _ offer: Offer) -> [Answer]? {
        bench.decide(.received(offer)).compactMap(\.answers).first
    }

    @Test(
        "an offer that says something impossible is refused and leaves nothing",
        arguments: [
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"], to: ["B", "B"]),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"], to: ["C"]),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"], to: []),
            Net.offer(Net.envelope(), by: "HUB-1", path: []),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A"]),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-C", "HUB-1"]),
            Net.offer(
                Net.envelope(to: ["B", "C"], kind: .receipt), by: "HUB-1", path: ["R-A", "HUB-1"]),
            Net.offer(
                Net.envelope(lifetime: .days(4_000)), by: "HUB-1", path: ["R-A", "HUB-1"]),
        ])
    func malformed(offer: Offer) {
        var bench = agency()
        for event in [Event.offered(offer), .received(offer)] {
            let answers = bench.decide(event).compactMap(\.answers).flatMap { $0 }
            #expect(answers.allSatisfy { $0 == .refused(.malformed) })
            #expect(bench.records.isEmpty)
        }
    }

    @Test("an id that is known with another envelope is refused and reported")
    func conflict() {
        var bench = agency()
        let envelope = Net.envelope()
        #expect(
            answers(&bench, Net.offer(envelope, by: "HUB-1", path: ["R-A", "HUB-1"])) == [.accepted]
        )
        let other = Net.offer(
            Net.envelope(digest: 2), by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)
        let before = bench.records
        #expect(answers(&bench, other) == [.refused(.conflict)])
        #expect(bench.records == before)
        #expect(bench.words(envelope) == [.delivered, .conflicting])
        #expect(bench.history.last?.relay == relay("HUB-2"))
    }

    @Test("two hubs that have passed a document to each other do not both rely on the other")
    func noCircularCustody() throws {
        // Hub 1 has it from A and, B being away, passes it on to hub 2 ...
        var bench = hub()
        bench.lose(number: 3)
        let envelope = Net.envelope()
        #expect(answers(&bench, Net.offer(envelope, by: "R-A", path: ["R-A"])) == [.accepted])
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(transfer.link == LinkID(2))
        bench.answer(transfer, .accepted)
        // ... which had it from A as well, and passes that copy on to hub 1.
        let back = Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)
        #expect(answers(&bench, back) == [.accepted])
        let delivery = try #require(bench.record(envelope, "B"))
        #expect(delivery.state.name == .queued)
        #expect(delivery.path == ["R-A", "HUB-2"].map(relay))
        // Not to hub 2 again: it waits for B.
        #expect(bench.schedule().isEmpty)
        bench.link("R-B", number: 4)
        let onward = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(onward.link == LinkID(4))
        bench.answer(onward, .accepted)
        // Once B has it, a copy that comes late changes nothing.
        #expect(answers(&bench, back) == [.accepted])
        #expect(bench.writes == [.discard(UploadID(envelope.document))])
        #expect(bench.state(envelope, "B") == .relayed)
    }

    @Test("a document that is being handed to a hub is not taken from it at the same moment")
    func crossingOffers() throws {
        var bench = hub()
        bench.lose(number: 3)
        let envelope = Net.envelope()
        #expect(answers(&bench, Net.offer(envelope, by: "R-A", path: ["R-A"])) == [.accepted])
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        let crossing = Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)
        guard case .later(let after) = answers(&bench, crossing)?.first else {
            Issue.record("it was not put off")
            return
        }
        #expect(after >= .milliseconds(2_500) && after < .milliseconds(7_500))
        // The other side does the same; neither has lost it.
        bench.answer(transfer, .later(after: .seconds(3)))
        #expect(bench.state(envelope, "B") == .queued)
        #expect(answers(&bench, crossing) == [.accepted])
    }

    @Test("a body that is arriving is not asked for a second time, on another link or on the same")
    func arrivesOnce() {
        var bench = agency()
        let envelope = Net.envelope()
        let first = Net.offer(envelope, by: "HUB-1", path: ["R-A", "HUB-1"])
        #expect(bench.decide(.offered(first)).compactMap(\.wanted) == [0])
        for second in [
            first, Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2),
        ] {
            let actions = bench.decide(.offered(second))
            #expect(actions.compactMap(\.wanted).isEmpty)
            #expect(actions.compactMap(\.answers) == [[.later(after: .seconds(5))]])
        }
        bench.lose(number: 1)
        let again = Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)
        #expect(bench.decide(.offered(again)).compactMap(\.wanted) == [0])
    }

    @Test("the same offer again gets the same answer and writes nothing")
    func repeatedOffer() {
        var bench = agency()
        let envelope = Net.envelope()
        #expect(
            answers(&bench, Net.offer(envelope, by: "HUB-1", path: ["R-A", "HUB-1"]))
                == [.accepted])
        let record = bench.record(envelope, "B")
        let other = Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)
        let actions = bench.decide(.offered(other))
        #expect(actions.compactMap(\.answers) == [[.accepted]])
        #expect(actions.compactMap(\.wanted).isEmpty)
        #expect(bench.writes.isEmpty)
        #expect(bench.record(envelope, "B") == record)
        #expect(bench.words(envelope) == [.delivered])
    }

    @Test(
        "what may not pass is refused, and nothing is stored",
        arguments: [
            (
                Net.offer(Net.envelope(), by: "HUB-2", path: ["R-A", "HUB-1", "HUB-2"], link: 2),
                Refusal.loop
            ),
            (
                Net.offer(
                    Net.envelope(), by: "HUB-2",
                    path: ["R-A"] + (0..<15).map { "X\($0)" }
                        + ["HUB-2"], link: 2), .tooManyHops
            ),
            (Net.offer(Net.envelope(sender: "C"), by: "R-A", path: ["R-A"]), .senderNotPermitted),
            (
                Net.offer(Net.envelope(from: "R-C"), by: "R-A", path: ["R-C", "R-A"]),
                .senderNotPermitted
            ),
            (
                Net.offer(Net.envelope(from: "R-X", sender: "X"), by: "R-X", path: ["R-X"]),
                .senderNotPermitted
            ),
            (Net.offer(Net.envelope(size: 3 << 30), by: "R-A", path: ["R-A"]), .tooLarge),
            (
                Net.offer(Net.envelope(submittedAt: start + .days(-31)), by: "R-A", path: ["R-A"]),
                .expired
            ),
            (Net.offer(Net.envelope(to: ["Z"]), by: "R-A", path: ["R-A"]), .noRoute),
            // It has come from the only other hop there is.
            (
                Net.offer(
                    Net.envelope(from: "R-B", sender: "B", to: ["B"]), by: "HUB-2",
                    path: ["R-B", "HUB-2"], link: 2), .noRoute
            ),
        ])
    func refused(offer: Offer, refusal: Refusal) {
        var bench = hub()
        for event in [Event.offered(offer), .received(offer)] {
            let actions = bench.decide(event)
            #expect(actions.compactMap(\.answers) == [[.refused(refusal)]])
            #expect(bench.records.isEmpty && bench.envelopes.isEmpty && bench.bodies.isEmpty)
        }
    }

    @Test("without room a document is put off, and a receipt is taken")
    func full() {
        var bench = agency()
        bench.decide(.room(false))
        let document = Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"])
        #expect(answers(&bench, document) == [.busy(after: .seconds(5))])
        #expect(bench.records.isEmpty)
        let receipt = Net.offer(
            Net.envelope(2, kind: .receipt), by: "HUB-1", path: ["R-A", "HUB-1"])
        #expect(answers(&bench, receipt) == [.accepted])
        bench.decide(.room(true))
        #expect(answers(&bench, document) == [.accepted])
    }

    @Test("a body that is not what was announced is thrown away, and asked for again another time")
    func mismatch() {
        var bench = agency()
        let offer = Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"])
        bench.decide(.offered(offer))
        bench.staged[offer.envelope.document] = 50
        let failed = bench.decide(.offerFailed(offer, .digestMismatch))
        #expect(failed.compactMap(\.answers) == [[.refused(.digestMismatch)]])
        #expect(bench.staged.isEmpty)
        #expect(bench.decide(.offered(offer)).compactMap(\.wanted) == [0])
    }

    @Test("a body that was cut goes on where it stopped")
    func resume() {
        var bench = agency()
        let offer = Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"])
        bench.decide(.offered(offer))
        bench.staged[offer.envelope.document] = UInt64(Limits.pieceBytes)
        #expect(bench.decide(.offerFailed(offer, .cut)).isEmpty)
        let again = Net.offer(offer.envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)
        #expect(
            bench.decide(.offered(again)).compactMap(\.wanted) == [UInt64(Limits.pieceBytes)])
    }

    @Test(
        "a hub that has passed a document on does so again in a new round, with its body or a new one"
    )
    func newRoundInTransit() throws {
        for isBodyGone in [false, true] {
            var bench = hub()
            let envelope = Net.envelope()
            let first = Net.offer(envelope, by: "R-A", path: ["R-A"])
            #expect(answers(&bench, first) == [.accepted])
            let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
            bench.answer(transfer, .accepted)
            if isBodyGone {
                bench.pass(.days(3))
                bench.decide(
                    .due(DeliveryKey(document: envelope.document, recipient: organisation("B"))))
                #expect(bench.bodies.isEmpty)
            }
            let second = Net.offer(
                envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2, round: 2)
            let wanted = bench.decide(.offered(second)).compactMap(\.wanted)
            #expect(wanted.isEmpty == !isBodyGone)
            if isBodyGone { #expect(answers(&bench, second) == [.accepted]) }
            #expect(bench.bodies == [envelope.document])
            let again = try #require(bench.schedule().compactMap(\.transfer).first)
            #expect(again.round == 2)
            #expect(again.path == ["R-A", "HUB-2", "HUB-1"].map(relay))
        }
    }

    @Test("a new round finds a delivery that is still waiting here, and leaves it waiting")
    func newRoundWhileQueued() {
        var bench = hub()
        bench.lose(number: 2)
        bench.lose(number: 3)
        let envelope = Net.envelope()
        #expect(answers(&bench, Net.offer(envelope, by: "R-A", path: ["R-A"])) == [.accepted])
        let second = Net.offer(envelope, by: "R-A", path: ["R-A"], round: 2)
        #expect(answers(&bench, second) == [.accepted])
        #expect(bench.state(envelope, "B") == .queued)
        #expect(bench.record(envelope, "B")?.round == 2)
    }
}
