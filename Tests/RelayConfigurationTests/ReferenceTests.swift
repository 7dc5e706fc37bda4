// The example files and the reference say what the code does.

import Foundation
import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("The example files")
struct ExampleTests {
    private func example(_ name: String) throws -> Configuration {
        try Sample.configuration(
            try Repository.text("Config/\(name).yaml"), file: "/etc/tram/\(name).yaml")
    }

    @Test("the agency, the hub and the backup hub fit together")
    func fit() throws {
        let agency = try example("agency")
        let hubs = [try example("hub"), try example("backup-hub")]
        let everybody = try #require(OrganisationCode("K55.3"))

        // The agency goes by both hubs, prefers the first, and knows how to reach both.
        #expect(agency.settings.routes.hops(to: everybody) == hubs.map(\.relay.code))
        #expect(agency.listen.isEmpty)
        for hub in hubs {
            let atAgency = try #require(agency.peers.first { $0.code == hub.relay.code })
            #expect(atAgency.role == .hub && !atAgency.addresses.isEmpty)
            let port = try #require(hub.listen.first).port
            #expect(atAgency.addresses.allSatisfy { $0.port == port })

            // Each hub lets it in with just what it serves, and sends that to it first.
            let atHub = try #require(hub.peers.first { $0.code == agency.relay.code })
            #expect(atHub.role == .agency && atHub.addresses.isEmpty)
            #expect(Set(atHub.organisations) == Set(agency.relay.organisations))
            for organisation in agency.relay.organisations {
                #expect(hub.settings.routes.hops(to: organisation).first == agency.relay.code)
            }

            // What the agency accepts passes the hub, and is remembered there as long.
            #expect(hub.limits.documentSize >= agency.limits.documentSize)
            #expect(hub.limits.recipients >= agency.limits.recipients)
            #expect(hub.lifetime >= agency.lifetime)
        }

        // The hubs are each other's backup, for the same organisations.
        for (hub, other) in [(hubs[0], hubs[1]), (hubs[1], hubs[0])] {
            let peer = try #require(hub.peers.first { $0.code == other.relay.code })
            #expect(peer.role == .hub && !peer.addresses.isEmpty)
            #expect(hub.routes.allSatisfy { $0.via.last == other.relay.code })
            #expect(hub.routes.map(\.to) == other.routes.map(\.to))
        }

        // Whoever signs for an organisation is the relay that the hubs send its documents to.
        for speaker in agency.receipts.speakers {
            for case .code(let organisation) in speaker.organisations {
                let hop = hubs[0].settings.routes.hops(to: organisation).first
                #expect(hop.map(speaker.relays.contains) == true)
            }
        }
    }

    @Test("every key of the schema is explained in the agency's file")
    func complete() throws {
        let text = try Repository.text("Config/agency.yaml")
        for row in Schema.rows {
            let name = try #require(row.path.split(separator: ".").last).replacing("[]", with: "")
            #expect(text.contains("\(name):"), "\(row.path)")
        }
    }
}

@Suite("The reference")
struct ReferenceTests {
    private let reference: String

    init() throws { reference = try Repository.text("Docs/Configuration.md") }

    /// The examples in YAML, in order.
    private var examples: [String] {
        reference.components(separatedBy: "\n```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```\n").first.map { $0 + "\n" }
        }
    }

    /// The cells of the tables under a heading, outer bars included.
    private func rows(under heading: String) throws -> [[String]] {
        let text = try #require(reference.components(separatedBy: "\n\(heading)\n").last)
        let end = text.components(separatedBy: "\n##").first ?? text
        return end.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
    }

    @Test("the table of a calendar's keys and its schema say the same, in the same order")
    func calendarTable() throws {
        let rows = try rows(under: "### Deadlines").filter { $0.count == 7 }
        #expect(
            rows.map { $0[1...4].joined(separator: " | ") }
                == Schema.Calendar.rows.map {
                    "`\($0.path)` | \($0.type) | \($0.fallback) | \($0.bounds)"
                })
    }

    @Test("the table of keys and the schema say the same, in the same order")
    func table() throws {
        let rows = try rows(under: "## Keys")
        #expect(
            rows.map { $0[1...4].joined(separator: " | ") }
                == Schema.rows.map { "`\($0.path)` | \($0.type) | \($0.fallback) | \($0.bounds)" })
        for row in rows {
            // Between the outer bars stand six cells: the last two are the meaning and the version.
            #expect(row.count == 8 && !row[5].isEmpty && row[6].hasPrefix("0."), "\(row[1])")
        }
    }

    @Test("a file that writes out every default means the same as one without them")
    func defaults() throws {
        let inWords = [
            "required", "none", "relay.", "tls.", "api.", "for an agency", "Monday",
        ]
        let written = Schema.rows.filter { row in
            !row.path.contains("[]") && !inWords.contains { row.fallback.contains($0) }
        }
        #expect(written.count > 20)
        var lines: [String: String] = [:]
        for row in written {
            let names = row.path.split(separator: ".").map(String.init)
            lines[names[0], default: "\(names[0]):"] +=
                names.count > 1 ? "\n  \(names[1]): \(row.fallback)" : " \(row.fallback)"
        }
        // The section with required keys is in the minimal file already.
        let tls = try #require(lines["tls"]).dropFirst("tls:\n".count)
        lines["tls"] = nil
        let all = "\(tls)\n" + lines.values.joined(separator: "\n") + "\n"
        let given = try Sample.with(all)
        let plain = try Sample.with("")
        #expect(given.places.count > plain.places.count + 20)
        #expect(given.settings == plain.settings)
        #expect(given.store == plain.store && given.api == plain.api && given.tls == plain.tls)
        #expect(given.receipts == plain.receipts && given.retry == plain.retry)
        #expect(given.limits == plain.limits && given.submit == plain.submit)
        #expect(given.log == plain.log && given.listen == plain.listen)
        #expect(given.deadlines == plain.deadlines)
        #expect(given.peers == plain.peers && given.routes == plain.routes)
    }

    @Test("the whole file at the top is one")
    func minimal() throws {
        let text = try #require(examples.first)
        let configuration = try Sample.configuration(text)
        #expect(configuration.routes.first?.to == .any)
    }

    @Test("the example of errors shows what is said")
    func errors() throws {
        let text = try #require(examples.last)
        let answer = try #require(
            reference.components(separatedBy: "is answered by:\n\n```\n").last)
        let expected = try #require(answer.components(separatedBy: "\n```\n").first)
        guard case .failure(let errors) = Configuration.parse(text, file: "relay.yaml") else {
            Issue.record("the example has no errors")
            return
        }
        #expect(errors.description == expected)
    }
}
