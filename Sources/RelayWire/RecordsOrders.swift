// The record of what an operator has ordered about a peer.

package import RelayCore

extension Records {
    /// Without the peer, which is the record's key.
    package static func encode(_ order: PeerOrder) throws(MessageFault) -> [UInt8] {
        var record = PeerOrderRecord()
        record.what = UInt32(order.what.rawValue)
        record.by = order.by
        record.reason = order.reason
        record.since = order.since.milliseconds
        return try bytes(of: record)
    }

    package static func peerOrder(_ bytes: [UInt8]) throws(MessageFault) -> PeerOrder {
        let record: PeerOrderRecord = try message(in: bytes)
        return PeerOrder(
            try Field.value(record.what, "what"), by: record.by, reason: record.reason,
            since: try Field.instant(record.since, "since"))
    }
}
