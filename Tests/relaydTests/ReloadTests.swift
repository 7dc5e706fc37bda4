// Reloading with real daemons: under load, with bad files, and with renewed certificates.

import FoundationEssentials
import OpenSSL
import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite struct ReloadTests {
    @Test("SIGHUP again and again under load: links that stay are not dropped, nothing is lost")
    func underLoad() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            let spare = try FreePorts.take(1)[0]
            let plain = try String(contentsOfFile: a.configurationPath, encoding: .utf8)
            let extended = plain.replacing(
                "routes:",
                with: "  - {code: H77.7, role: hub, addresses: [\"127.0.0.1:\(spare)\"]}\nroutes:"
            ).replacing("via: [H88.2]", with: "via: [H88.2, H77.7]")
            var ids: Set<DocumentID> = []
            for number in 0..<40 {
                let size = number % 4 == 0 ? 900_000 : 20_000
                ids.insert(try await PlainFile(number, size: size).submit(to: a).answer.id)
                if number % 4 == 1 {
                    try a.configure(number % 8 == 1 ? extended : plain)
                    a.hangUp()
                    b.hangUp()
                }
            }
            try await until("all documents") {
                try await Set(b.client.inbox(page: PageRequest(limit: 100)).entries.map(\.id))
                    == ids
            }
            try await until("all receipts") { try await a.client.counts().delivered == 40 }
            for daemon in [a, b] {
                let lines = daemon.programLog.split(separator: "\n")
                #expect(lines.filter { $0.contains("link up") }.count == 1)
                #expect(!lines.contains { $0.contains("link down") })
                #expect(lines.contains { $0.contains("configuration reloaded") })
            }
            #expect(try await a.client.counts().balances)
        }
    }

    @Test("a document that waits without a route goes when the file gives it one")
    func routeForLimbo() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            let full = try String(contentsOfFile: a.configurationPath, encoding: .utf8)
            try a.configure(full.replacing("{to: \"*\",", with: "{to: H77,"))
            let view = try await a.operatorClient.reload()
            #expect(view.changes.map(\.key) == ["routes"] && view.atNextStart.isEmpty)
            let id = try await PlainFile(1, size: 5_000).submit(to: a).answer.id
            try await until("the reason") {
                try await a.client.document(id).recipients.first?.why?.code == "no-route"
            }
            try a.configure(full)
            _ = try await a.operatorClient.reload()
            try await until("the document") {
                try await b.client.inbox().entries.map(\.id) == [id]
            }
        }
    }

    @Test("a bad file is refused whole with all its errors, and what waits for a start is named")
    func badFile() async throws {
        try await withBench { bench in
            let (a, _) = try await bench.pair()
            let good = try String(contentsOfFile: a.configurationPath, encoding: .utf8)
            let started = try await a.client.configuration()
            #expect(started.file == a.configurationPath && started.changes.isEmpty)
            try a.configure(
                good.replacing("via: [H88.2]", with: "via: [H88.3]")
                    .replacing("base: 100 ms", with: "base: x") + "\nroute: []\n")
            let problem = try await refusal { try await a.operatorClient.reload() }
            #expect(problem.kind == .badConfiguration && problem.errors?.count == 3)
            let after = try await a.client.configuration()
            #expect(after.loadedAt == started.loadedAt && after.errors == problem.errors)
            for key in ["routes[0].via[0]", "retry.base", "route"] {
                #expect(problem.errors?.contains { $0.contains(" \(key): ") } == true, "\(key)")
                #expect(a.programLog.contains(" \(key): "), "\(key)")
            }
            #expect(try await a.client.routes().first?.via.map(\.relay.text) == ["H88.2"])

            let socket = a.socketPath
            try a.configure(
                good.replacing("socket: \(socket)", with: "socket: \(socket)2")
                    .replacing(
                        "limits: {documentSize: 64 MiB}", with: "limits: {documentSize: 64 KiB}")
                    + "\nlog: {level: debug}\n")
            let view = try await a.operatorClient.reload()
            #expect(view.atNextStart == ["api"])
            #expect(view.changes.map(\.key) == ["limits", "log.level"])
            #expect(view.refusedAt == nil)
            let large = try await refusal { try await PlainFile(1, size: 70_000).submit(to: a) }
            #expect(large.kind == .tooLarge)
        }
    }

    @Test("a renewed certificate is shown to the next link, and a key that does not fit is refused")
    func renewal() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair()
            let before = try await a.client.peers().first?.certificateExpiresAt
            let old = try Data(contentsOf: URL(filePath: b.directory + "/cert.pem"))
            // A new key, and a certificate that holds longer, in the same files.
            try bench.site.certify(
                b,
                CertificateAuthority.Request(
                    name: "H88.2", uris: ["tram:H88.2"], notBefore: Site.now - 60,
                    notAfter: Site.now + 1_000_000))
            let renewed = try Data(contentsOf: URL(filePath: b.directory + "/cert.pem"))
            #expect(renewed != old)
            try old.write(to: URL(filePath: b.directory + "/cert.pem"))
            let problem = try await refusal { try await b.operatorClient.reload() }
            #expect(problem.kind == .badConfiguration && problem.detail.contains("key"))
            try renewed.write(to: URL(filePath: b.directory + "/cert.pem"))
            _ = try await b.operatorClient.reload()
            #expect(try await a.client.peers().first?.state == .up)
            #expect(!b.programLog.contains("link down"))
            a.terminate()
            try await a.start()
            try await bench.linked(a, to: b)
            #expect(try await a.client.peers().first?.certificateExpiresAt != before)
        }
    }
}
