// `relayctl peer pause|drain|resume`: orders about the link to another relay. They hold until they
// are taken back, whatever restarts meanwhile.

import ArgumentParser
import RelayAPI
import RelayCore

struct PeerCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "Pauses, drains and resumes the link to another relay.",
        subcommands: [PeerPause.self, PeerDrain.self, PeerResume.self])
}

struct PeerOrderOptions: ParsableArguments {
    @Argument(help: "The peer's code.", transform: Read.relay)
    var peer: RelayCode

    @Option(
        help: ArgumentHelp("Why; shown as long as the order holds.", valueName: "text"),
        transform: Read.reason)
    var reason: String
}

protocol PeerOrderCommand: OperatorCommand {
    static var kind: PeerOrderRequest.Kind { get }
    var options: PeerOrderOptions { get }
}

extension PeerOrderCommand {
    func work(_ client: RelayClient, _ console: Console) async throws {
        let answer = try await client.order(
            PeerOrderRequest(Self.kind, reason: options.reason), about: options.peer)
        try console.show(answer) { _ in
            ["\(answer.peer) \(answer.changed ? "is" : "was already") \(Self.kind.done)."]
        }
    }
}

extension PeerOrderRequest.Kind {
    fileprivate var done: String {
        switch self {
        case .pause: "paused"
        case .drain: "drained"
        case .resume: "in service"
        }
    }
}

struct PeerPause: PeerOrderCommand {
    static let kind = PeerOrderRequest.Kind.pause
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Nothing new goes to it or comes from it; the link stays.")
    @OptionGroup var options: PeerOrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}

struct PeerDrain: PeerOrderCommand {
    static let kind = PeerOrderRequest.Kind.drain
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Lets what is on the wire end, then closes the link and does not dial it.")
    @OptionGroup var options: PeerOrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}

struct PeerResume: PeerOrderCommand {
    static let kind = PeerOrderRequest.Kind.resume
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Takes a pause or a drain back.")
    @OptionGroup var options: PeerOrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}
