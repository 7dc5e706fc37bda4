// `relayctl peers`, `routes`, `health`, `counts` and `config`: how the relay itself is.
//
// Where the answer can be "no" (no route, not healthy, counts that do not balance) the answer is
// printed all the same and the exit status is 1, so that scripts need not read the text.

import ArgumentParser
import RelayAPI
import RelayCore

struct PeersCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers", abstract: "Shows the links to other relays.",
        subcommands: [PeersList.self])
}

/// Every configured peer, also those that have never been reached.
struct PeersList: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Every peer: state, since when, what waits for it, and why.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let peers = try await client.peers()
        try console.show(PeerList(peers: peers)) { peers.isEmpty ? [] : ListText.peers(peers, $0) }
        if peers.isEmpty { console.note("No peers are configured.") }
    }
}

struct RoutesCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "Shows the routes, and traces them.",
        subcommands: [RoutesShow.self, RoutesTrace.self])
}

/// The hop that is taken now is marked.
struct RoutesShow: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "The table of routes, or the one to an organisation.")

    @Argument(help: "An organisation's code.", transform: Read.organisation)
    var code: OrganisationCode?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let routes = try await client.routes(for: code)
        try console.show(RouteList(routes: routes)) {
            routes.isEmpty ? [] : ListText.routes(routes, $0)
        }
        guard routes.isEmpty else { return }
        throw CommandFailure(
            .negative, code.map { "there is no route to \($0)" } ?? "there are no routes",
            hint: "documents without a route wait; they are not returned")
    }
}

/// Also the backups, which nobody would otherwise hear of before they are needed.
struct RoutesTrace: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Asks every relay on each way to an organisation: time, queue, health.",
        discussion: "Ends with 1 when no way leads there. A relay that is silent is shown as such.")

    @Argument(help: "An organisation's code.", transform: Read.organisation)
    var code: OrganisationCode

    @Option(help: ArgumentHelp("How long to wait for answers.", valueName: "seconds"))
    var timeout = TraceRequest.timeoutDefault

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        guard TraceRequest.timeouts.contains(timeout) else {
            throw ValidationError(
                "--timeout is a number of seconds from \(TraceRequest.timeouts.lowerBound) to "
                    + "\(TraceRequest.timeouts.upperBound).")
        }
    }

    func work(_ client: RelayClient, _ console: Console) async throws {
        let trace = try await client.trace(TraceRequest(code: code, timeout: timeout))
        try console.show(trace) { TraceText.lines(trace, $0) }
        if !trace.reaches { throw CommandFailure(.negative, "no way leads to \(code) now") }
    }
}

/// Also for monitoring: the exit status is the answer.
struct HealthCommand: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Whether the relay takes in and forwards, and why not.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let health = try await client.health()
        try console.show(health) { ListText.health(health, $0) }
        if !health.isHealthy {
            throw CommandFailure(.negative, "the relay does not do all of its work")
        }
    }
}

/// What was accepted is in one state or another; anything else is a loss or an invention.
struct CountsCommand: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "counts",
        abstract: "The conservation law in numbers: what was accepted is somewhere.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let counts = try await client.counts()
        try console.show(counts) { ListText.counts(counts, $0) }
        if !counts.balances { throw CommandFailure(.negative, "the counts do not balance") }
    }
}

struct ConfigCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks, shows and reloads the configuration.",
        subcommands: [ConfigCheckCommand.self, ConfigShow.self, ConfigReload.self])
}

/// Which configuration is in force, and what of the file waits for a restart.
struct ConfigShow: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Which configuration is in force, and since when.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let view = try await client.configuration()
        try console.show(view) { ListText.configuration(view, $0) }
    }
}

/// A file that is not in order changes nothing.
struct ConfigReload: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Takes the changed configuration file over, whole or not at all.",
        discussion: "The same as SIGHUP to relayd, with an answer. Links that stay go on.")

    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let view = try await client.reload()
        try console.show(view) { ListText.configuration(view, $0) }
    }
}

/// All errors at once, the same that the daemon would give.
struct ConfigCheckCommand: OfflineCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks a configuration file. Needs no relay.")

    @Argument(help: "The file.")
    var file: String

    @OptionGroup var form: OutputOptions

    func work(_ console: Console) async throws {
        let findings = ConfigCheck.findings(
            inFile: file, on: WorkCalendar.day(of: console.time.now))
        let errors = findings.errors
        for warning in findings.warnings { console.note(Clean.text(warning)) }
        try console.show(findings) { console in
            errors.isEmpty ? ["\(file) is in order."] : errors.map(Clean.text)
        }
        if !errors.isEmpty {
            throw CommandFailure(.badInput, "\(file) is not in order")
        }
    }
}
