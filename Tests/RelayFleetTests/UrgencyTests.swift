// An urgent document passes a large one: while a transfer of up to 1 GiB fills a link, how long
// from the submission of 8 KiB at A until they are durable in B's inbox?
//
// The large transfer goes from A to HUB-1 first and from HUB-1 to B afterwards; both are measured,
// in one go.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import Testing

extension RealDaemons {
    @Suite("urgent passes large", .enabled(if: Room.whyNot == nil, "\(Room.whyNot ?? "")"))
    struct UrgencyTests {
        /// 20 ms of traffic wait in the cable.
        @Test("on links of 200 Mbit/s an urgent document gets through in under 200 ms")
        func throttled() async throws {
            try await pass("urgent on 200 Mbit/s", megabitsPerSecond: 200, most: 220)
        }

        /// A piece that has begun goes to its end; and when the full cable drops a packet, whatever
        /// comes behind it waits for its repetition.
        @Test("on links of 20 Mbit/s, where a piece alone takes a tenth of a second, half do")
        func slow() async throws {
            try await pass("urgent on 20 Mbit/s", megabitsPerSecond: 20, most: 450)
        }

        @Test("on links as fast as the machine an urgent document gets through in under 200 ms")
        func unthrottled() async throws {
            try await pass("urgent on unthrottled links", megabitsPerSecond: nil, most: 200)
        }

        /// - Parameter most: of 99 in 100, in milliseconds; half are below 200 anyway.
        private func pass(
            _ name: String, megabitsPerSecond rate: Int?, most: Int64
        ) async throws {
            // What such a link carries in some seconds, and twice in the full form's minutes.
            let size =
                rate == 20
                ? Outages.either(quick: 12 << 20, full: 128 << 20)
                : Outages.either(quick: 128 << 20, full: 1 << 30)
            try await OutageBench.run(name) { bench in
                for cable in bench.cabled.all {
                    // The hard case: it fills every queue on the way, until one drops.
                    for end in [cable.one, cable.other] {
                        try end.room.run(
                            "sh", "-c", "echo reno > /proc/sys/net/ipv4/tcp_congestion_control")
                    }
                    if let rate { try cable.throttle(megabitsPerSecond: rate) }
                }
                // Connections keep the way they were opened with.
                for hub in [bench.fleet.hub1, bench.fleet.hub2] {
                    hub.terminate()
                    try await hub.start()
                }
                try await bench.linked()
                let large = try bench.sample(0, bytes: size, priority: 0)
                try await Submitter(bench.fleet.agencyA, noting: bench.forward).submit(large)
                let began = Outages.now
                var sent: [DocumentID: Instant] = [:]
                var number = 1
                while try await bench.isUnderWay(large), number < 2_000 {
                    let urgent = try bench.sample(number, bytes: 8_192, priority: 3)
                    let at = Outages.now
                    let answer = try await bench.fleet.agencyA.client.submit(
                        urgent.request, body: OutgoingBody(bytes: urgent.bytes))
                    sent[answer.answer.id] = at
                    number += 1
                    try await Task.sleep(for: .milliseconds(30))
                }
                let took = Outages.now - began
                try await bench.drained(atMost: .seconds(60))
                let waits = try bench.waits(of: sent).sorted()
                try #require(waits.count == sent.count && waits.count >= 20)
                bench.show([
                    "bytes": Int64(size), "large_ms": took.milliseconds,
                    "urgent": Int64(waits.count), "p50_ms": waits[waits.count / 2],
                    "p99_ms": waits[waits.count * 99 / 100], "most_ms": waits[waits.count - 1],
                ])
                #expect(waits[waits.count / 2] < 200)
                let noise: Int64 = Outages.either(quick: 800, full: 0)
                #expect(waits[waits.count * 99 / 100] < most + noise)
            }
        }
    }
}

extension OutageBench {
    /// Whether B does not have it yet.
    fileprivate func isUnderWay(_ sample: SampleDocument) async throws -> Bool {
        guard
            let id = forward.accepted.values.first(where: { $0.reference == sample.reference })?
                .document
        else { return true }
        return try !fleet.agencyB.deliveryLines().contains {
            $0.word == "delivered" && $0.document == id.description
        }
    }

    /// From the submission until B's commit, in milliseconds.
    fileprivate func waits(of sent: [DocumentID: Instant]) throws -> [Int64] {
        try fleet.agencyB.deliveryLines().compactMap { line in
            guard line.word == "delivered", let id = DocumentID(String(line.document)),
                let at = sent[id]
            else { return nil }
            return (line.at - at).milliseconds
        }
    }
}
