// Questions to the relay: documents, queue, inbox, health, and what does not exist.

import NIOCore
import RelayAPI
import RelayCore
import Testing

@Suite("Inspecting over the API", .timeLimit(.minutes(2)))
struct InspectTests {
    @Test("a document, its inbox entry and its receipt are found by its id")
    func document() async throws {
        try await withServer { harness in
            let client = harness.client
            let id = try await client.submit(
                SubmitTests.request("A"), body: OutgoingBody(bytes: Array("bytes".utf8))
            ).answer.id
            let view = try await client.document(id)
            #expect(view == harness.relay.read { $0.stored[0].view })
            #expect(try await client.inbox().entries.map(\.id) == [id])
            #expect(try await client.inbox(of: code("H26.9")).entries.isEmpty)
            #expect(try await client.receipt(id, kind: .received) == [0x30, 3, 2, 1, 1])
            let problem = try await refusal { try await client.receipt(id, kind: .collected) }
            #expect(problem.kind == .notFound)
            let collected = try await client.collect(id, recipient: code("H26.2"))
            #expect(collected.collectedAt == Instant(milliseconds: 1_000))
            #expect(try await client.collect(id) == collected)
            #expect(try await client.inbox().entries.isEmpty)
        }
    }

    @Test("a body comes whole, with its facts and its name")
    func body() async throws {
        try await withServer { harness in
            var request = SubmitTests.request("A")
            request.fileName = "Quyết định 5.pdf"
            let id = try await harness.client.submit(
                request, body: OutgoingBody(bytes: Array("bytes".utf8))
            ).answer.id
            var bytes: [UInt8] = []
            var announced: BodyFacts?
            let facts = try await harness.client.fetch(id) {
                announced = $0
            } take: {
                bytes += $0
            }
            #expect(bytes == Array("bytes".utf8))
            #expect(facts == announced)
            #expect(facts.fileName == "Quyết định 5.pdf")
            #expect(facts.mediaType == "application/pdf")
            #expect(facts.sha256 == harness.relay.read { $0.stored[0].sha256 })
        }
    }

    @Test("a body whose source fails, or ends early, never looks whole", arguments: [true, false])
    func brokenBody(fails: Bool) async throws {
        try await withServer { harness in
            let id = try await harness.client.submit(
                SubmitTests.request("A"), body: OutgoingBody(bytes: [1])
            ).answer.id
            harness.relay.change {
                $0.madeBodySize = 1_000_000
                $0.failsAfter = fails ? 300_000 : nil
            }
            if !fails { harness.relay.change { $0.shortBy = 10 } }
            await #expect {
                try await harness.client.fetch(id) { _ in }
            } throws: { error in
                guard case ClientError.cut = error else { return false }
                return true
            }
            #expect(try await harness.client.health().isHealthy)
        }
    }

    @Test("a document with several recipients needs one of them named")
    func recipientNeeded() async throws {
        try await withServer { harness in
            let id = try await harness.client.submit(
                SubmitTests.request("A", to: ["H26.2", "H26.3"]), body: OutgoingBody(bytes: [1])
            ).answer.id
            let problem = try await refusal { try await harness.client.fetch(id) { _ in } }
            #expect(problem.kind == .recipientNeeded)
            try await harness.client.fetch(id, recipient: code("H26.3")) { #expect($0 == [1]) }
        }
    }

    @Test("the queue is listed in pages, each entry once, though others come and go meanwhile")
    func paging() async throws {
        try await withServer { harness in
            harness.relay.change { $0.queue = (0..<50).map { Self.entry($0 * 2) } }
            var found: [DocumentID] = []
            var page = PageRequest(limit: 7)
            repeat {
                let part = try await harness.client.queue(page: page)
                found += part.entries.map(\.id)
                page.after = part.next
                let last = found.last
                harness.relay.change { state in
                    // One goes from before the cursor, one comes before it.
                    state.queue.removeFirst()
                    state.queue.append(Self.entry(1))
                    #expect(part.entries.count <= 7)
                    #expect(last != nil)
                }
            } while page.after != nil
            #expect(found == found.sorted())
            #expect(Set(found).count == found.count)
            #expect(found.count == 50)
        }
    }

    @Test("filters go through, and one with a slip in its name is refused")
    func filters() async throws {
        try await withServer { harness in
            harness.relay.change { $0.queue = (0..<4).map { Self.entry($0) } }
            let filter = QueueFilter(destination: OrganisationScope(code("H26.1")), state: .queued)
            #expect(try await harness.client.queue(filter).entries.count == 2)
            for (target, field) in [
                ("/v1/queue?destinaton=H26.1", "destinaton"), ("/v1/queue?state=lost", "state"),
                ("/v1/queue?limit=0", "limit"), ("/v1/queue?limit=1001", "limit"),
                ("/v1/queue?after=%20", "after"), ("/v1/queue?limit=1&limit=2", "limit"),
                ("/v1/routes?code=*", "code"), ("/v1/peers?x=1", "x"),
            ] {
                let answer = try await Self.get(harness, target)
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(target)")
                #expect(answer.contains("\"field\":\"\(field)\""), "\(target)")
            }
        }
    }

    @Test(
        "what is not there is 404, also for paths that are none",
        arguments: [
            "/", "/v1", "/v2/health", "/v1/documents/xyz", "/v1/health/", "/v1//health",
            "/v1/documents/00000000-0000-0001-0000-000000000009",
            "/v1/inbox/00000000-0000-0001-0000-000000000009/body",
            "/v1/documents/00000000-0000-0001-0000-000000000009/receipts/other",
        ])
    func notFound(target: String) async throws {
        try await withServer { harness in
            let answer = try await Self.get(harness, target)
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(answer.contains("urn:tram:problem:not-found"))
        }
    }

    @Test("health is 503 with its reasons when nothing can be sent")
    func health() async throws {
        try await withServer { harness in
            #expect(try await Self.get(harness, "/v1/health").hasPrefix("HTTP/1.1 200 "))
            harness.relay.change {
                $0.health.canForward = false
                $0.health.reasons = [Reason(code: "no-link", words: "No peer can be reached.")]
            }
            #expect(try await Self.get(harness, "/v1/health").hasPrefix("HTTP/1.1 503 "))
            let health = try await harness.client.health()
            #expect(!health.isHealthy)
            #expect(health.reasons.map(\.code) == ["no-link"])
        }
    }

    @Test("a trace is asked as it was meant, and a slip is refused")
    func traces() async throws {
        try await withServer { harness in
            let request = TraceRequest(
                code: code("H26.7"), timeout: 30, drill: DocumentID(high: 1, low: 2))
            #expect(try await harness.client.trace(request).to == code("H26.7"))
            #expect(harness.relay.read { $0.traces } == [request])
            for (query, field) in [
                ("", "code"), ("?code=H26&timeout=31", "timeout"),
                ("?code=H26&timeout=x", "timeout"),
                ("?code=H26&drill=7", "drill"), ("?code=H26&hops=3", "hops"),
            ] {
                let raw = try await harness.raw()
                try await raw.write(
                    "POST /v1/routes/trace\(query) HTTP/1.1\r\nContent-Length: 0\r\n"
                        + "Connection: close\r\n\r\n")
                let answer = try await raw.all()
                #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("\"\(field)\""))
            }
        }
    }

    @Test("shape, peers, routes and counts are the service's own")
    func others() async throws {
        try await withServer(tcp: true) { harness in
            let client = harness.client
            let queueShape = try await harness.relay.queueShape()
            #expect(try await client.queueShape() == queueShape)
            let forecast = try await harness.relay.queueForecast()
            #expect(try await client.queueForecast() == forecast)
            let peers = try await harness.relay.peers()
            #expect(try await client.peers() == peers)
            let routes = try await harness.relay.routes(for: nil)
            #expect(try await client.routes() == routes)
            #expect(try await client.routes(for: code("H26.7")).map(\.to) == ["H26.7"])
            #expect(try await client.counts().balances)
        }
    }

    @Test("metrics are the text that Prometheus reads, and OpenMetrics for who asks")
    func metrics() async throws {
        try await withServer { harness in
            #expect(try await harness.client.metrics() == Self.prometheus)
            let raw = try await harness.raw()
            try await raw.write(
                "GET /v1/metrics HTTP/1.1\r\nConnection: close\r\n"
                    + "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n\r\n")
            let answer = try await raw.all()
            #expect(answer.contains("application/openmetrics-text; version=1.0.0; charset=utf-8"))
            #expect(answer.contains("# TYPE tram_odd counter\n") && answer.hasSuffix("# EOF\n"))
            #expect(answer.contains(#"# HELP tram_odd A \\ \"help\"\nin two lines."#))
            let plain = try await Self.get(harness, "/v1/metrics")
            #expect(plain.contains("text/plain; version=0.0.4; charset=utf-8"))
            #expect(try await Self.get(harness, "/v1/metrics?x=1").hasPrefix("HTTP/1.1 400 "))
        }
    }

    private static let prometheus = #"""
        # HELP tram_odd_total A \\ "help"\nin two lines.
        # TYPE tram_odd_total counter
        tram_odd_total{peer="a\\b\"c\nd",direction="in"} 3
        tram_odd_total{peer="Huế",direction="out"} 4503599627370496
        # HELP tram_level A gauge.
        # TYPE tram_level gauge
        tram_level 0.25
        # HELP tram_odd Values that no meter shows.
        # TYPE tram_odd gauge
        tram_odd{value="inf"} +Inf
        tram_odd{value="minus"} -Inf
        tram_odd{value="nan"} NaN
        tram_odd{value="large"} 1e+300
        # HELP tram_time_seconds A histogram.
        # TYPE tram_time_seconds histogram
        tram_time_seconds_bucket{le="0.5"} 2
        tram_time_seconds_bucket{le="+Inf"} 3
        tram_time_seconds_sum 1.5
        tram_time_seconds_count 3

        """#

    @Test("a request for events comes as it was meant, and gone events are 410")
    func events() async throws {
        try await withServer { harness in
            var request = EventRequest(after: 7)
            request.limit = 100
            request.waitSeconds = 50
            request.what = ["failed", "receipt-verified"]
            let list = try await harness.client.events(request)
            #expect(list.next == 7 && list.oldest == 100 && list.last == 50)
            #expect(list.events.map(\.detail) == ["failed+receipt-verified"])
            #expect(try await harness.client.events() == ContractFixtures.events(EventRequest()))
            var problem = Problem(.gone, field: "after", "They are not kept.")
            problem.oldest = 12
            let gone = problem
            harness.relay.change { $0.refusal = gone }
            let answer = try await Self.get(harness, "/v1/events?after=3")
            #expect(answer.hasPrefix("HTTP/1.1 410 ") && answer.contains("\"oldest\":12"))
        }
    }

    @Test(
        "numbers out of their bounds are refused",
        arguments: [
            ("after=-1", "after"), ("after=x", "after"), ("after=9223372036854775808", "after"),
            ("wait=51", "wait"), ("wait=1.5", "wait"), ("limit=0", "limit"),
            ("limit=1001", "limit"), ("kind=failed", "kind"), ("after=", "after"),
        ])
    func eventBounds(query: String, field: String) async throws {
        try await withServer { harness in
            let answer = try await Self.get(harness, "/v1/events?\(query)")
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("\"field\":\"\(field)\""))
        }
    }

    static func entry(_ number: Int) -> QueueEntry {
        QueueEntry(
            id: DocumentID(high: 9, low: UInt64(number)), kind: .document, sender: code("H26.5"),
            destination: code("H26.\(number % 2)"), state: .queued, priority: 0, size: 10,
            queuedAt: Instant(milliseconds: 0), attempts: 0)
    }

    static func get(_ harness: Harness, _ target: String) async throws -> String {
        let raw = try await harness.raw()
        try await raw.write("GET \(target) HTTP/1.1\r\nConnection: close\r\n\r\n")
        return try await raw.all()
    }
}
