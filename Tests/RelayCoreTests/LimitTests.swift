// What holds documents back on a link that is up: its rate, its hours, and places kept for what is
// urgent.

import RelayCore
import Testing

@Suite("Limits of links")
struct LimitTests {
    private let hub1 = relay("HUB-1")
    /// `start` is 2026-11-18, 18:06:40 in Vietnam.
    private let evening = 18 * 60 + 6

    private func agency(
        places: Int = 64, _ change: (inout LinkLimits) -> Void = { _ in }
    ) -> Bench {
        var settings = Net.settings("R-A")
        var limits = LinkLimits()
        change(&limits)
        settings.peers[hub1]?.limits = limits
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1, places: places)
        bench.link("HUB-2", number: 2)
        return bench
    }

    @Test("a rate lets a second's worth go at once, and then so many in a time")
    func rate() throws {
        var bench = agency { $0.documents = Rate(5, per: .seconds(1)) }
        for number in 0..<UInt8(30) { try bench.submit(digest: number) }
        #expect(bench.drain().count == 5)
        var went = 5
        for _ in 0..<20 {
            // Woken by the core's own word, and never at once.
            let wake = try #require(bench.node.wake)
            #expect(wake > bench.tick)
            bench.pass(wake - bench.tick)
            bench.decide(.tick)
            went += bench.drain().count
        }
        #expect((23...25).contains(went), "\(went) in 4 s")
    }

    @Test("a slow rate lets one go at a time, and an urgent one does not wait for it")
    func slowRate() throws {
        var bench = agency { $0.documents = Rate(2, per: .minutes(1)) }
        for number in 0..<UInt8(3) { try bench.submit(digest: number) }
        #expect(bench.drain().count == 1)
        let urgent = try bench.submit(digest: 9, priority: .express)
        #expect(bench.drain().map(\.envelope) == [urgent])
        // It is made up for.
        bench.pass(.seconds(31))
        #expect(bench.drain().isEmpty)
        bench.pass(.seconds(30))
        #expect(bench.drain().count == 1)
        #expect(bench.node.peers.hold(on: hub1, Lane(to: organisation("B")), at: now(bench)) != nil)
    }

    private func now(_ bench: Bench) -> Moment { Moment(now: bench.now, tick: bench.tick, dice: 0) }

    @Test("outside the hours only what is urgent goes, and receipts; the rest when a window opens")
    func hours() throws {
        let window = try #require(DayWindow(from: 19 * 60, until: 7 * 60))
        var bench = agency { $0.windows = [window] }
        let letter = try bench.submit(digest: 1)
        try bench.submit(digest: 2, priority: .veryUrgent)
        let express = try bench.submit(digest: 3, priority: .express)
        #expect(bench.drain().map(\.envelope) == [express])
        // A receipt for what came in meanwhile.
        let incoming = Net.envelope(9, from: "R-B", sender: "B", to: ["A"])
        let signing = bench.decide(
            .received(Net.offer(incoming, by: "HUB-1", path: ["R-B", "HUB-1"]))
        ).compactMap(\.signing)
        let owed = try #require(signing.first)
        bench.decide(
            .signed(
                SignedReceipt(
                    statement: owed.statement, receipt: owed.receipt,
                    upload: UploadID(owed.receipt), size: 9, digest: digest(7))))
        #expect(bench.drain().map(\.envelope.kind) == [.receipt])
        let wake = try #require(bench.node.wake)
        #expect((wake - bench.tick).milliseconds == (53 * 60 + 20) * 1_000)
        bench.pass(wake - bench.tick)
        let rest = bench.drain()
        #expect(rest.count == 2 && rest.last?.envelope == letter)
    }

    @Test("windows hold their first minute and not their last, also over midnight")
    func windows() throws {
        func isOpen(_ from: Int, _ until: Int) throws -> Bool {
            var limits = LinkLimits()
            limits.windows = [try #require(DayWindow(from: from, until: until))]
            var settings = Net.settings("R-A")
            settings.peers[hub1]?.limits = limits
            let bench = Bench(settings)
            return bench.node.peers.hold(on: hub1, Lane(to: organisation("B")), at: now(bench))
                == nil
        }
        #expect(try isOpen(evening, evening + 1) && !isOpen(evening + 1, evening))
        #expect(try !isOpen(evening - 1, evening) && isOpen(evening, evening - 1))
        #expect(try isOpen(0, 24 * 60) && isOpen(22 * 60, 19 * 60) && !isOpen(22 * 60, 5 * 60))
        #expect(DayWindow(from: 5, until: 5) == nil && DayWindow(from: 0, until: 1_441) == nil)
    }

    @Test("new limits hold from the reload on, and a rate that stays keeps its count")
    func reload() throws {
        var bench = agency { $0.documents = Rate(5, per: .seconds(1)) }
        for number in 0..<UInt8(30) { try bench.submit(digest: number) }
        #expect(bench.drain().count == 5)
        var settings = bench.node.settings
        settings.returnAfter = .seconds(1)
        bench.decide(.reconfigured(settings, caller: CallerID(1)))
        #expect(bench.drain().isEmpty)
        settings.peers[hub1]?.limits = LinkLimits()
        bench.decide(.reconfigured(settings, caller: CallerID(1)))
        #expect(bench.drain().count == 25)
        #expect(bench.node.wake == nil)
    }

    @Test("a link full of other documents has places left for what is urgent, and for express")
    func keptPlaces() throws {
        var bench = agency(places: 8)
        for number in 0..<UInt8(50) { try bench.submit(digest: number) }
        #expect(bench.drain().count == 6)
        for number in 0..<UInt8(5) { try bench.submit(digest: 60 + number, priority: .urgent) }
        #expect(bench.drain().count == 1)
        let express = try bench.submit(digest: 99, priority: .express)
        #expect(bench.drain().map(\.envelope) == [express])
        #expect(bench.node.active.count == 8)
    }

    @Test("places are kept in all as well: slow links leave room for an express document")
    func keptInAll() throws {
        var settings = Net.settings("R-A")
        settings.inFlightTotal = 16
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1)
        for number in 0..<UInt8(50) { try bench.submit(digest: number) }
        // Half of all, for one link.
        #expect(bench.drain().count == 8)
        #expect(bench.drain().isEmpty)
        let express = try bench.submit(to: ["C"], digest: 99, priority: .express)
        #expect(bench.drain().map(\.envelope) == [express])
    }
}
