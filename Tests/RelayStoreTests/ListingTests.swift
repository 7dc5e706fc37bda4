// Listings and the queue's shape: filters, pages while the queue changes, ages.

import LedgerConformance
import RelayCore
import RelayStore
import RelayWire
import Testing

@Suite struct ListingTests {
    private let hub = Samples.relay("HUB")

    /// One document for each number, queued for recipients in turn, a minute after one another.
    private func queue(_ numbers: Range<Int>, recipients: Int = 3, on bench: StoreBench) throws {
        try bench.write { (transaction) throws(LedgerFailure) in
            for number in numbers {
                let envelope = Samples.envelope(
                    number, kind: number % 10 == 9 ? .receipt : .document,
                    to: [number % recipients], priority: number % 4 == 0 ? .urgent : .normal,
                    size: 0)
                try transaction.apply(.file(envelope))
                try transaction.apply(
                    .put(
                        Delivery(
                            envelope, to: envelope.recipients[0], part: .origin,
                            sequence: UInt64(number), path: [], round: 1,
                            state: .queued(
                                lane: Lane(to: envelope.recipients[0]),
                                since: Samples.start + .minutes(Int64(number)), notBefore: nil)),
                        was: nil))
            }
        }
    }

    private func all(
        _ filter: ListingFilter, by limit: Int, on bench: StoreBench,
        between: () throws -> Void = {}
    ) throws -> [UInt64] {
        var found: [UInt64] = []
        var cursor: ListingCursor?
        var pages = 0
        repeat {
            let page = try bench.reader.deliveries(filter, after: cursor, limit: limit)
            #expect(page.deliveries.count <= limit)
            found += page.deliveries.map(\.stored.delivery.sequence)
            // A cursor survives being a word in a URL.
            cursor = try page.next.map { try #require(ListingCursor($0.description)) }
            try between()
            pages += 1
            try #require(pages < 1_000, "the listing does not end")
        } while cursor != nil
        return found
    }

    @Test("pages of any size show every delivery once, by recipient and arrival")
    func pages() throws {
        let bench = try StoreBench()
        try queue(1..<61, on: bench)
        let wanted = [0, 1, 2].flatMap { recipient in
            (1..<61).filter { $0 % 3 == recipient }.map { UInt64($0) }
        }
        for limit in [1, 7, 20, 60, 61] {
            #expect(try all(ListingFilter(), by: limit, on: bench) == wanted)
        }
        var none = ListingFilter()
        none.states = []
        #expect(try bench.reader.deliveries(none, limit: 10).deliveries == [])
    }

    @Test("filters: destination, state, priority, sender, age, receipts")
    func filters() throws {
        let bench = try StoreBench()
        try queue(1..<61, on: bench)
        let lane = Lane(to: Samples.organisation(1))
        let former = try #require(
            try bench.delivery(
                DeliveryKey(document: Samples.document(4), recipient: lane.destination)))
        try bench.apply(
            .put(former.moved(to: .held(by: "a", reason: "b", since: Samples.start)), was: former))
        func found(_ change: (inout ListingFilter) -> Void) throws -> [UInt64] {
            var filter = ListingFilter()
            change(&filter)
            return try all(filter, by: 4, on: bench).sorted()
        }
        let numbers = (UInt64(1)..<61)
        #expect(
            try found { $0.recipient = OrganisationScope(lane.destination) }
                == numbers.filter { $0 % 3 == 1 })
        #expect(try found { $0.recipient = OrganisationScope(Samples.organisation(9)) } == [])
        #expect(try found { $0.states = [.held] } == [4])
        #expect(try found { $0.states = [.queued] } == numbers.filter { $0 != 4 })
        #expect(try found { $0.states = [.collected] } == [])
        #expect(try found { $0.priority = .urgent } == numbers.filter { $0 % 4 == 0 })
        #expect(try found { $0.includesReceipts = false } == numbers.filter { $0 % 10 != 9 })
        #expect(try found { $0.sender = Samples.organisation(0) } == Array(numbers))
        #expect(try found { $0.sender = Samples.organisation(5) } == [])
        #expect(
            try found {
                $0.arrivedSince = Samples.start + .minutes(10)
                $0.arrivedBefore = Samples.start + .minutes(20)
            } == Array(10..<20))
    }

    @Test("while deliveries move and arrive, what stays is shown once and none twice")
    func pagesUnderChange() throws {
        let bench = try StoreBench()
        try queue(1..<200, on: bench)
        var dice = Dice(seed: 5)
        var gone: Set<UInt64> = []
        var next = 200
        let found = try all(ListingFilter(), by: 9, on: bench) {
            // Some are handed over, come back, leave; others arrive.
            for _ in 0..<12 {
                let number = Int.random(in: 1..<200, using: &dice)
                guard
                    let delivery = try bench.delivery(
                        DeliveryKey(
                            document: Samples.document(number),
                            recipient: Samples.organisation(number % 3)))
                else { continue }
                let lane = Lane(to: delivery.recipient)
                switch delivery.state {
                case .queued where number % 5 == 0:
                    gone.insert(delivery.sequence)
                    try bench.apply(.forget(delivery))
                case .queued:
                    try bench.apply(
                        .put(delivery.attempting(by: hub, at: Samples.start), was: delivery))
                default:
                    let detour = Lane(to: delivery.recipient, excluding: [hub])
                    try bench.apply(
                        .put(
                            delivery.queued(
                                in: number % 2 == 0 ? lane : detour, at: Samples.start),
                            was: delivery))
                }
            }
            if next < 260 {
                try queue(next..<next + 2, on: bench)
                next += 2
            }
        }
        #expect(found.count == Set(found).count, "shown twice")
        let stayed = Set(UInt64(1)..<200).subtracting(gone)
        #expect(stayed.subtracting(found).isEmpty, "missed")
        #expect(!gone.isEmpty)
        #expect(try bench.discrepancies() == [])
    }

    @Test("an inbox is listed in order of arrival, page by page, and empties as it is collected")
    func inbox() throws {
        let bench = try StoreBench()
        var delivered: [Delivery] = []
        for number in 1...20 {
            let envelope = Samples.envelope(number, to: [number % 2], size: number)
            let delivery = Samples.delivered(envelope, sequence: UInt64(number))
            try bench.accept(envelope, delivery)
            delivered.append(delivery)
        }
        let receipt = Samples.envelope(50, kind: .receipt, to: [1])
        try bench.accept(receipt, Samples.delivered(receipt, sequence: 50))
        func sequences() throws -> [UInt64] {
            var found: [UInt64] = []
            var after: UInt64 = 0
            while true {
                let page = try bench.reader.inbox(
                    of: Samples.organisation(1), after: after, limit: 3)
                found += page.deliveries.map(\.stored.delivery.sequence)
                guard let next = page.next else { return found }
                after = next.sequence
            }
        }
        let odd = (UInt64(1)...20).filter { $0 % 2 == 1 }
        #expect(try sequences() == odd)
        let collected = delivered[2].moved(to: .collected(at: Samples.start))
        try bench.apply(.put(collected, was: delivered[2]))
        #expect(try sequences() == odd.filter { $0 != 3 })
        _ = try bench.restart()
        #expect(try sequences() == odd.filter { $0 != 3 })
        #expect(try bench.reader.inbox(of: Samples.organisation(7), limit: 9).deliveries == [])
    }

    @Test("the shape counts what is queued by destination and age in this relay's queue")
    func shape() throws {
        let bench = try StoreBench()
        let now = Samples.start
        // Ages in seconds on both sides of every bound.
        let ages: [Int64] = [
            0, 50, 70, 290, 310, 890, 910, 3_590, 3_610, 14_390, 14_410, 86_390, 86_410, 604_790,
            604_810, 2_000_000,
        ]
        for (number, age) in ages.enumerated() {
            let envelope = Samples.envelope(number, to: [1], size: 0)
            let delivery = Samples.queued(envelope, sequence: UInt64(number + 1))
            let arrived = now + .seconds(-age)
            let queued = Delivery(
                envelope, to: delivery.recipient, part: .origin, sequence: delivery.sequence,
                path: [], round: 1,
                state: .queued(
                    lane: Lane(to: delivery.recipient), since: arrived, notBefore: nil))
            try bench.apply(.file(envelope), .put(queued, was: nil))
            // Handed over and given back: it has waited as long as before.
            let attempting = queued.attempting(by: hub, at: now)
            try bench.apply(.put(attempting, was: queued))
            if number % 2 == 0 {
                let lane = Lane(to: delivery.recipient)
                try bench.apply(.put(attempting.queued(in: lane, at: now), was: attempting))
            }
        }
        try queue(100..<103, recipients: 2, on: bench)
        for _ in 0..<2 {
            let shape = try bench.reader.shape(at: now, limit: 10)
            #expect(
                shape.map(\.destination) == [Samples.organisation(0), Samples.organisation(1)])
            let row = try #require(shape.last)
            #expect(row.total == 17)
            #expect(row.byAge == [3, 2, 2, 2, 2, 2, 2, 2])
            let oldest = now + .seconds(-2_000_000)
            #expect(row.oldest <= oldest && oldest < row.oldest + .seconds(5))
            _ = try bench.restart()
        }
        #expect(
            try bench.reader.shape(at: now, after: Samples.organisation(0), limit: 10)
                .map(\.destination) == [Samples.organisation(1)])
        #expect(try bench.reader.shape(at: now, limit: 1).count == 1)
        let last = try #require(
            try bench.delivery(
                DeliveryKey(document: Samples.document(15), recipient: Samples.organisation(1))))
        try bench.apply(.forget(last))
        let row = try #require(try bench.reader.shape(at: now, limit: 10).last)
        #expect(row.total == 16 && row.byAge.last == 1)
        #expect(try bench.discrepancies() == [])
    }

    @Test("a page and the shape do not read a long queue")
    func longQueue() throws {
        let bench = try StoreBench()
        for start in stride(from: 1, to: 20_000, by: 1_000) {
            try queue(start..<start + 1_000, recipients: 40, on: bench)
        }
        let clock = ContinuousClock()
        let now = Samples.start + .days(20)
        let times = try (0..<5).map { _ in
            try clock.measure {
                let page = try bench.reader.deliveries(ListingFilter(), limit: 50)
                let shape = try bench.reader.shape(at: now, limit: 100)
                #expect(page.next != nil && shape.count == 40)
            }
        }
        let wholePass = try clock.measure { _ = try bench.reader.checkCounts() }
        #expect(try #require(times.min()) < wholePass / 5)
        var rare = ListingFilter()
        rare.arrivedBefore = Samples.start
        var looked = 0
        var cursor: ListingCursor?
        repeat {
            let page = try bench.reader.deliveries(rare, after: cursor, limit: 50)
            #expect(page.deliveries.isEmpty)
            cursor = page.next
            looked += 1
        } while cursor != nil
        #expect(looked > 1, "a page looked at the whole queue")
    }
}
