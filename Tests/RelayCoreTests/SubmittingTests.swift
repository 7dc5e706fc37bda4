import RelayCore
import Testing

@Suite("Documents from applications")
struct SubmittingTests {
    private func agency() -> Bench { Bench(Net.settings("R-A")) }

    private func reply(_ bench: inout Bench, _ submission: Submission) -> Reply? {
        bench.decide(.submitted(submission)).compactMap(\.reply).first
    }

    @Test("the same key or reference with the same bytes is the same document")
    func repeated() throws {
        for (reference, key) in [("ref", ""), ("", "key"), ("ref", "key")] {
            var bench = agency()
            let envelope = try bench.submit(reference: reference, key: key)
            let again = reply(&bench, submission(reference: reference, key: key))
            #expect(again == .known(envelope))
            #expect(bench.records.count == 1)
        }
    }

    @Test("a document without key and reference is a new one each time")
    func anonymous() throws {
        var bench = agency()
        let first = try bench.submit()
        #expect(try bench.submit() != first)
    }

    @Test("other bytes under a used reference are refused, unless they are meant")
    func conflicting() throws {
        var bench = agency()
        let envelope = try bench.submit(digest: 1, reference: "ref")
        let other = submission(digest: 2, reference: "ref")
        #expect(reply(&bench, other) == .conflicting(envelope))
        #expect(bench.records.count == 1)
        #expect(bench.words(envelope) == [.accepted, .conflicting])
        let meant = try bench.submit(digest: 2, reference: "ref", isIntended: true)
        #expect(meant != envelope)
        // Both are remembered now.
        #expect(reply(&bench, other) == .known(meant))
        #expect(reply(&bench, submission(digest: 1, reference: "ref")) == .known(envelope))
    }

    @Test("the same bytes for other recipients under one reference contradict it")
    func otherRecipients() throws {
        var bench = agency()
        let envelope = try bench.submit(to: ["B", "C"], reference: "ref")
        let swapped = submission(to: ["C", "B"], reference: "ref")
        #expect(reply(&bench, swapped) == .known(envelope))
        #expect(
            reply(&bench, submission(to: ["B"], reference: "ref")) == .conflicting(envelope))
    }

    @Test("status messages of one reference are told apart by their bytes")
    func statusMessages() throws {
        var bench = agency()
        let first = try bench.submit(digest: 1, reference: "ref", kind: .status)
        let second = try bench.submit(digest: 2, reference: "ref", kind: .status)
        #expect(first != second)
        #expect(
            reply(&bench, submission(digest: 1, reference: "ref", kind: .status)) == .known(first))
    }

    @Test("without room nothing new is stored, and what is known is still known")
    func full() throws {
        var bench = agency()
        let envelope = try bench.submit(key: "one")
        bench.decide(.room(false))
        #expect(reply(&bench, submission(digest: 2, key: "two")) == .full)
        #expect(reply(&bench, submission(key: "one")) == .known(envelope))
        #expect(bench.records.count == 1)
        bench.decide(.room(true))
        #expect(reply(&bench, submission(digest: 2, key: "two")) != .full)
    }

    @Test("a document for several recipients has a delivery for each, and one body")
    func recipients() throws {
        var bench = agency()
        let envelope = try bench.submit(to: ["B", "C", "A"])
        #expect(bench.state(envelope, "B") == .queued)
        #expect(bench.state(envelope, "C") == .queued)
        #expect(bench.state(envelope, "A") == .delivered)
        #expect(bench.bodies == [envelope.document])
        #expect(Set(bench.records.values.map(\.sequence)).count == 3)
    }

    @Test("collecting is answered alike however often it is said, and signed once")
    func collected() throws {
        var bench = agency()
        let envelope = try bench.submit(to: ["A"])
        let key = DeliveryKey(document: envelope.document, recipient: organisation("A"))
        let collect = Event.collected(key, caller: CallerID(3))
        let first = bench.decide(collect)
        #expect(first.compactMap(\.reply) == [.done])
        #expect(first.compactMap(\.signing).map(\.statement.kind) == [.collected])
        let again = bench.decide(collect)
        #expect(again.compactMap(\.reply) == [.done])
        #expect(again.compactMap(\.signing).isEmpty)
    }

    @Test("what is not in an inbox here cannot be collected")
    func notHere() throws {
        var bench = agency()
        let envelope = try bench.submit(to: ["B"])
        for recipient in ["B", "C"] {
            let key = DeliveryKey(
                document: envelope.document, recipient: organisation(recipient))
            let actions = bench.decide(.collected(key, caller: CallerID(3)))
            #expect(actions.compactMap(\.reply) == [.notFound])
        }
    }
}

@Suite("Operators")
struct OperatorTests {
    private enum Order: CaseIterable {
        case hold
        case release
        case cancel
    }

    private func give(_ order: Order, _ key: DeliveryKey, _ bench: inout Bench) -> Reply? {
        let caller = CallerID(8)
        let event: Event =
            switch order {
            case .hold: .held(key, by: "an", reason: "why", caller: caller)
            case .release: .released(key, by: "an", reason: "why", caller: caller)
            case .cancel: .cancelled(key, by: "an", reason: "why", caller: caller)
            }
        return bench.decide(event).compactMap(\.reply).first
    }

    /// Agency A with one document to B in the state that the name says.
    private func bench(in state: StateName) throws -> (Bench, DeliveryKey) {
        var bench = Bench(Net.settings("R-A"))
        let envelope = try bench.submit()
        let key = DeliveryKey(document: envelope.document, recipient: organisation("B"))
        switch state {
        case .held: _ = give(.hold, key, &bench)
        case .cancelled: _ = give(.cancel, key, &bench)
        case .attempting, .relayed:
            bench.link("HUB-1", number: 1)
            let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
            if state == .relayed { bench.answer(transfer, .accepted) }
        case .failed:
            bench.pass(.days(30))
            bench.decide(.due(key))
        default: break
        }
        #expect(bench.records[key]?.state.name == state)
        return (bench, key)
    }

    @Test(
        "an order is carried out where the state allows it, and refused with the state elsewhere",
        arguments: [StateName.queued, .attempting, .held, .relayed, .failed, .cancelled])
    func orders(state: StateName) throws {
        let allowed: [StateName: Set<StateName>] = [
            .queued: [.held, .cancelled], .held: [.queued, .cancelled],
        ]
        for (order, next) in zip(Order.allCases, [StateName.held, .queued, .cancelled]) {
            var (bench, key) = try bench(in: state)
            let reply = give(order, key, &bench)
            if allowed[state]?.contains(next) ?? false {
                #expect(reply == .done)
                #expect(bench.records[key]?.state.name == next)
                #expect(bench.history.last?.detail == "an: why")
            } else {
                #expect(reply == .notPossible(state))
                #expect(bench.records[key]?.state.name == state)
            }
        }
    }

    @Test("an order for what is not there is answered so")
    func unknown() {
        var bench = Bench(Net.settings("R-A"))
        let key = DeliveryKey(document: DocumentID(high: 1, low: 1), recipient: organisation("B"))
        for order in Order.allCases { #expect(give(order, key, &bench) == .notFound) }
    }
}
