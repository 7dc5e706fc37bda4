// Where in an edXML document the reader is: the format's structure as one table (QCVN 102:2016 as
// far as it is known; the order of elements differs between producers and is not looked at).
// Whatever the table does not name is skipped with all it holds, and so are signatures, StaffInfo
// and SignerInfo: their text is never kept.

enum Place: Hashable {
    case root
    case envelope
    case header
    /// MessageHeader, or Status in its place.
    case messageHeader
    case from
    case to
    case code
    case promulgationInfo
    case documentType
    case otherInfo
    case responseFor
    case traceHeaderList
    case bussiness
    case body
    case manifest
    case reference
    case attachmentEncoded
    case attachment
    /// ContentTransferEncoded: counted, not kept.
    case encoded
    case field(Field)
    case skipped

    static let namespace = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
    static let rootName = "edXML"
    /// The prefix that producers bind, and that some readers take literally.
    static let usualPrefix = "edXML"

    /// The place of an element of the format's namespace with this local name.
    func child(_ name: String) -> Place {
        Self.structure[self]?[name] ?? .skipped
    }

    private static let structure: [Place: [String: Place]] = [
        .root: ["edXMLEnvelope": .envelope, "AttachmentEncoded": .attachmentEncoded],
        .envelope: ["edXMLHeader": .header, "edXMLBody": .body],
        .header: [
            "MessageHeader": .messageHeader, "Status": .messageHeader,
            "TraceHeaderList": .traceHeaderList,
        ],
        .messageHeader: [
            "From": .from, "To": .to, "Code": .code, "PromulgationInfo": .promulgationInfo,
            "DocumentType": .documentType, "OtherInfo": .otherInfo, "ResponseFor": .responseFor,
            "DocumentId": .field(.documentId), "Subject": .field(.subject),
            "StatusCode": .field(.statusCode), "Timestamp": .field(.timestamp),
        ],
        .from: ["OrganId": .field(.sender)],
        .to: ["OrganId": .field(.recipient)],
        .code: ["CodeNumber": .field(.codeNumber), "CodeNotation": .field(.codeNotation)],
        .promulgationInfo: ["PromulgationDate": .field(.promulgationDate)],
        .documentType: [
            "TypeName": .field(.documentTypeName), "Type": .field(.documentTypeCode),
        ],
        .otherInfo: ["Priority": .field(.priority)],
        .responseFor: [
            "OrganId": .field(.responseOrganId), "DocumentId": .field(.responseDocumentId),
        ],
        .traceHeaderList: ["Bussiness": .bussiness],
        .bussiness: [
            "BussinessDocType": .field(.bussinessDocType),
            "DocumentId": .field(.bussinessDocumentId),
        ],
        .body: ["edXMLManifest": .manifest],
        .manifest: ["Reference": .reference],
        .reference: [
            "ContentId": .field(.referenceContentId), "AttachmentName": .field(.referenceName),
        ],
        .attachmentEncoded: ["Attachment": .attachment],
        .attachment: [
            "ContentId": .field(.attachmentContentId), "AttachmentName": .field(.attachmentName),
            "ContentType": .field(.attachmentContentType), "ContentTransferEncoded": .encoded,
        ],
    ]
}

/// The fields whose text is kept.
enum Field: Hashable, CaseIterable {
    case sender, recipient, documentId, codeNumber, codeNotation, promulgationDate
    case documentTypeName, documentTypeCode, subject, priority
    case responseOrganId, responseDocumentId
    case statusCode, timestamp, bussinessDocType, bussinessDocumentId
    case referenceContentId, referenceName
    case attachmentContentId, attachmentName, attachmentContentType

    /// The path that a person finds in the document.
    var path: String {
        switch self {
        case .sender: "From/OrganId"
        case .recipient: "To/OrganId"
        case .documentId: "MessageHeader/DocumentId"
        case .codeNumber: "Code/CodeNumber"
        case .codeNotation: "Code/CodeNotation"
        case .promulgationDate: "PromulgationInfo/PromulgationDate"
        case .documentTypeName: "DocumentType/TypeName"
        case .documentTypeCode: "DocumentType/Type"
        case .subject: "MessageHeader/Subject"
        case .priority: "OtherInfo/Priority"
        case .responseOrganId: "ResponseFor/OrganId"
        case .responseDocumentId: "ResponseFor/DocumentId"
        case .statusCode: "MessageHeader/StatusCode"
        case .timestamp: "MessageHeader/Timestamp"
        case .bussinessDocType: "Bussiness/BussinessDocType"
        case .bussinessDocumentId: "Bussiness/DocumentId"
        case .referenceContentId: "Reference/ContentId"
        case .referenceName: "Reference/AttachmentName"
        case .attachmentContentId: "Attachment/ContentId"
        case .attachmentName: "Attachment/AttachmentName"
        case .attachmentContentType: "Attachment/ContentType"
        }
    }

    /// The longest text accepted, in UTF-8 bytes without white space at either end. A Vietnamese
    /// letter takes up to three bytes, and five when its marks are written apart.
    var bytesMax: Int {
        switch self {
        // Decision 20/2020 allows 35 characters; databases in use hold 50.
        case .sender, .recipient, .responseOrganId: 50
        // Databases in use hold 200 characters.
        case .documentId, .responseDocumentId, .bussinessDocumentId: 600
        // Databases in use hold 50 characters.
        case .codeNumber, .codeNotation: 250
        // Decree 30/2020, Annex VI, allows 500 characters, and 100 for the type's name.
        case .subject: 2_500
        case .documentTypeName: 500
        // Numbers and dates of at most 19 characters, with room for other forms.
        case .priority, .statusCode, .timestamp, .promulgationDate, .bussinessDocType,
            .documentTypeCode:
            64
        // A UUID as a rule.
        case .referenceContentId, .attachmentContentId: 300
        // File systems take 255 characters.
        case .referenceName, .attachmentName: 1_275
        // RFC 6838 allows 127 on each side of the slash.
        case .attachmentContentType: 255
        }
    }

    /// Whether two different values leave open who sends what: such a document is refused, since
    /// the next reader may take the other one. Elsewhere the first value counts and a warning is
    /// given.
    var mustAgree: Bool {
        switch self {
        case .sender, .documentId, .statusCode, .bussinessDocType: true
        default: false
        }
    }
}
