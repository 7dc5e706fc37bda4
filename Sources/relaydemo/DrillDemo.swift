// A failover drill on four real relays under load: `Deploy/drill-demo.sh` builds and runs this.
//
// Hub 1 hangs for some seconds while documents are submitted, real ones and the drill's own. At the
// end stands the report, verified as whoever files it would: from the page alone.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import RelayReport
import RelayTrust

struct DrillDemo {
    let fleet: Fleet
    /// Where the page goes.
    let page: String
    let seed: UInt64

    /// True when the drill has passed, its page verifies, and every real document arrived.
    func run() async throws -> Bool {
        say("starting four relays: \(fleet.all.map(\.code.text).joined(separator: ", "))")
        try await fleet.start()
        try await ready()
        let book = SubmissionBook()
        let running = Running()
        async let load: Void = submit(noting: book, while: running)
        let report: DrillReport
        do {
            report = try await drill()
            running.lower()
            try await load
        } catch {
            running.lower()
            throw error
        }
        for line in DrillText(report, isVietnamese: false).lines { say(line) }
        say("")
        try await fleet.wait(atMost: .seconds(60), for: "every real document in B's inbox") {
            try await fleet.inbox(of: fleet.agencyB).count >= book.accepted.count
        }
        let inbox = try await fleet.inbox(of: fleet.agencyB)
        let isWhole =
            Set(inbox.map(\.id)) == Set(book.accepted.keys) && inbox.count == book.accepted.count
        say(
            "\(book.accepted.count) real documents submitted meanwhile, \(inbox.count) in B's inbox, "
                + "none of them a test document: \(isWhole ? "yes" : "NO")")
        say("the page, signed: \(page)")
        return isWhole && report.verdict == .passed
    }

    private func ready() async throws {
        try await fleet.wait(atMost: .seconds(20), for: "all links of A and B") {
            for daemon in [fleet.agencyA, fleet.agencyB] {
                let peers = try await daemon.client.peers()
                guard peers.allSatisfy({ $0.state == .up }) else { return false }
            }
            return true
        }
    }

    /// Orders the drill and waits for its report, which is checked and written to a page.
    private func drill() async throws -> DrillReport {
        let operators = fleet.agencyA.operators
        let request = DrillRequest(scenario: Self.scenario, reason: "the demo")
        let plan = try await operators.planDrill(request)
        guard plan.refusedBecause.isEmpty else {
            throw FleetError("the drill would be refused: \(plan.refusedBecause)")
        }
        let begun = try await operators.startDrill(request)
        say("drill \(begun.scenario) begun at \(fleet.agencyA.code): \(begun.titleEn)")
        var shown = 0
        var view = begun
        while !view.hasReport {
            try await Task.sleep(for: .milliseconds(200))
            view = try await operators.drill(DrillID(begun.drill))
            for moment in view.timeline.dropFirst(shown) {
                let took = moment.tookMs.map { " (\($0) ms)" } ?? ""
                say(
                    "  +\(moment.elapsedMs / 1_000) s  \(moment.what) \(moment.peer?.text ?? "")\(took)"
                )
            }
            shown = view.timeline.count
        }
        say("")
        return try await file(DrillID(begun.drill))
    }

    private func file(_ id: DrillID) async throws -> DrillReport {
        let kept = try await fleet.agencyA.operators.drillReport(id)
        guard case (let signature, .json(let report)) = try SignedReport.find(in: kept) else {
            throw FleetError("the relay keeps no signed report of \(id)")
        }
        let html = DrillPage(report, signature: signature).html
        try Data(html.utf8).write(to: URL(filePath: page))
        // As somebody would who has nothing but the page and the authority's certificate.
        let read = [UInt8](try Data(contentsOf: URL(filePath: page)))
        let anchors = try String(
            contentsOfFile: fleet.agencyA.directory + "/ca.pem", encoding: .utf8)
        let (found, form) = try SignedReport.find(in: read)
        guard case .success(let checked) = try ReportVerifier(anchors: anchors).verify(found),
            checked.isSigned(by: fleet.agencyA.code)
        else { throw FleetError("the page's signature does not verify") }
        let signed = try DrillReport(canonicalJSON: checked.content)
        guard SignedReport.agrees(read, form, with: signed, signature: found) else {
            throw FleetError("the page shows something else than was signed")
        }
        return signed
    }

    /// Real documents, ten a second, as long as the drill runs.
    private func submit(noting book: SubmissionBook, while running: Running) async throws {
        guard let a = OrganisationCode(Fleet.codeA), let b = OrganisationCode(Fleet.codeB)
        else { throw FleetError("the fleet's codes are no codes") }
        let submitter = Submitter(fleet.agencyA, noting: book)
        var number = 0
        while running.isUp {
            let sample = SampleDocument(
                number: number, from: a, to: b, attachmentBytes: 8 << 10, seed: seed)
            try await submitter.submit(sample)
            number += 1
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Short times, so that it can be watched.
    private static let scenario = """
        # The demo's drill: the first hub hangs, as a machine does whose disk is stuck.
        drill: primary-hub-down
        title: { vi: "Mất trung tâm chính", en: "Primary hub down" }
        lease: 2 m
        faults:
          - fault: link-hung
            peer: primary
            after: 3 s
            for: 25 s
        traffic:
          carried: test
          documents: 200
          size: 8 KiB
          rate: 8/s
          to: [\(Fleet.codeB)]
        guards:
          backlog: 5000
          oldest: 1 m
          deadlinesAtRisk: 0
        objectives:
          detect: 16 s
          reroute: 5 s
          drain: 30 s
          return: 30 s
          lost: 0
          duplicates: 0

        """
}
