// What monitoring sees of real relays: every name is described, and the numbers are true.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite struct MetricsTests {
    @Test("the numbers of two relays agree with what was done, and with each other")
    func numbers() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            var ids: [DocumentID] = []
            for number in 0..<5 {
                ids.append(try await PlainFile(number, size: 300_000).submit(to: a).answer.id)
            }
            _ = try await refusal {
                try await PlainFile(9, size: 100).submit(to: a) {
                    $0.sender = OrganisationCode("X1")
                }
            }
            try await until("all receipts") { try await a.client.counts().delivered == 5 }
            _ = try await b.client.collect(ids[0])
            try await until("the second receipt") { try await a.client.counts().collected == 7 }

            let (atA, atB) = (try await scrape(a), try await scrape(b))
            for scrape in [atA, atB] { try balance(scrape) }
            let documents = ["class": "documents"]
            #expect(try atA.value("tram_accepted_total", documents) == 5)
            #expect(
                try atA.value("tram_deliveries", documents.merging(["state": "delivered"]) { $1 })
                    == 4)
            #expect(
                try atA.value("tram_deliveries", documents.merging(["state": "collected"]) { $1 })
                    == 1)
            #expect(try atA.value("tram_link_up", ["peer": "H88.2"]) == 1)
            #expect(try atA.value("tram_link_ups_total", ["peer": "H88.2"]) == 1)
            #expect(try atA.value("tram_peer_queued", ["peer": "H88.2"]) == 0)
            #expect(try atA.value("tram_queue_oldest_seconds") == 0)
            let out = ["peer": "H88.2", "direction": "out"]
            #expect(try atA.value("tram_peer_deliveries_total", out) == 5)
            // Six receipts came home.
            let home = ["peer": "H88.2", "direction": "in"]
            #expect(try atA.value("tram_peer_deliveries_total", home) == 6)
            let sent = try atA.value("tram_peer_sent_bytes_total", ["peer": "H88.2"])
            let received = try atB.value("tram_peer_received_bytes_total", ["peer": "H99.1"])
            #expect(sent > 1_500_000 && received > 1_500_000 && abs(sent - received) < 10_000)
            #expect(try atB.value("tram_happenings_total", ["what": "receipt-signed"]) == 6)
            #expect(try atA.value("tram_happenings_total", ["what": "receipt-verified"]) == 6)
            #expect(try atA.value("tram_happenings_total", ["what": "receipt-rejected"]) == 0)
            #expect(try atA.value("tram_events_total") == 6)
            #expect(
                try atA.value("tram_submissions_refused_total", ["problem": "forbidden"]) == 1)
            let commits = try atA.value("tram_store_commits_total")
            #expect(try atA.value("tram_turn_duration_seconds_count") >= commits)
            #expect(try atA.value("tram_store_flushes_total") == 2 * commits)
            #expect(commits > 0 && commits < 500)
            #expect(try atA.value("tram_store_body_bytes") > 1_500_000)
            #expect(try atA.value("tram_can_take_in") == 1)
            let build = try #require(atA.families["tram_build_info"]?.samples.first)
            #expect(build.labels["relay"] == "H99.1" && build.value == 1)
        }
    }

    private func scrape(_ daemon: Daemon) async throws -> Exposition {
        try Exposition(try await daemon.client.metrics())
    }

    /// The conservation law, as the alert rule has it.
    private func balance(_ scrape: Exposition) throws {
        for name in ["documents", "receipts"] {
            let states = scrape.families["tram_deliveries"]?.samples ?? []
            let sum = states.filter { $0.labels["class"] == name }.reduce(0) { $0 + $1.value }
            let forgotten = try scrape.value("tram_forgotten_total", ["class": name])
            #expect(
                try scrape.value("tram_accepted_total", ["class": name]) == sum + forgotten)
        }
    }

    @Test("what waits is counted by the hop that it waits for, or as without a route")
    func waiting() async throws {
        try await withBench { bench in
            let (a, _) = try await bench.pair(start: false)
            try await a.start()
            for number in 0..<3 {
                _ = try await PlainFile(number, size: 1_000).submit(to: a)
            }
            let waits = try await scrape(a)
            #expect(try waits.value("tram_peer_queued", ["peer": "H88.2"]) == 3)
            #expect(try waits.value("tram_unrouted_queued") == 0)
            #expect(try waits.value("tram_link_up", ["peer": "H88.2"]) == 0)
            let alone = try bench.relay("H99.9")
            try await alone.start()
            _ = try await PlainFile(1, size: 1_000).submit(to: alone)
            #expect(try await scrape(alone).value("tram_unrouted_queued") == 1)
        }
    }

    @Test("every metric is described in Docs/Metrics.md with its type, and alerts use no other")
    func described() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            _ = try await PlainFile(1, size: 1_000).submit(to: a)
            // Refused before the service sees it.
            _ = try await Raw.send(to: b, headers: ["Content-Length: 5"], body: [1, 2, 3, 4, 5])
            try await until("the receipt") { try await a.client.counts().delivered == 1 }
            var types: [String: String] = [:]
            for daemon in [a, b] {
                for (name, family) in try await scrape(daemon).families {
                    types[name] = family.type
                }
            }
            let manual = try Repository.text("Docs/Metrics.md")
            let described = manual.matches(of: /(?m)^\| `(tram_\w+)` \| (\w+)/)
            #expect(
                Dictionary(uniqueKeysWithValues: described.map { (String($0.1), String($0.2)) })
                    == types)
            let alerts = try Repository.text("Deploy/alerts.yaml")
            let used = alerts.matches(of: /tram_\w+/).map { String($0.0) }
            #expect(used.count >= 20)
            for name in used {
                let base = name.replacing(/_(bucket|sum|count)$/, with: "")
                #expect(types[name] ?? types[base] != nil, "\(name) does not exist")
            }
            let rules = alerts.split(separator: "- alert: ").count - 1
            #expect(alerts.matches(of: /(?m)^ +action: ".+"$/).count == rules)
            #expect(alerts.matches(of: /(?m)^ +summary: ".+"$/).count == rules)
        }
    }
}

private enum Repository {
    static func text(_ path: String) throws -> String {
        var root = URL(filePath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
