// Records of the store: every state survives its bytes; damaged bytes are a fault, never a trap;
// fields of a newer relay are passed over.

import RelayCore
import RelayWire
import Testing

@Suite struct RecordsTests {
    private static let start = Instant(milliseconds: 1_760_000_000_000)

    private static func relay(_ text: String) throws -> RelayCode {
        try #require(RelayCode(text))
    }

    private static func organisation(_ text: String) throws -> OrganisationCode {
        try #require(OrganisationCode(text))
    }

    private static func envelope() throws -> Envelope {
        Envelope(
            document: DocumentID(high: 1, low: 2), kind: .status, origin: try relay("HERE"),
            sender: try organisation("H26"),
            recipients: [try organisation("H27.1"), try organisation("H28")],
            reference: "12/QĐ-UBND", businessType: 3, priority: .expressTimed, size: 77,
            digest: try #require(SHA256Digest(bytes: 0..<32)), mediaType: "application/xml",
            name: "văn bản.edxml", submittedAt: start, expiresAt: start + .days(30))
    }

    /// A delivery in each state, with every field that the state may have, and with as few.
    private static func deliveries() throws -> [Delivery] {
        let hub = try relay("HUB-1")
        let lane = Lane(
            to: try organisation("H27.1"), excluding: [hub, try relay("HUB-2")],
            avoiding: try relay("HUB-3"))
        let plain = Lane(to: try organisation("H27.1"))
        let states: [Delivery.State] = [
            .queued(lane: lane, since: start, notBefore: start + .seconds(9)),
            .queued(lane: plain, since: start, notBefore: nil),
            .attempting(lane: lane, hop: hub, since: start),
            .held(by: "lan", reason: "chờ ý kiến", since: start),
            .relayed(hop: hub, at: start, due: start + .hours(2)),
            .relayed(hop: hub, at: start, due: nil), .delivered(at: start),
            .collected(at: start), .failed(reason: .expired, at: start),
            .failed(reason: .unverifiable, at: start),
            .cancelled(by: "lan", reason: "nhầm", at: start),
        ]
        let marks: [Delivery.Mark] = [
            .none, .owed(since: start, again: start + .seconds(5)),
            .made(DocumentID(high: 9, low: 8), at: start),
        ]
        let stages: [Delivery.DueStage] = [
            .none, .warn(at: start + .hours(8)), .warned, .missed,
        ]
        return try states.enumerated().map { (place, state) in
            Delivery(
                document: DocumentID(high: 1, low: 2), recipient: try organisation("H27.1"),
                part: [.origin, .transit, .destination, .local][place % 4],
                priority: Priority.allCases[place % 5],
                kind: Envelope.Kind.allCases[place % 3], sequence: UInt64(place) << 40,
                expiresAt: start + .days(30), path: place % 2 == 0 ? [] : [hub, hub],
                round: UInt32(place + 1), attempts: UInt32(place),
                refusedBy: place % 3 == 0 ? [] : [hub], holdsBody: place % 2 == 0,
                received: marks[place % 3], collected: marks[(place + 1) % 3],
                failed: marks[(place + 2) % 3], custodian: place % 4 == 0 ? nil : hub,
                dueAt: place % 4 == 0 ? nil : start + .hours(9), dueStage: stages[place % 4],
                state: state)
        }
    }

    @Test("an envelope comes back as it went in")
    func envelopes() throws {
        let envelope = try Self.envelope()
        #expect(try Records.envelope(Records.encode(envelope)) == envelope)
    }

    @Test("a delivery comes back as it went in, in every state")
    func states() throws {
        for delivery in try Self.deliveries() {
            for timer in [nil, Self.start + .days(3)] {
                let stored = StoredDelivery(delivery, arrivedAt: Self.start, timer: timer)
                let bytes = try Records.encode(stored)
                #expect(try Records.delivery(bytes, key: delivery.key) == stored)
            }
        }
    }

    @Test("a happening comes back as it went in, of every kind")
    func happenings() throws {
        for what in Happening.What.allCases {
            for recipient in [nil, try Self.organisation("H27.1")] {
                let happening = Happening(
                    at: Self.start, document: DocumentID(high: 1, low: 2), recipient: recipient,
                    what: what, relay: recipient == nil ? nil : try Self.relay("HUB"),
                    detail: recipient == nil ? "" : "lý do")
                let bytes = try Records.encode(happening)
                #expect(
                    try Records.happening(bytes, document: happening.document)
                        == happening)
            }
        }
    }

    @Test("counters come back as they went in, with what a newer relay counts")
    func counters() throws {
        var counters = StoredCounters()
        counters.lastSequence = .max
        counters.lastHappening = 3
        counters.lastBody = 4
        counters.garbageBytes = 5
        counters.bodyBytes = 6
        for state in StateName.allCases { counters.documents[state] = UInt64(state.rawValue) }
        counters.documents.accepted = 40
        counters.documents.forgotten = 4
        counters[.receipt].accepted = 1
        #expect(counters.documents.isConserved && !counters.receipts.isConserved)
        let bytes = try Records.encode(counters)
        #expect(try Records.counters(bytes) == counters)
        let newer = bytes + Self.unknownField
        let read = try Records.counters(newer)
        #expect(read.documents == counters.documents && read != counters)
        #expect(try Records.encode(read) == newer)
    }

    /// Field 2000, a text.
    private static let unknownField: [UInt8] = [0x82, 0x7D, 0x03, 0x61, 0x62, 0x63]

    @Test("fields that this version does not know are passed over")
    func unknownFields() throws {
        let envelope = try Self.envelope()
        let newer = try Records.encode(envelope) + Self.unknownField
        #expect(try Records.envelope(newer) == envelope)
        for delivery in try Self.deliveries() {
            let stored = StoredDelivery(delivery, arrivedAt: Self.start, timer: nil)
            let newer = Self.unknownField + (try Records.encode(stored))
            #expect(try Records.delivery(newer, key: delivery.key) == stored)
        }
    }

    @Test("what a record lacks, or has too large, is named")
    func faults() throws {
        let key = try Self.deliveries()[0].key
        func fault(_ bytes: [UInt8]) -> MessageFault? {
            #expect(throws: MessageFault.self) {
                _ = try Records.delivery(bytes, key: key)
            }
        }
        #expect(fault([]) == .field("part"))
        #expect(fault([0xFF]) == .unreadable)
        #expect(fault([0x08, 0x09]) == .field("part"))
        #expect(fault([0x08, 0x01, 0x10, 0x07]) == .field("priority"))
        #expect(fault([0x08, 0x01, 0x18, 0x01]) == .field("state"))
        // A time beyond the year 9999, to which the core could not add.
        let late: [UInt8] = [0x28] + [UInt8](repeating: 0xFF, count: 8) + [0x7F]
        #expect(fault([0x08, 0x01, 0x18, 0x01] + late) == .field("expires_at"))
    }

    @Test("no damage to a record's bytes is a trap", arguments: 0..<8)
    func damage(seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var faults = 0
        for delivery in try Self.deliveries() {
            let stored = StoredDelivery(delivery, arrivedAt: Self.start, timer: Self.start)
            let whole = try Records.encode(stored)
            for _ in 0..<60 {
                var bytes = whole
                switch next(3) {
                case 0: bytes.removeLast(1 + next(bytes.count))
                case 1: bytes[next(bytes.count)] ^= UInt8(1 << next(8))
                default: bytes.insert(UInt8(next(256)), at: next(bytes.count))
                }
                do {
                    // What still reads must keep the core's bounds: it can be written again.
                    let read = try Records.delivery(bytes, key: delivery.key)
                    _ = try Records.encode(read)
                    _ = read.delivery.timer(retention: .days(3))
                } catch {
                    faults += 1
                }
            }
        }
        #expect(faults > 50)
    }
}
