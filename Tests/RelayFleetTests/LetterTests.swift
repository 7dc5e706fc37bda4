// What crosses a link, counted at its interface, and what a reload does to links that stay.

import RelayAPI
import RelayCore
import RelayFleet
import Testing

extension RealDaemons {
    @Suite("what crosses links", .enabled(if: Room.whyNot == nil, "\(Room.whyNot ?? "")"))
    struct LetterTests {
        @Test("a letter to ninety recipients by one hub crosses each link once")
        func letter() async throws {
            let offices = (1...90).map { "\(Fleet.codeB).\($0)" }
            try await OutageBench.run("letter to 90", offices: offices) { bench in
                let (a, b) = (bench.fleet.agencyA, bench.fleet.agencyB)
                let ways = [bench.cabled.fromAToHub1[0].one, bench.cabled.fromBToHub1[0].other]
                let before = try ways.map { try $0.room.bytes(on: $0.interface).sent }
                let size = 1 << 20
                let sample = try bench.sample(1, bytes: size)
                var request = sample.request
                request.recipients = offices.compactMap { OrganisationCode($0) }
                let answer = try await a.client.submit(
                    request, body: OutgoingBody(bytes: sample.bytes)
                ).answer
                try await bench.drained(atMost: .seconds(60))
                let sent = try zip(ways, before).map { end, before in
                    try end.room.bytes(on: end.interface).sent - before
                }
                let view = try await a.client.document(answer.id)
                #expect(view.recipients.count == 90)
                #expect(view.recipients.allSatisfy { $0.state == .delivered })
                #expect(try await bench.fleet.inbox(of: b).count == 90)
                try await bench.prove(inboxes: false)
                bench.show([
                    "recipients": 90, "letter_bytes": Int64(size),
                    "agency_to_hub_bytes": Int64(sent[0]), "hub_to_agency_bytes": Int64(sent[1]),
                ])
                // Headers, keep-alives, and the answers to ninety receipts come on top.
                for bytes in sent { #expect((size..<size * 2).contains(bytes)) }
            }
        }

        @Test("a reload that changes a route under load drops no link and loses nothing")
        func reload() async throws {
            try await OutageBench.run("reload under load") { bench in
                let a = bench.fleet.agencyA
                let text = try a.configuration()
                let began = Outages.now
                var (asked, moved) = (Outages.now, Outages.now)
                try await bench.underLoad {
                    try await Task.sleep(for: .seconds(1))
                    // A bad file changes nothing.
                    try a.configure(text.replacing("via: [HUB-1, HUB-2]", with: "via: [HUB-9]"))
                    a.hangUp()
                    try await Task.sleep(for: .seconds(1))
                    try a.configure(
                        text.replacing("via: [HUB-1, HUB-2]", with: "via: [HUB-2, HUB-1]"))
                    asked = Outages.now
                    #expect(
                        try a.deliveryLines()
                            .allSatisfy { $0.word != "relayed" || $0.relay == "HUB-1" })
                    a.hangUp()
                    moved = try await a.awaitHandOver(
                        to: "HUB-2", since: asked, atMost: .seconds(10))
                    try await Task.sleep(for: .seconds(2))
                }
                for hub in ["HUB-1", "HUB-2"] {
                    let downs = a.programLines("link down", peer: hub)
                    #expect(downs.allSatisfy { $0.at < began })
                }
                let late = try a.deliveryLines().count {
                    $0.word == "relayed" && $0.relay == "HUB-1" && $0.at > moved + .seconds(1)
                }
                #expect(late == 0)
                try await bench.prove()
                bench.show([
                    "moved_ms": (moved - asked).milliseconds,
                    "documents": Int64(bench.forward.accepted.count),
                ])
            }
        }
    }
}
