// What `EdXMLWriter` writes: the values of a document and of a status message.

/// A document to be written. Its attachments' data comes later, piece by piece.
package struct EdXMLDocumentDraft: Sendable, Equatable {
    package struct Attachment: Sendable, Equatable {
        /// Without `cid:`, which the writer adds.
        package var contentId: String
        package var name: String
        package var contentType: String

        package init(contentId: String, name: String, contentType: String) {
            self.contentId = contentId
            self.name = name
            self.contentType = contentType
        }
    }

    package var sender: EdXMLParty
    package var recipients: [EdXMLParty]
    package var documentId: String
    package var codeNumber = ""
    package var codeNotation = ""
    package var promulgationPlace = ""
    /// `yyyy/MM/dd`.
    package var promulgationDate = ""
    package var documentTypeName = "Công văn"
    package var subject = ""
    /// The summary, not the text.
    package var content = ""
    /// 0 (normal) to 4.
    package var priority = 0
    /// 0 new, 1 recall, 2 update, 3 replace.
    package var bussinessDocType = 0
    package var bussinessDocReason = ""
    /// The document that is recalled or updated; the element is left out when nil.
    package var bussinessDocumentId: String?
    /// `yyyy/MM/dd HH:mm:ss`, for the sender's entry in the trace.
    package var timestamp = ""
    package var attachments: [Attachment] = []

    package init(sender: EdXMLParty, recipients: [EdXMLParty], documentId: String) {
        self.sender = sender
        self.recipients = recipients
        self.documentId = documentId
    }
}

/// A status message to be written.
package struct EdXMLStatusDraft: Sendable, Equatable {
    package var sender: EdXMLParty
    /// ResponseFor/OrganId: the addressee.
    package var recipient: String
    /// The document answered: its id, its code `number/notation`, and its date.
    package var respondsTo: String
    package var code = ""
    package var promulgationDate = ""
    /// Two digits, e.g. `01`.
    package var statusCode: String
    package var description = ""
    /// `yyyy/MM/dd HH:mm:ss`.
    package var timestamp = ""

    package init(sender: EdXMLParty, recipient: String, respondsTo: String, statusCode: String) {
        self.sender = sender
        self.recipient = recipient
        self.respondsTo = respondsTo
        self.statusCode = statusCode
    }
}

/// An organisation as a document names it.
package struct EdXMLParty: Sendable, Equatable {
    package var organId: String
    package var name: String

    package init(_ organId: String, name: String = "") {
        self.organId = organId
        self.name = name
    }
}
