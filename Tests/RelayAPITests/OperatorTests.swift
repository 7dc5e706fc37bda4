// Orders: only on the operators' socket, from somebody who is known, read strictly.

import FoundationEssentials
import Glibc
import RelayAPI
import RelayCore
import Testing

@Suite("orders")
struct OperatorTests {
    private static let id = DocumentID(high: 1, low: 2)

    private static var order: QueueOrder {
        var order = QueueOrder(.hold, reason: "hỏi lại người gửi")
        order.ids = [id]
        return order
    }

    @Test("an order on the operators' socket reaches the relay, with who gave it")
    func given() async throws {
        try await withServer { harness in
            let client = RelayClient(
                .unix(path: harness.operatorSocketPath), operatorName: "nguyễn an")
            defer { client.close() }
            let answer = try await client.order(Self.order)
            #expect(answer.done == 1)
            // The same API is there too.
            #expect(try await client.health().isHealthy)
            let given = try #require(harness.relay.read { $0.orders.first })
            #expect(given.order == Self.order)
            #expect(given.giver.words == "nguyễn an (uid \(getuid()))")
        }
    }

    @Test("an order about a peer, and one that is none")
    func peers() async throws {
        try await withServer { harness in
            let client = RelayClient(.unix(path: harness.operatorSocketPath))
            defer { client.close() }
            let pause = PeerOrderRequest(.pause, reason: "bảo trì")
            let answer = try await client.order(pause, about: relay("HUB-1"))
            #expect(answer == .init(peer: relay("HUB-1"), order: .pause, changed: true))
            do {
                _ = try await client.order(pause, about: relay("HUB-2"))
                Issue.record("it was taken")
            } catch ClientError.problem(let problem) {
                #expect(problem.kind == .notFound)
            }
            do {
                _ = try await harness.client.order(pause, about: relay("HUB-1"))
                Issue.record("it was taken")
            } catch ClientError.problem(let problem) {
                #expect(problem.kind == .forbidden)
            }
        }
    }

    @Test("who states no name is known by the user that the kernel saw")
    func nameless() async throws {
        try await withServer { harness in
            let client = RelayClient(.unix(path: harness.operatorSocketPath))
            defer { client.close() }
            _ = try await client.order(Self.order)
            let given = try #require(harness.relay.read { $0.orders.first })
            #expect(given.giver.words == "uid \(getuid())")
        }
    }

    @Test(
        "applications are refused an order, on their socket and with the token",
        arguments: [
            false, true,
        ])
    func applications(tcp: Bool) async throws {
        try await withServer(tcp: tcp) { harness in
            do {
                _ = try await harness.client.order(Self.order)
                Issue.record("it was taken")
            } catch ClientError.problem(let problem) {
                #expect(problem.kind == .forbidden && problem.status == 403)
                #expect(problem.detail.contains(harness.operatorSocketPath))
            }
            #expect(harness.relay.read { $0.orders.isEmpty })
        }
    }

    @Test("the operators' socket is for its owner, and both sockets are gone after the stop")
    func files() async throws {
        let (one, other) = try await withServer { harness in
            let found = try FileManager.default.attributesOfItem(
                atPath: harness.operatorSocketPath)
            #expect(found[.posixPermissions] as? Int == 0o600)
            return (harness.socketPath, harness.operatorSocketPath)
        }
        #expect(one != other)
        #expect(!FileManager.default.fileExists(atPath: one))
        #expect(!FileManager.default.fileExists(atPath: other))
    }

    @Test(
        "an order that makes no sense is refused with the key that is at fault",
        arguments: [
            (#"{"order":"hold"}"#, "reason"),
            (#"{"order":"stop","reason":"x"}"#, "order"),
            (#"{"order":"hold","reason":"  "}"#, "reason"),
            (#"{"order":"hold","reason":"a\nb"}"#, "reason"),
            (#"{"order":"hold","reason":"x","ids":[]}"#, "ids"),
            (#"{"order":"hold","reason":"x","ids":["1"]}"#, "ids.Index 0"),
            (#"{"order":"hold","reason":"x","filter":{"priority":5}}"#, "filter.priority"),
            (
                #"{"order":"hold","reason":"x","filter":{"destination":"H26.**"}}"#,
                "filter.destination"
            ),
            (#"{"order":"hold","reason":"x","recipient":"H26"}"#, "recipient"),
            (#"{"order":"hold","reason":"x","via":"HUB-1"}"#, "via"),
            (#"{"order":"reroute","reason":"x"}"#, "via"),
            (#"{"order":"reroute","reason":"x","via":"HUB-1","avoiding":"HUB-2"}"#, "via"),
            (#"{"order":"hold","reason":"x","filter":{"to":"H26"}}"#, "filter"),
            (#"{"order":"hold","reason":"x","dry-run":true}"#, nil), ("[]", nil), ("{", nil),
        ] as [(String, String?)])
    func nonsense(body: String, field: String?) throws {
        do {
            _ = try APICoding.order(QueueOrder.self, from: Data(body.utf8))
            Issue.record("it was read: \(body)")
        } catch let problem {
            #expect(problem.kind == .invalidRequest)
            #expect(problem.field == field, "\(problem.detail)")
        }
    }

    @Test("every order comes back from its JSON, and what is dangerous needs the word")
    func roundTrip() throws {
        for kind in QueueOrder.Kind.allCases {
            var order = QueueOrder(kind, reason: "vì mất liên lạc")
            var filter = QueueFilter(destination: OrganisationScope("H26.*"), state: .held)
            filter.priority = 3
            filter.sender = code("H26.1")
            filter.olderThan = 3_600
            order.filter = filter
            if kind == .reroute { order.via = relay("HUB-2") }
            order.after = "12~H26.1"
            order.asOf = Instant(milliseconds: 1)
            let data = try APICoding.encode(order)
            #expect(try APICoding.order(QueueOrder.self, from: data) == order)
            #expect(order.needsConfirmation == (kind == .cancel || kind == .expire))
            order.filter = QueueFilter()
            #expect(order.needsConfirmation)
            order.dryRun = true
            #expect(!order.needsConfirmation)
        }
    }

    @Test("an order that is no JSON, or too large, is refused")
    func form() async throws {
        try await withServer { harness in
            let raw = try await RawConnection.open(unix: harness.operatorSocketPath)
            try await raw.write(
                "POST /v1/queue/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            #expect(try await raw.wait(for: "}").contains("HTTP/1.1 415"))
            let large = try await RawConnection.open(unix: harness.operatorSocketPath)
            let body = String(repeating: " ", count: 70_000)
            try await large.write(
                "POST /v1/queue/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 70000\r\n\r\n\(body)")
            #expect(try await large.wait(for: "}").contains("HTTP/1.1 413"))
        }
    }
}
