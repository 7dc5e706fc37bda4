// What is known of a document after reading it once: who sends it to whom, what it is, and which
// attachments came along. Text is as in the document, trimmed, except where noted; nothing is
// derived from codes or ids, which are opaque (QCVN 102:2016, Decision 28/2018 article 10).
//
// Personal data (StaffInfo, SignerInfo, addresses, telephone numbers) is not here on purpose.

package struct EdXMLHeader: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case document
        /// A status message: it answers a document (or takes it back) and has no body.
        case status
    }

    package var kind: Kind
    /// From/OrganId.
    package var sender: String
    /// To/OrganId, in the order of the document, each once; of a status message
    /// ResponseFor/OrganId. Never empty.
    package var recipients: [String]
    /// MessageHeader/DocumentId.
    package var documentId: String?
    /// ResponseFor/DocumentId: the document that a status message, or a letter, answers.
    package var respondsTo: String?
    /// StatusCode as written, e.g. `03`; only in status messages.
    package var statusCode: String?
    /// MessageHeader/Timestamp as written, without a zone; only in status messages.
    package var timestamp: String?
    /// OtherInfo/Priority, 0 (normal) to 4; nil when absent or not one of these.
    package var priority: Int?
    /// 0 new, 1 recall, 2 update, 3 replace; 0 when absent. Other numbers are kept and warned of.
    package var bussinessDocType: Int
    /// Bussiness/DocumentId: the document that is recalled or updated.
    package var bussinessDocumentId: String?
    package var codeNumber: String?
    package var codeNotation: String?
    /// As written: `yyyy/MM/dd`, and in some documents another form.
    package var promulgationDate: String?
    package var subject: String?
    package var documentTypeName: String?
    /// DocumentType/Type: a number of a list of codes that producers do not agree on.
    package var documentTypeCode: String?
    package var attachments: [EdXMLAttachment]
    package var references: [EdXMLReference]
    /// The references whose data is absent or empty: the letter is lighter than its manifest says.
    package var missingAttachments: [EdXMLReference]
    /// What was accepted although it is not as it should be, in words, at most 33.
    package var warnings: [String]
}

/// An entry of AttachmentEncoded.
package struct EdXMLAttachment: Sendable, Equatable {
    /// Without `cid:`, trimmed; empty when the document gives none.
    package var contentId: String
    package var name: String?
    /// As written; it may differ from the reference's and from what the data is.
    package var contentType: String?
    /// Characters of the encoded data, white space not counted: four for each three bytes.
    package var encodedBytes: Int
}

/// An entry of the manifest.
package struct EdXMLReference: Sendable, Equatable {
    /// Without `cid:`, trimmed; empty when the document gives none.
    package var contentId: String
    package var name: String?
}
