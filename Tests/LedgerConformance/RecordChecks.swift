// Transactions, the queue, timers, and what is known of a subject.

import RelayCore

extension LedgerConformance {
    static let transactionChecks = [
        LedgerCheck("an empty ledger knows nothing") { bench in
            let envelope = Samples.envelope(1)
            try bench.write { (transaction) throws(LedgerFailure) in
                let inventory = try transaction.inventory()
                guard inventory == Inventory(lanes: [:], lastSequence: 0),
                    try transaction.nextTimer() == nil,
                    try transaction.leased(limit: .max).isEmpty,
                    try transaction.due(at: Samples.start + .days(1_000), limit: .max).isEmpty,
                    try transaction.ready(
                        in: Lane(to: envelope.recipients[0]), atLeast: .normal, limit: 9
                    ).isEmpty
                else { throw .broken("an empty ledger holds something") }
            }
            try expect(try bench.known(.nothing), Known(), "known of nothing")
            try expect(try bench.known(.document(envelope.document)), Known(), "known")
            try expect(
                try bench.known(.submission(Samples.submission(like: envelope, key: "k"))),
                Known(), "known of a submission")
        },
        LedgerCheck("a transaction sees its own writes, and the next one sees them too") { bench in
            let envelope = Samples.envelope(1)
            let delivery = Samples.queued(envelope, sequence: 1)
            let held = delivery.moved(
                to: .held(by: "lan", reason: "hỏi lại", since: Samples.start))
            let seen = try bench.write { (transaction) throws(LedgerFailure) in
                try transaction.apply(.file(envelope))
                try transaction.apply(.put(delivery, was: nil))
                let first = try transaction.known(of: .delivery(delivery.key))
                try transaction.apply(.put(held, was: delivery))
                return [first, try transaction.known(of: .delivery(delivery.key))]
            }
            try expect(seen[0].deliveries, [delivery], "after the first put")
            try expect(seen[0].envelope, envelope, "the envelope")
            try expect(seen[1].deliveries, [held], "after the second put")
            try expect(try bench.delivery(delivery.key), held, "in the next transaction")
        },
        LedgerCheck("a transaction that throws leaves nothing behind") { bench in
            let envelope = Samples.envelope(1)
            let delivery = Samples.queued(envelope, sequence: 9)
            let upload = UploadID(Samples.document(2))
            do {
                try bench.write { (transaction) throws(LedgerFailure) in
                    _ = try transaction.append(
                        Piece(upload: upload, offset: 0, bytes: [1, 2, 3]), at: Samples.start)
                    try transaction.apply(.file(envelope))
                    try transaction.apply(.put(delivery, was: nil))
                    throw .broken("stop")
                }
                throw NonConformance(description: "the failure was swallowed")
            } catch LedgerFailure.broken("stop") {
                // As it should be.
            }
            try expect(try bench.known(.document(envelope.document)), Known(), "known")
            let left = try bench.write { (transaction) throws(LedgerFailure) in
                (
                    try transaction.inventory(), try transaction.nextTimer(),
                    try transaction.append(
                        Piece(upload: upload, offset: UInt64(Limits.pieceBytes), bytes: [4]),
                        at: Samples.start)
                )
            }
            try expect(left.0, Inventory(lanes: [:], lastSequence: 0), "inventory")
            try expect(left.1, nil, "timer")
            try expect(!left.2, "the piece is still there")
        },
    ]

    static let queueChecks = [
        LedgerCheck("a lane gives its ready deliveries, the best first") { bench in
            let priorities: [Priority] = [.normal, .express, .normal, .urgent, .express]
            for (number, priority) in priorities.enumerated() {
                let envelope = Samples.envelope(number, priority: priority)
                try bench.accept(envelope, Samples.queued(envelope, sequence: UInt64(number + 1)))
            }
            let other = Samples.envelope(10, to: [2], priority: .expressTimed)
            try bench.accept(other, Samples.queued(other, sequence: 10))
            let waiting = Samples.envelope(11, priority: .expressTimed)
            try bench.accept(
                waiting,
                Samples.queued(waiting, sequence: 11, notBefore: Samples.start + .minutes(1)))
            let lane = Lane(to: Samples.organisation(1))
            let excluding = Lane(to: Samples.organisation(1), excluding: [Samples.relay("HUB")])
            let detour = Samples.envelope(12)
            try bench.accept(detour, Samples.queued(detour, sequence: 12, lane: excluding))
            let order = [1, 4, 3, 0, 2].map {
                DeliveryKey(document: Samples.document($0), recipient: Samples.organisation(1))
            }
            for limit in [0, 1, 3, 5, 100] {
                let ready = try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.ready(in: lane, atLeast: .normal, limit: limit)
                }
                try expect(ready, Array(order.prefix(limit)), "ready, \(limit) at most")
            }
            for least in Priority.allCases {
                let ready = try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.ready(in: lane, atLeast: least, limit: 9)
                }
                let count = priorities.count { $0 >= least }
                try expect(ready, Array(order.prefix(count)), "\(least) and above")
            }
            let ready = try bench.write { (transaction) throws(LedgerFailure) in
                try transaction.ready(in: excluding, atLeast: .normal, limit: 9)
            }
            try expect(ready.map(\.document), [detour.document], "the lane with an exclusion")
        },
        LedgerCheck("what is being handed over is leased, and found after a restart") { bench in
            var leased: Set<DeliveryKey> = []
            for number in 1...3 {
                let envelope = Samples.envelope(number, to: [number])
                let queued = Samples.queued(envelope, sequence: UInt64(number))
                try bench.accept(envelope, queued)
                guard number != 2 else { continue }
                leased.insert(queued.key)
                let attempting = queued.attempting(by: Samples.relay("HUB"), at: Samples.start)
                try bench.apply(.put(attempting, was: queued))
            }
            for _ in 0..<2 {
                let found = try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.leased(limit: .max)
                }
                try expect(Set(found), leased, "leased")
                try expect(found.count, 2, "how many are leased")
                let ready = try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.ready(
                        in: Lane(to: Samples.organisation(1)), atLeast: .normal, limit: 9)
                }
                try expect(ready, [], "a leased delivery is ready")
                let one = try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.leased(limit: 1)
                }
                try expect(one.count, 1, "leased, 1 at most")
                guard try bench.restart() else { return }
            }
        },
        LedgerCheck("the inventory has every lane in use, and the last sequence") {
            bench in
            let first = Samples.envelope(1, priority: .urgent)
            let second = Samples.envelope(2)
            let waiting = Samples.queued(
                first, sequence: 7, notBefore: Samples.start + .minutes(5))
            let plain = Samples.queued(second, sequence: 8)
            try bench.accept(first, waiting)
            try bench.accept(second, plain)
            let lane = Lane(to: Samples.organisation(1))
            let wanted = Inventory(lanes: [lane: .urgent], lastSequence: 8)
            try expect(try bench.inventory(), wanted, "both in one lane")
            let leased = plain.attempting(by: Samples.relay("HUB"), at: Samples.start)
            try bench.apply(.put(leased, was: plain), .forget(waiting))
            try expect(
                try bench.inventory(), Inventory(lanes: [lane: .normal], lastSequence: 8),
                "one leased")
            try bench.apply(.forget(leased))
            try expect(
                try bench.inventory(), Inventory(lanes: [:], lastSequence: 8), "all forgotten")
            guard try bench.restart() else { return }
            try expect(
                try bench.inventory(), Inventory(lanes: [:], lastSequence: 8), "after a restart")
        },
    ]

    static let timerChecks = [
        LedgerCheck("timers come due in order, and move with their record") { bench in
            var deliveries: [Delivery] = []
            for number in 1...3 {
                let envelope = Samples.envelope(number)
                let delivery = Samples.queued(
                    envelope, sequence: UInt64(number),
                    notBefore: Samples.start + .minutes(Int64(10 - number)))
                deliveries.append(delivery)
                try bench.accept(envelope, delivery)
            }
            let keys = deliveries.map(\.key)
            try expect(try bench.due(after: .minutes(6)), [], "before all")
            try expect(try bench.due(after: .minutes(7)), [keys[2]], "at the first")
            try expect(
                try bench.due(after: .minutes(60)), [keys[2], keys[1], keys[0]], "after all")
            try expect(try bench.due(after: .minutes(60), limit: 2), [keys[2], keys[1]], "limited")
            try expect(
                try bench.nextTimer(), Samples.start + .minutes(7), "the earliest")
            let lane = Lane(to: Samples.organisation(1))
            let again = deliveries[2].queued(in: lane, at: Samples.start)
            try bench.apply(.put(again, was: deliveries[2]), .forget(deliveries[1]))
            try expect(try bench.due(after: .minutes(60)), [keys[0]], "moved and forgotten")
            try expect(try bench.nextTimer(), Samples.start + .minutes(9), "the next earliest")
        },
        LedgerCheck("a delivery in the inbox has no timer but that of its receipt") { bench in
            let envelope = Samples.envelope(1)
            let delivered = Samples.delivered(envelope, sequence: 1)
            try bench.accept(envelope, delivered)
            try expect(try bench.nextTimer(), nil, "nothing is owed")
            let owing = delivered.owing(
                .received, since: Samples.start, again: Samples.start + .seconds(5))
            try bench.apply(.put(owing, was: delivered))
            try expect(try bench.nextTimer(), Samples.start + .seconds(5), "a receipt is owed")
            let collected = delivered.moved(to: .collected(at: Samples.start))
            try bench.apply(.put(collected, was: owing))
            try expect(
                try bench.nextTimer(), collected.timer(retention: bench.retention), "collected")
        },
    ]

    static let knownChecks = [
        LedgerCheck("of a document all deliveries are known, of a delivery that one") { bench in
            let envelope = Samples.envelope(1, to: [3, 1, 2])
            let other = Samples.envelope(2, to: [1])
            let deliveries = (0..<3).map {
                Samples.queued(envelope, place: $0, sequence: UInt64($0 + 1))
            }
            try bench.accept(envelope, deliveries[0], deliveries[1], deliveries[2])
            try bench.accept(other, Samples.queued(other, sequence: 4))
            let known = try bench.known(.document(envelope.document))
            try expect(known.envelope, envelope, "envelope")
            try expect(known.deliveries, deliveries.sorted { $0.key < $1.key }, "by recipient")
            try expect(known.hasBody, "the body is bound")
            try expect(known.stagedBytes, 0, "staged bytes")
            let one = try bench.known(.delivery(deliveries[0].key))
            try expect(one.envelope, envelope, "envelope")
            try expect(one.deliveries, [deliveries[0]], "the one delivery")
            let absent = DeliveryKey(
                document: envelope.document, recipient: Samples.organisation(9))
            try expect(try bench.known(.delivery(absent)).deliveries, [], "another recipient")
        }
    ]
}

extension LedgerBench {
    fileprivate func inventory() throws -> Inventory {
        try write { (transaction) throws(LedgerFailure) in try transaction.inventory() }
    }

    fileprivate func nextTimer() throws -> Instant? {
        try write { (transaction) throws(LedgerFailure) in try transaction.nextTimer() }
    }

    fileprivate func due(after time: Interval, limit: Int = .max) throws -> [DeliveryKey] {
        try write { (transaction) throws(LedgerFailure) in
            try transaction.due(at: Samples.start + time, limit: limit)
        }
    }
}
