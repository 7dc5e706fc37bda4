// The seam to RelayConfiguration for drill scenarios.

import RelayConfiguration
import RelayCore

enum DrillCheck {
    /// Every error of the scenario and, when a configuration file is named, of that file and of the
    /// two together; none when all is in order.
    static func errors(inFile path: String, forRelayOf configuration: String?) -> [String] {
        switch (DrillScenario.load(path: path), configuration.map(Configuration.load(path:))) {
        case (.failure(let errors), .failure(let others)): lines(errors) + lines(others)
        case (.failure(let errors), _), (_, .failure(let errors)): lines(errors)
        case (.success, nil): []
        case (.success(let scenario), .success(let configuration)):
            misfits(of: scenario, to: configuration.settings).map { "\(path): \($0)" }
        }
    }

    private static func misfits(of scenario: DrillScenario, to relay: Settings) -> [String] {
        do {
            _ = try scenario.faults(at: relay)
            return []
        } catch {
            return error.problems
        }
    }

    private static func lines(_ errors: ConfigurationErrors) -> [String] {
        errors.description.split(separator: "\n").map(String.init)
    }
}
