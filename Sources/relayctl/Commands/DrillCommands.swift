// Failover drills. `drill check` reads a scenario without a relay.

import ArgumentParser

struct DrillCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Rehearses outages.",
        subcommands: [
            DrillCheckCommand.self, DrillPlanCommand.self, DrillStartCommand.self,
            DrillStatusCommand.self, DrillAbortCommand.self, DrillReportCommand.self,
            DrillListCommand.self, DrillVerifyCommand.self,
        ])
}

/// All errors at once, the same that starting it would give.
struct DrillCheckCommand: OfflineCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks a drill scenario. Needs no relay.",
        discussion: """
            With --config, also whether the relay of that configuration file has the peers, routes \
            and recipients that the scenario names.
            """)

    @Argument(help: "The scenario.")
    var file: String

    @Option(help: ArgumentHelp("A relay's configuration file.", valueName: "file"))
    var config: String?

    @OptionGroup var form: OutputOptions

    func work(_ console: Console) async throws {
        let errors = DrillCheck.errors(inFile: file, forRelayOf: config)
        try console.show(["errors": errors]) { console in
            errors.isEmpty ? ["\(file) is in order."] : errors.map(Clean.text)
        }
        if !errors.isEmpty {
            throw CommandFailure(.badInput, "\(file) is not in order")
        }
    }
}
