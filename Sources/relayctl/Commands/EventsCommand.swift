// `relayctl events`: the feed that applications follow, for people and for scripts.

import ArgumentParser
import RelayAPI
import RelayCore

/// One line for each event; with --follow, as they come.
struct EventsCommand: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "What happened that applications need to know, in order.",
        discussion: """
            Without --after it begins with the oldest event that is kept, or with --follow with \
            what comes from now on. With --output json --follow prints one object a line.
            """)

    @Option(help: ArgumentHelp("Only events behind this one.", valueName: "number"))
    var after: UInt64?

    @Option(
        name: .customLong("kind"),
        help: ArgumentHelp("Only events of this kind; may be repeated.", valueName: "word"))
    var kinds: [String] = []

    @Option(help: ArgumentHelp("How many to list at most.", valueName: "number"))
    var limit = 200

    @Flag(help: "List all, however many.")
    var all = false

    @Flag(help: "Go on with those that come, until stopped.")
    var follow = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is a number above 0.") }
    }

    func work(_ client: RelayClient, _ console: Console) async throws {
        var request = EventRequest(after: after)
        request.what = kinds
        if follow {
            if after == nil { request.after = try await client.events().last }
            try await follow(client, request, console)
        } else {
            try await list(client, request, console)
        }
    }

    private func list(
        _ client: RelayClient, _ request: EventRequest, _ console: Console
    ) async throws {
        var request = request
        var events: [EventView] = []
        var list: EventList
        repeat {
            request.limit =
                all ? APILimits.pageMax : min(APILimits.pageMax, limit - events.count)
            list = try await client.events(request)
            events += list.events
            request.after = list.next
        } while list.next < list.last && (all || events.count < limit)
        list.events = events
        try console.show(list) { console in events.map { EventText.line($0, console) } }
        if events.isEmpty {
            console.note("No events.")
        } else if list.next < list.last {
            console.note("There are more: --after \(list.next), or --all.")
        }
    }

    /// Until it is stopped, or the relay is.
    private func follow(
        _ client: RelayClient, _ request: EventRequest, _ console: Console
    ) async throws {
        var request = request
        request.limit = APILimits.pageMax
        request.waitSeconds = APILimits.eventWaitSecondsMax
        while true {
            let list = try await client.events(request)
            for event in list.events {
                switch console.format {
                case .text: console.out(EventText.line(event, console))
                case .json:
                    console.out(String(decoding: try APICoding.encode(event), as: UTF8.self))
                }
            }
            request.after = list.next
        }
    }
}

enum EventText {
    /// Number, time, word, document, and what else there is.
    static func line(_ event: EventView, _ console: Console) -> String {
        var parts = [
            "\(event.number)", console.time.text(event.at),
            console.style.paint(event.what, tone(event.what)), event.document.description,
        ]
        if let recipient = event.recipient { parts.append("for \(recipient)") }
        if let relay = event.relay { parts.append("by \(relay)") }
        if let name = event.documentId { parts.append("(\(Clean.text(name)))") }
        if let detail = event.detail { parts.append("- \(Clean.text(detail))") }
        return parts.joined(separator: "  ")
    }

    private static func tone(_ what: String) -> Style.Tone {
        switch what {
        case "delivered", "receipt-verified": .good
        case "failed", "failure-signed", "receipt-rejected", "conflicting", "cancelled": .bad
        default: .waiting
        }
    }
}
