// Documents for the demo and the tests, made from a seed: edXML of fictitious agencies with PDF
// attachments, and plain files.

import EdXML
import OpenSSL
package import RelayAPI
package import RelayCore

package struct SampleDocument: Sendable {
    package let number: Int
    package let sender: OrganisationCode
    package let recipient: OrganisationCode
    /// The edXML DocumentId, or what a plain file goes by in its place.
    package let reference: String
    package let priority: Int
    package let mediaType: String
    package let bytes: [UInt8]
    package let digest: SHA256Digest

    /// The key under which it is submitted, and submitted again when no answer came.
    package var idempotencyKey: String { "sample-\(number)-\(digest.description.prefix(16))" }

    /// An edXML document.
    ///
    /// - Parameter attachmentBytes: of the PDF inside, before base64.
    package init(
        number: Int, from sender: OrganisationCode, to recipient: OrganisationCode,
        attachmentBytes: Int, seed: UInt64
    ) {
        self.number = number
        self.sender = sender
        self.recipient = recipient
        reference = "\(sender),2026/11/23,\(number)/CV-TR"
        // One in twenty is urgent.
        priority = number.isMultiple(of: 20) ? 3 : 0
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty(sender.text, name: "Cơ quan \(sender)"),
            recipients: [EdXMLParty(recipient.text, name: "Cơ quan \(recipient)")],
            documentId: reference)
        draft.codeNumber = String(number)
        draft.codeNotation = "CV-TR"
        draft.promulgationPlace = "Hà Nội"
        draft.promulgationDate = "2026/11/23"
        draft.subject = "V/v diễn tập dự phòng liên thông văn bản, số \(number)"
        draft.priority = priority
        draft.timestamp = "2026/11/23 08:00:00"
        draft.attachments = [
            .init(
                contentId: "tep-\(number)", name: "cong-van-\(number).pdf",
                contentType: "application/pdf")
        ]
        let pdf = SamplePDF.make(
            size: attachmentBytes, text: "Document \(number) of the demo",
            seed: seed &+ UInt64(number))
        var written: [UInt8] = []
        written.reserveCapacity(pdf.count * 4 / 3 + 8_192)
        var rest: [UInt8]? = pdf
        EdXMLWriter.write(
            draft,
            data: { _ -> [UInt8]? in
                defer { rest = nil }
                return rest
            }, to: { written += $0 })
        mediaType = MediaType.edXML
        bytes = written
        digest = SHA256Digest(SHA256.digest(written))
    }

    /// A plain file, which costs little to make, however large.
    ///
    /// - Parameter priority: by default one in twenty is urgent.
    package init(
        plain number: Int, from sender: OrganisationCode, to recipient: OrganisationCode,
        size: Int, seed: UInt64, priority: Int? = nil
    ) {
        self.number = number
        self.sender = sender
        self.recipient = recipient
        reference = "\(sender),2026/11/23,\(number)/TEP"
        self.priority = priority ?? (number.isMultiple(of: 20) ? 3 : 0)
        var numbers = SeededNumbers(seed: seed &+ UInt64(number))
        // Its parts are alike within one file, and differ between files.
        let part = (0..<512).flatMap { _ in BigEndian.bytes(numbers.next()) }
        var made: [UInt8] = []
        made.reserveCapacity(size + part.count)
        while made.count < size { made.append(contentsOf: part) }
        made.removeLast(made.count - size)
        mediaType = "application/octet-stream"
        bytes = made
        digest = SHA256Digest(SHA256.digest(made))
    }

    /// How an application submits it.
    package var request: SubmitRequest {
        var request = SubmitRequest(mediaType: mediaType)
        request.idempotencyKey = idempotencyKey
        request.size = Int64(bytes.count)
        request.sha256 = digest
        if mediaType != MediaType.edXML {
            request.sender = sender
            request.recipients = [recipient]
            request.documentId = reference
            request.priority = priority
        }
        return request
    }
}

extension SHA256Digest {
    /// Of a whole body.
    package init(of bytes: [UInt8]) { self.init(SHA256.digest(bytes)) }

    /// The same 32 bytes as another module counts them.
    init(_ value: SHA256Value) {
        guard let digest = SHA256Digest(bytes: value) else {
            preconditionFailure("a SHA-256 has 32 bytes")
        }
        self = digest
    }
}

/// The sizes of the demo's attachments: mostly letters, some scans, a few large ones.
package enum SampleSizes {
    /// Between 4 KiB and 20 MiB; the first is the smallest, the second the largest.
    package static func attachmentBytes(count: Int, seed: UInt64) -> [Int] {
        var numbers = SeededNumbers(seed: seed)
        return (0..<count).map { place in
            switch place {
            case 0: 4 << 10
            case 1: 20 << 20
            default:
                switch numbers.next() % 100 {
                case 0..<70: Int.random(in: 4 << 10...64 << 10, using: &numbers)
                case 70..<95: Int.random(in: 64 << 10...512 << 10, using: &numbers)
                default: Int.random(in: 512 << 10...4 << 20, using: &numbers)
                }
            }
        }
    }
}
