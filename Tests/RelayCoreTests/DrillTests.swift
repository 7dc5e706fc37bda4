// Drills: what refuses them, what they measure, and everything that ends them.

import RelayCore
import Testing

@Suite("drills") struct DrillTests {
    static func scenario(
        _ kind: Fault.Kind = .linkRefused, at peer: String = "HUB-1", after: Interval = .seconds(2),
        for duration: Interval = .seconds(40), lease: Interval = .minutes(5),
        tests: Int = 0, backlogMax: Int = 100, oldestMax: Interval = .minutes(5)
    ) -> DrillScenario {
        DrillScenario(
            name: "test",
            title: DrillScenario.Title(vietnamese: "Thử", english: "Test"), lease: lease,
            faults: [
                DrillFault(
                    kind: kind, target: kind == .spaceShort ? .here : .peer(relay(peer)),
                    after: after, duration: duration)
            ],
            traffic: tests == 0
                ? .real
                : .test(
                    DrillScenario.TestDocuments(
                        count: tests, size: 100, perHour: 3_600, recipients: [organisation("B")],
                        priority: .normal)),
            guards: DrillScenario.Guards(
                backlogMax: backlogMax, oldestMax: oldestMax, deadlinesAtRiskMax: 0),
            objectives: DrillScenario.Objectives(detect: .seconds(15)))
    }

    /// Agency A with both hubs up for a long time.
    static func bench() -> Bench {
        var bench = Bench(Net.settings("R-A"))
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        bench.pass(.minutes(5))
        bench.decide(.tick)
        return bench
    }

    @discardableResult
    static func begin(_ bench: inout Bench, _ scenario: DrillScenario = scenario()) -> [Action] {
        bench.decide(
            .drillOrdered(
                DrillOrder(
                    scenario: scenario, source: "", by: "an", reason: "rehearsal",
                    caller: CallerID(7))))
    }

    private func marks(_ bench: Bench) -> [DrillMark.What] {
        (bench.node.drill?.record.marks ?? bench.drills.values.first?.marks ?? []).map(\.what)
    }

    @Test("begins, is durable before it is said, and brings its fault about in time")
    func begins() throws {
        var bench = Self.bench()
        let actions = Self.begin(&bench)
        guard case .drillBegun(let record)? = actions.compactMap(\.reply).first else {
            Issue.record("no drill began: \(actions)")
            return
        }
        #expect(bench.drills[record.drill]?.end == nil && bench.drills.count == 1)
        #expect(bench.node.drill?.faultsInForce == [])
        bench.pass(.seconds(2))
        let told = bench.decide(.tick).compactMap(\.faults).last
        #expect(told?.map(\.kind) == [.linkRefused])
        #expect(bench.node.drill?.words(for: relay("HUB-1")) == "drill test: link-refused")
        #expect(bench.node.drill?.words(for: relay("HUB-2")) == nil)
    }

    @Test("is refused while another runs, and for each thing that is wrong already")
    func refused() throws {
        var bench = Self.bench()
        Self.begin(&bench)
        #expect(Self.refusal(Self.begin(&bench)) == [.isRunning("test")])
        bench = Self.bench()
        bench.lose(number: 2)
        #expect(
            Self.refusal(Self.begin(&bench))
                == [.noBackup(route: "*", without: [relay("HUB-1")])])
        bench.lose(number: 1)
        let both = Self.refusal(Self.begin(&bench)) ?? []
        #expect(both.contains(.peerDown(relay("HUB-1"))))
        try bench.submit()
        #expect(
            Self.refusal(Self.begin(&bench, Self.scenario(backlogMax: 0)))?
                .contains(.backlog(1, most: 0)) == true)
        bench.pass(.minutes(6))
        let late = Self.refusal(Self.begin(&bench)) ?? []
        #expect(late.contains(.oldest(.minutes(6), most: .minutes(5))))
        bench.decide(.room(false))
        #expect(Self.refusal(Self.begin(&bench))?.contains(.noRoom) == true)
        let stranger = Self.refusal(Self.begin(&bench, Self.scenario(at: "HUB-9"))) ?? []
        #expect(stranger == [.misfit("fault 1: HUB-9 is not a peer of R-A")])
        #expect(bench.drills.isEmpty)
    }

    @Test("a deadline within the lease refuses it, and one that comes near ends it")
    func deadlines() throws {
        var settings = Net.settings("R-A")
        settings.deadlines.classes = [DeadlineClass(name: "all", term: .after(.minutes(8)))]
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1)
        bench.link("HUB-2", number: 2)
        bench.pass(.minutes(5))
        bench.decide(.tick)
        try bench.submit()
        let long = Self.scenario(lease: .minutes(10), oldestMax: .minutes(60))
        #expect(Self.refusal(Self.begin(&bench, long)) == [.deadlines(1, most: 0)])
        let short = Self.scenario(
            for: .seconds(400), lease: .minutes(7), oldestMax: .minutes(60))
        #expect(Self.refusal(Self.begin(&bench, short)) == nil)
        #expect(bench.node.drill != nil)
        bench.pass(.minutes(4))
        bench.decide(.tick)
        #expect(bench.node.drill != nil)
        bench.pass(.seconds(130))
        let report = try #require(bench.decide(.tick).compactMap(\.drillReport).first)
        #expect(report.end?.how == .aborted)
        #expect(report.end?.reason.contains("deadline") == true)
    }

    private static func refusal(_ actions: [Action]) -> [DrillObstacle]? {
        guard case .drillRefused(let obstacles)? = actions.compactMap(\.reply).first
        else { return nil }
        return obstacles
    }

    @Test("measures detection, re-routing, draining and the return")
    func measures() throws {
        var bench = Self.bench()
        Self.begin(&bench)
        bench.pass(.seconds(2))
        bench.decide(.tick)
        let letter = try bench.submit()
        let first = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(first.link == LinkID(1))
        bench.pass(.seconds(3))
        bench.lose(number: 1)
        bench.pass(.milliseconds(200))
        let second = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(second.link == LinkID(2))
        bench.answer(second, .accepted)
        #expect(bench.state(letter, "B") == .relayed)
        bench.pass(.milliseconds(200))
        bench.decide(.tick)
        #expect(marks(bench).suffix(3) == [.detected, .rerouted, .drained])
        bench.pass(.seconds(40))
        let lifted = bench.decide(.tick).compactMap(\.faults).last
        #expect(lifted == [])
        bench.link("HUB-1", number: 3, boot: 2)
        bench.pass(.seconds(61))
        bench.decide(.tick)
        let third = try bench.submit(digest: 2)
        let back = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(back.link == LinkID(3))
        bench.answer(back, .accepted)
        #expect(bench.state(third, "B") == .relayed)
        let run = try #require(bench.node.drill)
        #expect(run.courses[0].measures.detect == .took(.seconds(3)))
        #expect(run.courses[0].measures.reroute == .took(.milliseconds(200)))
        #expect(run.courses[0].measures.drain == .took(.milliseconds(400)))
        #expect(marks(bench).last == .returned)
        #expect(run.record.hops.map(\.accepted) == [1, 1])
        #expect(run.record.real.accepted == 2 && run.record.real.open == 2)
    }

    @Test("ends when nothing is left to measure or to prove")
    func completes() throws {
        var bench = Self.bench()
        Self.begin(&bench)
        bench.pass(.seconds(2))
        bench.decide(.tick)
        bench.lose(number: 1)
        bench.pass(.seconds(41))
        bench.decide(.tick)
        bench.link("HUB-1", number: 3, boot: 2)
        bench.pass(.seconds(61))
        bench.decide(.tick)
        bench.pass(.seconds(3))
        let actions = bench.decide(.tick)
        let report = try #require(actions.compactMap(\.drillReport).first)
        #expect(report.end?.how == .completed)
        // Nothing had to go another way.
        #expect(report.measures.reroute == .notApplicable)
        #expect(bench.node.drill == nil && actions.compactMap(\.faults).last == [])
    }

    @Test("the lease ends every fault, though nobody asks")
    func lease() throws {
        var bench = Self.bench()
        Self.begin(&bench, Self.scenario(for: .seconds(58), lease: .seconds(60)))
        bench.pass(.seconds(3))
        bench.decide(.tick)
        bench.lose(number: 1)
        #expect(bench.node.wake != nil)
        bench.pass(.seconds(60))
        let actions = bench.decide(.tick)
        #expect(actions.compactMap(\.faults).last == [])
        #expect(actions.compactMap(\.drillReport).first?.end?.how == .leaseEnded)
        #expect(bench.node.drill == nil)
    }

    @Test("aborts by itself when a bound is passed or the backup goes")
    func aborts() throws {
        var bench = Self.bench()
        Self.begin(&bench, Self.scenario(oldestMax: .seconds(20)))
        bench.pass(.seconds(2))
        bench.decide(.tick)
        try bench.submit()
        bench.pass(.seconds(21))
        let late = try #require(bench.decide(.tick).compactMap(\.drillReport).first?.end)
        #expect(late.how == .aborted && late.reason.contains("the oldest has waited 21 s"))

        bench = Self.bench()
        Self.begin(&bench)
        bench.pass(.seconds(2))
        bench.decide(.tick)
        bench.lose(number: 1)
        bench.lose(number: 2)
        bench.pass(.milliseconds(100))
        let actions = bench.decide(.tick)
        let alone = try #require(actions.compactMap(\.drillReport).first?.end)
        #expect(alone.how == .aborted && alone.reason.contains("no usable hop"))
        #expect(actions.compactMap(\.faults).last == [])
    }

    @Test("an operator ends it, and who did is kept")
    func abortedByOperator() throws {
        var bench = Self.bench()
        let none = bench.decide(.drillAborted(by: "an", reason: "no", caller: CallerID(1)))
        #expect(none.compactMap(\.reply) == [.notFound])
        Self.begin(&bench)
        let actions = bench.decide(
            .drillAborted(by: "an", reason: "a real outage", caller: CallerID(1)))
        #expect(actions.compactMap(\.reply) == [.done])
        #expect(bench.drills.values.first?.end?.reason == "an: a real outage")
    }

    @Test("a restart finds no fault, closes the record, and owes a report")
    func restart() throws {
        var bench = Self.bench()
        Self.begin(&bench)
        let record = try #require(bench.drills.values.first)
        var next = Bench(Net.settings("R-A"))
        let actions = next.decide(
            .started(Inventory(lanes: [:], lastSequence: 9, drills: [record])))
        #expect(next.node.drill == nil)
        #expect(next.drills[record.drill]?.end?.how == .restarted)
        #expect(actions.compactMap(\.drillReport).map(\.drill) == [record.drill])
    }

    @Test("short space refuses submissions without touching the disk's own word")
    func space() throws {
        var bench = Self.bench()
        Self.begin(&bench, Self.scenario(.spaceShort))
        #expect(bench.node.drill?.hidesRoom == false)
        bench.pass(.seconds(2))
        bench.decide(.tick)
        #expect(bench.node.drill?.hidesRoom == true && bench.node.hasRoom)
    }

    @Test("test documents are made in time, and are the first to be refused")
    func tests() throws {
        var bench = Self.bench()
        let begun = Self.begin(&bench, Self.scenario(tests: 3))
        #expect(begun.compactMap(\.test).map(\.number) == [1])
        let id = try #require(bench.node.drill?.id)
        bench.pass(.seconds(1))
        #expect(bench.decide(.tick).compactMap(\.test).map(\.number) == [2])
        func test(_ number: UInt8) -> Event {
            .submitted(
                Submission(
                    caller: CallerID(0), upload: UploadID(DocumentID(high: 8, low: UInt64(number))),
                    kind: .document, sender: organisation("A"), recipients: [organisation("B")],
                    reference: "", businessType: 0, priority: .normal, size: 100,
                    digest: digest(number), mediaType: "", name: "", idempotencyKey: "",
                    isIntended: false, drill: id))
        }
        bench.decide(test(1))
        let record = try #require(bench.records.values.first)
        #expect(record.drill == id && bench.node.drill?.record.tests.accepted == 1)
        bench.decide(.spareRoom(false))
        bench.decide(test(2))
        #expect(bench.records.count == 1 && bench.node.drill?.record.tests.refused == 1)
        try bench.submit()
        #expect(bench.records.count == 2)
    }

    @Test("at its destination a test document is signed for, and in no inbox")
    func arrives() throws {
        var bench = Bench(Net.settings("R-B"))
        bench.link("HUB-1", number: 1)
        let plain = Net.envelope()
        let envelope = Envelope(
            document: plain.document, kind: .document, origin: plain.origin, sender: plain.sender,
            recipients: plain.recipients, size: plain.size, digest: plain.digest,
            submittedAt: plain.submittedAt, expiresAt: plain.expiresAt,
            drill: DrillID(DocumentID(high: 1, low: 1)))
        let offer = Net.offer(envelope, by: "HUB-1", path: ["R-A", "HUB-1"])
        bench.decide(.spareRoom(false))
        #expect(
            bench.decide(.received(offer)).compactMap(\.answers) == [[.later(after: .seconds(5))]])
        bench.decide(.spareRoom(true))
        let actions = bench.decide(.received(offer))
        #expect(actions.compactMap(\.answers) == [[.accepted]])
        #expect(actions.compactMap(\.signing).count == 1)
        let record = try #require(bench.record(envelope, "B"))
        #expect(!record.isInInbox && record.state.name == .delivered)
        #expect(bench.words(envelope) == [.rehearsed])
        let collected = bench.decide(.collected(record.key, caller: CallerID(1)))
        #expect(collected.compactMap(\.reply) == [.notFound])
    }
}

extension Action {
    var faults: [Fault]? { if case .bringAbout(let faults, _, _) = self { faults } else { nil } }
    var drillReport: DrillRecord? {
        if case .reportDrill(let record) = self { record } else { nil }
    }
    var test: DrillTest? { if case .makeTest(let test) = self { test } else { nil } }
}
