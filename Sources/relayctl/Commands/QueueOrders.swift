// `relayctl queue hold|release|retry|reroute|cancel|expire`: orders about deliveries, on ids given
// or read from standard input, or on all that a filter leaves in.
//
// The relay carries an order out part by part; this end goes on until it is done, so stopping the
// program stops the order after a part, and giving it again goes on with the rest.

import ArgumentParser
import RelayAPI
import RelayCore

/// What every order takes.
struct OrderOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Documents; - takes ids from standard input, one at the beginning of each line. "
                + "Without any, the filter says which.", valueName: "id"))
    var ids: [String] = []

    @Option(
        help: ArgumentHelp("With ids: only the delivery to this one.", valueName: "code"),
        transform: Read.organisation)
    var recipient: OrganisationCode?

    @OptionGroup var selection: FilterOptions

    @Option(
        help: ArgumentHelp("Why; recorded in each document's history.", valueName: "text"),
        transform: Read.reason)
    var reason: String

    @Flag(help: "Say what would happen, and change nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "ALL, in place of the question, for an order that gives up documents or leaves none out.",
            valueName: "word"))
    var confirm: String?

    func validate() throws {
        if !ids.isEmpty, !selection.filter.isEmpty {
            throw ValidationError("Give ids or a filter, not both.")
        }
        if ids.isEmpty, recipient != nil { throw ValidationError("--recipient goes with ids.") }
        if ids != ["-"] { for id in ids { _ = try Read.id(id) } }
    }
}

protocol QueueOrderCommand: OperatorCommand {
    static var kind: QueueOrder.Kind { get }
    var options: OrderOptions { get }
    /// What the order has besides.
    func complete(_ order: inout QueueOrder)
}

extension QueueOrderCommand {
    func complete(_ order: inout QueueOrder) {}

    func work(_ client: RelayClient, _ console: Console) async throws {
        var order = QueueOrder(Self.kind, reason: options.reason)
        order.recipient = options.recipient
        order.dryRun = options.dryRun
        order.confirm = options.confirm
        complete(&order)
        var ids: [DocumentID]?
        if options.ids.isEmpty {
            order.filter = options.selection.filter
        } else {
            ids = try OrderIDs.read(options.ids, console)
        }
        let giving = OrderGiving(client: client, ids: ids)
        order.ids = ids.map { Array($0.prefix(1)) }
        if order.needsConfirmation, order.confirm != QueueOrder.confirmation {
            try await confirm(&order, giving, console)
        }
        let answer = try await giving.give(order)
        try console.show(answer) { OrderText.lines(answer, $0) }
        try OrderText.judge(answer, console)
    }

    /// Asks for the word, after showing what would happen.
    private func confirm(
        _ order: inout QueueOrder, _ giving: OrderGiving, _ console: Console
    ) async throws {
        let word = QueueOrder.confirmation
        guard order.confirm == nil, options.ids != ["-"], let ask = console.ask else {
            throw CommandFailure(
                .usage,
                "\(Self.kind.rawValue) \(Self.kind.isFinal ? "gives documents up" : "without a filter is about everything"): it needs --confirm \(word)",
                hint: "--dry-run says what would happen")
        }
        var trial = order
        trial.dryRun = true
        for line in OrderText.lines(try await giving.give(trial), console) { console.note(line) }
        guard ask("Type \(word) to go on: ") == word else {
            throw CommandFailure(.negative, "nothing was changed")
        }
        order.confirm = word
    }
}

struct QueueHold: QueueOrderCommand {
    static let kind = QueueOrder.Kind.hold
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keeps queued deliveries here until they are released.")
    @OptionGroup var options: OrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}

struct QueueRelease: QueueOrderCommand {
    static let kind = QueueOrder.Kind.release
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Lets held deliveries go on.")
    @OptionGroup var options: OrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}

struct QueueRetry: QueueOrderCommand {
    static let kind = QueueOrder.Kind.retry
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Tries deliveries now; sends again what waits for its receipt.")
    @OptionGroup var options: OrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}

struct QueueReroute: QueueOrderCommand {
    static let kind = QueueOrder.Kind.reroute
    static let configuration = CommandConfiguration(
        commandName: "reroute", abstract: "Has deliveries prefer a next hop, or avoid one.")

    @Option(
        help: ArgumentHelp("The peer to ask first, on the route or not.", valueName: "relay"),
        transform: Read.relay)
    var via: RelayCode?

    @Option(
        help: ArgumentHelp(
            "The hop to take only when no other is usable.", valueName: "relay"),
        transform: Read.relay)
    var avoiding: RelayCode?

    @Flag(help: "Back to the configured route.")
    var asConfigured = false

    @OptionGroup var options: OrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        guard [via != nil, avoiding != nil, asConfigured].count(where: { $0 }) == 1 else {
            throw ValidationError("Give one of --via, --avoiding and --as-configured.")
        }
    }

    func complete(_ order: inout QueueOrder) {
        order.via = via
        order.avoiding = avoiding
        order.asConfigured = asConfigured
    }
}

struct QueueCancel: QueueOrderCommand {
    static let kind = QueueOrder.Kind.cancel
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Withdraws deliveries that are still here, for good.")
    @OptionGroup var options: OrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}

struct QueueExpire: QueueOrderCommand {
    static let kind = QueueOrder.Kind.expire
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Gives deliveries up as if their lifetime had ended; the sender is told.")
    @OptionGroup var options: OrderOptions
    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions
}
