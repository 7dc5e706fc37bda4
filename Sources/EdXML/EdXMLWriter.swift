// Writes edXML documents and status messages in pieces: prefixes `edXML:` and the order of elements
// as the Java library of the axis writes them, since some readers go by literal prefix and order.
// Elements whose tag alone is demanded stand empty. No signature is written: it could not survive
// the way (documents are serialised again in transit), and the PDFs inside carry their own.

package enum EdXMLWriter {
    /// Writes a document. `data` is asked for the bytes of each attachment in order, by its index,
    /// in pieces of any size, until it says nil; `sink` gets the document's bytes, data in pieces
    /// of 64 KiB at most. Errors of both are passed on, and then the output is incomplete.
    package static func write<Failure: Error>(
        _ draft: EdXMLDocumentDraft,
        data: (Int) throws(Failure) -> [UInt8]?,
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var output = MarkupOutput()
        output.openDocument()
        output.messageHeader(of: draft)
        output.traceHeaderList(of: draft)
        output.close("edXML:edXMLHeader")
        output.manifest(of: draft.attachments)
        output.close("edXML:edXMLEnvelope")
        output.open("AttachmentEncoded")
        try sink(output.take())
        for (index, attachment) in draft.attachments.enumerated() {
            output.open("Attachment")
            output.leaf("ContentId", "cid:" + attachment.contentId)
            output.leaf("AttachmentName", attachment.name)
            output.leaf("Description", attachment.name)
            output.leaf("ContentType", attachment.contentType)
            output.beginData()
            while let bytes = try data(index) {
                // Whatever the caller's pieces, the sink's are small.
                for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
                    output.data(bytes[start..<min(start + pieceBytes, bytes.count)])
                    try sink(output.take())
                }
            }
            output.endData()
            output.close("Attachment")
        }
        output.close("AttachmentEncoded")
        output.close("edXML")
        output.raw("\n")
        try sink(output.take())
    }

    /// Bytes of data that are encoded at a time: 64 KiB of base64.
    private static let pieceBytes = 49_152

    /// Writes a status message.
    package static func write<Failure: Error>(
        _ draft: EdXMLStatusDraft, to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var output = MarkupOutput()
        output.openDocument()
        output.open("edXML:MessageHeader")
        output.party("edXML:From", draft.sender)
        output.open("edXML:ResponseFor")
        output.leaf("edXML:OrganId", draft.recipient)
        output.leaf("edXML:Code", draft.code)
        output.leaf("edXML:PromulgationDate", draft.promulgationDate)
        output.leaf("edXML:DocumentId", draft.respondsTo)
        output.close("edXML:ResponseFor")
        output.empty("edXML:StaffInfo", ["Department", "Staff", "Mobile", "Email"])
        output.leaf("edXML:StatusCode", draft.statusCode)
        output.leaf("edXML:Description", draft.description)
        output.leaf("edXML:Timestamp", draft.timestamp)
        output.close("edXML:MessageHeader")
        output.close("edXML:edXMLHeader")
        output.close("edXML:edXMLEnvelope")
        output.close("edXML")
        output.raw("\n")
        try sink(output.take())
    }
}

// The parts of the format.
extension MarkupOutput {
    fileprivate mutating func openDocument() {
        raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        open("edXML", " xmlns=\"\(Place.namespace)\"")
        open("edXML:edXMLEnvelope", " xmlns:edXML=\"\(Place.namespace)\"")
        open("edXML:edXMLHeader")
    }

    fileprivate mutating func messageHeader(of draft: EdXMLDocumentDraft) {
        open("edXML:MessageHeader")
        party("edXML:From", draft.sender)
        for recipient in draft.recipients { party("edXML:To", recipient) }
        leaf("edXML:DocumentId", draft.documentId)
        open("edXML:Code")
        leaf("edXML:CodeNumber", draft.codeNumber)
        leaf("edXML:CodeNotation", draft.codeNotation)
        close("edXML:Code")
        open("edXML:PromulgationInfo")
        leaf("edXML:Place", draft.promulgationPlace)
        leaf("edXML:PromulgationDate", draft.promulgationDate)
        close("edXML:PromulgationInfo")
        open("edXML:DocumentType")
        // The code list of types is not known; readers go by the name.
        leaf("edXML:Type", "1")
        leaf("edXML:TypeName", draft.documentTypeName)
        close("edXML:DocumentType")
        leaf("edXML:Subject", draft.subject)
        leaf("edXML:Content", draft.content)
        empty("edXML:SignerInfo", ["Competence", "Position", "FullName"])
        leaf("edXML:DueDate", "")
        open("edXML:OtherInfo")
        leaf("edXML:Priority", String(draft.priority))
        close("edXML:OtherInfo")
        leaf("edXML:SteeringType", "1")
        empty("edXML:ToPlaces", ["Place"])
        close("edXML:MessageHeader")
    }

    fileprivate mutating func party(_ name: String, _ party: EdXMLParty) {
        open(name)
        leaf("edXML:OrganId", party.organId)
        leaf("edXML:OrganizationInCharge", party.name)
        leaf("edXML:OrganName", party.name)
        for empty in ["OrganAdd", "Email", "Telephone", "Fax", "Website"] {
            leaf("edXML:" + empty, "")
        }
        close(name)
    }

    fileprivate mutating func traceHeaderList(of draft: EdXMLDocumentDraft) {
        open("edXML:TraceHeaderList")
        open("edXML:TraceHeader")
        leaf("edXML:OrganId", draft.sender.organId)
        leaf("edXML:Timestamp", draft.timestamp)
        close("edXML:TraceHeader")
        open("edXML:Bussiness")
        if let id = draft.bussinessDocumentId { leaf("edXML:DocumentId", id) }
        leaf("edXML:BussinessDocType", String(draft.bussinessDocType))
        leaf("edXML:BussinessDocReason", draft.bussinessDocReason)
        leaf("edXML:Paper", "0")
        close("edXML:Bussiness")
        close("edXML:TraceHeaderList")
    }

    fileprivate mutating func manifest(
        of attachments: [EdXMLDocumentDraft.Attachment]
    ) {
        open("edXML:edXMLBody")
        open("edXML:edXMLManifest", " version=\"1.0\"")
        for attachment in attachments {
            open("edXML:Reference")
            leaf("edXML:ContentId", "cid:" + attachment.contentId)
            leaf("edXML:ContentType", attachment.contentType)
            leaf("edXML:Description", attachment.name)
            leaf("edXML:AttachmentName", attachment.name)
            close("edXML:Reference")
        }
        close("edXML:edXMLManifest")
        close("edXML:edXMLBody")
    }

    /// An element whose children are there and empty.
    fileprivate mutating func empty(_ name: String, _ children: [String]) {
        open(name)
        for child in children { leaf("edXML:" + child, "") }
        close(name)
    }
}
