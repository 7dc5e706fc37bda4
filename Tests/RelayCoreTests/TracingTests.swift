// Traces: who is asked, who may ask, what comes back, and that nobody can be made to work for long.

import RelayCore
import Testing

@Suite("Traces")
struct TracingTests {
    private static let id = RouteTrace.ID(DocumentID(high: 5, low: 5))

    private func trace(
        to destination: String = "B", path: [String], answers: Int = 32,
        patience: Interval = .seconds(5)
    ) -> RouteTrace {
        RouteTrace(
            id: Self.id, destination: organisation(destination), path: path.map(relay),
            patience: patience, answersMax: answers)
    }

    private func question(_ destination: String) -> RouteTrace.Question {
        RouteTrace.Question(destination: organisation(destination), patience: .seconds(5))
    }

    private func ask(_ bench: inout Bench, _ destination: String, caller: UInt64 = 1) -> [Action] {
        bench.decide(.asked(question(destination), caller: CallerID(caller)))
    }

    /// What a relay further on would say.
    private func answer(
        to trace: RouteTrace, by name: String, hops: [(String, RouteTrace.Status)] = [],
        isDestination: Bool = false, at: Instant = start
    ) -> RouteTrace.Answer {
        RouteTrace.Answer(
            trace: trace.id, path: trace.path + [relay(name)], at: at,
            isDestination: isDestination, waiting: 0, balance: Balance(), takesIn: true,
            forwards: true, version: "1",
            hops: hops.map { RouteTrace.Hop(relay: relay($0), status: $1, isChosen: false) },
            drill: nil)
    }

    /// A hub with links to A, B and the other hub.
    private func hub() -> Bench {
        var bench = Bench(Net.settings("HUB-1"))
        for (number, peer) in ["R-A", "R-B", "HUB-2"].enumerated() {
            bench.link(peer, number: UInt64(number) + 1)
        }
        return bench
    }

    @Test("every next hop is asked, and the report is given when the last answer is there")
    func completes() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        try bench.submit()
        let sent = ask(&bench, "B").compactMap(\.trace)
        #expect(sent.map(\.link) == [LinkID(1), LinkID(2)])
        #expect(sent.map(\.trace.path) == [[relay("R-A")], [relay("R-A")]])
        #expect(sent.map(\.trace.answersMax) == [32, 32])
        bench.pass(.milliseconds(10))
        let first = answer(
            to: sent[0].trace, by: "HUB-1", hops: [("R-B", .asked), ("HUB-2", .down)],
            at: bench.now + .milliseconds(95))
        #expect(bench.decide(.heard(.traceAnswer(first), on: LinkID(1))).isEmpty)
        let second = answer(to: sent[1].trace, by: "HUB-2", hops: [("R-B", .down)])
        #expect(bench.decide(.heard(.traceAnswer(second), on: LinkID(2))).isEmpty)
        let beyond = trace(path: ["R-A", "HUB-1"])
        let last = RouteTrace(
            id: sent[0].trace.id, destination: beyond.destination, path: beyond.path,
            patience: beyond.patience, answersMax: 1)
        let actions = bench.decide(
            .heard(.traceAnswer(answer(to: last, by: "R-B", isDestination: true)), on: LinkID(1)))
        let report = try #require(actions.compactMap(\.report).first)
        #expect(report.reachesDestination && report.silent.isEmpty)
        #expect(
            report.heard.map { $0.answer.path.last } == ["R-A", "HUB-1", "HUB-2", "R-B"].map(relay))
        #expect(report.heard[0].answer.waiting == 1)
        #expect(report.heard[0].answer.balance.documents[.queued] == 1)
        #expect(report.heard[1].roundTrip == .milliseconds(10))
        #expect(report.heard[1].offset == .milliseconds(100))
    }

    @Test("a hop that is down is shown so, and one that is silent when the time is up")
    func silence() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-2", number: 2)
        let sent = ask(&bench, "B").compactMap(\.trace)
        #expect(sent.map(\.link) == [LinkID(2)])
        #expect(bench.node.wake.map { $0 <= bench.tick + .seconds(5) } == true)
        bench.pass(.seconds(4))
        #expect(bench.decide(.tick).compactMap(\.report).isEmpty)
        bench.pass(.seconds(1))
        let report = try #require(bench.decide(.tick).compactMap(\.report).first)
        #expect(!report.reachesDestination)
        #expect(report.heard[0].answer.hops.map(\.status) == [.down, .asked])
        #expect(report.silent == [["R-A", "HUB-2"].map(relay)])
        // What comes later finds nobody.
        let late = answer(to: sent[0].trace, by: "HUB-2", isDestination: true)
        #expect(bench.decide(.heard(.traceAnswer(late), on: LinkID(2))).isEmpty)
    }

    @Test("an organisation served here is the end of the way, and no route is none")
    func ends() throws {
        var bench = Bench(Net.settings("R-A"))
        let here = try #require(ask(&bench, "A").compactMap(\.report).first)
        #expect(here.reachesDestination && here.heard.count == 1)
        var hub = hub()
        let nowhere = try #require(ask(&hub, "Z").compactMap(\.report).first)
        #expect(!nowhere.reachesDestination && nowhere.heard[0].answer.hops.isEmpty)
    }

    @Test("a relay on the way answers, passes it on by every hop, and answers back")
    func passes() throws {
        var bench = hub()
        let actions = bench.decide(.heard(.trace(trace(path: ["R-A"])), on: LinkID(1)))
        let own = try #require(actions.compactMap(\.traceAnswer).first)
        #expect(own.link == LinkID(1))
        #expect(own.answer.path == ["R-A", "HUB-1"].map(relay))
        #expect(own.answer.hops.map(\.status) == [.asked, .asked])
        #expect(own.answer.hops.map(\.isChosen) == [true, false])
        let sent = actions.compactMap(\.trace)
        #expect(sent.map(\.link) == [LinkID(2), LinkID(3)])
        #expect(sent.map(\.trace.answersMax).reduce(0, +) == 31)
        let there = answer(to: sent[0].trace, by: "R-B", isDestination: true)
        let back = bench.decide(.heard(.traceAnswer(there), on: LinkID(2)))
        #expect(back.compactMap(\.traceAnswer).map(\.link) == [LinkID(1)])
        #expect(back.compactMap(\.traceAnswer).map(\.answer) == [there])
    }

    @Test("nobody brings more answers than were allowed, nor those of others")
    func allowed() {
        var bench = hub()
        let sent = bench.decide(.heard(.trace(trace(path: ["R-A"], answers: 2)), on: LinkID(1)))
            .compactMap(\.trace)
        #expect(sent.count == 1 && sent[0].trace.answersMax == 1)
        let there = answer(to: sent[0].trace, by: "R-B", isDestination: true)
        #expect(bench.decide(.heard(.traceAnswer(there), on: LinkID(3))).isEmpty)
        #expect(bench.decide(.heard(.traceAnswer(there), on: LinkID(2))).count == 1)
        #expect(bench.decide(.heard(.traceAnswer(there), on: LinkID(2))).isEmpty)
    }

    @Test(
        "what no honest relay would ask is not answered",
        arguments: [
            ["R-B"], ["R-A", "R-A"], ["HUB-1", "R-A"], ["X", "R-A"], [],
            (1...15).map { "X\($0)" } + ["HUB-2"],
        ])
    func unsound(path: [String]) {
        var bench = hub()
        let link = path.last == "HUB-2" ? LinkID(3) : LinkID(1)
        #expect(bench.decide(.heard(.trace(trace(path: path)), on: link)).isEmpty)
    }

    @Test("the same by the same path is answered once, and by another path again")
    func repeated() {
        var bench = hub()
        #expect(!bench.decide(.heard(.trace(trace(path: ["R-A"])), on: LinkID(1))).isEmpty)
        #expect(bench.decide(.heard(.trace(trace(path: ["R-A"])), on: LinkID(1))).isEmpty)
        #expect(
            !bench.decide(.heard(.trace(trace(path: ["R-A", "HUB-2"])), on: LinkID(3))).isEmpty)
    }

    @Test("a peer whose version knows no traces is not sent one")
    func tooOld() throws {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1, features: [])
        let report = try #require(ask(&bench, "B").compactMap(\.report).first)
        #expect(report.heard[0].answer.hops.map(\.status) == [.tooOld, .down])
    }

    @Test("traces that wait are bounded: a peer's are answered alone, an operator's refused")
    func bounds() {
        var bench = hub()
        var passed = 0
        for number in 0..<200 {
            let trace = RouteTrace(
                id: RouteTrace.ID(DocumentID(high: 6, low: UInt64(number))),
                destination: organisation("B"), path: [relay("R-A")], patience: .days(9),
                answersMax: 32)
            let actions = bench.decide(.heard(.trace(trace), on: LinkID(1)))
            #expect(actions.compactMap(\.traceAnswer).count == 1)
            if !actions.compactMap(\.trace).isEmpty { passed += 1 }
        }
        #expect(passed == 128)
        var replies: [Reply] = []
        for caller in 1...9 {
            replies += ask(&bench, "B", caller: UInt64(caller)).compactMap(\.reply)
        }
        #expect(replies == [.tooMany])
        // Whatever a peer asked for, after the longest patience there is room again.
        bench.pass(.seconds(30))
        #expect(bench.decide(.tick).compactMap(\.report).count == 8)
        #expect(bench.decide(.heard(.trace(trace(path: ["R-A"])), on: LinkID(1))).count == 3)
    }

    @Test("the longest path is not passed on")
    func longest() throws {
        var bench = hub()
        let path = (1...14).map { "X\($0)" } + ["HUB-2"]
        let actions = bench.decide(.heard(.trace(trace(path: path)), on: LinkID(3)))
        let own = try #require(actions.compactMap(\.traceAnswer).first)
        #expect(own.answer.hops.map(\.status) == [.leftOut, .passed])
        #expect(actions.count == 1)
    }
}

extension Action {
    fileprivate var trace: (link: LinkID, trace: RouteTrace)? {
        if case .say(let link, .trace(let trace)) = self { (link, trace) } else { nil }
    }
    fileprivate var traceAnswer: (link: LinkID, answer: RouteTrace.Answer)? {
        if case .say(let link, .traceAnswer(let answer)) = self { (link, answer) } else { nil }
    }
    fileprivate var report: RouteTrace.Report? {
        if case .reply(_, .traced(let report)) = self { report } else { nil }
    }
}
