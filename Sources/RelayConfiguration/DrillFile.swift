// Reading a drill scenario: from text, or from a file. What `Configuration` is for a relay.
//
// Guarantees: the same text gives the same answer on every machine; all errors at once, each with
// its place; an unknown key is an error. Leaves to others: whether a relay has the peers and routes
// that it names (`DrillScenario.faults(at:)`).

package import RelayCore

extension DrillScenario {
    /// Reads the text of a scenario. `file` names it in messages.
    package static func parse(
        _ text: String, file: String
    ) -> Result<DrillScenario, ConfigurationErrors> {
        let findings = Findings(file: file)
        if let element = Composer.mapping(of: text, findings: findings) {
            let root = Section(file: element, keys: DrillSchema.keys, findings: findings)
            let scenario = DrillDraft(root, findings: findings).scenario
            if findings.outcome == nil, let scenario { return .success(scenario) }
        }
        guard let errors = findings.outcome else {
            preconditionFailure("\(file) is incomplete, and nothing was reported")
        }
        return .failure(errors)
    }

    /// Reads a scenario's file.
    package static func load(path: String) -> Result<DrillScenario, ConfigurationErrors> {
        TextFile.read(path, as: "a drill scenario").flatMap { parse($0, file: path) }
    }
}

/// Bytes, from text such as `8 KiB`; nil when it is no size.
package func byteSize(_ text: String) -> UInt64? {
    Amount.read(text, units: Amount.sizes, plain: 1)
}

/// A length of time, from text such as `4 h`; nil when it is none.
package func timeSpan(_ text: String) -> Interval? {
    Amount.read(text, units: Amount.durations, plain: nil).flatMap { Int64(exactly: $0) }
        .map(Interval.milliseconds)
}

/// Documents in an hour, from text such as `10000/h`; nil when it is no rate within bounds.
package func documentRate(_ text: String) -> Int? {
    if case .value(let perHour) = Kind<Int>.documentRate.read(text) { perHour } else { nil }
}
