// The records of one thing that happened to a document: in its history, and in the feed of
// applications.

package import RelayCore

extension Records {
    /// Without the document, which is part of the record's key.
    package static func encode(_ happening: Happening) throws(MessageFault) -> [UInt8] {
        try bytes(of: HappeningRecord(happening))
    }

    package static func happening(
        _ bytes: [UInt8], document: DocumentID
    ) throws(MessageFault) -> Happening {
        let record: HappeningRecord = try message(in: bytes)
        return try record.happening(to: document)
    }

    /// Without the number, which is the record's key.
    package static func encode(_ announcement: Announcement) throws(MessageFault) -> [UInt8] {
        var record = AnnouncementRecord()
        record.happening = HappeningRecord(announcement.happening)
        record.document.set(announcement.happening.document.bytes)
        record.reference = announcement.reference
        return try bytes(of: record)
    }

    package static func announcement(
        _ bytes: [UInt8], number: UInt64
    ) throws(MessageFault) -> Announcement {
        let record: AnnouncementRecord = try message(in: bytes)
        guard let document = DocumentID(bytes: record.document) else { throw .field("document") }
        return Announcement(
            number: number, happening: try record.happening.happening(to: document),
            reference: record.reference)
    }
}

extension HappeningRecord {
    fileprivate init(_ happening: Happening) {
        self.init()
        at = happening.at.milliseconds
        recipient = happening.recipient?.text ?? ""
        what = UInt32(happening.what.rawValue)
        relay = happening.relay?.text ?? ""
        detail = happening.detail
    }

    fileprivate func happening(to document: DocumentID) throws(MessageFault) -> Happening {
        Happening(
            at: try Field.instant(at, "at"), document: document,
            recipient: recipient.isEmpty ? nil : try Field.organisation(recipient, "recipient"),
            what: try Field.value(what, "what"),
            relay: relay.isEmpty ? nil : try Field.relay(relay, "relay"), detail: detail)
    }
}
