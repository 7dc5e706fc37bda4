// A submission: what an application says of a document beside its bytes, and the relay's answer.
//
// In a request it stands in header fields, so that the body is the document and nothing else. Both
// directions are here, and a test sends every field through them.

package import RelayCore

package struct SubmitRequest: Hashable, Sendable {
    /// The same key again is the same submission.
    package var idempotencyKey: String?
    package var sender: OrganisationCode?
    package var recipients: [OrganisationCode] = []
    /// The sender's own name for the document, as in edXML.
    package var documentId: String?
    /// 0 to 4.
    package var priority: Int?
    package var kind: DocumentKind?
    /// 0 to 3.
    package var businessType: Int?
    package var fileName: String?
    package var mediaType: String
    /// Whether the same name with other bytes is meant.
    package var again = false
    /// What the bytes must have; checked by the one who stores them.
    package var sha256: SHA256Digest?
    /// When it was signed, for its deadline; an edXML document says it itself.
    package var signedOn: Day?
    /// The bytes that were announced; nil for a body in chunks.
    package var size: Int64?

    package init(mediaType: String) {
        self.mediaType = mediaType
    }

    /// Whether the header of the document itself is to be read: it is edXML, or XML and nothing
    /// else was said.
    package var isEdXML: Bool {
        [MediaType.edXML, "application/xml", "text/xml"].contains(MediaType.essence(mediaType))
    }
}

/// What became of a submission. `known` repeats the answer to the same one before.
package enum Submission: Hashable, Sendable {
    case created(SubmitAnswer)
    case known(SubmitAnswer)

    package var answer: SubmitAnswer {
        switch self {
        case .created(let answer), .known(let answer): answer
        }
    }
}

package struct SubmitAnswer: Codable, Hashable, Sendable {
    package var id: DocumentID
    package var state: DeliveryStatus
    package var recipients: [OrganisationCode]
    package var sha256: SHA256Digest
    /// Bytes.
    package var size: Int64

    package init(
        id: DocumentID, state: DeliveryStatus, recipients: [OrganisationCode],
        sha256: SHA256Digest, size: Int64
    ) {
        self.id = id
        self.state = state
        self.recipients = recipients
        self.sha256 = sha256
        self.size = size
    }
}

extension SubmitRequest {
    /// The header fields that say this.
    var headers: HeaderFields {
        var fields = HeaderFields()
        fields.add(HeaderName.contentType, mediaType)
        if let size { fields.add(HeaderName.contentLength, String(size)) }
        if let idempotencyKey { fields.add(HeaderName.idempotencyKey, idempotencyKey) }
        if let sender { fields.add(HeaderName.sender, sender.text) }
        for recipient in recipients { fields.add(HeaderName.to, recipient.text) }
        if let documentId { fields.add(HeaderName.documentID, PercentCoding.encode(documentId)) }
        if let priority { fields.add(HeaderName.priority, String(priority)) }
        if let kind { fields.add(HeaderName.kind, kind.rawValue) }
        if let businessType { fields.add(HeaderName.businessType, String(businessType)) }
        if let fileName { fields.add(HeaderName.fileName, PercentCoding.encode(fileName)) }
        if again { fields.add(HeaderName.intended, "again") }
        if let sha256 { fields.add(HeaderName.sha256, sha256.description) }
        if let signedOn { fields.add(HeaderName.signedOn, signedOn.description) }
        return fields
    }

    /// Reads what the header fields say. Throws `unsupportedMediaType`, or `invalidMetadata` or
    /// `missingRecipient` with the field.
    init(headers: HeaderFields) throws(Problem) {
        self.init(mediaType: try SubmitFields.mediaType(headers))
        try SubmitFields.refuseUnknown(headers)
        let fields = SubmitFields(headers: headers)
        size = try fields.length()
        idempotencyKey = try fields.key()
        sender = try fields.code(HeaderName.sender)
        recipients = try fields.recipients()
        documentId = try fields.text(HeaderName.documentID, bytesMax: Limits.referenceBytesMax)
        priority = try fields.number(HeaderName.priority, 0...4)
        kind = try fields.kind()
        businessType = try fields.number(HeaderName.businessType, 0...3)
        fileName = try fields.fileName()
        again = try fields.again()
        sha256 = try fields.digest()
        signedOn = try fields.signedOn()
        guard isEdXML || !recipients.isEmpty else {
            throw Problem(
                .missingRecipient, field: HeaderName.to,
                "A \(MediaType.essence(mediaType)) document does not say who it is for. "
                    + "Give the recipients' codes in \(HeaderName.to).")
        }
    }
}
