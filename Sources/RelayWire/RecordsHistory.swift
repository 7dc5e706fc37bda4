// The record of one thing that happened to a document.

package import RelayCore

extension Records {
    /// Without the document, which is part of the record's key.
    package static func encode(_ happening: Happening) throws(MessageFault) -> [UInt8] {
        var record = HappeningRecord()
        record.at = happening.at.milliseconds
        record.recipient = happening.recipient?.text ?? ""
        record.what = UInt32(happening.what.rawValue)
        record.relay = happening.relay?.text ?? ""
        record.detail = happening.detail
        return try bytes(of: record)
    }

    package static func happening(
        _ bytes: [UInt8], document: DocumentID
    ) throws(MessageFault) -> Happening {
        let record: HappeningRecord = try message(in: bytes)
        return Happening(
            at: try Field.instant(record.at, "at"), document: document,
            recipient: record.recipient.isEmpty
                ? nil : try Field.organisation(record.recipient, "recipient"),
            what: try Field.value(record.what, "what"),
            relay: record.relay.isEmpty ? nil : try Field.relay(record.relay, "relay"),
            detail: record.detail)
    }
}
