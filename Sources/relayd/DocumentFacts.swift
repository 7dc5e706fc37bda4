// What a submission says on its outside: from the request's header fields, from the edXML header
// inside, or from both.
//
// The document's own header decides; the request may name the recipients and the priority for this
// sending, and must not contradict the rest.

import EdXML
import RelayAPI
import RelayCore

struct DocumentFacts {
    private let kind: Envelope.Kind
    private let sender: OrganisationCode
    private let recipients: [OrganisationCode]
    private let reference: String
    private let businessType: UInt8
    private let priority: Priority
    private let types: [String]
    private let signedOn: Day?

    init(
        _ request: SubmitRequest, _ header: EdXMLHeader?, settings: Settings,
        recipientsMax: Int, refusesIncomplete: Bool
    ) throws(Problem) {
        if let header, refusesIncomplete, let missing = header.missingAttachments.first {
            throw Problem(
                .malformedDocument,
                "The manifest lists the attachment '\(missing.name ?? missing.contentId)', and its data "
                    + "is not in the document. A letter is not sent without its attachments.")
        }
        sender = try Self.sender(request, header, settings)
        recipients = try Self.recipients(request, header, recipientsMax)
        kind = try Self.kind(request, header)
        reference = try Self.reference(request, header)
        businessType = try Self.businessType(request, header)
        priority =
            Priority(rawValue: UInt8(clamping: request.priority ?? header?.priority ?? 0))
            ?? .normal
        types = [header?.documentTypeName, header?.documentTypeCode].compactMap(\.self)
        signedOn = try Self.signedOn(request, header)
    }

    func submission(
        _ caller: CallerID, _ upload: UploadID, _ request: SubmitRequest, size: UInt64,
        digest: SHA256Digest
    ) -> RelayCore.Submission {
        RelayCore.Submission(
            caller: caller, upload: upload, kind: kind, sender: sender, recipients: recipients,
            reference: reference, businessType: businessType, priority: priority, size: size,
            digest: digest,
            mediaType: request.mediaType.bounded(toBytes: Limits.mediaTypeBytesMax),
            name: (request.fileName ?? "").bounded(toBytes: Limits.nameBytesMax),
            idempotencyKey: request.idempotencyKey ?? "", isIntended: request.again,
            types: types, signedOn: signedOn)
    }

    private static func sender(
        _ request: SubmitRequest, _ header: EdXMLHeader?, _ settings: Settings
    ) throws(Problem) -> OrganisationCode {
        let named: OrganisationCode
        if let header {
            guard let code = OrganisationCode(header.sender) else {
                throw Problem(
                    .missingSender,
                    "The sender's code '\(header.sender)' (From/OrganId) is not a code: \(Code.rule)."
                )
            }
            if let said = request.sender, said != code {
                throw Problem(
                    .invalidMetadata, field: HeaderName.sender,
                    "The request names the sender \(said), the document \(code).")
            }
            named = code
        } else if let said = request.sender {
            named = said
        } else if let only = settings.organisations.first, settings.organisations.count == 1 {
            named = only
        } else {
            throw Problem(
                .missingSender, field: HeaderName.sender,
                "This relay serves several organisations; say which one sends, in "
                    + "\(HeaderName.sender).")
        }
        guard settings.organisations.contains(named) else {
            throw Problem(
                .forbidden,
                "This relay does not serve the sender \(named); it serves "
                    + settings.organisations.sorted().map(\.text).joined(separator: ", ") + ".")
        }
        return named
    }

    private static func kind(
        _ request: SubmitRequest, _ header: EdXMLHeader?
    ) throws(Problem) -> Envelope.Kind {
        guard let header else { return request.kind == .status ? .status : .document }
        let inside: DocumentKind = header.kind == .status ? .status : .document
        guard request.kind ?? inside == inside else {
            throw Problem(
                .invalidMetadata, field: HeaderName.kind,
                "The request says it is a \(inside == .status ? "document" : "status message"), and "
                    + "the document says otherwise.")
        }
        return inside == .status ? .status : .document
    }

    /// A date of the document that cannot be read says nothing, and is no reason to refuse it.
    private static func signedOn(
        _ request: SubmitRequest, _ header: EdXMLHeader?
    ) throws(Problem) -> Day? {
        let inside = header?.promulgationDate.flatMap { Day(edXML: $0) }
        if let inside, let said = request.signedOn, said != inside {
            throw Problem(
                .invalidMetadata, field: HeaderName.signedOn,
                "The request says it was signed on \(said), the document says \(inside).")
        }
        return inside ?? request.signedOn
    }

    private static func businessType(
        _ request: SubmitRequest, _ header: EdXMLHeader?
    ) throws(Problem) -> UInt8 {
        guard let inside = header?.bussinessDocType else {
            return UInt8(clamping: request.businessType ?? 0)
        }
        guard request.businessType ?? inside == inside else {
            throw Problem(
                .invalidMetadata, field: HeaderName.businessType,
                "The request says \(request.businessType ?? 0), the document says \(inside).")
        }
        return UInt8(clamping: inside)
    }

    private static func recipients(
        _ request: SubmitRequest, _ header: EdXMLHeader?, _ recipientsMax: Int
    ) throws(Problem) -> [OrganisationCode] {
        var recipients = request.recipients
        if recipients.isEmpty, let header {
            for text in header.recipients {
                guard let code = OrganisationCode(text) else {
                    throw Problem(
                        .missingRecipient,
                        "The recipient's code '\(text)' (To/OrganId) is not a code: \(Code.rule).")
                }
                recipients.append(code)
            }
        }
        guard !recipients.isEmpty else {
            throw Problem(
                .missingRecipient, field: HeaderName.to,
                "Nobody is named to receive it. Name the recipients' codes in \(HeaderName.to).")
        }
        guard recipients.count <= recipientsMax else {
            throw Problem(
                .invalidMetadata, field: HeaderName.to,
                "\(recipients.count) recipients are named; \(recipientsMax) are allowed "
                    + "(limits.recipients).")
        }
        return recipients
    }

    private static func reference(
        _ request: SubmitRequest, _ header: EdXMLHeader?
    ) throws(Problem) -> String {
        // A status message goes under the document that it answers.
        let inside = header.flatMap { $0.kind == .status ? $0.respondsTo : $0.documentId }
        if let said = request.documentId, let inside, said != inside {
            throw Problem(
                .invalidMetadata, field: HeaderName.documentID,
                "The request says the DocumentId is '\(said)', the document says '\(inside)'.")
        }
        return (inside ?? request.documentId ?? "").bounded(toBytes: Limits.referenceBytesMax)
    }
}
