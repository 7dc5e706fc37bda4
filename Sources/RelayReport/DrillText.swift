// A report on a terminal: one screen, in one language.

package struct DrillText {
    private let report: DrillReport
    private let isVietnamese: Bool

    package init(_ report: DrillReport, isVietnamese: Bool) {
        self.report = report
        self.isVietnamese = isVietnamese
    }

    private func say(_ words: Words) -> String { isVietnamese ? words.vi : words.en }
    private func say(_ vi: String, _ en: String) -> String { isVietnamese ? vi : en }

    package var lines: [String] {
        head + [""] + objectives + [""] + timeline + [""] + routes + documents + relays
    }

    private var head: [String] {
        let title = say(report.scenario.titleVi, report.scenario.titleEn)
        var end = say(Words.end(report.end))
        if let reason = report.endReason { end += ": \(reason)" }
        return [
            "\(say("Diễn tập", "Drill")) \(report.scenario.name): \(title)",
            "\(say(Words.verdict(report.verdict)).uppercased())  (\(end))",
            "",
            pair(say("Mã", "Id"), report.drill),
            pair("Relay", "\(report.relay), \(report.software)"),
            pair(say("Người lệnh", "Ordered by"), report.by),
            pair(say("Lý do", "Reason"), report.reason),
            pair(
                say("Thời gian", "Time"),
                "\(report.startedAt) – \(report.endedAt) (\(Length.text(report.durationMs)))"),
        ]
    }

    private var objectives: [String] {
        [say("Mục tiêu", "Objectives")]
            + report.objectives.map { objective in
                let goal = amount(objective.goal, objective.name)
                let measured = objective.measured.map { amount($0, objective.name) } ?? "-"
                var line = "  " + pad(say(Words.objective(objective.name)), 14)
                line += pad(measured, 14) + pad("≤ \(goal)", 14)
                line += say(Words.result(objective.result))
                return objective.note.map { line + ": \($0)" } ?? line
            }
    }

    private func amount(_ number: Int64, _ name: DrillReport.Objective.Name) -> String {
        name.isTime ? Length.text(number) : "\(number)"
    }

    private var timeline: [String] {
        [say("Diễn biến", "Time line")]
            + report.timeline.map { moment in
                var line = "  " + pad(Length.elapsed(moment.elapsedMs), 11)
                line += pad(say(Words.moment(moment.what)), 22) + pad(moment.peer ?? "", 12)
                let took = moment.tookMs.map { [Length.text($0)] } ?? []
                line += (took + [moment.detail].compactMap { $0 }).joined(separator: "  ")
                return trimmed(line)
            }
    }

    private var routes: [String] {
        guard !report.routes.isEmpty else { return [] }
        let title = say("Theo tuyến: đã nhận / bắt đầu", "By route: accepted / begun")
        return [title]
            + report.routes.map { route in
                let back =
                    route.returned > 0 ? say("trả lại", "returned") + " \(route.returned)" : ""
                let line =
                    "  " + pad(route.route, 16) + pad(route.hop, 14)
                    + pad("\(route.accepted) / \(route.begun)", 16) + back
                return trimmed(line)
            } + [""]
    }

    private var documents: [String] {
        [say("Văn bản trong lúc diễn tập", "Deliveries during the drill")]
            + report.documents.map { cohort in
                let kind = cohort.kind == "real" ? say("thật", "real") : say("thử", "test")
                return "  " + pad(kind, 8)
                    + "\(cohort.accepted + cohort.passing) \(say("đã nhận", "accepted")), "
                    + "\(cohort.proven + cohort.passed) \(say("đã xong", "proven")), "
                    + "\(cohort.open) \(say("còn lại", "open")), "
                    + "\(cohort.failed) \(say("hỏng", "failed")), "
                    + "\(cohort.duplicates) \(say("trùng", "duplicate"))"
            } + [""]
    }

    private var relays: [String] {
        [say("Bảo toàn: mỗi relay nhận = các trạng thái", "Conservation: accepted = all states")]
            + report.relays.map { account in
                guard account.hasAnswered else {
                    return "  " + pad(account.relay, 14)
                        + say("KHÔNG RÕ: không trả lời", "UNKNOWN: it did not answer")
                }
                let parts = [
                    balance(account.real, say("thật", "real")),
                    balance(account.test, say("thử", "test")),
                ]
                return "  " + pad(account.relay, 14)
                    + parts.compactMap { $0 }.joined(separator: "; ")
            }
    }

    private func balance(_ balance: DrillReport.Balance?, _ kind: String) -> String? {
        guard let balance else { return nil }
        let isEven = balance.difference == 0
        return "\(kind) \(balance.accepted) "
            + (isEven ? say("khớp", "balanced") : say("LỆCH", "OFF BY") + " \(balance.difference)")
    }

    private func pair(_ name: String, _ value: String) -> String { pad(name, 14) + value }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private func trimmed(_ line: String) -> String {
        let end = line.lastIndex { $0 != " " }
        return end.map { String(line[...$0]) } ?? ""
    }
}
