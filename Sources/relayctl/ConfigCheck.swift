// The seam to RelayConfiguration: checking a configuration file without a relay.

import RelayConfiguration

enum ConfigCheck {
    /// Every error of the file, and of the files that it names, each a line that says where; none
    /// when all is in order.
    static func errors(inFile path: String) -> [String] {
        switch Configuration.load(path: path) {
        case .failure(let errors): lines(errors)
        case .success(let configuration): configuration.checkFiles().map(lines) ?? []
        }
    }

    private static func lines(_ errors: ConfigurationErrors) -> [String] {
        errors.description.split(separator: "\n").map(String.init)
    }
}
