// What applications submit and collect, and what operators order.

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
    private func give(_ what: Order.What, _ key: DeliveryKey, _ bench: inout Bench) -> Reply? {
        let order = Order(what, by: "an", reason: "why")
        return bench.decide(.ordered(key, order, caller: CallerID(8)))
            .compactMap(\.reply).first
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

    private static let orders: [Order.What] = [
        .hold, .release, .retry, .reroute(.via(relay("HUB-2"))), .reroute(nil), .cancel, .expire,
    ]

    /// What becomes of a delivery in a state; nil when it stays as it is.
    private static func outcome(of order: Order.What, in state: StateName) -> (Reply, StateName?) {
        switch (order, state) {
        case (.hold, .queued): (.done, .held)
        case (.release, .held): (.done, .queued)
        case (.retry, .relayed): (.done, .queued)
        case (.reroute(.some), .queued), (.reroute(.some), .relayed): (.done, .queued)
        case (.reroute(.some), .held): (.done, .held)
        case (.cancel, .queued), (.cancel, .held): (.done, .cancelled)
        case (.expire, .queued), (.expire, .held), (.expire, .relayed): (.done, .failed)
        case (.hold, .held), (.release, .queued), (.retry, .queued), (.cancel, .cancelled),
            (.reroute(nil), .queued), (.reroute(nil), .held), (.reroute(nil), .relayed):
            (.unchanged, nil)
        default: (.notPossible(state), nil)
        }
    }

    @Test(
        "an order is carried out where the state allows it, and refused with the state elsewhere",
        arguments: [StateName.queued, .attempting, .held, .relayed, .failed, .cancelled])
    func orders(state: StateName) throws {
        for order in Self.orders {
            var (bench, key) = try bench(in: state)
            let before = try #require(bench.records[key])
            let lines = bench.history.count
            let (reply, next) = Self.outcome(of: order, in: state)
            #expect(give(order, key, &bench) == reply, "\(order)")
            if let next {
                #expect(bench.records[key]?.state.name == next, "\(order)")
                #expect(bench.history.last?.detail.hasPrefix("an: why") == true)
            } else {
                #expect(bench.records[key] == before, "\(order)")
                #expect(bench.history.count == lines)
            }
        }
    }

    @Test("an order that is given again changes nothing, and says so")
    func repeated() throws {
        let changing: [(Order.What, StateName)] = [
            (.hold, .queued), (.release, .held), (.retry, .relayed), (.cancel, .held),
            (.expire, .queued), (.reroute(.avoiding(relay("HUB-1"))), .queued),
        ]
        for (order, state) in changing {
            var (bench, key) = try bench(in: state)
            #expect(give(order, key, &bench) == .done)
            let after = bench.records[key]
            #expect(give(order, key, &bench) == .unchanged, "\(order)")
            #expect(bench.records[key] == after)
        }
    }

    @Test("an order for what is not there is answered so")
    func unknown() {
        var bench = Bench(Net.settings("R-A"))
        let key = DeliveryKey(document: DocumentID(high: 1, low: 1), recipient: organisation("B"))
        for order in Self.orders { #expect(give(order, key, &bench) == .notFound) }
    }
}
