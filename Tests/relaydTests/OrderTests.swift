// Orders to a real daemon: on its own socket, by filter and under load, and over restarts.

import FoundationEssentials
import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite("Operators' orders")
struct OrderTests {
    /// Agency A that knows a hub which is not there: what is submitted stays queued.
    private func lonely(_ bench: Bench) async throws -> Daemon {
        var setup = Setup()
        let port = try FreePorts.take(1)[0]
        setup.peers.append(.init("H88.2", role: "hub", port: port))
        setup.routes.append("{to: \"*\", via: [H88.2]}")
        let a = try bench.relay("H99.1", setup)
        try await a.start()
        return a
    }

    private func submit(_ number: Int, to recipient: String, on a: Daemon) async throws
        -> DocumentID
    {
        var request = SubmitRequest(mediaType: "text/plain")
        request.sender = try organisation("H99.1")
        request.recipients = [try organisation(recipient)]
        request.idempotencyKey = "k\(number)"
        return try await a.client.submit(
            request, body: .init(bytes: Array("văn bản \(number)".utf8))
        )
        .answer.id
    }

    private func order(
        _ kind: QueueOrder.Kind, to destination: String, _ a: Daemon, dryRun: Bool = false
    ) async throws -> OrderAnswer {
        var order = QueueOrder(kind, reason: "thử")
        order.filter = QueueFilter(destination: OrganisationScope(destination))
        order.dryRun = dryRun
        order.confirm = "ALL"
        var whole: OrderAnswer?
        repeat {
            let part = try await a.operatorClient.order(order)
            order.after = part.next
            order.asOf = part.asOf
            whole?.merge(part)
            whole = whole ?? part
        } while order.after != nil
        return try #require(whole)
    }

    @Test("orders by filter change what they name, while documents come in, and nothing else")
    func filter() async throws {
        try await withBench { bench in
            let a = try await lonely(bench)
            for number in 0..<300 {
                _ = try await submit(number, to: number % 3 == 0 ? "H88.2.1" : "H88", on: a)
            }
            let trial = try await order(.hold, to: "H88.*", a, dryRun: true)
            #expect(trial.done == 300 && trial.dryRun && trial.rows.count == 2)
            #expect(try await a.client.counts().held == 0)
            async let more: Void = {
                for number in 300..<400 { _ = try await submit(number, to: "H88.3", on: a) }
            }()
            let held = try await order(.hold, to: "H88.2.*", a)
            try await more
            #expect(held.done == 100 && held.notPossible.isEmpty)
            #expect(held.rows.first?.destination.text == "H88.2.1")
            #expect(try await order(.hold, to: "H88.2.*", a).unchanged == 100)
            let counts = try await a.client.counts()
            #expect(counts.held == 100 && counts.queued == 300 && counts.balances)
            let released = try await order(.release, to: "H88.2.1", a)
            #expect(released.done == 100)
            #expect(try await order(.cancel, to: "H88.2.1", a).done == 100)
            let late = try await order(.cancel, to: "H88.2.1", a)
            #expect(late.done == 0 && late.unchanged == 0)
            #expect(try await a.client.counts().cancelled == 100)
        }
    }

    @Test("who gave an order and why stands in the document's history; applications are refused")
    func history() async throws {
        try await withBench { bench in
            let a = try await lonely(bench)
            let id = try await submit(1, to: "H88.2", on: a)
            var hold = QueueOrder(.hold, reason: "hỏi lại")
            hold.ids = [id]
            let problem = try await refusal { try await a.client.order(hold) }
            #expect(problem.kind == .forbidden && problem.detail.contains("operator.sock"))
            #expect(try await a.operatorClient.order(hold).done == 1)
            let last = try await a.client.document(id).history.last
            #expect(last?.what == "held")
            #expect(last?.detail?.hasPrefix("operator (uid ") == true)
            #expect(last?.detail?.hasSuffix("): hỏi lại") == true)
            let why = try #require(try await a.client.why(id).recipients.first)
            #expect(why.why == .held && why.act == .administrator && why.reason == "hỏi lại")
            var cancel = hold
            cancel.order = .cancel
            let unsaid = try await refusal { try await a.operatorClient.order(cancel) }
            #expect(unsaid.kind == .confirmationNeeded)
            var lost = hold
            lost.ids = [DocumentID(high: 1, low: 1), id]
            let answer = try await a.operatorClient.order(lost)
            #expect(answer.notFound == 1 && answer.unchanged == 1)
            var odd = QueueOrder(.reroute, reason: "x")
            odd.ids = [id]
            odd.via = RelayCode("HUB-9")
            #expect(try await refusal { try await a.operatorClient.order(odd) }.field == "via")
        }
    }

    @Test("an expired document is given up, and its application told why")
    func expire() async throws {
        try await withBench { bench in
            let a = try await lonely(bench)
            let id = try await submit(1, to: "H88.2", on: a)
            var expire = QueueOrder(.expire, reason: "nơi nhận đã giải thể")
            expire.ids = [id]
            expire.confirm = "ALL"
            #expect(try await a.operatorClient.order(expire).done == 1)
            try await until("the statement of failure") {
                (try? await a.client.receipt(id, kind: .failed)) != nil
            }
            let why = try #require(try await a.client.why(id).recipients.first)
            #expect(why.state == .failed && why.why == .ordered && why.act == .sender)
            #expect(why.reason?.contains("nơi nhận đã giải thể") == true)
        }
    }

    @Test("a pause outlives a restart, is shown wherever one looks, and ends at an order")
    func pause() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            let pause = PeerOrderRequest(.pause, reason: "bảo trì")
            #expect(try await a.operatorClient.order(pause, about: b.code).changed)
            #expect(try await !a.operatorClient.order(pause, about: b.code).changed)
            a.kill()
            try await a.start()
            try await bench.linked(a, to: b)
            let id = try await submit(1, to: "H88.2", on: a)
            let peer = try #require(try await a.client.peers().first)
            #expect(peer.order?.order == .pause && peer.order?.reason == "bảo trì")
            let health = try await a.client.health()
            #expect(!health.canForward && health.reasons.contains { $0.code == "peer-paused" })
            let why = try #require(try await a.client.why(id).recipients.first)
            #expect(why.why == .allPaused && why.act == .administrator)
            #expect(why.routes.first?.code == .paused)
            #expect(try await a.client.counts().queued == 1)
            let resume = PeerOrderRequest(.resume, reason: "xong")
            #expect(try await a.operatorClient.order(resume, about: b.code).changed)
            try await until("the document at B") {
                try await a.client.document(id).recipients.first?.state == .delivered
            }
        }
    }

    @Test("a drained link is closed and stays so, and comes back when it is resumed")
    func drain() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            let drain = PeerOrderRequest(.drain, reason: "thay máy")
            #expect(try await a.operatorClient.order(drain, about: b.code).changed)
            try await until("the link closed") {
                let peer = try await a.client.peers().first
                return peer?.state != .up && peer?.nextTryAt == nil
            }
            let resume = PeerOrderRequest(.resume, reason: "xong")
            #expect(try await a.operatorClient.order(resume, about: b.code).changed)
            try await bench.linked(a, to: b)
        }
    }
}
