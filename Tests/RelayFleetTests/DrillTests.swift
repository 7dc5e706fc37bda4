// A drill from its order to its verified report, on four real daemons; and what must never follow
// from one: a fault that outlives the relay, a test document in an inbox.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import RelayReport
import RelayTrust
import Testing

extension RealDaemons {
    @Suite struct DrillTests {
        private static func scenario(lease: String, lasts: String, documents: Int) -> String {
            """
            drill: hub-hangs
            title: { vi: "Trung tâm treo", en: "The hub hangs" }
            lease: \(lease)
            faults:
              - fault: link-hung
                peer: primary
                after: 1 s
                for: \(lasts)
            traffic:
              carried: test
              documents: \(documents)
              size: 2 KiB
              rate: 10/s
              to: [\(Fleet.codeB)]
            guards:
              backlog: 5000
              oldest: 1 m
              deadlinesAtRisk: 0
            objectives:
              detect: 8 s
              reroute: 5 s
              drain: 20 s
              return: 30 s
              lost: 0
              duplicates: 0

            """
        }

        private func withFleet(_ body: (Fleet) async throws -> Void) async throws {
            let directory = NSTemporaryDirectory() + "tram-drill-\(UUID().uuidString.prefix(8))"
            var times = Fleet.Times()
            times.returnAfter = .seconds(2)
            times.keepalive = .seconds(1)
            let fleet = try Fleet.prepare(
                in: directory, program: try Programs.relayd(), times: times)
            try await fleet.start()
            do {
                try await fleet.wait(atMost: .seconds(20), for: "all links of A and B") {
                    for daemon in [fleet.agencyA, fleet.agencyB] {
                        let peers = try await daemon.client.peers()
                        guard peers.allSatisfy({ $0.state == .up }) else { return false }
                    }
                    return true
                }
                try await body(fleet)
                await fleet.stop()
                try? FileManager.default.removeItem(atPath: directory)
            } catch {
                await fleet.stop()
                throw error
            }
        }

        @Test(
            "a drill detects, re-routes and returns, and its page verifies",
            .timeLimit(.minutes(3)))
        func endToEnd() async throws {
            try await withFleet { fleet in
                let client = fleet.agencyA.client
                let operators = fleet.agencyA.operators
                let request = DrillRequest(
                    scenario: Self.scenario(lease: "90 s", lasts: "10 s", documents: 60),
                    reason: "a test")
                #expect(try await operators.planDrill(request).refusedBecause == [])
                let begun = try await operators.startDrill(request)
                let id = DrillID(begun.drill)
                await #expect(throws: ClientError.self) { try await operators.startDrill(request) }
                #expect(
                    try await client.health().reasons.contains { $0.code == "drill" })
                try await fleet.wait(atMost: .seconds(100), for: "the report") {
                    try await operators.drill(id).hasReport
                }
                let kept = try await operators.drillReport(id)
                guard case (let signature, .json(let report)) = try SignedReport.find(in: kept)
                else {
                    Issue.record("no signed report")
                    return
                }
                #expect(
                    report.verdict == .passed, "\(DrillText(report, isVietnamese: false).lines)")
                let words = report.timeline.map(\.what)
                for word in ["fault-begun", "detected", "rerouted", "drained", "returned"] {
                    #expect(words.contains(word), "\(word) of \(words)")
                }
                #expect(report.documents.contains { $0.kind == "test" && $0.proven == 60 })
                #expect(Set(report.relays.map(\.relay)) == ["H99.1", "H88.2", "HUB-1", "HUB-2"])
                try verify(report, signature, fleet)
                #expect(try await fleet.inbox(of: fleet.agencyB) == [])
                #expect(try await client.queueShape().rows == [])
                #expect(try await operators.drills().map(\.state) == ["completed"])
            }
        }

        private func verify(
            _ report: DrillReport, _ signature: [UInt8], _ fleet: Fleet
        ) throws {
            let page = Array(DrillPage(report, signature: signature).html.utf8)
            let anchors = try String(
                contentsOfFile: fleet.agencyA.directory + "/ca.pem", encoding: .utf8)
            let (found, form) = try SignedReport.find(in: page)
            let checked = try ReportVerifier(anchors: anchors).verify(found).get()
            #expect(checked.isSigned(by: fleet.agencyA.code))
            #expect(!checked.isSigned(by: fleet.hub1.code))
            let signed = try DrillReport(canonicalJSON: checked.content)
            #expect(SignedReport.agrees(page, form, with: signed, signature: found))
            var forged = found
            forged[forged.count / 2] ^= 1
            guard case .failure = try ReportVerifier(anchors: anchors).verify(forged) else {
                Issue.record("a changed signature verifies")
                return
            }
        }

        @Test(
            "a killed relay has no fault any more, and reports that a restart ended its drill",
            .timeLimit(.minutes(2)))
        func restart() async throws {
            try await withFleet { fleet in
                let request = DrillRequest(
                    scenario: Self.scenario(lease: "5 m", lasts: "4 m", documents: 5),
                    reason: "a test")
                let begun = try await fleet.agencyA.operators.startDrill(request)
                try await fleet.wait(atMost: .seconds(20), for: "HUB-1 down") {
                    try await fleet.agencyA.client.peers().contains {
                        $0.code == fleet.hub1.code && $0.state != .up
                    }
                }
                fleet.agencyA.kill()
                try await fleet.agencyA.start()
                try await fleet.wait(atMost: .seconds(20), for: "HUB-1 up again, and a report") {
                    let view = try await fleet.agencyA.operators.drill(DrillID(begun.drill))
                    let peers = try await fleet.agencyA.client.peers()
                    return view.hasReport && view.state == "restarted"
                        && peers.allSatisfy { $0.state == .up }
                }
            }
        }
    }
}
