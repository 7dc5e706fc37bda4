// Each command against a running server: what it prints, where, and how it ends.

import Foundation
import RelayAPI
import RelayCore
import Testing

@testable import relayctl

@Suite("The commands of relayctl", .timeLimit(.minutes(2)))
struct CommandTests {
    @Test("submit sends the file with what was said, and prints the id")
    func submit() async throws {
        try await withBench { bench in
            let path = "\(bench.folder)/Công văn.pdf"
            try Data(StubRelay.body).write(to: URL(fileURLWithPath: path))
            let outcome = try await bench.run(
                "submit", path, "--to", "H26.2", "--to", "H26.3", "--sender", "H26.1",
                "--priority", "3", "--document-id", "12/CV", "--key", "k1", "--again")
            #expect(outcome.out == "\(StubRelay.id)  queued  to H26.2, H26.3\n")
            #expect(outcome.err.isEmpty && outcome.exit == nil)
            let request = try #require(bench.relay.read { $0.request })
            #expect(request.recipients == [code("H26.2"), code("H26.3")])
            #expect(request.sender == code("H26.1"))
            #expect(request.priority == 3)
            #expect(request.documentId == "12/CV")
            #expect(request.idempotencyKey == "k1")
            #expect(request.again)
            #expect(request.size == 100_000)
            #expect(request.fileName == "Công văn.pdf")
            #expect(request.mediaType == "application/pdf")
        }
    }

    @Test("a submission that is known is said on stderr, and the answer is the same")
    func known() async throws {
        try await withBench { bench in
            let path = "\(bench.folder)/a.edxml"
            try Data("<edXML/>".utf8).write(to: URL(fileURLWithPath: path))
            bench.relay.change { $0.isKnown = true }
            let outcome = try await bench.run("submit", path, json: true)
            #expect(outcome.err == "This was submitted before.\n")
            let answer = try JSONDecoder().decode(
                SubmitAnswer.self, from: Data(outcome.out.utf8))
            #expect(answer.id == StubRelay.id)
            #expect(bench.relay.read { $0.request?.isEdXML } == true)
        }
    }

    @Test(
        "what the relay refuses ends with the status that says what to do",
        arguments: [
            (Problem.Kind.malformedDocument, Exit.badInput), (.tooLarge, .badInput),
            (.conflict, .negative), (.notFound, .negative), (.internalError, .negative),
            (.forbidden, .notPermitted), (.unauthorized, .notPermitted),
            (.tooManyUploads, .tryAgain), (.stopping, .tryAgain), (.storeFull, .tryAgain),
        ])
    func refusals(kind: Problem.Kind, exit: Exit) async throws {
        try await withBench { bench in
            var problem = Problem(kind, "The element From has no OrganId.")
            problem.line = 12
            problem.column = 3
            let sent = problem
            bench.relay.change { $0.problem = sent }
            let outcome = try await bench.run("document", "show", "\(StubRelay.id)")
            #expect(outcome.exit == exit)
            #expect(outcome.out.isEmpty)
            #expect(outcome.err.contains("(line 12, column 3): The element From"))
            #expect(outcome.err.contains("\nhint: try again in") == (kind.retryAfter != nil))
            let json = try await bench.run("document", "show", "\(StubRelay.id)", json: true)
            #expect(json.err.contains("\"type\" : \"\(kind.urn)\""))
        }
    }

    @Test("without a relay every command says how to look for it, and ends with 69")
    func unreachable() async throws {
        try await withBench { bench in
            let absent = Bench(
                relay: bench.relay, socket: "\(bench.folder)/absent", folder: bench.folder)
            for arguments in [["health"], ["counts"], ["peers", "list"], ["queue", "shape"]] {
                let outcome = try await absent.runAll(arguments)
                #expect(outcome.exit == .unreachable)
                #expect(outcome.out.isEmpty)
                #expect(
                    outcome.err.contains(
                        "hint: is relayd running? try: systemctl status relayd; socket "
                            + "\(bench.folder)/absent"))
            }
        }
    }

    @Test("document show tells each recipient's state and reason, and the history, in local time")
    func documentShow() async throws {
        try await withBench { bench in
            let out = try await bench.run("document", "show", "\(StubRelay.id)").out
            #expect(
                out == """
                    Document   0190f3c5-6f1a-8abc-9def-0123456789ab
                    Kind       document, new
                    Name       H26.1,2026/03/02,12/QĐ-UBND
                    Sender     H26.1
                    Priority   2 thượng khẩn
                    File       Quyết định.pdf
                    Type       application/pdf
                    Size       12.1 KiB (12345 bytes)
                    SHA-256    \(Samples.digest)
                    Origin     AGENCY-A
                    Submitted  1970-01-01 07:00:00 +07:00
                    Expires    1970-01-31 07:00:00 +07:00 (in 29 d 23 h)

                    To        H26.2
                    State     queued
                    At        AGENCY-A
                    Why       HUB-1 cannot be reached. (link-down)
                    Next try  1970-01-01 08:00:12 +07:00 (in 12 s)
                    Next hop  HUB-1
                    Attempts  3, round 1

                    To         H26.3
                    State      collected
                    Attempts   1, round 1
                    Received   1970-01-01 07:00:01 +07:00, receipt verified
                    Collected  1970-01-01 07:00:02 +07:00, receipt verified

                    History
                    TIME                        WHAT      RECIPIENT  PEER   DETAIL
                    1970-01-01 07:00:00 +07:00  accepted  -          -
                    1970-01-01 07:00:00 +07:00  returned  H26.2      HUB-1  connection refused

                    """)
            let json = try await bench.run("document", "show", "\(StubRelay.id)", json: true).out
            let view = try JSONDecoder().decode(DocumentView.self, from: Data(json.utf8))
            #expect(view == Samples.document)
        }
    }

    @Test("queue list takes page after page up to its limit, and says when there is more")
    func queueList() async throws {
        try await withBench { bench in
            bench.relay.change { $0.entries = 2_500 }
            let some = try await bench.run("queue", "list", "--limit", "1200")
            #expect(some.out.split(separator: "\n").count == 1_201)
            #expect(some.err == "These are the first 1200; there are more (--limit, --all).\n")
            let all = try await bench.run("queue", "list", "--all", json: true)
            let page = try JSONDecoder().decode(QueuePage.self, from: Data(all.out.utf8))
            #expect(page.entries.count == 2_500)
            #expect(page.next == nil && all.err.isEmpty)
            bench.relay.change { $0.entries = 0 }
            let none = try await bench.run("queue", "list")
            #expect(none.out.isEmpty)
            #expect(none.err == "Nothing is waiting.\n")
        }
    }

    @Test("shape, inbox, peers and routes are tables that people can read")
    func tables() async throws {
        try await withBench { bench in
            #expect(
                try await bench.run("queue", "shape").out == """
                    TO     TOTAL  <1min  <5min  <15min  <1h  <4h  <1d  <7d  OLDER  OLDEST
                    H26.2      3      1      .       .    .    1    .    .      1  8 d 3 h

                    """)
            #expect(
                try await bench.run("routes", "show").out == """
                    TO     NOW  VIA    STATE  WHY
                    H26.*       HUB-1  down   The connection was refused.
                           →    HUB-2  up

                    """)
            let peers = try await bench.run("peers", "list").out.split(separator: "\n")
            #expect(peers.count == 3)
            #expect(peers[1].contains("10.0.0.1:7400, 10.1.0.1:7400  in 5 s"))
            #expect(peers[1].hasSuffix("The connection was refused. (refused)"))
            let inbox = try await bench.run("inbox", "list").out
            #expect(inbox.contains("\(StubRelay.id)  H26.2  H26.1  document"))
            #expect(inbox.hasSuffix("97.7 KiB  1970-01-01 07:00:00 +07:00  -    12/CV-Sở TT&TT\n"))
        }
    }

    @Test("the forecast shows the worst first, and ends with 1 when something is late")
    func forecast() async throws {
        try await withBench { bench in
            let outcome = try await bench.run("queue", "forecast")
            #expect(outcome.exit == .negative)
            #expect(
                outcome.out == """
                    TO     QUEUED  COURSE    PER SECOND  LAST LEAVES  FIRST DUE      LATE  MISSED
                    H26.2      12  stalled         0.00  -            10 min ago       12       3
                    H26.1     240  draining        2.04  in 2 min     in 1 h 30 min     0       0

                    """)
            #expect(outcome.err.contains("12 of 252 miss their deadline, 3 have already"))
            let json = try await bench.run("queue", "forecast", json: true)
            #expect(json.out.contains("\"drainPerSecond\" : 2.04"))
            let late = try await bench.run("queue", "list", "--late")
            #expect(late.err == "Nothing is late.\n")
        }
    }

    @Test("where there is no route, routes show says so and ends with 1")
    func noRoute() async throws {
        try await withBench { bench in
            let outcome = try await bench.run("routes", "show", "H99")
            #expect(outcome.exit == .negative)
            #expect(outcome.err.contains("there is no route to H99"))
        }
    }

    @Test("a trace is a tree, with silence and what is down in their places")
    func trace() async throws {
        try await withBench { bench in
            let outcome = try await bench.run("routes", "trace", "H26.2")
            #expect(outcome.exit == nil)
            #expect(
                outcome.out == """
                    RELAY           NOW  STATE          RTT     CLOCK  FOR IT  QUEUED  HEALTH            BALANCE  VERSION  WHY
                    AGENCY-A             here                               2      12  ok                ok       1.0
                    ├─ HUB-1             down                                                                              The connection was refused.
                    └─ HUB-2        →    answered     12 ms  +1500 ms       7      17  takes nothing in  ok       1.0
                       ├─ AGENCY-B  →    destination  24 ms     -3 ms       0      10  ok                ok       1.0
                       └─ HUB-1          silent

                    H26.2 is reached

                    """)
            let json = try await bench.run("routes", "trace", "H26.2", json: true).out
            for key in [
                "to", "startedAt", "reaches", "steps", "relay", "path", "state", "isChosen",
                "isDestination", "at", "roundTripMilliseconds", "clockOffsetMilliseconds",
                "waiting", "queued", "takesIn", "forwards", "version", "documents", "receipts",
                "balances", "why",
            ] { #expect(json.contains("\"\(key)\" :"), "\(key)") }
            let none = try await bench.run("routes", "trace", "H99")
            #expect(none.exit == .negative && none.out.contains("no way reaches H99"))
        }
    }

    @Test("health ends with 0 or 1, and shows the reasons either way")
    func health() async throws {
        try await withBench { bench in
            let well = try await bench.run("health")
            #expect(well.exit == nil)
            #expect(well.out.contains("Forwards       yes"))
            bench.relay.change {
                $0.health.canForward = false
                $0.health.reasons = [Reason(code: "no-link", words: "No peer can be reached.")]
            }
            let ill = try await bench.run("health")
            #expect(ill.exit == .negative)
            #expect(ill.out.contains("Because        No peer can be reached. (no-link)"))
            let counts = try await bench.run("counts")
            #expect(counts.exit == nil)
            #expect(counts.out.contains("accepted = the sum of all states"))
        }
    }

    @Test("events are one line each, filtered and paged, and what is gone is said")
    func events() async throws {
        try await withBench { bench in
            let all = try await bench.run("events")
            #expect(all.out.split(separator: "\n").count == 10)
            #expect(
                all.out.hasPrefix(
                    "3  1970-01-01 07:00:00 +07:00  receipt-verified  \(StubRelay.id)  for H26.2"))
            let failed = try await bench.run("events", "--after", "5", "--kind", "failed")
            #expect(failed.out.split(separator: "\n").count == 4)
            #expect(failed.out.hasSuffix("(12/CV)  - lifetime ended without a receipt\n"))
            let some = try await bench.run("events", "--limit", "2")
            #expect(some.err.contains("--after 4"))
            let json = try await bench.run("events", "--after", "11", json: true)
            #expect(json.out.contains("\"next\" : 12") && json.out.contains("\"last\" : 12"))
            let none = try await bench.run("events", "--after", "12")
            #expect(none.out.isEmpty && none.exit == nil)
            let gone = try await bench.run("events", "--after", "0")
            #expect(gone.exit == .negative && gone.err.contains("--after 2"))
        }
    }

    @Test("config check lists what is wrong and ends with 65")
    func configCheck() async throws {
        try await withBench { bench in
            let path = "\(bench.folder)/relay.yaml"
            try Data("relay: 5\n".utf8).write(to: URL(fileURLWithPath: path))
            let outcome = try await bench.run("config", "check", path)
            #expect(outcome.exit == .badInput)
            #expect(outcome.out.contains("\(path):1:"))
        }
    }
}
