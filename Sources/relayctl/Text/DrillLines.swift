// Drills for people: the plan, the head of one, its time line, and the list.

import RelayAPI
import RelayCore

enum DrillLines {
    static func plan(_ plan: DrillPlanView, _ console: Console) -> [String] {
        var facts = Facts()
        facts.add("Drill", plan.scenario, .bold)
        facts.add("Title", "\(plan.titleVi) / \(plan.titleEn)")
        facts.add("Lease", length(plan.leaseMs))
        facts.add(
            "Carried by",
            plan.testDocuments == 0
                ? "the real queues alone"
                : "\(plan.testDocuments) test documents to "
                    + plan.testRecipients.map(\.text).joined(separator: ", "))
        var table = Table("FAULT", "PEER", ">BEGINS", ">LASTS", "TAKES THE PEER AWAY")
        for fault in plan.faults {
            table.add(
                .init(fault.fault), .init(fault.peer?.text), .init("+" + length(fault.afterMs)),
                .init(length(fault.durationMs)), .init(fault.isOutage ? "yes" : "no"))
        }
        var guards = Table("GUARD", ">NOW", ">MOST")
        for entry in plan.guards {
            let isTime = entry.name == "oldestMs"
            guards.add(
                .init(isTime ? "oldest" : entry.name),
                .init(
                    isTime ? length(entry.now) : "\(entry.now)",
                    entry.now > entry.most ? .bad : .plain),
                .init(isTime ? length(entry.most) : "\(entry.most)"))
        }
        let verdict =
            plan.refusedBecause.isEmpty
            ? [console.style.paint("It may begin now.", .good)]
            : [console.style.paint("It would be refused now:", .bad)]
                + plan.refusedBecause.map { "  " + Clean.text($0) }
        return facts.lines(console.style) + [""] + table.lines(console.style) + [""]
            + guards.lines(console.style) + [""] + verdict
    }

    static func head(_ view: DrillView, _ console: Console) -> [String] {
        var facts = Facts()
        facts.add("Drill", view.scenario, .bold)
        facts.add("Id", view.drill.description)
        facts.add("Title", "\(view.titleVi) / \(view.titleEn)")
        facts.add("State", state(view), view.isRunning ? .waiting : .plain)
        facts.add("Ordered by", "\(view.by): \(view.reason)")
        facts.add("Started", console.time.text(view.startedAt))
        facts.add(
            view.isRunning ? "Ends by" : "Lease",
            "\(console.time.text(view.leaseEndsAt)) (\(console.time.distance(view.leaseEndsAt)))")
        facts.add("Ended", console.time.text(view.endedAt))
        facts.add("Real", "\(view.accepted) accepted, \(view.proven) proven")
        if view.testsAccepted > 0 {
            facts.add("Test", "\(view.testsAccepted) accepted, \(view.testsProven) proven")
        }
        facts.add("Report", view.hasReport ? "relayctl drill report \(view.drill)" : nil)
        return facts.lines(console.style)
    }

    static func state(_ view: DrillView) -> String {
        view.state + (view.endReason.map { ": \($0)" } ?? "")
    }

    static func timeline(_ view: DrillView, after count: Int) -> [String] {
        view.timeline.dropFirst(count).map { moment in
            var words = [DisplayWidth.pad(elapsed(moment.elapsedMs), to: 9, right: true)]
            words.append(DisplayWidth.pad(moment.what, to: 13, right: false))
            words.append(DisplayWidth.pad(moment.peer?.text ?? "", to: 10, right: false))
            if let took = moment.tookMs { words.append("took \(length(took))") }
            if let detail = moment.detail { words.append(Clean.text(detail)) }
            return words.joined(separator: "  ")
        }
    }

    static func list(_ drills: [DrillView], _ console: Console) -> [String] {
        var table = Table("ID", "DRILL", "STARTED", "STATE", "REPORT", "BY")
        for view in drills {
            table.add(
                .init(view.drill.description), .init(view.scenario),
                .init(console.time.text(view.startedAt)), .init(state(view)),
                .init(view.hasReport ? "yes" : "no"), .init(view.by))
        }
        return table.lines(console.style)
    }

    /// `350 ms`, `4.2 s`, and from a minute on as everywhere.
    static func length(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<1_000: return "\(milliseconds) ms"
        case ..<60_000: return "\(milliseconds / 1_000).\(milliseconds / 100 % 10) s"
        default: return Amount.span(.milliseconds(milliseconds))
        }
    }

    private static func elapsed(_ milliseconds: Int64) -> String {
        "+\(milliseconds / 1_000).\(milliseconds / 100 % 10) s"
    }
}
