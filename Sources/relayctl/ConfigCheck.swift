// The seam to RelayConfiguration: checking a configuration file without a relay.

import RelayConfiguration
import RelayCore

enum ConfigCheck {
    /// What is wrong, and of a file without errors what is most likely not meant.
    struct Findings: Encodable {
        var errors: [String] = []
        var warnings: [String] = []
    }

    /// Every error of the file, and of the files that it names, each a line that says where; none
    /// when all is in order.
    static func findings(inFile path: String, on today: Day) -> Findings {
        switch Configuration.load(path: path) {
        case .failure(let errors):
            Findings(errors: lines(errors))
        case .success(let configuration):
            Findings(
                errors: configuration.checkFiles().map(lines) ?? [],
                warnings: configuration.warnings(on: today).map(\.description))
        }
    }

    private static func lines(_ errors: ConfigurationErrors) -> [String] {
        errors.description.split(separator: "\n").map(String.init)
    }
}
