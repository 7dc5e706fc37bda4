// The operator's and the application's hand on the relay of this machine. Every command is one
// question or order to the local API; `receipt verify`, `config check` and `drill check` need no
// daemon.

import ArgumentParser

@main
struct Relayctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relayctl",
        abstract: "Submits, follows and collects documents, and shows how the relay is.",
        discussion: """
            Every command takes --output json. The relay is reached over its Unix socket \
            (--socket, or TRAM_SOCKET), or with --url and --token-file.

            Exit status: 0 done, 1 the answer is no, 64 usage, 65 bad input, 69 the relay cannot \
            be reached, 75 try again later, 77 not permitted.
            """,
        subcommands: [
            Submit.self, DocumentCommands.self, QueueCommands.self, InboxCommands.self,
            ReceiptCommands.self, PeersCommands.self, PeerCommands.self, RoutesCommands.self,
            HealthCommand.self, CountsCommand.self, AuditCommands.self, EventsCommand.self,
            ConfigCommands.self, DrillCommands.self,
        ])
}
