// Reading a configuration: from text, which asks the machine nothing, or from a file.
//
// Guarantees: the same text gives the same answer on every machine; a failure names at least one
// error. Leaves to others: whether the files that it names are there (`checkFiles`).

import RelayCore

extension Configuration {
    /// Reads the text of a configuration file. `file` names it in messages, and paths in it are
    /// relative to the directory of `file`. All errors are collected; the text may be anything. Of
    /// a calendar only the path is taken.
    package static func parse(
        _ text: String, file: String
    ) -> Result<Configuration, ConfigurationErrors> {
        read(text, file: file).result
    }

    /// Reads a configuration file, and the calendar that it names: the errors of both. Only regular
    /// files of at most `Bounds.fileBytesMax` bytes in UTF-8 are read.
    package static func load(path: String) -> Result<Configuration, ConfigurationErrors> {
        TextFile.read(path, as: "a configuration file").flatMap { text in
            let (result, calendar) = read(text, file: path)
            guard let calendar else { return result }
            switch (result, WorkCalendar.load(path: calendar)) {
            case (.failure(let errors), .failure(let others)): return .failure(errors.and(others))
            case (.failure(let errors), .success), (.success, .failure(let errors)):
                return .failure(errors)
            case (.success(var configuration), .success(let calendar)):
                configuration.deadlines.rules.calendar = calendar
                return .success(configuration)
            }
        }
    }

    /// Also the path of the calendar, which can be looked at whatever else is wrong.
    private static func read(
        _ text: String, file: String
    ) -> (result: Result<Configuration, ConfigurationErrors>, calendar: String?) {
        let findings = Findings(file: file)
        var calendar: String?
        if let element = Composer.mapping(of: text, findings: findings) {
            let root = Section(file: element, keys: Schema.keys, findings: findings)
            let draft = Draft(root, file: file)
            calendar = draft.deadlines.calendar
            CrossChecks.run(draft, findings: findings)
            if findings.outcome == nil,
                let configuration = draft.configuration(file: file, places: findings.places)
            {
                return (.success(configuration), calendar)
            }
        }
        guard let errors = findings.outcome else {
            // A required value that is nil without a report is a mistake in `Draft`.
            preconditionFailure("\(file) is incomplete, and nothing was reported")
        }
        return (.failure(errors), calendar)
    }
}
