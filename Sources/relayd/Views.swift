// The core's values in the words of the API, one to one.

import RelayAPI
import RelayCore
import RelayStore
import RelayWire

extension StateName {
    var status: DeliveryStatus {
        switch self {
        case .queued: .queued
        case .attempting: .attempting
        case .held: .held
        case .relayed: .relayed
        case .delivered: .delivered
        case .collected: .collected
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }
}

extension Envelope.Kind {
    var view: DocumentKind {
        switch self {
        case .document: .document
        case .status: .status
        case .receipt: .receipt
        }
    }
}

extension ReceiptKind {
    var core: Receipt.Kind {
        switch self {
        case .received: .received
        case .collected: .collected
        case .failed: .failed
        }
    }
}

extension HistoryEntry {
    init(_ happening: Happening) {
        self.init(
            at: happening.at, what: happening.what.word, recipient: happening.recipient,
            peer: happening.relay, detail: happening.detail.isEmpty ? nil : happening.detail)
    }
}

extension InboxEntry {
    init(_ envelope: Envelope, _ stored: StoredDelivery) {
        self.init(
            id: envelope.document, recipient: stored.delivery.recipient, kind: envelope.kind.view,
            sender: envelope.sender, priority: Int(envelope.priority.rawValue),
            size: Int64(clamping: envelope.size), sha256: envelope.digest,
            mediaType: envelope.mediaType, origin: envelope.origin, receivedAt: stored.arrivedAt)
        documentId = envelope.reference.isEmpty ? nil : envelope.reference
        businessType = Int(envelope.businessType)
        fileName = envelope.name.isEmpty ? nil : envelope.name
        dueAt = envelope.dueAt
    }
}

extension CountsView {
    /// Documents and receipts together: both are accepted, and both must end somewhere.
    init(_ counters: StoredCounters) {
        let classes = [counters.documents, counters.receipts]
        func sum(_ state: StateName) -> Int { Int(clamping: classes.reduce(0) { $0 + $1[state] }) }
        // What is forgotten has left both sides of the law.
        self.init(
            accepted: Int(clamping: classes.reduce(0) { $0 + $1.accepted - $1.forgotten }))
        queued = sum(.queued)
        attempting = sum(.attempting)
        held = sum(.held)
        relayed = sum(.relayed)
        delivered = sum(.delivered)
        collected = sum(.collected)
        failed = sum(.failed)
        cancelled = sum(.cancelled)
    }
}

extension DeadlineState {
    /// Nil without a deadline, and where it does not matter any more, nor did it come to anything.
    init?(_ delivery: Delivery) {
        switch delivery.dueStage {
        case .missed: self = .missed
        case .warned where delivery.isAwaited: self = .near
        case .warn where delivery.isAwaited: self = .open
        case .none, .warn, .warned: return nil
        }
    }
}
