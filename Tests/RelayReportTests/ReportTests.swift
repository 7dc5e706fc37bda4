// Reports: what they conclude, and that a page shows nothing but what was signed.

import RelayCore
import Testing

@testable import RelayReport

@Suite("drill reports") struct ReportTests {
    static func code(_ text: String) throws -> RelayCode { try #require(RelayCode(text)) }

    /// A drill that did what it should.
    static func record(
        _ change: (inout DrillRecord) -> Void = { _ in }
    ) throws -> DrillRecord {
        let hub = try code("HUB-1")
        let start = Instant(milliseconds: 1_795_000_000_000)
        var record = DrillRecord(
            drill: DrillID(DocumentID(high: 1, low: 2)), scenario: "primary-hub-down",
            title: DrillScenario.Title(
                vietnamese: "Mất trung tâm <chính>", english: "Primary hub down"),
            source: "drill: primary-hub-down\n", by: "an", reason: "quarterly & \"planned\"",
            startedAt: start, lease: .minutes(5),
            objectives: DrillScenario.Objectives(
                detect: .seconds(15), reroute: .seconds(5), drain: .seconds(60),
                giveBack: .minutes(3)),
            testsPlanned: 100)
        func mark(
            _ seconds: Int64, _ what: DrillMark.What, _ took: Int64? = nil, _ words: String = ""
        ) {
            record.marks.append(
                DrillMark(
                    at: start + .seconds(seconds), elapsed: .seconds(seconds), what: what,
                    peer: what == .started || what == .ended ? nil : hub,
                    took: took.map { .milliseconds($0) }, detail: words))
        }
        mark(0, .started, nil, "an: quarterly")
        mark(2, .faultBegun, nil, "link-hung")
        mark(17, .detected, 14_900, "nothing was heard from the peer in time")
        mark(17, .rerouted, 40)
        mark(18, .drained, 900)
        mark(62, .faultLifted, nil, "link-hung")
        mark(80, .returned, 18_000)
        mark(81, .ended)
        record.measures.detect = .took(.milliseconds(14_900))
        record.measures.reroute = .took(.milliseconds(40))
        record.measures.drain = .took(.milliseconds(900))
        record.measures.giveBack = .took(.seconds(18))
        record.tests.accepted = 100
        record.tests.proven = 100
        for second in 0..<80 {
            record.samples.append(
                DrillSample(
                    elapsed: .seconds(Int64(second)), queued: second % 17 * 3, oldest: nil,
                    handedOver: second))
        }
        record.end = DrillEnd(at: start + .seconds(81), elapsed: .seconds(81), how: .completed)
        change(&record)
        return record
    }

    static func accounts(arrived: Int64 = 100, silent: [String] = []) -> [DrillReport.Account] {
        func account(_ relay: String, delivered: Int64) -> DrillReport.Account {
            var account = DrillReport.Account(relay: relay, hasAnswered: true)
            account.test = DrillReport.Balance(
                accepted: 100, waiting: 0, relayed: 100 - delivered, delivered: delivered,
                failed: 0, forgotten: 0)
            return account
        }
        var there = account("H88.2", delivered: arrived)
        there.test?.accepted = arrived
        there.test?.relayed = 0
        return [account("H99.1", delivered: 100), there]
            + silent.map { DrillReport.Account(relay: $0, hasAnswered: false) }
    }

    static func report(
        _ record: DrillRecord, _ accounts: [DrillReport.Account] = accounts()
    ) throws -> DrillReport {
        DrillReport(record, at: try code("H99.1"), software: "tram 0.1.0", accounts: accounts)
    }

    @Test("a drill that met every objective has passed")
    func passed() throws {
        let report = try Self.report(try Self.record())
        #expect(report.verdict == .passed)
        #expect(report.objectives.allSatisfy { $0.result == .met })
    }

    @Test("an objective that was missed, or not reached, is a failure")
    func failed() throws {
        let late = try Self.report(try Self.record { $0.measures.detect = .took(.seconds(16)) })
        #expect(late.verdict == .failed)
        #expect(late.objectives.first?.result == .missed)
        let never = try Self.report(try Self.record { $0.measures.giveBack = .open })
        #expect(never.verdict == .failed)
        #expect(never.objectives.contains { $0.name == .giveBack && $0.result == .notMeasured })
    }

    @Test("what no fault calls for does not fail the drill")
    func notApplicable() throws {
        let report = try Self.report(try Self.record { $0.measures.reroute = .notApplicable })
        #expect(report.verdict == .passed)
    }

    @Test("a relay that does not answer is unknown, and never fine")
    func silent() throws {
        let report = try Self.report(try Self.record(), Self.accounts(silent: ["HUB-2"]))
        #expect(report.verdict == .failed)
        let lost = try #require(report.objectives.first { $0.name == .lost })
        #expect(lost.result == .notMeasured && lost.note?.contains("HUB-2") == true)
    }

    @Test("what is nowhere is lost, what is there twice is a duplicate")
    func lostAndDouble() throws {
        var accounts = Self.accounts()
        accounts[0].test?.relayed = -1
        let lost = try Self.report(try Self.record(), accounts)
        #expect(lost.objectives.contains { $0.name == .lost && $0.measured == 1 })
        let twice = try Self.report(try Self.record(), Self.accounts(arrived: 101))
        #expect(twice.objectives.contains { $0.name == .duplicates && $0.measured == 1 })
        #expect(lost.verdict == .failed && twice.verdict == .failed)
    }

    @Test("deliveries without a receipt are not counted as arrived")
    func open() throws {
        let report = try Self.report(try Self.record { $0.tests.proven = 98 })
        let lost = try #require(report.objectives.first { $0.name == .lost })
        #expect(lost.result == .notMeasured && lost.note == "2 deliveries had no receipt yet")
    }

    @Test("an abort and a restart are neither passed nor failed")
    func aborted() throws {
        for how in [DrillEnd.How.aborted, .restarted] {
            let report = try Self.report(
                try Self.record {
                    $0.end = DrillEnd(at: $0.startedAt, elapsed: .seconds(1), how: how)
                })
            #expect(report.verdict == .aborted)
        }
    }

    @Test("the JSON of a report reads back, and other bytes do not")
    func canonical() throws {
        let report = try Self.report(try Self.record())
        let bytes = try report.canonicalJSON()
        #expect(try DrillReport(canonicalJSON: bytes) == report)
        #expect(throws: ReportFault.notCanonical) {
            try DrillReport(canonicalJSON: bytes + [0x20])
        }
        #expect(throws: ReportFault.self) { try DrillReport(canonicalJSON: Array("{}".utf8)) }
        #expect(throws: ReportFault.self) { try DrillReport(canonicalJSON: [0xFF]) }
    }

    @Test("a page gives its signature back, and shows when it was changed")
    func page() throws {
        let report = try Self.report(try Self.record())
        let signature: [UInt8] = [0x30] + (0..<200).map { UInt8($0) }
        let page = Array(DrillPage(report, signature: signature).html.utf8)
        let (found, form) = try SignedReport.find(in: page)
        #expect(found == signature)
        #expect(SignedReport.agrees(page, form, with: report, signature: signature))
        let forged = String(decoding: page, as: UTF8.self)
            .replacing("14.9 s", with: "1.9 s")
        #expect(
            !SignedReport.agrees(Array(forged.utf8), form, with: report, signature: signature))
    }

    @Test("a page asks nothing of anybody else, and texts from outside stay texts")
    func selfContained() throws {
        let report = try Self.report(
            try Self.record { $0.hops = [] })
        let html = DrillPage(report, signature: [0x30]).html
        for word in ["http:", "https:", "<script", "src=", "@import", "url("] {
            #expect(!html.contains(word), "\(word)")
        }
        #expect(html.contains("Mất trung tâm &lt;chính&gt;"))
        #expect(html.contains("quarterly &amp; &quot;planned&quot;"))
    }

    @Test("a file that is no report says so")
    func noReport() {
        for file in ["", "<!DOCTYPE html><p>", "{}", "hello"] {
            #expect(throws: ReportFault.noSignature) {
                try SignedReport.find(in: Array(file.utf8))
            }
        }
    }

    @Test("the text has both languages")
    func text() throws {
        let report = try Self.report(try Self.record(), Self.accounts(silent: ["HUB-2"]))
        let english = DrillText(report, isVietnamese: false).lines.joined(separator: "\n")
        #expect(english.contains("Primary hub down") && english.contains("FAILED"))
        #expect(english.contains("UNKNOWN: it did not answer"))
        let vietnamese = DrillText(report, isVietnamese: true).lines.joined(separator: "\n")
        #expect(vietnamese.contains("Mất trung tâm") && vietnamese.contains("KHÔNG ĐẠT"))
    }
}
