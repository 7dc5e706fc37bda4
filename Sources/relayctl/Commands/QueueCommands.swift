// `relayctl document` and `relayctl queue`: what is under way, one by one and as a shape.
//
// Listings are fetched page by page. The relay keeps the pages stable, so none is listed twice and
// none that was there throughout is missed.

import ArgumentParser
import RelayAPI
import RelayCore

struct DocumentCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "document", abstract: "Shows one document, and why it is where it is.",
        subcommands: [DocumentShow.self, DocumentWhy.self])
}

/// All that the relay knows of one document, on one screen.
struct DocumentShow: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Every recipient, state, place and reason, and the whole history.")

    @Argument(help: "The document's id.", transform: Read.id)
    var id: DocumentID

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let view = try await client.document(id)
        try console.show(view) { DocumentText.lines(view, $0) }
    }
}

struct QueueCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Shows what is under way, and gives orders about it.",
        subcommands: [
            QueueList.self, QueueShapeCommand.self, QueueForecastCommand.self, QueueHold.self,
            QueueRelease.self, QueueRetry.self, QueueReroute.self, QueueCancel.self,
            QueueExpire.self,
        ])
}

/// One line for each delivery.
struct QueueList: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Deliveries under way, in the order of the queue.")

    @OptionGroup var selection: FilterOptions

    @Flag(help: "Only those that have missed their deadline, or will.")
    var late = false

    @OptionGroup var paging: PagingOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let filter = selection.filter
        let (entries, next) = try await paging.collect { page in
            let part = try await client.queue(filter, late: late, page: page)
            return (part.entries, part.next)
        }
        try console.show(QueuePage(entries: entries, next: next)) { console in
            entries.isEmpty ? [] : ListText.queue(entries, console)
        }
        paging.remark(
            entries.count, next, none: late ? "Nothing is late." : "Nothing is waiting.", console)
    }
}

/// One line for each destination: a column that is full far to the right is a destination that is
/// ill.
struct QueueShapeCommand: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "shape", abstract: "How many wait for whom, by age.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let shape = try await client.queueShape()
        try console.show(shape) { shape.rows.isEmpty ? [] : ListText.shape(shape, $0) }
        if shape.rows.isEmpty { console.note("Nothing is waiting.") }
    }
}

/// Ends with 1 when something is late, so that a script can ask.
struct QueueForecastCommand: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "What will miss its deadline, if everything goes on as it does now.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let forecast = try await client.queueForecast()
        try console.show(forecast) {
            forecast.rows.isEmpty ? [] : ListText.forecast(forecast, $0)
        }
        if forecast.rows.isEmpty { console.note("Nothing is waiting.") }
        guard forecast.late > 0 else { return }
        throw CommandFailure(
            .negative,
            "\(forecast.late) of \(forecast.queued) miss their deadline, "
                + "\(forecast.missed) have already",
            hint: "which they are: relayctl queue list --late")
    }
}

/// How much of a listing is wanted.
struct PagingOptions: ParsableArguments {
    // Enough for a screen or two; who wants more says so.
    @Option(help: ArgumentHelp("How many to list at most.", valueName: "number"))
    var limit = 200

    @Flag(help: "List all, however many.")
    var all = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is a number above 0.") }
    }

    /// Takes page after page until there are enough. The cursor of what follows comes with them.
    func collect<Entry>(
        _ fetch: (PageRequest) async throws -> (entries: [Entry], next: String?)
    ) async throws -> (entries: [Entry], next: String?) {
        var entries: [Entry] = []
        var page = PageRequest()
        while true {
            page.limit = all ? APILimits.pageMax : min(APILimits.pageMax, limit - entries.count)
            let part = try await fetch(page)
            entries += part.entries
            page.after = part.next
            guard part.next != nil, all || entries.count < limit else {
                return (entries, part.next)
            }
        }
    }

    /// Says on stderr what the listing itself does not show.
    func remark(_ count: Int, _ next: String?, none: String, _ console: Console) {
        if count == 0 {
            console.note(none)
        } else if next != nil {
            console.note("These are the first \(count); there are more (--limit, --all).")
        }
    }
}
