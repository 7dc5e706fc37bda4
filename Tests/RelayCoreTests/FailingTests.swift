// Deliveries that are given up, and the signed statement that tells the sender's application.

import RelayCore
import Testing

@Suite("Failing")
struct FailingTests {
    /// Agency A, which has sent a document to B by HUB-1 and heard nothing until its lifetime ended.
    private func expired(
        _ prepare: (inout Bench, Envelope) throws -> Void = { _, _ in }
    ) throws -> (bench: Bench, envelope: Envelope, key: DeliveryKey, actions: [Action]) {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit(from: "A", to: ["B"])
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(transfer, .accepted)
        try prepare(&bench, envelope)
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        bench.pass(envelope.expiresAt - bench.now)
        let actions = bench.decide(.due(key))
        return (bench, envelope, key, actions)
    }

    private func sign(_ action: Action?) throws -> Event {
        let signing = try #require(action?.signing)
        return .signed(
            SignedReceipt(
                statement: signing.statement, receipt: signing.receipt,
                upload: UploadID(signing.receipt), size: 50, digest: digest(0xEE)))
    }

    @Test("the end of the lifetime owes the sender a statement, in the same commit")
    func owed() throws {
        let (bench, envelope, key, actions) = try expired()
        let record = try #require(bench.records[key])
        #expect(record.state == .failed(reason: .expired, at: bench.now))
        #expect(record.failed == .owed(since: bench.now, again: bench.now + .seconds(5)))
        #expect(record.timer(retention: .days(3)) == bench.now + .seconds(5))
        let signing = try #require(actions.compactMap(\.signing).first)
        #expect(actions.compactMap(\.signing).count == 1)
        #expect(signing.statement.kind == .failed)
        #expect(signing.statement.speaksFor == organisation("A"))
        #expect(signing.statement.recipient == organisation("B"))
        #expect(signing.statement.at == bench.now && signing.statement.relay == relay("R-A"))
        #expect(
            signing.statement.failure
                == Receipt.Failure(
                    reason: .expired, custody: relay("HUB-1"), attempts: 1, rounds: 1,
                    expiresAt: envelope.expiresAt))
        #expect(bench.words(envelope) == [.accepted, .relayed, .failed])
    }

    @Test("it becomes a document for the sender, is verified here, and stays for thirty days")
    func made() throws {
        var (bench, envelope, key, actions) = try expired()
        let signed = try sign(actions.first { $0.signing != nil })
        let after = bench.decide(signed)
        guard case .made(let receipt, let at)? = bench.records[key]?.failed else {
            Issue.record("no statement was made")
            return
        }
        #expect(bench.words(envelope).last == .failureSigned)
        #expect(bench.receipts[ReceiptKey(delivery: key, kind: .failed)] == receipt)
        let document = try #require(bench.envelopes[receipt])
        #expect(document.kind == .receipt && document.sender == organisation("A"))
        #expect(document.recipients == [organisation("A")])
        #expect(after.compactMap(\.verifying).map(\.document) == [receipt])
        let statement = try #require(actions.compactMap(\.signing).first).statement
        bench.decide(.verified(.init(checked: statement, receipt: receipt)))
        #expect(bench.state(document, "A") == .collected)
        #expect(bench.state(envelope, "B") == .failed)
        #expect(bench.words(document).contains(.receiptRejected) == false)
        // Longer than the day that other records stay, and no longer than its own body.
        let record = try #require(bench.records[key])
        #expect(record.forgottenAt == at + .days(30))
        #expect(record.forgottenAt <= document.expiresAt + .days(1))
    }

    @Test("a signature that a crash has lost is asked for again, and made once")
    func again() throws {
        var (bench, envelope, key, actions) = try expired()
        let first = try #require(actions.compactMap(\.signing).first)
        bench.pass(.seconds(5))
        let repeated = bench.decide(.due(key))
        #expect(repeated.compactMap(\.signing).map(\.statement) == [first.statement])
        bench.decide(try sign(repeated.first { $0.signing != nil }))
        let made = bench.records[key]?.failed
        bench.decide(try sign(actions.first { $0.signing != nil }))
        #expect(bench.records[key]?.failed == made)
        #expect(bench.writes == [.discard(UploadID(first.receipt))])
        #expect(bench.words(envelope).filter { $0 == .failureSigned }.count == 1)
    }

    @Test("a receipt that comes before the statement is signed makes it void")
    func overtaken() throws {
        var (bench, envelope, key, actions) = try expired()
        let receipt = try receive(&bench, envelope)
        #expect(bench.state(envelope, "B") == .delivered)
        #expect(bench.records[key]?.failed == Delivery.Mark.none)
        bench.decide(try sign(actions.first { $0.signing != nil }))
        #expect(bench.receipts[ReceiptKey(delivery: key, kind: .failed)] == nil)
        #expect(bench.state(receipt, "A") == .collected)
    }

    @Test("a receipt that comes after it still proves the delivery, and both are kept")
    func late() throws {
        var (bench, envelope, key, actions) = try expired()
        bench.decide(try sign(actions.first { $0.signing != nil }))
        _ = try receive(&bench, envelope)
        #expect(bench.state(envelope, "B") == .delivered)
        #expect(bench.words(envelope).suffix(2) == [.failureSigned, .receiptVerified])
        for kind in [Receipt.Kind.failed, .received] {
            #expect(bench.receipts[ReceiptKey(delivery: key, kind: kind)] != nil)
        }
        #expect(try #require(bench.records[key]).forgottenAt > bench.now + .days(29))
    }

    /// B's receipt comes home.
    private func receive(_ bench: inout Bench, _ envelope: Envelope) throws -> Envelope {
        let receipt = Net.envelope(
            70, from: "R-B", sender: "B", to: ["A"], kind: .receipt, digest: 9,
            submittedAt: bench.now)
        bench.decide(.received(Net.offer(receipt, by: "HUB-1", path: ["R-B", "HUB-1"])))
        let statement = Receipt.Statement(
            kind: .received, document: envelope.document, sender: envelope.sender,
            recipient: organisation("B"), reference: envelope.reference, digest: envelope.digest,
            size: envelope.size, submittedAt: envelope.submittedAt, at: start,
            relay: relay("R-B"), path: ["R-A", "HUB-1"].map(relay))
        bench.decide(.verified(.init(checked: statement, receipt: receipt.document)))
        return receipt
    }

    @Test("a statement of failure from elsewhere proves nothing", arguments: [true, false])
    func foreign(signedHere: Bool) throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit(from: "A", to: ["B"])
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        let receipt = Net.envelope(
            70, from: "R-B", sender: "A", to: ["A"], kind: .receipt, digest: 9,
            submittedAt: bench.now)
        bench.decide(.received(Net.offer(receipt, by: "HUB-1", path: ["R-B", "HUB-1"])))
        let statement = Receipt.Statement(
            kind: .failed, document: envelope.document, sender: envelope.sender,
            recipient: organisation("B"), reference: envelope.reference, digest: envelope.digest,
            size: envelope.size, submittedAt: envelope.submittedAt, at: start,
            relay: relay(signedHere ? "R-A" : "R-B"), path: [],
            failure: Receipt.Failure(
                reason: .expired, custody: relay("R-A"), attempts: 0, rounds: 1,
                expiresAt: envelope.expiresAt))
        bench.decide(.verified(.init(checked: statement, receipt: receipt.document)))
        #expect(bench.state(receipt, "A") == .failed)
        #expect(bench.words(receipt).last == .receiptRejected)
        #expect(bench.state(envelope, "B") == .queued)
        #expect(bench.records[key]?.failed == Delivery.Mark.none)
    }

    @Test("neither a receipt nor a document on its way is stated to have failed")
    func others() throws {
        for (kind, path) in [(Envelope.Kind.receipt, ["R-A"]), (.document, ["R-A"])] {
            var hub = Bench(Net.settings("HUB-1"))
            hub.link("R-A", number: 1)
            let envelope = Net.envelope(kind: kind)
            hub.decide(.received(Net.offer(envelope, by: "R-A", path: path)))
            hub.pass(.days(31))
            let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
            #expect(hub.decide(.due(key)).compactMap(\.signing).isEmpty)
            #expect(hub.records[key]?.state.name == .failed)
            #expect(hub.records[key]?.failed == Delivery.Mark.none)
        }
        // A receipt of B's own that finds no way home.
        var bench = Bench(Net.settings("R-B"))
        bench.link("HUB-1", number: 1)
        let actions = bench.decide(
            .received(Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"])))
        bench.lose(number: 1)
        bench.decide(try sign(actions.first { $0.signing != nil }))
        let receipt = try #require(actions.compactMap(\.signing).first).receipt
        bench.pass(.days(31))
        let key = DeliveryKey(document: receipt, recipient: organisation("A"))
        #expect(bench.decide(.due(key)).compactMap(\.signing).isEmpty)
        #expect(bench.records[key]?.state.name == .failed)
    }

    @Test("what never left is in this relay's own custody; rounds and hand-overs are counted")
    func facts() throws {
        var bench = Bench(Net.settings("R-A"))
        let envelope = try bench.submit(from: "A", to: ["B"])
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        bench.pass(.days(30))
        let never = bench.decide(.due(key)).compactMap(\.signing).first?.statement.failure
        #expect(never?.custody == relay("R-A") && never?.attempts == 0)
        let (_, _, _, actions) = try expired { bench, envelope in
            let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
            bench.pass(.hours(2))
            bench.decide(.due(key))
            bench.lose(number: 1)
        }
        let twice = actions.compactMap(\.signing).first?.statement.failure
        #expect(twice?.custody == relay("HUB-1") && twice?.rounds == 2)
    }
}
