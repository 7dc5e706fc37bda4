// Drill scenarios: the files of Config/drills, what is read, and what is said about mistakes.

import Foundation
import RelayCore
import Testing

@testable import RelayConfiguration

private let minimal = """
    drill: d
    title: {vi: Diễn tập, en: Drill}
    lease: 10 m

    """

/// What is said about a scenario, less the name of the file.
private func report(_ text: String) -> String {
    guard case .failure(let errors) = DrillScenario.parse(text, file: "f") else { return "" }
    return errors.description.split(separator: "\n").map { String($0.dropFirst(2)) }
        .joined(separator: "\n")
}

/// What is said about the least scenario with these faults, which begin in line 5.
private func reportFaults(_ faults: String) -> String {
    report(minimal + "faults:\n" + faults + "\n")
}

@Suite("Drill scenarios")
struct DrillTests {
    static let shipped = [
        "primary-hub-down", "network-down", "hub-slow", "certificate-refused",
        "disk-nearly-full", "two-at-once",
    ]

    @Test("every file of Config/drills is read, is called as it says, and fits the agency's file")
    func files() throws {
        let agency = try Sample.configuration(
            try Repository.text("Config/agency.yaml"), file: "/etc/tram/agency.yaml")
        for name in Self.shipped {
            let text = try Repository.text("Config/drills/\(name).yaml")
            let scenario = try DrillScenario.parse(text, file: name).get()
            #expect(scenario.name == name)
            #expect(scenario.faultsEnd < scenario.lease)
            #expect(try scenario.faults(at: agency.settings).count == scenario.faults.count)
        }
    }

    @Test("what is read is what the file says")
    func whole() throws {
        let text = try Repository.text("Config/drills/two-at-once.yaml")
        let scenario = try DrillScenario.parse(text, file: "f").get()
        #expect(scenario.title.vietnamese == "Hai sự cố cùng lúc")
        #expect(scenario.lease == .minutes(30))
        let slow = Fault.Slowness(delay: .milliseconds(300), bytesPerSecond: nil)
        #expect(
            scenario.faults == [
                DrillFault(
                    kind: .linkHung, target: .primary(route: "*"), after: .seconds(10),
                    duration: .minutes(10)),
                DrillFault(
                    kind: .linkSlow(slow), target: .backup(route: "*"), after: .minutes(2),
                    duration: .minutes(5)),
                DrillFault(
                    kind: .linkRefused, target: .backup(route: "*"), after: .minutes(8),
                    duration: .minutes(1)),
            ])
        #expect(
            scenario.traffic
                == .test(
                    .init(
                        count: 1_800, size: 8_192, perHour: 7_200, recipients: [],
                        priority: .normal)))
        #expect(
            scenario.guards
                == .init(backlogMax: 5_000, oldestMax: .minutes(10), deadlinesAtRiskMax: 0))
        #expect(
            scenario.objectives
                == .init(
                    detect: .seconds(20), reroute: .seconds(5), drain: .minutes(2),
                    giveBack: .minutes(3)))
    }

    @Test("guards hold also when none are given, and the real queues alone are the default")
    func defaults() throws {
        let scenario = try DrillScenario.parse(
            minimal + "faults: [{fault: space-short, for: 1 m}]\n", file: "f"
        ).get()
        #expect(scenario.traffic == .real)
        #expect(
            scenario.guards
                == .init(backlogMax: 5_000, oldestMax: .minutes(30), deadlinesAtRiskMax: 0))
        #expect(scenario.objectives == .init())
        #expect(scenario.faults.first?.target == .here)
    }

    @Test("everything that is wrong is said at once, each with its line and what is allowed")
    func allAtOnce() {
        #expect(
            report(
                """
                drill: two words
                title: Mất
                lease: 5 s
                faults:
                  - fault: link-refuse
                    peer: primary
                    for: 1 m
                guard: {backlog: 1}
                objectives: {detect: 5, lost: 1}

                """) == """
                    1:8: drill: "two words" is not a drill name; allowed: \(Code.rule)
                    2:8: title: holds text; it takes the keys vi, en, indented below it
                    3:8: lease: 5 s is less than the least, 10 s: three keep-alives pass before anything can be noticed
                    5:12: faults[0].fault: "link-refuse" is not one of link-refused, link-hung, link-slow, address-blackholed, certificate-refused, space-short; did you mean link-refused?
                    8:1: guard: is not a known key here; did you mean guards?
                    9:22: objectives.detect: "5" is not a duration; allowed: a whole number with ms, s, m, h or d, such as 500 ms
                    9:31: objectives.lost: 1 is more than the most, 0: a relay that may lose or double documents needs no drill
                    """)
        #expect(
            report("drill: d\n") == """
                1:1: title.vi: is missing; it takes a title: one line of text
                1:1: title.en: is missing; it takes a title: one line of text
                1:1: lease: is missing; it takes a duration: a whole number with ms, s, m, h or d, such as 500 ms
                1:1: faults: names no fault; a drill needs at least one
                """)
    }

    @Test("each fault takes its own keys and no others")
    func keysOfFaults() {
        #expect(
            reportFaults("  - {fault: space-short, peer: primary, rate: 1 KiB/s, for: 1 m}")
                == """
                5:32: faults[0].peer: does not belong to the fault space-short
                5:47: faults[0].rate: does not belong to the fault space-short
                """)
        #expect(
            reportFaults("  - {fault: link-hung, for: 1 m}").hasPrefix(
                "5:5: faults[0].peer: is missing; link-hung takes primary or backup ("))
        #expect(
            reportFaults("  - {fault: link-slow, peer: HUB-1, for: 1 m}")
                == "5:5: faults[0]: link-slow needs delay, such as 300 ms, or rate, such as 64 KiB/s"
        )
        #expect(
            reportFaults(
                "  - {fault: address-blackholed, network: 10.1.0.0/8, peer: backup, for: 1 m}"
            ).contains("faults[0].network: \"10.1.0.0/8\" is not a network; allowed: an address"))
        #expect(
            reportFaults("  - {fault: link-hung, peer: HUB-1, route: H37, for: 1 m}")
                == "5:44: faults[0].route: does not belong to the fault link-hung")
        #expect(
            reportFaults("  - {fault: link-slow, peer: HUB-1, rate: 64 KB/s, for: 1 m}")
                .hasSuffix("units count in 1024s here, so write 64 KiB/s"))
    }

    @Test("faults and test documents end before the lease, and like faults do not overlap")
    func times() {
        #expect(
            reportFaults("  - {fault: link-hung, peer: primary, after: 6 m, for: 5 m}")
                == "5:56: faults[0].for: the fault ends 11 m after the start, and the lease 10 m "
                + "after it; a longer lease, or a shorter fault")
        #expect(
            reportFaults(
                """
                  - {fault: link-hung, peer: primary, for: 5 m}
                  - {fault: link-hung, peer: primary, after: 4 m, for: 5 m}
                  - {fault: link-hung, peer: backup, after: 4 m, for: 5 m}
                """)
                == "6:5: faults[1]: is like faults[0], and both last at one time; make one of the two"
        )
        #expect(
            report(
                minimal + "faults: [{fault: space-short, for: 1 m}]\n"
                    + "traffic: {carried: test, documents: 6001}\n"
            ).hasPrefix(
                "5:37: traffic.documents: 6001 documents take 600100 ms at this rate"))
        #expect(
            report(minimal + "faults: [{fault: space-short, for: 1 m}]\ntraffic: {size: 1 KiB}\n")
                == "5:17: traffic.size: is for test documents only; write carried: test")
    }

    @Test("rates are written by second, minute or hour")
    func rates() {
        #expect(documentRate("20/s") == 72_000)
        #expect(documentRate("10000/h") == 10_000)
        #expect(documentRate("5 / m") == 300)
        for wrong in ["20", "0/s", "1001/s", "x/s", "1/d", "1/s/s", ""] {
            #expect(documentRate(wrong) == nil, "\(wrong)")
        }
    }

    @Test("a scenario that names what a relay has not is refused with every reason")
    func misfits() throws {
        let hub = try Sample.configuration(
            try Repository.text("Config/hub.yaml"), file: "/etc/tram/hub.yaml")
        let scenario = try DrillScenario.parse(
            minimal + """
                faults:
                  - {fault: link-hung, peer: primary, for: 1 m}
                  - {fault: link-hung, peer: backup, route: H37, for: 1 m}
                  - {fault: link-hung, peer: HUB-9, for: 1 m}
                traffic: {carried: test, to: [K1]}

                """, file: "f"
        ).get()
        do {
            _ = try scenario.faults(at: hub.settings)
            Issue.record("it fits")
        } catch {
            #expect(
                error.problems == [
                    "fault 1: HUB-1 has no route *; name one that it has, or a peer",
                    "fault 3: HUB-9 is not a peer of HUB-1",
                    "test documents need a sender, and this relay serves no organisation",
                    "test documents for K1 have no route",
                ])
        }
    }

    @Test("the reference of scenarios and the schema say the same, in the same order")
    func reference() throws {
        let rows = try Repository.text("Docs/Drills.md").split(separator: "\n")
            .prefix { !$0.hasPrefix("| fault |") }.filter { $0.hasPrefix("| `") }.map { line in
                line.split(separator: "|", omittingEmptySubsequences: false)
                    .map { $0.trimmingCharacters(in: .whitespaces) }
            }
        #expect(
            rows.map { $0[1...4].joined(separator: " | ") }
                == DrillSchema.rows.map {
                    "`\($0.path)` | \($0.type) | \($0.fallback) | \($0.bounds)"
                })
    }
}

@Suite("Networks of addresses")
struct NetworkTests {
    @Test("an address lies in a network when the bits of its prefix agree")
    func contains() throws {
        let four = try #require(IPNetwork("10.1.0.0/16"))
        #expect(four.contains("10.1.255.7") && !four.contains("10.2.0.1"))
        #expect(!four.contains("::ffff:10.1.0.1") && !four.contains("hub1.example"))
        let six = try #require(IPNetwork("2001:db8:1::/48"))
        #expect(six.contains("2001:db8:1::10") && !six.contains("2001:db8:2::10"))
        let odd = try #require(IPNetwork("192.0.2.128/25"))
        #expect(odd.contains("192.0.2.200") && !odd.contains("192.0.2.1"))
        #expect(IPNetwork("::/0")?.contains("fe80::1") == true)
        #expect(IPNetwork("::1")?.prefixLength == 128)
    }

    @Test(
        "what is no network is refused",
        arguments: [
            "", "10.1.0.0/33", "10.1.0.1/16", "10.1.0/16", "10.01.0.0/16", "10.1.0.0/", "/8",
            "10.1.0.0/16/1", "2001:db8::/129", "1::2::3/64", "12345::/16", ":1:2:3:4:5:6:7/128",
            "1:2:3:4:5:6:7:8:9/128", "1:2:3:4:5:6:7::8/128", "hub1/8", "256.0.0.0/8",
        ])
    func refused(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
