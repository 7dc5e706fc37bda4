// `relayd`: the command line of the daemon.
//
// Exit codes: 0 stopped in order, 64 usage, 74 the storage failed (a supervisor restarts it), 78
// the configuration is wrong, 70 anything else that could not start.

import ArgumentParser
import Logging
import RelayConfiguration
import RelayCore
import RelayEngine
import UnixSignals

@main struct Relayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relayd",
        abstract: "A store-and-forward relay for official documents.",
        version: Version.text)

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String

    @Flag(help: "Check the configuration and the files it names, report everything, and exit.")
    var checkConfig = false

    func run() async throws {
        let configuration = try load()
        if checkConfig {
            for warning in Self.warnings(configuration) {
                LineOutput.standardError.write("\(warning)\n")
            }
            LineOutput.standardOutput.write("\(config): no errors\n")
            return
        }
        // First of all, since a hang-up that nobody waits for would end the process.
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        let threshold = LogThreshold(configuration)
        let logger = Self.logger(configuration, threshold)
        for warning in Self.warnings(configuration) { logger.warning("\(warning)") }
        do {
            let assembly = try Assembly(configuration, threshold: threshold, logger: logger)
            try await assembly.run(reloadingAt: hangUps)
        } catch let failure as StorageFailed {
            logger.critical("\(failure)")
            throw ExitCode(74)
        } catch {
            logger.critical("cannot run: \(error)")
            throw ExitCode(70)
        }
    }

    private func load() throws -> Configuration {
        switch Configuration.load(path: config) {
        case .failure(let errors): throw Self.refuse(errors)
        case .success(let configuration):
            if let errors = configuration.checkFiles() { throw Self.refuse(errors) }
            return configuration
        }
    }

    private static func warnings(_ configuration: Configuration) -> [ConfigurationWarning] {
        configuration.warnings(on: WorkCalendar.day(of: SystemClock().now))
    }

    private static func refuse(_ errors: ConfigurationErrors) -> ExitCode {
        LineOutput.standardError.write("\(errors)\n")
        return ExitCode(78)
    }

    private static func logger(
        _ configuration: Configuration, _ threshold: LogThreshold
    ) -> Logger {
        let format: ProgramLog.Format = configuration.log.format == .json ? .json : .text
        return Logger(label: "relayd") { label in
            ProgramLog(
                label: label, format: format, output: .standardError, threshold: threshold)
        }
    }
}
