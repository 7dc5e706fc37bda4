// Drills in scenarios: one fault at one peer, with or without test documents.

import RelayCore

extension ScenarioPlayer {
    /// `drill RELAY FAULT PEER LEASE [after S] [for S] [tests N to CODE...] [backlog N]`, times in
    /// seconds. Without `for` the fault lasts as long as the lease.
    func drill(_ words: [String]) throws(ScenarioFault) {
        guard let peer = RelayCode(words[3]) else { throw ScenarioFault(what: "no such peer") }
        let kind = try fault(words[2])
        let lease = try seconds(words[4])
        var (after, length) = (Interval.seconds(0), lease)
        var tests = 0
        var recipients: [OrganisationCode] = []
        var backlog = 1_000
        var rest = words[5...]
        while let word = rest.popFirst() {
            let value = rest.popFirst() ?? ""
            switch word {
            case "after": after = try seconds(value)
            case "for": length = try seconds(value)
            case "tests": tests = Int(value) ?? 0
            case "to": recipients.append(try organisation(value))
            case "backlog": backlog = Int(value) ?? 0
            default: throw ScenarioFault(what: "a drill has no \(word)")
            }
        }
        let traffic: DrillScenario.Traffic =
            tests == 0
            ? .real
            : .test(
                DrillScenario.TestDocuments(
                    count: tests, size: 1_000, perHour: 3_600, recipients: recipients,
                    priority: .normal))
        let scenario = DrillScenario(
            name: "rehearsal",
            title: DrillScenario.Title(vietnamese: "Diễn tập", english: "Rehearsal"),
            lease: lease,
            faults: [
                DrillFault(
                    kind: kind, target: kind == .spaceShort ? .here : .peer(peer), after: after,
                    duration: length)
            ], traffic: traffic,
            guards: DrillScenario.Guards(
                backlogMax: backlog, oldestMax: .minutes(10), deadlinesAtRiskMax: 0),
            objectives: DrillScenario.Objectives())
        stage.world.order(scenario, at: try relay(words[1]))
    }

    private func fault(_ word: String) throws(ScenarioFault) -> Fault.Kind {
        switch word {
        case "refused": return .linkRefused
        case "hung": return .linkHung
        case "slow":
            return .linkSlow(Fault.Slowness(delay: .milliseconds(500), bytesPerSecond: nil))
        case "untrusted": return .certificateRefused
        case "full": return .spaceShort
        default: throw ScenarioFault(what: "no such fault")
        }
    }
}
