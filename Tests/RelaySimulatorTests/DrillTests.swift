// Drills on the virtual clock: what is measured is what happens.

import RelayCore
import RelaySimulator
import Testing

private func relay(_ text: String) -> RelayCode {
    guard let code = RelayCode(text) else { preconditionFailure("no code: \(text)") }
    return code
}

/// Agencies A, B and C behind two hubs; everybody knows two addresses of each hub.
private func network() -> DrillNetwork {
    var variant = TopologyVariant()
    variant.hubsDial = false
    return DrillNetwork(
        variant.topology { settings, _ in settings.returnAfter = .seconds(20) }.sites.map { site in
            DrillMember(
                settings: site.settings, patience: Topology.LinkPatience(),
                addresses: [relay("HUB-1"): ["10.1.0.1", "10.2.0.1"]], listens: true)
        })
}

private func scenario(
    _ faults: [DrillFault], objectives: DrillScenario.Objectives = .init(),
    backlogMax: Int = 5_000
) -> DrillScenario {
    DrillScenario(
        name: "test", title: .init(vietnamese: "Thử", english: "Test"), lease: .minutes(20),
        faults: faults, traffic: .real,
        guards: .init(
            backlogMax: backlogMax, oldestMax: .minutes(10), deadlinesAtRiskMax: 0),
        objectives: objectives)
}

private func fault(
    _ kind: Fault.Kind, _ target: DrillFault.Target = .primary(route: "*"), after: Int64 = 0,
    seconds: Int64 = 60
) -> DrillFault {
    DrillFault(kind: kind, target: target, after: .seconds(after), duration: .seconds(seconds))
}

private func play(
    _ scenario: DrillScenario, _ adjust: (inout DrillPlay.Load) -> Void = { _ in }
) throws -> DrillForecast {
    var load = DrillPlay.Load(perHour: 3_600, size: 1_000)
    adjust(&load)
    return try DrillPlay(scenario, at: relay("R-A"), in: network(), load: load).run()
}

@Suite("Drills on the virtual clock")
struct DrillTests {
    @Test("a refused link is noticed at once, and documents go by the backup and come back")
    func refused() throws {
        let wanted = DrillScenario.Objectives(
            detect: .seconds(1), reroute: .seconds(5), drain: .seconds(5), giveBack: .seconds(90))
        let forecast = try play(scenario([fault(.linkRefused)], objectives: wanted))
        let course = try #require(forecast.faults.first)
        #expect(course.peers == ["HUB-1"] && course.hasBackup)
        #expect(course.detectedSeconds.map { $0 < 1 } == true)
        #expect(course.reroutedSeconds.map { $0 < 2 } == true)
        #expect(course.returnedSeconds.map { (20...90).contains($0) } == true)
        #expect(forecast.objectives.count == 6 && forecast.isMet)
        #expect(forecast.documents.delivered == forecast.documents.accepted)
        #expect(forecast.documents.receipts == forecast.documents.accepted)
        #expect(forecast.documents.lost == 0 && forecast.brokenRule == nil)
    }

    @Test("a hanging link is dead after three keep-alives, and what hung on it goes elsewhere")
    func hung() throws {
        let forecast = try play(scenario([fault(.linkHung)]))
        let course = try #require(forecast.faults.first)
        #expect(course.detectedSeconds.map { (14...16).contains($0) } == true)
        #expect(course.waited > 5)
        #expect(course.drainedSeconds.map { $0 < 2 } == true)
        #expect(forecast.documents.slowestSeconds > 10)
        #expect(forecast.isMet)
    }

    @Test("a refused certificate counts as down")
    func certificate() throws {
        let forecast = try play(scenario([fault(.certificateRefused)]))
        #expect(forecast.faults.first?.detectedSeconds.map { $0 < 1 } == true)
        #expect(forecast.isMet)
    }

    @Test("a peer whose first address is gone is reached at its second while that lasts")
    func address() throws {
        for addresses: Fault.Addresses in [
            .number(0), .network(try #require(IPNetwork("10.1.0.0/16"))),
        ] {
            let target: DrillFault.Target =
                addresses == .number(0) ? .primary(route: "*") : .here
            let forecast = try play(
                scenario([fault(.addressBlackholed(addresses), target, seconds: 300)]))
            let line = try #require(
                forecast.links.first { $0.from == "R-A" && $0.to == "HUB-1" })
            // More than keep-alives: documents go by it again long before the fault ends.
            #expect(line.mean > 500)
            #expect(forecast.faults.first?.peers == ["HUB-1"])
            #expect(forecast.faults.first?.detectedSeconds.map { (14...16).contains($0) } == true)
            #expect(forecast.isMet)
        }
    }

    @Test("a slow link keeps its documents, each of them late")
    func slow() throws {
        let slowness = Fault.Slowness(delay: .milliseconds(700), bytesPerSecond: 50_000)
        let forecast = try play(scenario([fault(.linkSlow(slowness), seconds: 120)]))
        #expect(forecast.faults.first?.detectedSeconds == nil)
        #expect(forecast.documents.slowestSeconds > 0.7)
        #expect(forecast.documents.slowestSeconds < 5)
        #expect(forecast.isMet)
    }

    @Test("a disk without room turns new documents away and loses none")
    func space() throws {
        let forecast = try play(scenario([fault(.spaceShort, .here)]))
        #expect(forecast.documents.turnedAway > 10)
        #expect(forecast.documents.delivered == forecast.documents.accepted)
        #expect(forecast.isMet)
    }

    @Test("without any hub everything waits, and goes when one is back")
    func both() throws {
        let faults = [
            fault(.linkRefused, seconds: 100), fault(.linkHung, .backup(route: "*"), after: 10),
        ]
        let forecast = try play(scenario(faults))
        let second = try #require(forecast.faults.last)
        #expect(!second.hasBackup && second.reroutedSeconds == nil)
        #expect(second.drainedSeconds.map { $0 > 20 } == true)
        #expect(forecast.queue.most > 30)
        #expect(forecast.documents.waiting == 0 && forecast.isMet)
    }

    @Test("an objective that is not met, and a guard that is passed, are a negative answer")
    func negative() throws {
        let strict = DrillScenario.Objectives(detect: .milliseconds(1))
        let late = try play(scenario([fault(.linkHung)], objectives: strict))
        #expect(!late.isMet && late.objectives.first?.isMet == false)
        #expect(late.lines.contains("NOT all objectives met"))
        let faults = [fault(.linkRefused), fault(.linkRefused, .backup(route: "*"))]
        let crowded = try play(scenario(faults, backlogMax: 10))
        #expect(crowded.guardPassed?.name == "backlog" && !crowded.isMet)
    }

    @Test("where the peer is out of reach for everybody, nothing at all goes by it")
    func everywhere() throws {
        func bytes(_ isEverywhere: Bool) throws -> Double {
            let forecast = try play(scenario([fault(.linkRefused, seconds: 120)])) {
                $0.isEverywhere = isEverywhere
            }
            #expect(forecast.isMet)
            return forecast.links.filter { $0.to == "HUB-1" }.map(\.mean).reduce(0, +)
        }
        #expect(try bytes(true) < bytes(false) / 5)
    }

    @Test("the same seed has the same course, another one other times")
    func deterministic() throws {
        func steps(_ seed: UInt64) throws -> UInt64 {
            try play(scenario([fault(.linkRefused)])) { $0.seed = seed }.steps
        }
        #expect(try steps(1) == steps(1))
        #expect(try steps(1) != steps(2))
    }

    @Test("what does not fit is refused with every reason")
    func misfits() {
        do throws(DrillMisfit) {
            _ = try DrillPlay(
                scenario([fault(.linkHung, .peer(relay("HUB-7")))]), at: relay("R-A"),
                in: network(), load: DrillPlay.Load(perHour: 1, size: 1))
            Issue.record("it fits")
        } catch {
            #expect(error.problems == ["fault 1: HUB-7 is not a peer of R-A"])
        }
    }
}
