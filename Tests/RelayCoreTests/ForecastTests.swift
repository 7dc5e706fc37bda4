// What will miss its deadline: rates that were measured, and what follows from them.

import RelayCore
import Testing

private func count(_ number: UInt64, _ priority: Priority, dueIn interval: Interval?) -> DueCount {
    DueCount(
        DuePlace(priority: priority, dueAt: interval.map { minuteStart + $0 }), count: number)
}

/// Deadlines are counted by the minute.
private let minuteStart = Instant(milliseconds: 1_795_000_020_000)

@Suite("Drain rates")
struct DrainRateTests {
    private let here = organisation("B")

    @Test("a steady drain is measured as it is, also over the edge of a window")
    func steady() {
        var rates = DrainRates()
        #expect(rates.perSecond(to: here, at: Tick(milliseconds: 0)) == 0)
        for step in 0..<Int64(6_000) {
            let tick = Tick(milliseconds: step * 100)
            rates.left(for: here, at: tick)
            guard step > 2_000, step % 97 == 0 else { continue }
            #expect(abs(rates.perSecond(to: here, at: tick) - 10) < 0.2)
        }
        #expect(rates.perSecond(to: organisation("C"), at: Tick(milliseconds: 600_000)) == 0)
    }

    @Test("what has just begun is measured over what it has lasted")
    func young() {
        var rates = DrainRates()
        let begin = Tick(milliseconds: 1_000_000)
        for step in 0..<Int64(100) {
            rates.left(for: here, at: begin + .milliseconds(step * 200))
        }
        let rate = rates.perSecond(to: here, at: begin + .seconds(20))
        #expect(abs(rate - 5) < 0.1)
    }

    @Test("when nothing leaves any more the rate falls, and is nothing after two windows")
    func ending() {
        var rates = DrainRates()
        for step in 0..<Int64(240) { rates.left(for: here, at: Tick(milliseconds: step * 1_000)) }
        let end = Tick(milliseconds: 240_000)
        var last = 1.1
        for seconds in stride(from: Int64(0), to: 120, by: 10) {
            let rate = rates.perSecond(to: here, at: end + .seconds(seconds))
            #expect(rate < last)
            last = rate
        }
        #expect(rates.perSecond(to: here, at: end + .seconds(120)) == 0)
        #expect(rates.perSecond(to: here, at: end + .days(100)) == 0)
    }

    @Test("destinations beyond the bound are not measured, and idle ones make room")
    func bounded() {
        var rates = DrainRates()
        let begin = Tick(milliseconds: 0)
        for number in 0..<DrainRates.destinationsMax {
            rates.left(for: organisation("X\(number)"), at: begin)
        }
        rates.left(for: here, at: begin)
        #expect(rates.perSecond(to: here, at: begin) == 0)
        let later = begin + .minutes(10)
        rates.left(for: here, at: later)
        #expect(rates.perSecond(to: here, at: later) > 0)
        #expect(rates.perSecond(to: organisation("X1"), at: later) == 0)
    }
}

@Suite("The forecast")
struct ForecastTests {
    @Test("what cannot leave before its deadline is late, by the place in the queue")
    func draining() {
        let counts = [
            // Two a second: 600 leave in five minutes, 3,600 in half an hour.
            count(100, .express, dueIn: .minutes(5)),
            count(1_000, .urgent, dueIn: .minutes(5)),
            count(200, .normal, dueIn: nil),
            count(5_000, .normal, dueIn: .minutes(30)),
            count(10, .normal, dueIn: .hours(2)),
        ]
        let forecast = Forecast(
            counts.shuffled(), perSecond: 2, hasWay: true, at: minuteStart)
        #expect(forecast.course == .draining)
        #expect(forecast.queued == 6_310 && forecast.missed == 0)
        // 500 of the urgent, 2,300 of the normal ones leave in time.
        #expect(forecast.late == 500 + 2_700)
        #expect(forecast.leavesAt == minuteStart + .seconds(3_155))
        #expect(forecast.earliestDueAt == minuteStart + .minutes(5))
        #expect(forecast.lateAt.count == 2)
    }

    @Test("what has passed is missed, however fast it drains")
    func missed() {
        let counts = [
            count(7, .normal, dueIn: .minutes(-1)), count(3, .normal, dueIn: .minutes(0)),
            count(5, .normal, dueIn: .minutes(1)),
        ]
        let forecast = Forecast(counts, perSecond: 1_000, hasWay: true, at: minuteStart)
        #expect(forecast.missed == 10 && forecast.late == 10)
    }

    @Test("without a rate nothing is foretold, unless there is no way either")
    func noRate() {
        let counts = [count(4, .normal, dueIn: .hours(20)), count(2, .urgent, dueIn: .minutes(-2))]
        let idle = Forecast(counts, perSecond: 0, hasWay: true, at: minuteStart)
        #expect(idle.course == .idle && idle.late == 2 && idle.missed == 2)
        let stalled = Forecast(counts, perSecond: 0, hasWay: false, at: minuteStart)
        #expect(stalled.course == .stalled && stalled.late == 6 && stalled.missed == 2)
        #expect(idle.leavesAt == nil && stalled.leavesAt == nil)
    }

    @Test("nothing queued, and rates and times at the ends of what there is")
    func extremes() {
        let none = Forecast([], perSecond: 5, hasWay: true, at: minuteStart)
        #expect(none.queued == 0 && none.late == 0 && none.leavesAt == nil)
        let slow = Forecast(
            [count(1 << 40, .normal, dueIn: .days(300_000))], perSecond: 0.000_1, hasWay: true,
            at: minuteStart)
        #expect(slow.leavesAt == minuteStart + .days(3_650))
        #expect(slow.late > 0)
        let old = Forecast(
            [
                DueCount(
                    DuePlace(priority: .normal, dueAt: Instant(milliseconds: -1)), count: 1)
            ], perSecond: 1, hasWay: true, at: Instant(milliseconds: 0))
        #expect(old.missed == 1)
    }

    @Test("of those due in one minute the last to have come are late")
    func lateness() {
        let forecast = Forecast(
            [count(100, .normal, dueIn: .minutes(1)), count(9, .urgent, dueIn: .minutes(9))],
            perSecond: 1, hasWay: true, at: minuteStart)
        var lateness = Lateness(at: minuteStart)
        var asked: [Double] = []
        lateness.add(forecast, of: organisation("B")) { share in
            asked.append(share)
            return start
        }
        #expect(asked == [0.51])
        func isLate(
            _ state: StateName, _ priority: Priority, _ dueIn: Interval?, came: Interval
        ) -> Bool {
            lateness.isLate(
                state, to: organisation("B"), priority: priority,
                dueAt: dueIn.map { minuteStart + $0 }, arrivedAt: start + came)
        }
        #expect(isLate(.queued, .normal, .minutes(1), came: .seconds(1)))
        #expect(!isLate(.queued, .normal, .minutes(1), came: .seconds(-1)))
        #expect(!isLate(.queued, .urgent, .minutes(9), came: .seconds(1)))
        #expect(!isLate(.queued, .normal, nil, came: .seconds(1)))
        #expect(isLate(.attempting, .normal, .minutes(0), came: .seconds(-1)))
        #expect(!isLate(.held, .normal, .minutes(1), came: .seconds(1)))
        #expect(isLate(.held, .normal, .seconds(0), came: .seconds(1)))
        #expect(isLate(.relayed, .normal, .seconds(-1), came: .seconds(1)))
        #expect(!isLate(.delivered, .normal, .seconds(-1), came: .seconds(1)))
    }

    @Test("the node measures what next hops took custody of, and nothing else")
    func node() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        for number in 0..<UInt8(20) { try bench.submit(digest: number) }
        let transfers = bench.schedule().compactMap(\.transfer)
        for (number, transfer) in transfers.enumerated() {
            bench.pass(.seconds(1))
            bench.answer(transfer, number % 2 == 0 ? .accepted : .unknown)
        }
        let rate = bench.node.drains.perSecond(to: organisation("B"), at: bench.tick)
        #expect(abs(rate - 0.5) < 0.05)
    }
}
