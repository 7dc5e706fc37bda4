// How free places on links are shared out among lanes, and among links.

import RelayCore
import Testing

@Suite("How places on links are shared out")
struct OpeningTests {
    /// Hub 1 with a link to each agency named; the number of the link is the place in the list.
    private func hub(
        _ agencies: [String], places: Int = 64, inFlightTotal: Int = 1_024
    ) -> Bench {
        var peers: [RelayCode: PeerTerms] = [:]
        var routes: [String: [RelayCode]] = [:]
        for agency in agencies {
            peers[relay("R-" + agency)] = PeerTerms(
                role: .agency, organisations: [organisation(agency)], isDiallable: true)
            routes[agency] = [relay("R-" + agency)]
        }
        var settings = Settings(
            relay: relay("HUB-1"), organisations: [organisation("H")], peers: peers,
            routes: RouteTable(routes))
        settings.inFlightTotal = inFlightTotal
        var bench = Bench(settings)
        for (number, agency) in agencies.enumerated() {
            bench.link("R-" + agency, number: UInt64(number + 1), places: places)
        }
        return bench
    }

    @Test("a lane is never passed over for long, whatever other turns come between")
    func noStarvation() throws {
        // One place, three lanes that always have more, and turns between that hand out nothing.
        var bench = agency(places: 1)
        for number in 0..<UInt8(60) {
            try bench.submit(to: [["B", "C", "D"][Int(number) % 3]], digest: number)
        }
        var served: [String: Int] = [:]
        for _ in 0..<30 {
            let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
            served[transfer.recipients[0].text, default: 0] += 1
            #expect(bench.schedule().isEmpty)
            bench.answer(transfer, .accepted)
        }
        #expect(served == ["B": 10, "C": 10, "D": 10])
    }

    /// Agency A with one link, to hub 1.
    private func agency(places: Int) -> Bench {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1, places: places)
        return bench
    }

    @Test("a lane whose urgent documents have gone is urgent no longer")
    func priorityFalls() throws {
        var bench = agency(places: 1)
        for number in 0..<UInt8(10) { try bench.submit(to: ["B"], digest: number) }
        try bench.submit(to: ["B"], digest: 20, priority: .express)
        try bench.submit(to: ["C"], digest: 21)
        var order: [String] = []
        for _ in 0..<4 {
            let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
            order.append(transfer.recipients[0].text)
            bench.answer(transfer, .accepted)
        }
        #expect(order[0] == "B")
        #expect(order[1...2].contains("C"))
    }

    @Test("an urgent document goes before older ones of its lane, and its lane before others")
    func urgentFirst() throws {
        var bench = agency(places: 1)
        try bench.submit(to: ["B"], digest: 1)
        try bench.submit(to: ["C"], digest: 2)
        let urgent = try bench.submit(to: ["C"], digest: 3, priority: .urgent)
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(transfer.envelope == urgent)
    }

    @Test("links that hold their places take none of the others' share")
    func slowLinks() throws {
        // Eight places in all; six links, five of them full of what never ends.
        let names = ["B", "C", "D", "E", "F", "G"]
        var bench = hub(names, inFlightTotal: 16)
        for number in 0..<UInt8(100) {
            try bench.submit(from: "H", to: [names[Int(number) % 5]], digest: number)
        }
        for _ in 0..<10 { bench.schedule() }
        try bench.submit(from: "H", to: ["G"], digest: 200)
        #expect(
            bench.schedule().compactMap(\.transfer).map(\.recipients) == [[organisation("G")]])
    }

    @Test("never more than the peer takes, nor than this relay allows")
    func bounds() throws {
        var bench = agency(places: 5)
        for number in 0..<UInt8(20) {
            try bench.submit(to: ["B"], digest: number, priority: .express)
        }
        #expect(bench.drain().count == 5)
        #expect(bench.schedule().isEmpty)
        #expect(bench.node.active.count == 5)
    }

    @Test("a peer without places is sent nothing")
    func noPlaces() throws {
        var bench = agency(places: 0)
        try bench.submit()
        #expect(bench.schedule().isEmpty)
    }
}
