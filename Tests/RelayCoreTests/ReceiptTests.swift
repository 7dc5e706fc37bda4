// Receipts: owed, signed, sent home, believed or rejected, and repeated.

import RelayCore
import Testing

/// The receipt a bench is asked to sign, signed.
private func signed(
    _ signing: (statement: Receipt.Statement, receipt: DocumentID)
) -> Event {
    .signed(
        SignedReceipt(
            statement: signing.statement, receipt: signing.receipt,
            upload: UploadID(signing.receipt), size: 50, digest: digest(0xEE)))
}

@Suite("Receipts")
struct ReceiptTests {
    /// Agency B with a document from A in its inbox, and the receipt it is asked to sign.
    private func delivered() throws -> (
        bench: Bench, envelope: Envelope, key: DeliveryKey,
        signing: (statement: Receipt.Statement, receipt: DocumentID)
    ) {
        var bench = Bench(Net.settings("R-B"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        let envelope = Net.envelope()
        let actions = bench.decide(
            .received(Net.offer(envelope, by: "HUB-1", path: ["R-A", "HUB-1"])))
        let signing = try #require(actions.compactMap(\.signing).first)
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        return (bench, envelope, key, signing)
    }

    @Test("a signature that is not heard of is asked for again, ever more seldom")
    func signedAgain() throws {
        var (bench, _, key, first) = try delivered()
        var waits: [Interval] = []
        for _ in 0..<12 {
            let delivery = try #require(bench.records[key])
            let timer = try #require(delivery.timer(retention: .days(3)))
            waits.append(timer - bench.now)
            bench.pass(timer - bench.now)
            let again = try #require(bench.decide(.due(key)).compactMap(\.signing).first)
            #expect(again.statement == first.statement)
            #expect(again.receipt != first.receipt)
        }
        #expect(waits.first == .seconds(5))
        #expect(waits.last == .hours(1))
    }

    @Test("a second signature of the same receipt is thrown away")
    func signedTwice() throws {
        var (bench, _, key, first) = try delivered()
        bench.pass(.seconds(5))
        let second = try #require(bench.decide(.due(key)).compactMap(\.signing).first)
        bench.decide(signed(first))
        #expect(bench.records[key]?.received == .made(first.receipt, at: bench.now))
        bench.decide(signed(second))
        #expect(bench.records[key]?.received == .made(first.receipt, at: bench.now))
        #expect(bench.writes == [.discard(UploadID(second.receipt))])
        #expect(bench.receipts.count == 1)
    }

    /// Agency A, also serving A2, which has sent a document to B and waits for its receipt.
    private func waiting() throws -> (bench: Bench, envelope: Envelope) {
        var settings = Net.settings("R-A")
        settings.organisations.insert(organisation("A2"))
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit(from: "A", to: ["B"])
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(transfer, .accepted)
        return (bench, envelope)
    }

    /// B's statement about a document.
    private func statement(
        _ envelope: Envelope, _ kind: Receipt.Kind = .received, recipient: String = "B",
        digest other: SHA256Digest? = nil
    ) -> Receipt.Statement {
        Receipt.Statement(
            kind: kind, document: envelope.document, sender: envelope.sender,
            recipient: organisation(recipient), reference: envelope.reference,
            digest: other ?? envelope.digest, size: envelope.size,
            submittedAt: envelope.submittedAt, at: start, relay: relay("R-B"),
            path: ["R-A", "HUB-1"].map(relay))
    }

    /// A receipt document arrives, and its verification is asked for.
    private func arrive(
        _ bench: inout Bench, _ number: UInt64, to recipient: String = "A", round: UInt32 = 1
    ) -> Envelope {
        let receipt = Net.envelope(
            number, from: "R-B", sender: "B", to: [recipient], kind: .receipt, digest: 9,
            submittedAt: bench.now)
        let offer = Net.offer(receipt, by: "HUB-1", path: ["R-B", "HUB-1"], round: round)
        let actions = bench.decide(.received(offer))
        #expect(actions.compactMap(\.answers) == [[.accepted]])
        return receipt
    }

    @Test("a receipt addressed to another than the sender it speaks of is still settled")
    func wronglyAddressed() throws {
        var (bench, envelope) = try waiting()
        let receipt = arrive(&bench, 70, to: "A2")
        bench.decide(.verified(.init(checked: statement(envelope), receipt: receipt.document)))
        #expect(bench.state(receipt, "A2") == .collected)
        #expect(
            bench.record(receipt, "A2")?.timer(retention: .days(3)) ?? .init(milliseconds: 0)
                > bench.now + .days(1))
        let other = arrive(&bench, 71, to: "A2")
        bench.decide(
            .verified(
                .init(checked: statement(envelope, digest: digest(3)), receipt: other.document)))
        #expect(bench.state(other, "A2") == .failed)
    }

    @Test("a receipt for a document to somebody served here has an id of its own")
    func localIDs() throws {
        var settings = Net.settings("R-A")
        settings.organisations = [organisation("A"), organisation("A.1"), organisation("A.2")]
        var bench = Bench(settings)
        let actions = bench.decide(.submitted(submission(to: ["A.1", "A.2"])))
        let envelope = try #require(actions.compactMap(\.accepted).first)
        let ids = [envelope.document] + actions.compactMap(\.signing).map(\.receipt)
        #expect(ids.count == 3)
        #expect(Set(ids).count == 3)
    }

    @Test("a receipt becomes a document of its own, for the sender, in the same commit")
    func issued() throws {
        var (bench, envelope, key, signing) = try delivered()
        bench.decide(signed(signing))
        let receipt = try #require(bench.envelopes[signing.receipt])
        #expect(receipt.kind == .receipt)
        #expect(receipt.recipients == [organisation("A")])
        #expect(bench.state(receipt, "A") == .queued)
        #expect(bench.receipts[signing.statement.key] == signing.receipt)
        #expect(bench.words(envelope) == [.delivered, .receiptSigned])
        #expect(bench.records[key]?.timer(retention: .days(3)) == nil)
        // And asks for none itself, wherever it goes.
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(transfer, .accepted)
        guard case .relayed(_, _, due: nil)? = bench.record(receipt, "A")?.state else {
            Issue.record("a receipt waits for a receipt")
            return
        }
    }

    @Test("a believed receipt ends the wait in every state of the origin", arguments: 0...4)
    func believed(stage: Int) throws {
        var (bench, envelope) = try waiting()
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        switch stage {
        case 1, 2, 3:
            bench.pass(.hours(2))
            bench.decide(.due(key))
            if stage == 2 { bench.schedule() }
            if stage == 3 {
                bench.decide(
                    .ordered(key, Order(.cancel, by: "an", reason: "why"), caller: CallerID(1)))
            }
        case 4:
            bench.pass(.days(30))
            bench.decide(.due(key))
        default: break
        }
        let receipt = arrive(&bench, 50)
        bench.decide(.verified(.init(checked: statement(envelope), receipt: receipt.document)))
        #expect(bench.state(envelope, "B") == .delivered)
        #expect(bench.state(receipt, "A") == .collected)
        #expect(bench.receipts[statement(envelope).key] == receipt.document)
        #expect(bench.schedule().isEmpty)
        // An answer that is still under way is late now.
        for transfer in bench.node.active.keys {
            bench.decide(
                .attempted(
                    transfer, [Answered(recipient: organisation("B"), answer: .accepted)]))
        }
        #expect(bench.state(envelope, "B") == .delivered)
        #expect(bench.node.active.isEmpty)
    }

    @Test("receipts may come in either order, and twice")
    func bothReceipts() throws {
        for order in [[Receipt.Kind.received, .collected], [.collected, .received]] {
            var (bench, envelope) = try waiting()
            for (number, kind) in (order + order).enumerated() {
                let receipt = arrive(&bench, UInt64(50 + number))
                bench.decide(
                    .verified(
                        .init(checked: statement(envelope, kind), receipt: receipt.document)))
                #expect(bench.state(receipt, "A") == .collected)
            }
            #expect(bench.state(envelope, "B") == .collected)
            #expect(bench.words(envelope).filter { $0 == .receiptVerified }.count == 2)
            let first = DocumentID(high: 0x8000, low: 50)
            #expect(bench.receipts[statement(envelope, order[0]).key] == first)
        }
    }

    @Test("a receipt that says something else of the document proves nothing")
    func disagreeing() throws {
        var (bench, envelope) = try waiting()
        let receipt = arrive(&bench, 50)
        let lie = statement(envelope, digest: digest(0x77))
        bench.decide(.verified(.init(checked: lie, receipt: receipt.document)))
        #expect(bench.state(envelope, "B") == .relayed)
        #expect(bench.state(receipt, "A") == .failed)
        #expect(bench.words(receipt).last == .receiptRejected)
    }

    @Test("a receipt of somebody who was not written to proves nothing")
    func stranger() throws {
        var (bench, envelope) = try waiting()
        let receipt = arrive(&bench, 50)
        let strange = statement(envelope, recipient: "C")
        bench.decide(.verified(.init(checked: strange, receipt: receipt.document)))
        #expect(bench.state(envelope, "B") == .relayed)
        #expect(bench.state(receipt, "A") == .failed)
    }

    @Test("a receipt that was turned away is looked at again when it is repeated")
    func repeatedAfterRejection() throws {
        var (bench, envelope) = try waiting()
        let receipt = arrive(&bench, 50)
        let key = DeliveryKey(document: receipt.document, recipient: organisation("A"))
        bench.decide(.unverifiable(key, reason: "no issuer is trusted"))
        #expect(bench.state(receipt, "A") == .failed)
        let offer = Net.offer(receipt, by: "HUB-1", path: ["R-B", "HUB-1"], round: 2)
        let actions = bench.decide(.offered(offer))
        #expect(actions.compactMap(\.answers) == [[.accepted]])
        #expect(actions.compactMap(\.verifying) == [key])
        bench.decide(.verified(.init(checked: statement(envelope), receipt: receipt.document)))
        #expect(bench.state(envelope, "B") == .delivered)
        #expect(bench.state(receipt, "A") == .collected)
    }

    @Test("when the document comes again in a new round, the same receipt goes home again")
    func repeatedReceipt() throws {
        var (bench, envelope, _, signing) = try delivered()
        bench.decide(signed(signing))
        let receipt = try #require(bench.envelopes[signing.receipt])
        let first = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(first, .accepted)
        let again = Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2, round: 2)
        let actions = bench.decide(.offered(again))
        #expect(actions.compactMap(\.answers) == [[.accepted]])
        #expect(actions.compactMap(\.signing).isEmpty)
        let second = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(second.envelope == receipt)
        #expect(second.round == 2)
        #expect(second.link != first.link)
        #expect(bench.words(envelope) == [.delivered, .receiptSigned, .repeated])
        // The same round once more: nothing.
        bench.decide(.offered(again))
        #expect(bench.writes.isEmpty)
    }
}
