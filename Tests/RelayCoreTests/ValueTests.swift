// Times, lanes, routes, ids and codes.

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

@Suite("Lanes")
struct LaneTests {
    @Test(
        "a lane's text reads back as the lane",
        arguments: [
            Lane(to: organisation("H26.1.2")),
            Lane(to: organisation("B"), excluding: [relay("HUB-2"), relay("HUB-1")]),
            Lane(to: organisation("B"), avoiding: relay("HUB-1")),
            Lane(to: organisation("B"), excluding: [relay("R-A")], avoiding: relay("HUB-1")),
            Lane(
                to: organisation("B"), excluding: [relay("R-A")], preferring: relay("HUB-2"),
                avoiding: relay("HUB-1")),
        ])
    func roundTrip(lane: Lane) {
        #expect(Lane(lane.description) == lane)
    }

    @Test("equal sets of excluded hops are one lane")
    func order() {
        let one = Lane(to: organisation("B"), excluding: [relay("X"), relay("Y")])
        #expect(one == Lane(to: organisation("B"), excluding: [relay("Y"), relay("X")]))
        #expect(one.description == "B -X -Y")
    }

    @Test(
        "what is no lane is not read as one",
        arguments: [
            "", " ", "B ", "B X", "B -", "B ~", "B ~X ~Y", "B ~X -Y", "-X", "B  -X", "B +X +Y",
            "B ~X +Y", "B +X -Y", "B =X",
        ])
    func malformed(text: String) {
        #expect(Lane(text) == nil)
    }
}

@Suite("Routes")
struct RouteTests {
    private let table = RouteTable([
        "H26": [relay("P")], "H26.1": [relay("D")], "H26.1.2": [relay("C")], "*": [relay("X")],
    ])

    @Test(
        "the longest prefix of whole groups decides",
        arguments: [
            ("H26.1.2", "H26.1.2"), ("H26.1.2.9", "H26.1.2"), ("H26.1.20", "H26.1"),
            ("H26.1", "H26.1"), ("H26.2", "H26"), ("H26", "H26"), ("H260", "*"), ("K", "*"),
            ("K.26", "*"),
        ])
    func longestPrefix(code: String, entry: String) {
        #expect(table.match(organisation(code))?.entry == entry)
    }

    @Test("without an entry for everything there may be no route")
    func none() {
        let table = RouteTable(["H26": [relay("P")]])
        #expect(table.match(organisation("K")) == nil)
        #expect(table.hops(to: organisation("K")).isEmpty)
        #expect(table.entries.map(\.entry) == ["H26"])
    }
}

@Suite("Ids and texts")
struct IDTests {
    @Test("an id reads back from its text and from its bytes")
    func roundTrip() {
        let id = DocumentID(at: start, dice: 0xFFFF_FFFF_FFFF_FFFF, salt: 0xFFFF)
        #expect(DocumentID(id.description) == id)
        #expect(DocumentID(bytes: id.bytes) == id)
        #expect(id.description.count == 36)
        // Version 8 and variant 10 of RFC 9562.
        #expect(Array(id.description)[14] == "8")
        #expect("89ab".contains(Array(id.description)[19]))
    }

    @Test("ids ascend with time")
    func ascend() {
        let first = DocumentID(at: start, dice: .max, salt: 5)
        let second = DocumentID(at: start + .milliseconds(1), dice: 0, salt: 0)
        #expect(first < second)
    }

    @Test(
        "what is no id is not read as one",
        arguments: [
            "", "0190f3c5", "0190f3c5-6f1a-8abc-9def-0123456789a",
            "g190f3c5-6f1a-8abc-9def-0123456789ab",
            "0190f3c506f1a-8abc-9def-0123456789ab", "0190f3c5-6f1a-8abc-9def-0123456789ab1",
        ])
    func malformed(text: String) {
        #expect(DocumentID(text) == nil)
    }

    @Test("a code is bounded and safe in a log line")
    func codes() {
        #expect(OrganisationCode("000.00.00.H26") != nil)
        #expect(RelayCode(String(repeating: "a", count: Limits.codeLengthMax)) != nil)
        for text in ["", ".", "-a", "a-", "a b", "a\n", "ấ", String(repeating: "a", count: 51)] {
            #expect(OrganisationCode(text) == nil, "\(text)")
            #expect(RelayCode(text) == nil, "\(text)")
        }
    }

    @Test("a text is cut between characters")
    func bounded() {
        #expect("văn bản".bounded(toBytes: 100) == "văn bản")
        #expect("ấấấ".bounded(toBytes: 7) == "ấấ")
        #expect("abc".bounded(toBytes: 0).isEmpty)
    }
}
