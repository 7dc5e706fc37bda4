// A drill scenario as its file says it, and the rules that bind several keys.
//
// Guarantees: what could be read has been read, whatever else is wrong, so that everything wrong is
// reported in one run.

import RelayCore

struct DrillDraft {
    /// Nil when something required is missing, which has been reported.
    let scenario: DrillScenario?
    private let findings: Findings

    init(_ root: Section, findings: Findings) {
        self.findings = findings
        let name = root.value(DrillSchema.drill)
        let title = root.section("title")
        let titles = (title.value(DrillSchema.vietnamese), title.value(DrillSchema.english))
        let lease = root.value(DrillSchema.lease)
        let sections = root.sections(DrillSchema.Faults.all)
        if sections.isEmpty, findings.areSound(["faults"]) {
            findings.refuse("faults", "names no fault; a drill needs at least one")
        }
        let faults = sections.map { FaultDraft($0, findings: findings) }
        let traffic = DrillScenario.Traffic(root.section("traffic"), findings: findings)
        let guards = DrillScenario.Guards(root.section("guards"))
        let objectives = DrillScenario.Objectives(root.section("objectives"))
        if let lease { Self.check(faults, traffic, lease: lease, findings) }
        Self.checkOverlaps(faults, findings)
        let complete = faults.compactMap(\.fault)
        guard let name, let vietnamese = titles.0, let english = titles.1, let lease,
            complete.count == sections.count
        else {
            scenario = nil
            return
        }
        scenario = DrillScenario(
            name: name, title: .init(vietnamese: vietnamese, english: english), lease: lease,
            faults: complete, traffic: traffic, guards: guards, objectives: objectives)
    }

    /// Everything ends before the lease does: what the lease would cut off was not thought out.
    private static func check(
        _ faults: [FaultDraft], _ traffic: DrillScenario.Traffic, lease: Interval,
        _ findings: Findings
    ) {
        for draft in faults {
            guard let fault = draft.fault, fault.end > lease else { continue }
            findings.refuse(
                "\(draft.key).for",
                "the fault ends \(Amount.duration(fault.end)) after the start, and the lease "
                    + "\(Amount.duration(lease)) after it; a longer lease, or a shorter fault")
        }
        if case .test(let documents) = traffic, documents.duration > lease,
            findings.areSound(["traffic.documents", "traffic.rate", "lease"])
        {
            findings.refuse(
                "traffic.documents",
                "\(documents.count) documents take \(Amount.duration(documents.duration)) at this "
                    + "rate, longer than the lease (\(Amount.duration(lease)))")
        }
    }

    /// When one of two like faults ends, the other one would end with it.
    private static func checkOverlaps(_ faults: [FaultDraft], _ findings: Findings) {
        for (number, draft) in faults.enumerated() {
            guard let fault = draft.fault else { continue }
            for earlier in faults[..<number] {
                guard let other = earlier.fault, other.kind.word == fault.kind.word,
                    other.target == fault.target, fault.after < other.end, other.after < fault.end
                else { continue }
                findings.refuse(
                    draft.key,
                    "is like \(earlier.key), and both last at one time; make one of the two")
                break
            }
        }
    }
}

// MARK: - One fault

/// An entry of `faults`.
private struct FaultDraft {
    let key: String
    let fault: DrillFault?

    init(_ section: Section, findings: Findings) {
        key = section.path
        let given = Given(section)
        let keys = given.keysThatDoNotBelong
        for name in keys {
            findings.refuse(
                "\(section.path).\(name)",
                "does not belong to the fault \(given.word?.rawValue ?? "")")
        }
        fault = given.fault(section.path, findings)
    }

    /// What was given, each key asked for once.
    private struct Given {
        let word: FaultWord?
        let peer: DrillPeer?
        let route: OrganisationPattern
        let address: Int?
        let network: IPNetwork?
        let delay: Interval?
        let rate: UInt64?
        let after: Interval
        let duration: Interval?
        let names: Set<String>

        init(_ section: Section) {
            word = section.value(DrillSchema.Faults.fault)
            peer = section.value(DrillSchema.Faults.peer)
            route = section.value(DrillSchema.Faults.route)
            address = section.value(DrillSchema.Faults.address)
            network = section.value(DrillSchema.Faults.network)
            delay = section.value(DrillSchema.Faults.delay)
            rate = section.value(DrillSchema.Faults.rate)
            after = section.value(DrillSchema.Faults.after)
            duration = section.value(DrillSchema.Faults.duration)
            names = section.givenNames
        }

        /// Keys that this fault cannot have, in the order of the reference.
        var keysThatDoNotBelong: [String] {
            guard let word else { return [] }
            var barred: [String] = []
            if word == .spaceShort { barred += ["peer", "route"] }
            if word != .addressBlackholed { barred += ["address", "network"] }
            if word != .linkSlow { barred += ["delay", "rate"] }
            if names.contains("network") { barred += ["peer", "route", "address"] }
            if case .code = peer { barred.append("route") }
            return barred.enumerated()
                .filter { names.contains($1) && !barred[..<$0].contains($1) }.map(\.element)
        }

        func fault(_ key: String, _ findings: Findings) -> DrillFault? {
            guard let word else { return nil }
            let needsPeer = word != .spaceShort && !names.contains("network")
            if needsPeer, !names.contains("peer") {
                findings.refuse(
                    "\(key).peer",
                    "is missing; \(word.rawValue) takes \(DrillSchema.Faults.peer.kind.allowed)"
                        + (word == .addressBlackholed ? ", or network" : ""))
                return nil
            }
            guard let kind = kind(word, key, findings), let duration else { return nil }
            return DrillFault(kind: kind, target: target, after: after, duration: duration)
        }

        private var target: DrillFault.Target {
            switch peer {
            case .code(let code): .peer(code)
            case .primary: .primary(route: route.description)
            case .backup: .backup(route: route.description)
            case nil: .here
            }
        }

        private func kind(
            _ word: FaultWord, _ key: String, _ findings: Findings
        ) -> Fault.Kind? {
            switch word {
            case .linkRefused: return .linkRefused
            case .linkHung: return .linkHung
            case .certificateRefused: return .certificateRefused
            case .spaceShort: return .spaceShort
            case .addressBlackholed:
                if let network { return .addressBlackholed(.network(network)) }
                return .addressBlackholed(address.map { .number($0 - 1) } ?? .all)
            case .linkSlow:
                guard names.contains("delay") || names.contains("rate") else {
                    findings.refuse(
                        key, "link-slow needs delay, such as 300 ms, or rate, such as 64 KiB/s")
                    return nil
                }
                return .linkSlow(
                    Fault.Slowness(delay: delay ?? .seconds(0), bytesPerSecond: rate))
            }
        }
    }
}

// MARK: - The rest

extension DrillScenario.Traffic {
    init(_ section: Section, findings: Findings) {
        let isTest = section.value(DrillSchema.Traffic.carried)
        let documents = DrillScenario.TestDocuments(
            count: section.value(DrillSchema.Traffic.documents),
            size: section.value(DrillSchema.Traffic.size),
            perHour: section.value(DrillSchema.Traffic.rate),
            recipients: (section.list(DrillSchema.Traffic.to) ?? []).map(\.value),
            priority: Priority(rawValue: UInt8(section.value(DrillSchema.Traffic.priority)))
                ?? .normal)
        if !isTest, findings.areSound(["traffic.carried"]) {
            for name in section.givenNames.sorted() where name != "carried" {
                findings.refuse(
                    "traffic.\(name)", "is for test documents only; write carried: test")
            }
        }
        self = isTest ? .test(documents) : .real
    }
}

extension DrillScenario.Guards {
    init(_ section: Section) {
        self.init(
            backlogMax: section.value(DrillSchema.Guards.backlog),
            oldestMax: section.value(DrillSchema.Guards.oldest),
            deadlinesAtRiskMax: section.value(DrillSchema.Guards.deadlinesAtRisk))
    }
}

extension DrillScenario.Objectives {
    init(_ section: Section) {
        self.init(
            detect: section.value(DrillSchema.Objectives.detect),
            reroute: section.value(DrillSchema.Objectives.reroute),
            drain: section.value(DrillSchema.Objectives.drain),
            giveBack: section.value(DrillSchema.Objectives.giveBack),
            lostMax: section.value(DrillSchema.Objectives.lost),
            duplicatesMax: section.value(DrillSchema.Objectives.duplicates))
    }
}
