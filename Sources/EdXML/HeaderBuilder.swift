// Collects the fields while the document is read, in whatever order they come, and decides at the
// end whether they make a header. Every list is bounded by the limits, every text by its field.

struct HeaderBuilder {
    private let limits: EdXMLLimits
    private(set) var warnings = Warnings()
    /// The fields of which one value counts. Those of a reference or an attachment are here only
    /// while it is open.
    private var values: [Field: String] = [:]
    private var recipients = Organisations()
    /// ResponseFor/OrganId: the addressees, if this turns out to be a status message.
    private var respondents = Organisations()
    private var respondentsExceeded = false
    private var attachments: [EdXMLAttachment] = []
    private var references: [EdXMLReference] = []
    /// The data of the attachment that is open.
    private var data = EncodedData()
    private var messageHeaders = 0
    private var isStatusElement = false

    init(limits: EdXMLLimits) {
        self.limits = limits
    }

    mutating func warn(_ text: String) {
        warnings.add(text)
    }

    /// MessageHeader or Status begins. A second one is refused: readers that go by the first and
    /// those that go by the last would see different letters.
    mutating func beginMessageHeader(
        isStatus: Bool, at position: Position
    ) throws(EdXMLError) {
        messageHeaders += 1
        if isStatus { isStatusElement = true }
        guard messageHeaders == 1 else {
            throw EdXMLError(
                .contradiction, at: position, "a second MessageHeader: expected exactly one")
        }
    }

    /// An entry of the manifest begins.
    mutating func beginReference(at position: Position) throws(EdXMLError) {
        guard references.count < limits.referencesMax else {
            throw EdXMLError(
                .tooManyReferences, at: position,
                "the manifest has more than \(limits.referencesMax) references")
        }
        clear([.referenceContentId, .referenceName])
    }

    /// An entry of AttachmentEncoded begins.
    mutating func beginAttachment(at position: Position) throws(EdXMLError) {
        guard attachments.count < limits.attachmentsMax else {
            throw EdXMLError(
                .tooManyAttachments, at: position,
                "the document has more than \(limits.attachmentsMax) attachments")
        }
        clear([.attachmentContentId, .attachmentName, .attachmentContentType])
        data = EncodedData()
    }

    /// The next run of the open attachment's data.
    mutating func add(encoded text: Span<UInt8>) {
        data.add(text)
    }

    mutating func endReference() {
        references.append(
            EdXMLReference(
                contentId: Self.contentId(values[.referenceContentId]),
                name: values[.referenceName]))
        clear([.referenceContentId, .referenceName])
    }

    mutating func endAttachment(at position: Position) {
        attachments.append(
            EdXMLAttachment(
                contentId: Self.contentId(values[.attachmentContentId]),
                name: values[.attachmentName], contentType: values[.attachmentContentType],
                encodedBytes: data.count))
        if !data.looksLikeBase64 {
            warn("line \(position.line): attachment \(attachments.count) is not valid base64")
        }
        clear([.attachmentContentId, .attachmentName, .attachmentContentType])
    }

    /// Takes the trimmed text of a field. Empty elements and the word "null" count as absent.
    mutating func take(
        _ field: Field, _ text: String, at position: Position
    ) throws(EdXMLError) {
        guard !text.isEmpty else { return }
        guard text.lowercased() != "null" else {
            warn("line \(position.line): \(field.path) is the word null, taken as absent")
            return
        }
        switch field {
        case .recipient:
            guard recipients.list.count < limits.recipientsMax || recipients.has(text) else {
                throw EdXMLError(
                    .tooManyRecipients, at: position,
                    "the document has more than \(limits.recipientsMax) recipients")
            }
            if !recipients.add(text) {
                warn("line \(position.line): a recipient occurs twice")
            }
        case .responseOrganId:
            // Who is answered matters only in a status message; which of both kinds this document
            // is may not be known yet.
            if respondents.list.count < limits.recipientsMax {
                _ = respondents.add(text)
            } else if !respondents.has(text) {
                respondentsExceeded = true
            }
        default:
            try takeSingle(field, text, at: position)
        }
    }

    /// The first value counts. Another value later is refused where it would change who sends what.
    private mutating func takeSingle(
        _ field: Field, _ text: String, at position: Position
    ) throws(EdXMLError) {
        guard let earlier = values[field] else {
            values[field] = text
            return
        }
        guard earlier != text else { return }
        guard !field.mustAgree else {
            throw EdXMLError(
                .contradiction, at: position,
                "\(field.path) occurs twice with different values: expected one")
        }
        warn("line \(position.line): \(field.path) occurs again, the first one counts")
    }

    private mutating func clear(_ fields: [Field]) {
        for field in fields { values[field] = nil }
    }

    /// The id by which references and attachments are joined: `cid:` is written by some producers,
    /// in some places, and means nothing.
    private static func contentId(_ text: String?) -> String {
        guard let text else { return "" }
        guard text.utf8.count >= 4, text.prefix(4).lowercased() == "cid:" else { return text }
        return String(text.dropFirst(4).drop { $0.isWhitespace })
    }
}

// The end: what was collected becomes a header, or an error that says what is missing.
extension HeaderBuilder {
    /// The header, or the first thing that it cannot be without. Sender and recipients are all that
    /// is demanded: what else is absent is the agencies' concern, and is warned of.
    consuming func header() throws(EdXMLError) -> EdXMLHeader {
        guard messageHeaders > 0 else {
            throw EdXMLError(
                .notEdXML,
                "there is no message header: expected edXMLEnvelope/edXMLHeader/MessageHeader in "
                    + "the namespace \(Place.namespace)")
        }
        guard let sender = values[.sender] else {
            throw EdXMLError(
                .missingSender,
                "there is no sender: expected its code in MessageHeader/From/OrganId")
        }
        // Producers write the status in either element; the code alone tells it from a letter.
        let isStatus = isStatusElement || values[.statusCode] != nil
        let recipients = try isStatus ? statusRecipients() : documentRecipients()
        warnOfAbsence(isStatus: isStatus)
        let missing = missingAttachments()
        let priority = priority()
        let bussinessDocType = bussinessDocType(isStatus: isStatus)
        warnOfForms()
        return EdXMLHeader(
            kind: isStatus ? .status : .document, sender: sender, recipients: recipients,
            documentId: values[.documentId], respondsTo: values[.responseDocumentId],
            statusCode: values[.statusCode], timestamp: isStatus ? values[.timestamp] : nil,
            priority: priority, bussinessDocType: bussinessDocType,
            bussinessDocumentId: values[.bussinessDocumentId], codeNumber: values[.codeNumber],
            codeNotation: values[.codeNotation], promulgationDate: values[.promulgationDate],
            subject: values[.subject], documentTypeName: values[.documentTypeName],
            documentTypeCode: values[.documentTypeCode],
            attachments: attachments, references: references, missingAttachments: missing,
            warnings: warnings.texts)
    }

    private func documentRecipients() throws(EdXMLError) -> [String] {
        guard !recipients.list.isEmpty else {
            throw EdXMLError(
                .missingRecipient,
                "there is no recipient: expected a code in MessageHeader/To/OrganId")
        }
        return recipients.list
    }

    /// A status message goes to the organisation whose document it answers (or takes back).
    private mutating func statusRecipients() throws(EdXMLError) -> [String] {
        if !recipients.list.isEmpty {
            warn("a status message names To, which is not looked at: ResponseFor/OrganId counts")
        }
        guard !respondents.list.isEmpty else {
            throw EdXMLError(
                .missingRecipient,
                "the status message has no addressee: expected a code in "
                    + "MessageHeader/ResponseFor/OrganId")
        }
        guard !respondentsExceeded else {
            throw EdXMLError(
                .tooManyRecipients,
                "the status message has more than \(limits.recipientsMax) addressees")
        }
        return respondents.list
    }

    /// What every letter, or every status message, should have.
    private mutating func warnOfAbsence(isStatus: Bool) {
        let expected: [Field] =
            isStatus
            ? [.responseDocumentId, .statusCode, .timestamp]
            : [.documentId, .codeNumber, .codeNotation, .promulgationDate, .subject]
        for field in expected where values[field] == nil { warn("\(field.path) is absent") }
    }

    /// References join attachments on the content id, and on the name when they have none.
    private mutating func missingAttachments() -> [EdXMLReference] {
        let filled = attachments.filter { $0.encodedBytes > 0 }
        let ids = Set(filled.map(\.contentId))
        let names = Set(filled.compactMap(\.name))
        let missing = references.filter { reference in
            guard reference.contentId.isEmpty else { return !ids.contains(reference.contentId) }
            return reference.name.map { !names.contains($0) } ?? true
        }
        if !missing.isEmpty {
            warn("\(missing.count) of \(references.count) references have no data")
        }
        let referenced = Set(references.map(\.contentId))
        let strangers = attachments.filter { !referenced.contains($0.contentId) }
        if !strangers.isEmpty {
            warn("\(strangers.count) of \(attachments.count) attachments are not in the manifest")
        }
        if Set(attachments.map(\.contentId)).count < attachments.count {
            warn("attachments share a ContentId")
        }
        return missing
    }

    /// Nil rather than a guess: an unknown urgency must not pass others.
    private mutating func priority() -> Int? {
        guard let text = values[.priority] else { return nil }
        guard let number = Forms.number(text), number <= 4 else {
            warn("\(Field.priority.path) is not one of 0...4, taken as absent")
            return nil
        }
        return number
    }

    private mutating func bussinessDocType(isStatus: Bool) -> Int {
        guard let text = values[.bussinessDocType] else {
            if !isStatus { warn("\(Field.bussinessDocType.path) is absent, taken as 0 (new)") }
            return 0
        }
        guard let number = Forms.number(text) else {
            warn("\(Field.bussinessDocType.path) is not a number, taken as 0 (new)")
            return 0
        }
        if number > 3 { warn("\(Field.bussinessDocType.path) \(number) is not one of 0...3") }
        return number
    }

    /// Text that is kept as written although it is not of the usual form.
    private mutating func warnOfForms() {
        if let date = values[.promulgationDate], !Forms.matches(date, "0000/00/00") {
            warn("\(Field.promulgationDate.path) is not of the form yyyy/MM/dd")
        }
        if let time = values[.timestamp], !Forms.matches(time, "0000/00/00 00:00:00") {
            warn("\(Field.timestamp.path) is not of the form yyyy/MM/dd HH:mm:ss")
        }
        if let code = values[.statusCode], !Forms.matches(code, "00") {
            warn("\(Field.statusCode.path) is not of two digits")
        }
    }
}

/// Codes in the order they came, each once.
private struct Organisations {
    private(set) var list: [String] = []
    private var known: Set<String> = []

    func has(_ code: String) -> Bool { known.contains(code) }

    /// False when the code was there already.
    mutating func add(_ code: String) -> Bool {
        guard known.insert(code).inserted else { return false }
        list.append(code)
        return true
    }
}
