// Reading a configuration: from text, which asks the machine nothing, or from a file.
//
// Guarantees: the same text gives the same answer on every machine; a failure names at least one
// error. Leaves to others: whether the files that it names are there (`checkFiles`).

import RelayCore

extension Configuration {
    /// Reads the text of a configuration file. `file` names it in messages, and paths in it are
    /// relative to the directory of `file`. All errors are collected; the text may be anything.
    package static func parse(
        _ text: String, file: String
    ) -> Result<Configuration, ConfigurationErrors> {
        let findings = Findings(file: file)
        if let element = Composer.mapping(of: text, findings: findings) {
            let root = Section(file: element, keys: Schema.keys, findings: findings)
            let draft = Draft(root, file: file)
            CrossChecks.run(draft, findings: findings)
            if findings.outcome == nil,
                let configuration = draft.configuration(file: file, places: findings.places)
            {
                return .success(configuration)
            }
        }
        guard let errors = findings.outcome else {
            // A required value that is nil without a report is a mistake in `Draft`.
            preconditionFailure("\(file) is incomplete, and nothing was reported")
        }
        return .failure(errors)
    }

    /// Reads a configuration file. Only a regular file of at most `Bounds.fileBytesMax` bytes in
    /// UTF-8 is read.
    package static func load(path: String) -> Result<Configuration, ConfigurationErrors> {
        TextFile.read(path, as: "a configuration file").flatMap { parse($0, file: path) }
    }
}
