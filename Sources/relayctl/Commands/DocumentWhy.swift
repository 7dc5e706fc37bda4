// `relayctl document why`: why a document is where it is, and who must act, in the reader's
// language.

import ArgumentParser
import Foundation
import RelayAPI
import RelayCore

struct DocumentWhy: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Why it is where it is, what was tried, what comes next, and who must act.")

    @Argument(help: "The document's id.", transform: Read.id)
    var id: DocumentID

    @Option(help: "vi or en. (default: by LC_ALL, LC_MESSAGES or LANG)")
    var language: Language?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let view = try await client.why(id)
        let language = language ?? Language.ofEnvironment(ProcessInfo.processInfo.environment)
        try console.show(view) { WhyText.lines(view, language, $0) }
    }
}

/// The languages that operators read.
enum Language: String, CaseIterable, ExpressibleByArgument {
    case vi, en

    /// As the C library chooses: the first of the three that is set decides.
    static func ofEnvironment(_ environment: [String: String]) -> Language {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"]
        let locale = names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let code = locale.prefix { $0.isLetter }
        return code.lowercased() == "vi" ? .vi : .en
    }
}
