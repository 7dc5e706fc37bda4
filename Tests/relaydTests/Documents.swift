// The documents that the tests submit.

import EdXML
import OpenSSL
import RelayAPI
import RelayCore
import RelayFleet

/// An edXML document written from its draft.
struct Letter {
    let bytes: [UInt8]
    let request: SubmitRequest

    /// - Parameters:
    ///   - missing: a file that the manifest lists and that does not come along.
    init(
        from sender: String = "H99.1", to recipients: [String] = ["H88.2"], id: String = "L-1",
        subject: String = "Subject", text: String = "text"
    ) {
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty(sender, name: "Sender"),
            recipients: recipients.map { EdXMLParty($0, name: "Recipient") }, documentId: id)
        draft.subject = subject
        draft.promulgationDate = "2026/11/23"
        draft.timestamp = "2026/11/23 08:00:00"
        draft.attachments = [
            .init(contentId: "a", name: "letter.txt", contentType: "text/plain")
        ]
        var written: [UInt8] = []
        var rest: [UInt8]? = Array(text.utf8)
        EdXMLWriter.write(
            draft,
            data: { _ -> [UInt8]? in
                defer { rest = nil }
                return rest
            }, to: { written += $0 })
        self.init(bytes: written)
    }

    /// A status message.
    init(status: String, from sender: String, to recipient: String, respondsTo: String) {
        var draft = EdXMLStatusDraft(
            sender: EdXMLParty(sender, name: "Sender"), recipient: recipient,
            respondsTo: respondsTo, statusCode: status)
        draft.timestamp = "2026/11/23 08:00:00"
        var written: [UInt8] = []
        EdXMLWriter.write(draft, to: { written += $0 })
        self.init(bytes: written)
    }

    init(bytes: [UInt8]) {
        self.bytes = bytes
        var request = SubmitRequest(mediaType: MediaType.edXML)
        request.size = Int64(bytes.count)
        request.sha256 = SHA256Digest(of: bytes)
        self.request = request
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The same with other text in it.
    func replacing(_ old: String, _ new: String) -> Letter {
        Letter(bytes: Array(text.replacing(old, with: new).utf8))
    }

    func submit(
        to daemon: Daemon, _ change: (inout SubmitRequest) -> Void = { _ in }
    ) async throws -> RelayAPI.Submission {
        var request = request
        change(&request)
        return try await daemon.client.submit(request, body: OutgoingBody(bytes: bytes))
    }
}

/// A plain file of a size, unlike any other.
struct PlainFile {
    let bytes: [UInt8]
    let recipients: [String]

    init(_ number: Int, size: Int, to recipients: [String] = ["H88.2"]) throws {
        self.recipients = recipients
        bytes =
            SampleDocument(
                plain: number, from: try organisation("H99.1"), to: try organisation("H88.2"),
                size: size, seed: 4_711
            ).bytes
    }

    func request() throws -> SubmitRequest {
        var request = SubmitRequest(mediaType: "application/pdf")
        request.size = Int64(bytes.count)
        request.sha256 = SHA256Digest(of: bytes)
        request.recipients = try recipients.map(organisation)
        return request
    }

    @discardableResult
    func submit(
        to daemon: Daemon, _ change: (inout SubmitRequest) -> Void = { _ in }
    ) async throws -> RelayAPI.Submission {
        var request = try request()
        change(&request)
        return try await daemon.client.submit(request, body: OutgoingBody(bytes: bytes))
    }
}
