// A report as one page that needs nothing else: no script, no font, no image from anywhere. It
// reads on a screen in light and dark, and on paper.
//
// Guarantees: the same report and signature always give the same bytes. So whoever verifies a page
// makes it anew from what was signed, and compares: nothing can be shown that was not.

package struct DrillPage {
    private let report: DrillReport
    private let signature: [UInt8]

    /// - Parameter signature: CMS SignedData in DER with the report's canonical JSON inside.
    package init(_ report: DrillReport, signature: [UInt8]) {
        self.report = report
        self.signature = signature
    }

    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="vi">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(HTML.text(report.scenario.titleVi)) · \(HTML.text(report.relay))</title>
        <style>\(PageStyle.css)</style>
        </head>
        <body>
        <main>
        \(head)
        \(facts)
        \(objectives)
        \(chart)
        \(timeline)
        \(routes)
        \(documents)
        \(relays)
        \(scenario)
        \(signed)
        </main>
        </body>
        </html>

        """
    }

    // MARK: - Sections

    private var head: String {
        let verdict = Words.verdict(report.verdict)
        var end = HTML.both(Words.end(report.end))
        if let reason = report.endReason { end += "<br>\(HTML.text(reason))" }
        return """
            <header>
            <div>
            <p class="kind">Trạm · Báo cáo diễn tập dự phòng <span>Failover drill report</span></p>
            <h1>\(HTML.text(report.scenario.titleVi))</h1>
            <p class="subtitle" lang="en">\(HTML.text(report.scenario.titleEn))</p>
            </div>
            <div class="verdict \(report.verdict.rawValue)">
            <strong>\(verdict.vi)</strong><span lang="en">\(verdict.en)</span>
            <small>\(end)</small>
            </div>
            </header>
            """
    }

    private var facts: String {
        let rows: [(Words, String)] = [
            (Words("Relay", "Relay"), "\(report.relay) · \(report.software)"),
            (Words("Người lệnh", "Ordered by"), report.by),
            (Words("Lý do", "Reason"), report.reason),
            (Words("Bắt đầu", "Begun"), report.startedAt),
            (Words("Kết thúc", "Ended"), report.endedAt),
            (
                Words("Kéo dài / thời hạn", "Duration / lease"),
                "\(Length.text(report.durationMs)) / \(Length.text(report.leaseMs))"
            ),
            (Words("Kịch bản", "Scenario"), report.scenario.name),
            (Words("Mã diễn tập", "Drill id"), report.drill),
        ]
        let items = rows.map { "<div><dt>\(HTML.both($0.0))</dt><dd>\(HTML.text($0.1))</dd></div>" }
        return "<dl class=\"facts\">\n\(items.joined(separator: "\n"))\n</dl>"
    }

    private var objectives: String {
        let rows = report.objectives.map { objective -> [String] in
            let goal = amount(objective.goal, objective.name)
            let measured = objective.measured.map { amount($0, objective.name) } ?? "–"
            var result = HTML.both(Words.result(objective.result))
            if let note = objective.note { result += "<br><small>\(HTML.text(note))</small>" }
            return [
                "<strong>\(HTML.both(Words.objective(objective.name)))</strong>",
                "<small>\(HTML.both(Words.meaning(objective.name)))</small>",
                "<td class=\"number\">≤ \(goal)</td>", "<td class=\"number big\">\(measured)</td>",
                "<td class=\"result \(objective.result.rawValue)\">\(result)</td>",
            ]
        }
        return HTML.section(
            Words("Mục tiêu và kết quả", "Objectives and results"),
            HTML.table(
                [
                    Words("Mục tiêu", "Objective"), Words("Ý nghĩa", "Meaning"),
                    Words("Cần đạt", "Goal"), Words("Đo được", "Measured"),
                    Words("Kết quả", "Result"),
                ], rows))
    }

    private func amount(_ number: Int64, _ name: DrillReport.Objective.Name) -> String {
        name.isTime ? Length.text(number) : "\(number)"
    }

    private var chart: String {
        HTML.section(
            Words("Diễn biến theo thời gian", "Course over time"),
            "<figure>\n\(DrillChart(report).svg)\n</figure>")
    }

    private var timeline: String {
        let rows = report.timeline.enumerated().map { number, moment in
            [
                "<td class=\"number\"><span class=\"dot\">\(number + 1)</span></td>",
                "<td class=\"number\">\(Length.elapsed(moment.elapsedMs))</td>",
                HTML.both(Words.moment(moment.what)), HTML.text(moment.peer ?? ""),
                "<td class=\"number\">\(moment.tookMs.map(Length.text) ?? "")</td>",
                "<small>\(HTML.text(moment.detail ?? ""))</small>",
            ]
        }
        return HTML.section(
            Words("Nhật ký", "Time line"),
            HTML.table(
                [
                    Words("#", "#"), Words("Lúc", "At"), Words("Việc", "What"),
                    Words("Relay", "Relay"), Words("Mất", "Took"), Words("Chi tiết", "Detail"),
                ], rows))
    }

    private var routes: String {
        guard !report.routes.isEmpty else { return "" }
        let rows = report.routes.map { route in
            [HTML.text(route.route), HTML.text(route.hop)]
                + [route.begun, route.accepted, route.returned, route.refused].map(HTML.number)
        }
        return HTML.section(
            Words("Theo tuyến", "By route and next hop"),
            HTML.table(
                [
                    Words("Tuyến", "Route"), Words("Chặng kế", "Next hop"),
                    Words("Bắt đầu", "Begun"), Words("Được nhận", "Accepted"),
                    Words("Trả lại hàng đợi", "Queued again"), Words("Bị từ chối", "Refused"),
                ], rows))
    }

    private var documents: String {
        let rows = report.documents.map { cohort in
            [
                HTML.both(cohort.kind == "real" ? Words("Thật", "Real") : Words("Thử", "Test"))
            ]
                + [
                    cohort.accepted, cohort.proven, cohort.passing, cohort.passed, cohort.open,
                    cohort.failed, cohort.duplicates, cohort.refused,
                ].map(HTML.number)
        }
        return HTML.section(
            Words("Văn bản trong lúc diễn tập", "Deliveries during the drill"),
            HTML.table(
                [
                    Words("Loại", "Kind"), Words("Nhận gửi", "Accepted"),
                    Words("Có biên nhận", "Receipt here"), Words("Quá cảnh", "In transit"),
                    Words("Đã chuyển", "Passed on"), Words("Còn lại", "Open"),
                    Words("Hỏng", "Failed"), Words("Trùng", "Duplicate"),
                    Words("Không nhận", "Not taken"),
                ], rows))
    }

    private var relays: String {
        let rows = report.relays.flatMap { account -> [[String]] in
            guard account.hasAnswered else {
                let unknown = Words("không rõ: không trả lời", "unknown: it did not answer")
                return [
                    [
                        HTML.text(account.relay),
                        "<td class=\"result missed\" colspan=\"8\">\(HTML.both(unknown))</td>",
                    ]
                ]
            }
            return [
                account.real.map { balance(account.relay, Words("thật", "real"), $0) },
                account.test.map { balance(account.relay, Words("thử", "test"), $0) },
            ].compactMap { $0 }
        }
        return HTML.section(
            Words("Bảo toàn trên mọi relay", "Conservation at every relay"),
            HTML.table(
                [
                    Words("Relay", "Relay"), Words("Loại", "Kind"), Words("Đã nhận", "Accepted"),
                    Words("Đang chờ", "Waiting"), Words("Đã chuyển", "Relayed"),
                    Words("Đã đến", "Delivered"), Words("Hỏng", "Failed"),
                    Words("Đã xóa", "Forgotten"), Words("Chênh lệch", "Difference"),
                ], rows))
    }

    private func balance(
        _ relay: String, _ kind: Words, _ balance: DrillReport.Balance
    ) -> [String] {
        let tone = balance.difference == 0 ? "met" : "missed"
        return [HTML.text(relay), HTML.both(kind)]
            + [
                balance.accepted, balance.waiting, balance.relayed, balance.delivered,
                balance.failed, balance.forgotten,
            ].map { HTML.number(Int(clamping: $0)) }
            + ["<td class=\"number result \(tone)\">\(balance.difference)</td>"]
    }

    private var scenario: String {
        """
        <details>
        <summary>\(HTML.both(Words("Tệp kịch bản", "The scenario's file")))</summary>
        <pre>\(HTML.text(report.scenario.source))</pre>
        </details>
        """
    }

    private var signed: String {
        let how = Words(
            "Báo cáo này được relay ký số. Kiểm tra: relayctl drill verify TỆP --ca CHỨNG-THƯ",
            "This report is signed by the relay. Check it: relayctl drill verify FILE --ca ANCHORS")
        return """
            <details class="signed">
            <summary>\(HTML.both(Words("Chữ ký số", "Signature")))</summary>
            <p>\(HTML.both(how))</p>
            <pre id="\(SignedReport.mark)">\(Base64.lines(signature))</pre>
            </details>
            """
    }
}

/// Small pieces of HTML. Whatever comes from outside goes through `text`.
enum HTML {
    static func text(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            default:
                let isControl = scalar.value < 0x20 && scalar != "\n" && scalar != "\t"
                safe.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
            }
        }
        return safe
    }

    static func both(_ words: Words) -> String {
        words.vi == words.en
            ? text(words.vi) : "\(text(words.vi)) <i lang=\"en\">\(text(words.en))</i>"
    }

    static func number(_ number: Int) -> String { "<td class=\"number\">\(number)</td>" }

    static func section(_ title: Words, _ body: String) -> String {
        "<section>\n<h2>\(both(title))</h2>\n\(body)\n</section>"
    }

    /// A cell that is no `td` yet becomes one.
    static func table(_ titles: [Words], _ rows: [[String]]) -> String {
        let head = titles.map { "<th>\(both($0))</th>" }.joined()
        let body = rows.map { row in
            "<tr>" + row.map { $0.hasPrefix("<td") ? $0 : "<td>\($0)</td>" }.joined() + "</tr>"
        }.joined(separator: "\n")
        return """
            <div class="wide"><table>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)
            </tbody></table></div>
            """
    }
}
