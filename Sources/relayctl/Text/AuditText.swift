// The books as tables: one line for each day and relay.

import RelayAPI
import RelayCore

enum AuditText {
    /// What came in on the left, with where it is; what was handed over on the right.
    static func rows(_ rows: [AuditRow], _ console: Console) -> [String] {
        var table = Table(
            "DAY", "RELAY", "WHAT", ">ACCEPTED", ">QUEUED", ">SENDING", ">HELD", ">RELAYED",
            ">DELIVERED", ">COLLECTED", ">FAILED", ">CANCELLED", ">FORGOTTEN", "BALANCE",
            ">HANDED OVER", ">SIZE")
        for row in rows {
            for (what, tally, handed) in [
                ("documents", row.documents, row.handedDocuments),
                ("receipts", row.receipts, row.handedReceipts),
            ] where tally.accepted > 0 || handed.deliveries > 0 {
                table.add(
                    [.init(row.day), .init(row.relay?.text ?? "(here)"), .init(what)]
                        + counts(tally)
                        + [
                            tally.balances ? .init("ok", .good) : .init("OFF", .bad),
                            .init(handed.deliveries), .init(Amount.bytes(handed.bytes)),
                        ])
            }
        }
        return table.lines(console.style)
    }

    private static func counts(_ tally: TallyView) -> [Table.Cell] {
        [
            tally.accepted, tally.queued, tally.attempting, tally.held, tally.relayed,
            tally.delivered, tally.collected, tally.failed, tally.cancelled, tally.forgotten,
        ].map { .init($0 == 0 ? "." : String($0)) }
    }

    static func check(_ check: AuditCheck, _ console: Console) -> [String] {
        let verdict =
            check.discrepancies.isEmpty
            ? console.style.paint("every tally agrees with the records", .good)
            : console.style.paint("the books do not agree with the records", .bad)
        return check.discrepancies.map(Clean.text) + [
            "\(check.deliveries) deliveries and \(check.handOvers) hand-overs were counted",
            verdict,
        ]
    }

    static func comparison(_ result: AuditComparison, _ console: Console) -> [String] {
        var lines: [String] = []
        if let here = result.here, let there = result.there {
            var table = Table(
                "\(result.day)", ">HERE: DOCUMENTS", ">RECEIPTS",
                ">\(result.peer): DOCUMENTS", ">RECEIPTS")
            table.add(
                .init("handed to \(result.peer)"), .init(here.handedDocuments),
                .init(here.handedReceipts), .init(there.takenDocuments),
                .init(there.takenReceipts))
            table.add(
                .init("taken from \(result.peer)"), .init(here.takenDocuments),
                .init(here.takenReceipts), .init(there.handedDocuments),
                .init(there.handedReceipts))
            lines += table.lines(console.style) + [""]
        }
        if !result.differences.isEmpty {
            var table = Table("ID", "TO", "HANDED OVER BY", "STATE THERE", "UNKNOWN TO")
            for entry in result.differences {
                let (one, other) =
                    entry.handedBy == .here
                    ? ("this relay", result.peer.text) : (result.peer.text, "this relay")
                table.add(
                    .init(entry.id.description), .init(entry.recipient.text), .init(one),
                    .init(entry.state?.rawValue), .init(other))
            }
            lines += table.lines(console.style) + [""]
        }
        return lines + [verdict(result, console)]
    }

    private static func verdict(_ result: AuditComparison, _ console: Console) -> String {
        switch result.state {
        case .compared where result.differing == 0:
            console.style.paint(
                "\(result.compared) deliveries compared: the books of both agree", .good)
        case .compared:
            console.style.paint(
                "\(result.compared) deliveries compared: \(result.differing) differ", .bad)
        case .down:
            console.style.paint(
                "\(result.peer) is down" + (result.why.map { ": \(Clean.text($0))" } ?? ""), .bad)
        case .tooOld:
            console.style.paint(
                "the version of \(result.peer) is too old to compare books", .bad)
        case .silent: console.style.paint("\(result.peer) does not answer", .bad)
        case .tooLong:
            console.style.paint(
                "after \(result.compared) deliveries the time was up; \(result.differing) differ",
                .bad)
        }
    }
}
