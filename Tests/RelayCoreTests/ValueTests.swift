import RelayCore
import Testing

@Suite("Time")
struct TimeTests {
    @Test("an instant at the end of time does not trap")
    func saturates() {
        let last = Instant(milliseconds: .max)
        let first = Instant(milliseconds: .min)
        #expect(last + .days(1) == last)
        #expect(first + .days(-1) == first)
        #expect(last - first == .milliseconds(.max))
        #expect(first - last == .milliseconds(.min))
        #expect(start + .seconds(2) - start == .seconds(2))
    }

    @Test("an offer with times at the end of 64 bits is answered, not a trap")
    func extremeEnvelope() {
        var bench = Bench(Net.settings("R-B"))
        bench.link("HUB-1", number: 1)
        for time: Int64 in [.max, .min, 0] {
            let envelope = Envelope(
                document: DocumentID(high: 1, low: 1), kind: .document, origin: relay("R-A"),
                sender: organisation("A"), recipients: [organisation("B")], size: 1,
                digest: digest(1), submittedAt: Instant(milliseconds: time),
                expiresAt: Instant(milliseconds: time))
            let offer = Net.offer(envelope, by: "HUB-1", path: ["R-A", "HUB-1"])
            #expect(bench.decide(.received(offer)).compactMap(\.answers).count == 1)
            #expect(bench.records.isEmpty)
        }
    }
}
