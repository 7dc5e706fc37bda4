// Submissions that come again, that answer another document, and that go to several recipients.

import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite struct SubmissionTests {
    @Test("a repeated submission gets its first answer, after a kill too")
    func repeated() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1")
            try await relay.start()
            let letter = Letter(id: "L-7")
            let file = try PlainFile(1, size: 400_000)
            let first = try await letter.submit(to: relay)
            let second = try await file.submit(to: relay) { $0.idempotencyKey = "key-1" }
            guard case .created = first, case .created = second else {
                throw FleetError("a first submission was known already")
            }
            for kills in [false, true] {
                if kills {
                    relay.kill()
                    try await relay.start()
                }
                #expect(try await letter.submit(to: relay) == .known(first.answer))
                #expect(
                    try await file.submit(to: relay) { $0.idempotencyKey = "key-1" }
                        == .known(second.answer))
            }
            #expect(try await relay.client.counts().accepted == 2)
            #expect(relay.terminate() == 0)
            #expect(try !StoredState(of: relay).hasUploads)
        }
    }

    @Test("other bytes under the same name are refused, unless they are meant")
    func conflicting() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1")
            try await relay.start()
            let first = try await Letter(id: "L-8", text: "one").submit(to: relay).answer
            let other = Letter(id: "L-8", text: "two")
            let refused = try await refusal { try await other.submit(to: relay) }
            #expect(refused.kind == .conflict && refused.status == 409)
            #expect(refused.earlier == first.id)
            let meant = try await other.submit(to: relay) { $0.again = true }
            guard case .created(let answer) = meant else {
                throw FleetError("meant, and not created")
            }
            #expect(answer.id != first.id)
            let history = try await relay.client.document(first.id).history
            #expect(history.contains { $0.what == "conflicting" })
            #expect(try await relay.client.counts().accepted == 2)
        }
    }

    @Test("a status message goes its way and answers its document")
    func status() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            let message = Letter(status: "03", from: "H99.1", to: "H88.2", respondsTo: "L-9")
            let later = Letter(status: "06", from: "H99.1", to: "H88.2", respondsTo: "L-9")
            let id = try await message.submit(to: a).answer.id
            // Another status of the same document contradicts nothing.
            _ = try await later.submit(to: a)
            try await until("both messages") {
                try await b.client.inbox().entries.count == 2
            }
            let entry = try #require(try await b.client.inbox().entries.first { $0.id == id })
            #expect(entry.kind == .status && entry.documentId == "L-9")
            try await until("the receipts") {
                try await a.client.counts().delivered == 2
            }
        }
    }

    @Test("each of several recipients gets it and gives its receipts, here and elsewhere")
    func recipients() async throws {
        try await withBench { bench in
            var (setupA, setupB) = (Setup(), Setup())
            setupA.organisations = ["H99.1", "H99.2"]
            setupA.speakers = [
                "{organisations: [H88.3], relays: [H88.2]}",
                "{organisations: [H99.2], relays: [H99.1]}",
            ]
            setupB.organisations = ["H88.2", "H88.3"]
            let (a, b) = try await bench.pair(a: setupA, b: setupB)
            let all = ["H88.2", "H88.3", "H99.2"]
            let letter = Letter(to: all, text: String(repeating: "long ", count: 100_000))
            let id = try await letter.submit(to: a).answer.id
            try await until("a receipt of each") {
                try await a.client.document(id).recipients.allSatisfy { $0.state == .delivered }
            }
            // Without a name it is not clear whose copy is meant.
            let unclear = try await refusal { try await b.client.collect(id) }
            #expect(unclear.kind == .recipientNeeded)
            for code in all {
                let recipient = try organisation(code)
                let home = code == "H99.2" ? a : b
                var bytes: [UInt8] = []
                try await home.client.fetch(id, recipient: recipient) { bytes += $0 }
                #expect(bytes == letter.bytes)
                _ = try await home.client.collect(id, recipient: recipient)
            }
            try await until("the second receipt of each") {
                try await a.client.document(id).recipients.allSatisfy { $0.state == .collected }
            }
            for code in all {
                for kind in [ReceiptKind.received, .collected] {
                    let der = try await a.client.receipt(
                        id, recipient: organisation(code), kind: kind)
                    #expect(!der.isEmpty)
                }
            }
            #expect(try await a.client.counts().balances)
            #expect(try await b.client.counts().balances)
        }
    }

    @Test("a document without a route waits, and is shown as such")
    func noRoute() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1")
            try await relay.start()
            let id = try await PlainFile(1, size: 5_000, to: ["X1.5"]).submit(to: relay).answer.id
            let recipient = try #require(try await relay.client.document(id).recipients.first)
            #expect(recipient.state == .queued && recipient.why?.code == "no-route")
            let entry = try #require(try await relay.client.queue().entries.first)
            #expect(entry.id == id && entry.why?.code == "no-route")
            #expect(try await relay.client.queueShape().rows.first?.total == 1)
            #expect(try await relay.client.routes(for: organisation("X1.5")).isEmpty)
            relay.kill()
            try await relay.start()
            #expect(try await relay.client.document(id).recipients.first?.why?.code == "no-route")
        }
    }
}
