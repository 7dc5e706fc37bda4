// Records that are kept decoded, from one turn to the next: a document is asked for again within
// seconds, when it is forwarded and when it is accepted there.
//
// True because this process alone writes (the store is claimed), and because whatever a transaction
// has put in is dropped when it is not committed.

import RelayCore
import RelayWire

struct KeptRecords: Sendable {
    private var envelopes: [DocumentID: Envelope] = [:]
    private var deliveries: [DeliveryKey: StoredDelivery] = [:]

    /// Of each kind: some megabytes. At the most a record is read again.
    private static let countMax = 8_192

    func envelope(of document: DocumentID) -> Envelope? { envelopes[document] }

    func stored(_ key: DeliveryKey) -> StoredDelivery? { deliveries[key] }

    mutating func keep(_ envelope: Envelope) {
        if envelopes.count >= Self.countMax { envelopes.removeAll(keepingCapacity: true) }
        envelopes[envelope.document] = envelope
    }

    mutating func keep(_ stored: StoredDelivery) {
        if deliveries.count >= Self.countMax { deliveries.removeAll(keepingCapacity: true) }
        deliveries[stored.delivery.key] = stored
    }

    mutating func drop(_ document: DocumentID) { envelopes[document] = nil }

    mutating func drop(_ key: DeliveryKey) { deliveries[key] = nil }

    /// All of it, leaving nothing: so that nothing is copied when it is changed.
    mutating func take() -> KeptRecords {
        let taken = self
        self = KeptRecords()
        return taken
    }
}
