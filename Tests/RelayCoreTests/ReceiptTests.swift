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
            number, from: "R-B", sender: "B", to: [recipient], kind: .receipt, digest: 9)
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
}
