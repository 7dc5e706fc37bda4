// `relayctl submit`: a file becomes a document of the relay.
//
// The file is streamed, and its digest counted on the way; the relay's answer must name the same
// one. Without an answer it is not known whether the relay has the document, and the hint says what
// to do.

import ArgumentParser
import Foundation
import RelayAPI
import RelayCore

struct Submit: RelayCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hands a document to the relay.",
        discussion: """
            An edXML file says itself who it is from and for. Any other file needs --to, and \
            --sender where the relay serves several organisations. The id is printed once \
            the relay holds the document durably.
            """)

    @Argument(help: "The file.")
    var file: String

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("A recipient's code. May be repeated.", valueName: "code"),
        transform: Read.organisation)
    var recipients: [OrganisationCode] = []

    @Option(
        help: ArgumentHelp("The sender's code.", valueName: "code"), transform: Read.organisation)
    var sender: OrganisationCode?

    @Option(
        help: ArgumentHelp(
            "0 normal, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc hẹn giờ.", valueName: "0-4"))
    var priority: Int?

    @Option(help: ArgumentHelp("The sender's own name for the document.", valueName: "text"))
    var documentId: String?

    @Option(
        help: ArgumentHelp(
            "The same key again is the same submission, whatever happened to the answer.",
            valueName: "text"))
    var key: String?

    @Option(
        help: ArgumentHelp("What the file is. (default: by its name)", valueName: "media type"))
    var type: String?

    @Option(
        help: ArgumentHelp(
            "When it was signed, for its deadline. (default: as the edXML says, else today)",
            valueName: "year-month-day"), transform: Read.day)
    var signedOn: Day?

    @Flag(help: "Other bytes under a name that was used before are meant.")
    var again = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        if let priority, !(0...4).contains(priority) {
            throw ValidationError("--priority is a number from 0 to 4.")
        }
    }

    /// Prints the id on stdout, and nothing else there.
    func work(_ client: RelayClient, _ console: Console) async throws {
        let source = try InputFile(path: file)
        var request = SubmitRequest(mediaType: type ?? Self.mediaType(ofName: source.name))
        request.idempotencyKey = key
        request.sender = sender
        request.recipients = recipients
        request.documentId = documentId
        request.priority = priority
        request.fileName = source.name
        request.again = again
        request.signedOn = signedOn
        request.size = source.size
        let submission: RelayAPI.Submission
        do {
            submission = try await client.submit(request, body: source.body)
        } catch {
            throw Self.failure(error, hasKey: key != nil)
        }
        let answer = submission.answer
        let sent = await source.digest()
        if sent != answer.sha256 {
            throw CommandFailure(
                .negative,
                "the relay took \(answer.id) with SHA-256 \(answer.sha256), but the bytes that "
                    + "were sent have \(sent)")
        }
        if case .known = submission { console.note("This was submitted before.") }
        try console.show(answer) { console in
            [
                console.style.paint(answer.id.description, .bold)
                    + "  \(answer.state.rawValue)  to "
                    + answer.recipients.map(\.text).joined(separator: ", ")
            ]
        }
    }

    /// Without an answer it is not known whether the relay has the document.
    private static func failure(_ error: ClientError, hasKey: Bool) -> CommandFailure {
        var failure = CommandFailure(error)
        switch error {
        case .timedOut, .cut:
            failure.hint =
                hasKey
                ? "the relay may have it all the same; submit it again with the same --key"
                : "the relay may have it all the same; with --key, submitting again is safe"
        default: break
        }
        return failure
    }

    /// By the ending of the name. What is not known is bytes, never a guess by content.
    static func mediaType(ofName name: String) -> String {
        let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        return switch ending {
        case "edxml": MediaType.edXML
        case "xml": "application/xml"
        case "pdf": "application/pdf"
        case "zip": "application/zip"
        case "txt": "text/plain; charset=utf-8"
        case "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        case "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        default: "application/octet-stream"
        }
    }
}
