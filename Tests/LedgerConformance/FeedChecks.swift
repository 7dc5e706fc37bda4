// The feed of applications: numbered in order, read from anywhere, forgotten from its old end.

import RelayCore

extension LedgerConformance {
    static let feedChecks = [
        LedgerCheck("the feed of an empty ledger is empty, and nothing is missing from it") {
            bench in
            try expect(
                try bench.feed(), AnnouncementPage(announcements: [], oldest: 1, last: 0), "empty")
            try expect(try bench.feed().continues(after: 0), "from the beginning")
            try expect(try !bench.feed().continues(after: 1), "what it never told")
        },
        LedgerCheck("entries are numbered in order, with the reference, across restarts") { bench in
            let envelope = Samples.envelope(1, reference: "12/CV")
            try bench.accept(envelope, Samples.queued(envelope, sequence: 1))
            for number in 1...5 {
                try bench.announce(envelope, at: Int64(number))
                if number == 3 { _ = try bench.restart() }
            }
            let page = try bench.feed()
            try expect(page.announcements.map(\.number), [1, 2, 3, 4, 5], "numbers")
            try expect(page.announcements.allSatisfy { $0.reference == "12/CV" }, "references")
            try expect(
                page.announcements.map(\.happening),
                (1...5).map { Samples.happening(envelope, at: $0) }, "what is told")
            try expect(page.last, 5, "the last")
            let part = try bench.feed(after: 2, limit: 2)
            try expect(part.announcements.map(\.number), [3, 4], "a part")
            try expect(try bench.feed(after: 5).announcements, [], "behind the last")
            try expect(try bench.feed(after: .max).announcements, [], "behind everything")
        },
        LedgerCheck("what was not committed has no number") { bench in
            let envelope = Samples.envelope(1)
            try bench.accept(envelope, Samples.queued(envelope, sequence: 1))
            try bench.announce(envelope, at: 1)
            do {
                try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.apply(.announce(Samples.happening(envelope, at: 2)))
                    _ = try transaction.sweepAnnouncements(
                        before: Samples.start + .days(1), keeping: 9, limit: 9)
                    throw .broken("stop")
                }
                throw NonConformance(description: "the failure was swallowed")
            } catch LedgerFailure.broken("stop") {
                // As it should be.
            }
            try expect(try bench.feed().last, 1, "the last")
            try bench.announce(envelope, at: 3)
            try expect(try bench.feed().announcements.map(\.number), [1, 2], "numbers")
        },
        LedgerCheck("a sweep forgets from the old end, in steps, and numbers go on") { bench in
            let envelope = Samples.envelope(1)
            try bench.accept(envelope, Samples.queued(envelope, sequence: 1))
            for minute in 1...10 { try bench.announce(envelope, at: Int64(minute)) }
            let time = Samples.start + .minutes(6)
            try expect(try bench.sweep(before: time, limit: 3), "three at once leave some")
            try expect(try bench.feed().oldest, 4, "after three")
            try expect(try !bench.sweep(before: time, limit: 3), "the last two are the rest")
            try expect(try bench.feed().oldest, 6, "after all that are older")
            try expect(try bench.feed(after: 2).announcements.map(\.number).first, 6, "the first")
            try expect(try !bench.feed().continues(after: 4), "a gap is seen")
            try expect(try bench.feed().continues(after: 5), "no gap")
            try expect(try !bench.sweep(before: time, keeping: 2, limit: 9), "by count")
            try expect(try bench.feed().announcements.map(\.number), [9, 10], "two are left")
            _ = try bench.sweep(before: Samples.start + .days(1), limit: 9)
            try expect(
                try bench.feed(), AnnouncementPage(announcements: [], oldest: 11, last: 10),
                "all are gone")
            _ = try bench.restart()
            try bench.announce(envelope, at: 11)
            try expect(try bench.feed().announcements.map(\.number), [11], "numbers go on")
        },
        LedgerCheck("an entry outlives its document") { bench in
            let envelope = Samples.envelope(1, reference: "12/CV")
            let delivery = Samples.queued(envelope, sequence: 1)
            try bench.accept(envelope, delivery)
            try bench.announce(envelope, at: 1)
            try bench.apply(.forget(delivery))
            try expect(try bench.feed().announcements.map(\.reference), ["12/CV"], "it is told")
        },
    ]
}

extension Samples {
    static func happening(_ envelope: Envelope, at minute: Int64) -> Happening {
        Happening(
            at: start + .minutes(minute), document: envelope.document,
            recipient: envelope.recipients[0], what: .held, relay: relay("HUB"),
            detail: "lan: chờ \(minute)")
    }
}

extension LedgerBench {
    fileprivate func announce(_ envelope: Envelope, at minute: Int64) throws {
        try apply(.announce(Samples.happening(envelope, at: minute)))
    }

    fileprivate func feed(after number: UInt64 = 0, limit: Int = 99) throws -> AnnouncementPage {
        try write { (transaction) throws(LedgerFailure) in
            try transaction.announcements(after: number, limit: limit)
        }
    }

    fileprivate func sweep(
        before time: Instant, keeping countMax: Int = 99, limit: Int
    ) throws -> Bool {
        try write { (transaction) throws(LedgerFailure) in
            try transaction.sweepAnnouncements(before: time, keeping: countMax, limit: limit)
        }
    }
}
