// `relayctl receipt`: take a receipt out of the relay, and verify one without it.
//
// An exported receipt is evidence by itself: who holds it and the trust anchors can verify it years
// later, with this program or with OpenSSL, on a machine that has never seen the relay.

import ArgumentParser
import Foundation
import RelayAPI
import RelayCore

struct ReceiptCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "Exports and verifies receipts.",
        subcommands: [ReceiptExport.self, ReceiptVerifyCommand.self])
}

/// Writes the receipt as it was signed, byte for byte.
struct ReceiptExport: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a receipt to a file, as CMS SignedData in DER.")

    @Argument(help: "The document's id.", transform: Read.id)
    var id: DocumentID

    @Option(
        help: ArgumentHelp("Whose receipt, if there are several.", valueName: "code"),
        transform: Read.organisation)
    var recipient: OrganisationCode?

    @Option(help: "Which receipt: received, collected or failed.")
    var kind = ReceiptKind.received

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("Where to write; - is stdout.", valueName: "file"))
    var file: String

    @Flag(help: "Write over a file that is there.")
    var force = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        var target = try OutputFile(path: file, force: force)
        do {
            let der = try await client.receipt(id, recipient: recipient, kind: kind)
            try target.write(der)
            try await target.finish()
        } catch {
            target.discard()
            throw error
        }
    }
}

/// Asks no relay, so that evidence does not depend on one.
struct ReceiptVerifyCommand: OfflineCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies a receipt against trust anchors. Needs no relay.")

    @Argument(help: "The receipt, in DER.")
    var file: String

    @Option(help: ArgumentHelp("The trust anchors, in PEM.", valueName: "file"))
    var ca: String

    @Option(
        help: ArgumentHelp(
            "A relay that may sign for the recipient (of a failure, for the sender), beside the one of the organisation's own code.",
            valueName: "code"),
        transform: Read.relay)
    var speaker: RelayCode?

    @OptionGroup var form: OutputOptions

    /// A valid statement of failure must not be read as a good one.
    private static func verdict(
        _ facts: [(name: String, value: String)], _ style: Style
    ) -> String {
        facts.contains { $0 == ("kind", ReceiptKind.failed.rawValue) }
            ? style.paint("The receipt is valid: the document was NOT delivered.", .bad)
            : style.paint("The receipt is valid.", .good)
    }

    func work(_ console: Console) async throws {
        let receipt = try InputFile.contents(file, bytesMax: APILimits.receiptBytesMax)
        let anchors = try InputFile.contents(ca, bytesMax: APILimits.receiptBytesMax)
        switch try ReceiptVerify.verify(
            receipt: receipt, anchors: anchors, speaker: speaker)
        {
        case .refused(let reason):
            throw CommandFailure(.negative, "\(file) is not a valid receipt: \(reason)")
        case .verified(let facts):
            try console.show(Dictionary(facts, uniquingKeysWith: { first, _ in first })) {
                var lines = Facts()
                for (name, value) in facts { lines.add(name, value) }
                return [Self.verdict(facts, $0.style)] + lines.lines($0.style)
            }
        }
    }
}
