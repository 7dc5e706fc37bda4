// Orders at the command line: what they ask, what they refuse, what they say and how they end.

import ArgumentParser
import Foundation
import RelayAPI
import RelayCore
import Testing

@testable import relayctl

@Suite("Orders of relayctl")
struct OrderTests {
    private static let id = "\(StubRelay.id)"

    @Test("an order by filter goes on until it is carried out, and says what became of it")
    func filter() async throws {
        try await withBench { bench in
            bench.relay.change {
                $0.answer.done = 2
                $0.answer.bytes = 2_048
                $0.answer.rows = [
                    OrderRow(destination: code("H26.2"), state: .queued, count: 2, bytes: 2_048)
                ]
            }
            let outcome = try await bench.run(
                "queue", "hold", "--to", "H26.*", "--older-than", "2h", "--priority", "1",
                "--from", "H26.1", "--state", "queued", "--reason", "hỏng đường truyền")
            #expect(outcome.exit == nil && outcome.err.isEmpty)
            #expect(
                outcome.out == """
                    TO     WAS     COUNT     SIZE
                    H26.2  queued      4  4.0 KiB

                    4 held, 4.0 KiB.

                    """)
            let orders = bench.relay.read { $0.orders }
            #expect(orders.count == 2)
            #expect(orders.last?.after == "1~H26" && orders.last?.asOf != nil)
            let filter = try #require(orders.first?.filter)
            #expect(filter.destination == OrganisationScope("H26.*"))
            #expect(filter.olderThan == 7_200 && filter.priority == 1 && filter.state == .queued)
            #expect(filter.sender == code("H26.1"))
            #expect(orders.first?.reason == "hỏng đường truyền")
        }
    }

    @Test("ids come from the command line or from standard input, and all are read first")
    func ids() async throws {
        try await withBench { bench in
            var piped = bench
            piped.input = ["\(Self.id)  H26.2  queued", "", "  \(Self.id)"]
            let outcome = try await piped.run("queue", "release", "-", "--reason", "x")
            #expect(outcome.exit == nil)
            #expect(bench.relay.read { $0.orders.last?.ids } == [StubRelay.id, StubRelay.id])
            let count = bench.relay.read { $0.orders.count }
            piped.input = ["\(Self.id)", "ID  TO"]
            let broken = try await piped.run("queue", "release", "-", "--reason", "x")
            #expect(broken.exit == .badInput)
            #expect(broken.err.contains("line 2") && broken.err.contains("nothing was changed"))
            piped.input = []
            #expect(try await piped.run("queue", "hold", "-", "--reason", "x").exit == .badInput)
            #expect(bench.relay.read { $0.orders.count } == count)
            let many = try await bench.run(
                "queue", "hold", Self.id, "--recipient", "H26.2", "--reason", "x")
            #expect(many.exit == nil)
            #expect(bench.relay.read { $0.orders.last?.recipient } == code("H26.2"))
        }
    }

    @Test("more ids than one order takes are sent in several")
    func manyIDs() async throws {
        try await withBench { bench in
            var piped = bench
            piped.input = (0..<2_500).map { "\(DocumentID(high: 1, low: UInt64($0)))" }
            let outcome = try await piped.run("queue", "retry", "-", "--reason", "x")
            #expect(outcome.exit == nil)
            let sizes = bench.relay.read { $0.orders.map { $0.ids?.count ?? 0 } }
            #expect(sizes == [1_000, 1_000, 500])
        }
    }

    @Test(
        "what gives documents up, or leaves none out, needs ALL",
        arguments: [
            ["queue", "cancel", id, "--reason", "x"], ["queue", "expire", id, "--reason", "x"],
            ["queue", "hold", "--reason", "x"],
        ])
    func confirmation(arguments: [String]) async throws {
        try await withBench { bench in
            let alone = try await bench.runAll(arguments)
            #expect(alone.exit == .usage && alone.err.contains("--confirm ALL"))
            #expect(alone.err.contains("hint: --dry-run"))
            #expect(bench.relay.read { $0.orders.isEmpty })
            var asked = bench
            asked.answer = "all"
            let refused = try await asked.runAll(arguments)
            #expect(refused.exit == .negative && refused.err.contains("nothing was changed"))
            #expect(bench.relay.read { $0.orders.allSatisfy(\.dryRun) })
            asked.answer = "ALL"
            let agreed = try await asked.runAll(arguments)
            #expect(agreed.exit == nil && agreed.err.contains("Type ALL to go on"))
            #expect(bench.relay.read { $0.orders.last?.confirm } == "ALL")
            let said = try await bench.runAll(arguments + ["--confirm", "ALL"])
            #expect(said.exit == nil)
            let wrong = try await asked.runAll(arguments + ["--confirm", "all"])
            #expect(wrong.exit == .usage)
            let dry = try await bench.runAll(arguments + ["--dry-run"])
            #expect(dry.exit == nil && dry.out.contains("would be"))
        }
    }

    @Test("what was not possible is told one by one, and the status is 1")
    func notPossible() async throws {
        try await withBench { bench in
            bench.relay.change {
                $0.answer.notPossible = ["attempting": 1]
                $0.answer.notFound = 1
                $0.answer.unchanged = 2
                $0.answer.examples = [
                    OrderExample(
                        id: StubRelay.id, recipient: code("H26.2"), outcome: .notPossible,
                        state: .attempting)
                ]
            }
            let outcome = try await bench.run("queue", "hold", Self.id, "--reason", "x")
            #expect(outcome.exit == .negative)
            #expect(
                outcome.out.contains(
                    "0 held, 0 B; 2 were so already; 1 not possible: attempting; 1 not found."))
            #expect(outcome.out.contains("for H26.2: not possible, it is attempting"))
            let json = try await bench.run("queue", "hold", Self.id, "--reason", "x", json: true)
            let answer = try JSONDecoder().decode(OrderAnswer.self, from: Data(json.out.utf8))
            #expect(answer.notPossible == ["attempting": 1])
        }
    }

    @Test(
        "slips of the fingers are usage errors",
        arguments: [
            ["queue", "hold", id], ["queue", "hold", "1", "--reason", "x"],
            ["queue", "hold", id, "--reason", "  "], ["queue", "hold", id, "--reason", "a\nb"],
            ["queue", "hold", id, "--to", "H26", "--reason", "x"],
            ["queue", "hold", "--recipient", "H26", "--reason", "x"],
            ["queue", "hold", "--to", "H26.**", "--reason", "x"],
            ["queue", "hold", "--older-than", "2", "--reason", "x"],
            ["queue", "hold", "--older-than", "-2h", "--reason", "x"],
            ["queue", "hold", "--priority", "5", "--reason", "x"],
            ["queue", "list", "--state", "incoming"],
            ["queue", "reroute", id, "--reason", "x"],
            ["queue", "reroute", id, "--via", "A", "--avoiding", "B", "--reason", "x"],
            ["peer", "pause", "HUB 1", "--reason", "x"], ["peer", "pause", "HUB-1"],
        ])
    func usage(arguments: [String]) {
        #expect(throws: (any Error).self) { try Relayctl.parseAsRoot(arguments) }
    }

    @Test("an order about a peer says what is so now")
    func peers() async throws {
        try await withBench { bench in
            let pause = try await bench.run("peer", "pause", "HUB-1", "--reason", "x")
            #expect(pause.out == "HUB-1 is paused.\n" && pause.exit == nil)
            let again = try await bench.run("peer", "drain", "HUB-1", "--reason", "again")
            #expect(again.out == "HUB-1 was already drained.\n")
            let none = try await bench.run("peer", "resume", "HUB-9", "--reason", "x")
            #expect(none.exit == .negative && none.err.contains("HUB-9 is no peer"))
        }
    }

    @Test("who may not give orders is told who may, with the status 77")
    func permission() async throws {
        try await withBench { bench in
            var wrong = bench
            wrong.operatorSocketName = "s"
            let refused = try await wrong.run("queue", "hold", Self.id, "--reason", "x")
            #expect(refused.exit == .notPermitted)
            #expect(refused.err.contains("operator.sock"))
            #expect(refused.err.contains("hint: name the operators' socket"))
        }
    }

    @Test("the operators' socket stands beside the other one, unless it is named")
    func socket() throws {
        func place(_ arguments: [String], _ environment: [String: String]) throws -> String {
            let options = try OperatorOptions.parse(arguments.filter { !$0.hasPrefix("--s") })
            let connection = try ConnectionOptions.parse(arguments.filter { $0.hasPrefix("--s") })
            return "\(try options.address(beside: connection, environment: environment))"
        }
        #expect(try place([], [:]) == "socket /run/tram/operator.sock")
        #expect(try place([], ["TRAM_SOCKET": "/x/y.sock"]) == "socket /x/operator.sock")
        #expect(try place(["--socket=/a/b"], ["TRAM_SOCKET": "/x/y"]) == "socket /a/operator.sock")
        #expect(try place([], ["TRAM_OPERATOR_SOCKET": "/o"]) == "socket /o")
        #expect(
            try place(["--operator-socket=/p"], ["TRAM_OPERATOR_SOCKET": "/o"]) == "socket /p")
    }

    @Test("behind sudo the one who called it is named")
    func login() {
        #expect(OperatorOptions.loginName(environment: [:], user: "an") == "an")
        #expect(OperatorOptions.loginName(environment: ["SUDO_USER": "an"], user: "root") == "an")
        #expect(OperatorOptions.loginName(environment: [:], user: "root") == "root")
        #expect(OperatorOptions.loginName(environment: [:], user: "") == nil)
    }
}
