// Deadlines of what is queued, in numbers, and the listing of those that are late.

import LedgerConformance
import RelayCore
import RelayStore
import RelayWire
import Testing

@Suite struct DueTests {
    private let hub = Samples.relay("HUB")
    private let start = Samples.start

    private func queue(
        _ number: Int, to recipient: Int = 1, _ priority: Priority = .normal,
        dueIn interval: Interval?, arrived: Interval = .seconds(0), on bench: StoreBench
    ) throws -> Delivery {
        let envelope = Envelope(
            document: Samples.document(number), kind: .document, origin: Samples.relay("HERE"),
            sender: Samples.organisation(0), recipients: [Samples.organisation(recipient)],
            priority: priority, size: 0, digest: Samples.digest(number), submittedAt: start,
            expiresAt: start + .days(30), dueAt: interval.map { start + $0 })
        let delivery = Delivery(
            envelope, to: envelope.recipients[0], part: .origin, sequence: UInt64(number),
            path: [], round: 1, dueStage: interval == nil ? .none : .warned,
            state: .queued(
                lane: Lane(to: envelope.recipients[0]), since: start + arrived, notBefore: nil))
        try bench.apply(.file(envelope), .put(delivery, was: nil))
        return delivery
    }

    @Test("what is queued is counted by destination, priority and minute, and nothing else is")
    func counts() throws {
        let bench = try StoreBench()
        var queued: [Delivery] = []
        for number in 1...9 {
            queued.append(try queue(number, dueIn: .minutes(10 + Int64(number % 3)), on: bench))
        }
        queued.append(try queue(10, .express, dueIn: .minutes(5), on: bench))
        queued.append(try queue(11, dueIn: nil, on: bench))
        queued.append(try queue(12, to: 2, dueIn: .days(-40_000), on: bench))
        func found() throws -> [[String]] {
            try bench.reader.due(limit: 10).map { row in
                row.counts.map { count in
                    let due = count.place.dueAt.map { "\(($0 - start).milliseconds / 60_000)" }
                    return "\(count.place.priority) \(due ?? "-") \(count.count)"
                }
            }
        }
        // The start of the clock is not the start of a minute.
        let all = [
            ["express 4 1", "normal 9 3", "normal 10 3", "normal 11 3", "normal - 1"],
            ["normal -57600000 1"],
        ]
        #expect(try found() == all)
        // On the wire it counts; held, it does not.
        let attempting = queued[0].attempting(by: hub, at: start)
        try bench.apply(.put(attempting, was: queued[0]))
        #expect(try found() == all)
        let held = queued[1].moved(to: .held(by: "an", reason: "ask", since: start))
        try bench.apply(.put(held, was: queued[1]))
        try bench.apply(
            .put(attempting.relayed(to: hub, at: start, deadline: .hours(2)), was: attempting))
        try bench.apply(.forget(queued[9]))
        _ = try bench.restart()
        #expect(try found()[0] == ["normal 9 3", "normal 10 2", "normal 11 2", "normal - 1"])
        #expect(try bench.reader.due(after: Samples.organisation(1), limit: 10).count == 1)
        #expect(try bench.reader.due(limit: 1).count == 1)
        #expect(try bench.discrepancies() == [])
    }

    @Test("who stands at a place of the queue has come when his turn says")
    func arrivals() throws {
        let bench = try StoreBench()
        #expect(try bench.reader.arrival(ofShare: 0.5, to: Samples.organisation(1)) == nil)
        for number in 1...400 {
            // One every five minutes: more than a day, over many slots.
            _ = try queue(
                number, dueIn: .days(2), arrived: .minutes(Int64(number) * 5), on: bench)
        }
        for share in [0, 0.01, 0.25, 0.5, 0.999, 1, 7] {
            let arrival = try #require(
                try bench.reader.arrival(ofShare: share, to: Samples.organisation(1)))
            let place = min(Int64(share * 400), 399)
            let wanted = start + .minutes((place + 1) * 5)
            #expect(arrival <= wanted && wanted < arrival + .seconds(5), "\(share)")
        }
    }

    @Test("a listing of late ones has those of the forecast, and no others")
    func late() throws {
        let bench = try StoreBench()
        for number in 1...600 {
            _ = try queue(
                number, to: number % 2, dueIn: .minutes(60), arrived: .seconds(Int64(number) * 10),
                on: bench)
        }
        let now = start + .minutes(50)
        var lateness = Lateness(at: now)
        var late: UInt64 = 0
        for (destination, counts) in try bench.reader.due(limit: 10) {
            let isFast = destination == Samples.organisation(0)
            let forecast = Forecast(
                counts, perSecond: isFast ? 10 : 0.25, hasWay: true, at: now)
            late += forecast.late
            try lateness.add(forecast, of: destination) { share in
                try bench.reader.arrival(ofShare: share, to: destination)
            }
        }
        // 300 for the slow one; in something less than ten minutes about 140 leave.
        #expect((155...165).contains(late))
        var filter = ListingFilter()
        filter.lateness = lateness
        var found: [ListedDelivery] = []
        var cursor: ListingCursor?
        repeat {
            let page = try bench.reader.deliveries(filter, after: cursor, limit: 50)
            found += page.deliveries
            cursor = page.next
        } while cursor != nil
        #expect(found.allSatisfy { $0.stored.delivery.recipient == Samples.organisation(1) })
        #expect(abs(found.count - Int(late)) <= 1)
        #expect(found.allSatisfy { $0.stored.delivery.sequence > 270 })
    }
}
