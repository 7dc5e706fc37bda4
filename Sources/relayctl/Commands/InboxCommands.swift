// `relayctl inbox`: list what has arrived, fetch it whole and checked, and say that it is stored.
//
// Fetching and collecting are two commands on purpose. Between them the application makes the
// document its own; a relay that was told earlier would have let go of what nobody holds.

import ArgumentParser
import RelayAPI
import RelayCore
import RelayTrust

struct InboxCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox", abstract: "Takes what has arrived.",
        subcommands: [InboxList.self, InboxFetch.self, InboxCollect.self])
}

/// What waits for the applications of this machine.
struct InboxList: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Documents that have arrived and are not collected.")

    @Option(
        help: ArgumentHelp("Only those for this organisation.", valueName: "code"),
        transform: Read.organisation)
    var organisation: OrganisationCode?

    @OptionGroup var paging: PagingOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let (entries, next) = try await paging.collect { page in
            let part = try await client.inbox(of: organisation, page: page)
            return (part.entries, part.next)
        }
        try console.show(InboxPage(entries: entries, next: next)) { console in
            entries.isEmpty ? [] : ListText.inbox(entries, console)
        }
        paging.remark(entries.count, next, none: "The inbox is empty.", console)
    }
}

/// The digest is compared before the file gets its name, so a damaged one is never taken for whole.
struct InboxFetch: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Writes a document to a file.",
        discussion: """
            The file appears under its name only when it is whole, checked against its SHA-256 \
            and on disk. Collect the document afterwards.
            """)

    @Argument(help: "The document's id.", transform: Read.id)
    var id: DocumentID

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("Where to write; - is stdout.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp("For which recipient, if several are here.", valueName: "code"),
        transform: Read.organisation)
    var recipient: OrganisationCode?

    @Flag(help: "Write over a file that is there.")
    var force = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        var target = try OutputFile(path: file, force: force)
        var digest = BodyDigest()
        let facts: BodyFacts
        do {
            facts = try await client.fetch(id, recipient: recipient) { bytes in
                digest.update(bytes)
                try target.write(bytes)
            }
            guard digest.finish() == facts.sha256 else {
                throw CommandFailure(
                    .tryAgain, "what came does not have the SHA-256 \(facts.sha256)",
                    hint: "nothing is lost: the document is still in the inbox; fetch it again")
            }
            try await target.finish()
        } catch {
            // Whatever it was, half a document must not stay.
            target.discard()
            throw error
        }
        // On stdout there are the bytes of the document and nothing else.
        if !target.isStandardOutput {
            console.note("\(facts.size) bytes, SHA-256 \(facts.sha256)")
        }
    }
}

/// May be said again; the relay gives the same answer and sends no second receipt.
struct InboxCollect: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Says that the application has stored a document; a receipt goes home.")

    @Argument(help: "The document's id.", transform: Read.id)
    var id: DocumentID

    @Option(
        help: ArgumentHelp("For which recipient, if several are here.", valueName: "code"),
        transform: Read.organisation)
    var recipient: OrganisationCode?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let entry = try await client.collect(id, recipient: recipient)
        try console.show(entry) { console in
            let time = console.time.text(entry.collectedAt) ?? "now"
            return ["\(entry.id)  collected for \(entry.recipient)  \(time)"]
        }
    }
}
