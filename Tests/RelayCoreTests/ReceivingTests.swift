import RelayCore
import Testing

@Suite("Taking custody from peers")
struct ReceivingTests {
    private func agency() -> Bench {
        var bench = Bench(Net.settings("R-B"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        return bench
    }

    private func hub() -> Bench {
        var bench = Bench(Net.settings("HUB-1"))
        for (number, peer) in ["R-A", "HUB-2", "R-B"].enumerated() {
            bench.link(peer, number: UInt64(number + 1))
        }
        return bench
    }

    private func answers(_ bench: inout Bench, _ offer: Offer) -> [Answer]? {
        bench.decide(.received(offer)).compactMap(\.answers).first
    }

    @Test(
        "an offer that says something impossible is refused and leaves nothing",
        arguments: [
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"], to: ["B", "B"]),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"], to: ["C"]),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A", "HUB-1"], to: []),
            Net.offer(Net.envelope(), by: "HUB-1", path: []),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-A"]),
            Net.offer(Net.envelope(), by: "HUB-1", path: ["R-C", "HUB-1"]),
            Net.offer(
                Net.envelope(to: ["B", "C"], kind: .receipt), by: "HUB-1", path: ["R-A", "HUB-1"]),
            Net.offer(
                Net.envelope(lifetime: .days(4_000)), by: "HUB-1", path: ["R-A", "HUB-1"]),
        ])
    func malformed(offer: Offer) {
        var bench = agency()
        for event in [Event.offered(offer), .received(offer)] {
            let answers = bench.decide(event).compactMap(\.answers).flatMap { $0 }
            #expect(answers.allSatisfy { $0 == .refused(.malformed) })
            #expect(bench.records.isEmpty)
        }
    }

    @Test("a body that is arriving is not asked for a second time, on another link or on the same")
    func arrivesOnce() {
        var bench = agency()
        let envelope = Net.envelope()
        let first = Net.offer(envelope, by: "HUB-1", path: ["R-A", "HUB-1"])
        #expect(bench.decide(.offered(first)).compactMap(\.wanted) == [0])
        for second in [
            first, Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2),
        ] {
            let actions = bench.decide(.offered(second))
            #expect(actions.compactMap(\.wanted).isEmpty)
            #expect(actions.compactMap(\.answers) == [[.later(after: .seconds(5))]])
        }
        bench.lose(number: 1)
        let again = Net.offer(envelope, by: "HUB-2", path: ["R-A", "HUB-2"], link: 2)
        #expect(bench.decide(.offered(again)).compactMap(\.wanted) == [0])
    }
}
