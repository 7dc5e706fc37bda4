// What is owed once nothing disturbs any more: every accepted document in each inbox, exactly once
// and byte for byte, with a verified receipt at its origin; and nothing left on its way.

import RelayCore

extension World {
    /// The first thing that is still owed, in words; nil when everything has arrived.
    package func unmet() -> String? {
        for work in desk.works.indices where desk.works[work].answer == .none {
            return "work \(work) has no answer"
        }
        for relay in relays.indices {
            if relays[relay].process == nil { return "\(relays[relay].name) is down" }
            if let debt = debt(of: relays[relay]) { return debt }
        }
        for envelope in checkers.accepted.values.sorted(by: { $0.document < $1.document }) {
            for recipient in envelope.recipients {
                if let debt = debt(of: envelope, to: recipient) { return debt }
            }
        }
        return nil
    }

    /// What one relay has not finished.
    private func debt(of relay: Relay) -> String? {
        for state in [StateName.queued, .attempting, .held, .failed] {
            guard relay.ledger.disk.counts[state, default: 0] > 0 else { continue }
            let late = relay.ledger.disk.deliveries.values.filter {
                $0.state.name == state && !rejected.contains($0.document)
            }
            if let first = late.map(\.key).min() {
                return "\(relay.name) has \(first.document) \(state)"
            }
        }
        for delivery in relay.ledger.disk.deliveries.values where delivery.owes {
            return "\(relay.name) owes a receipt of \(delivery.document)"
        }
        return nil
    }

    private func debt(of envelope: Envelope, to recipient: OrganisationCode) -> String? {
        let key = DeliveryKey(document: envelope.document, recipient: recipient)
        guard let home = topology.index(of: envelope.origin),
            let target = topology.site(serving: recipient)
        else { return "\(envelope.document) is for nobody" }
        let origin = relays[home].ledger.disk
        let there = relays[target].ledger.disk
        guard let sent = origin.deliveries[key] else { return "\(envelope.document) was forgotten" }
        if sent.state.name == .cancelled { return nil }
        guard let arrived = there.deliveries[key], arrived.part.isDestination else {
            return "\(envelope.document) is not with \(recipient)"
        }
        // The second receipt proves what the first one does.
        let proofs = Receipt.Kind.proofs.filter { kind in
            let receipt = origin.receipts[ReceiptKey(delivery: key, kind: kind)]
            guard case .made = sent.mark(of: kind) else { return false }
            return receipt.map { origin.bodies[$0] != nil } ?? false
        }
        if proofs.isEmpty { return "\(envelope.document) has no receipt of \(recipient)" }
        let second = there.receipts[ReceiptKey(delivery: key, kind: .collected)]
        // Nobody asks for a second receipt again once it was turned away.
        if desk.collected.contains(key), !(second.map(rejected.contains) ?? false) {
            guard case .made = sent.collected, sent.state.name == .collected else {
                return "\(envelope.document) has no second receipt of \(recipient)"
            }
        }
        return nil
    }

    /// What has arrived is what was sent. Bodies that have gone after their retention are not
    /// looked at.
    package func checkArrivals() {
        for envelope in checkers.accepted.values.sorted(by: { $0.document < $1.document }) {
            for recipient in envelope.recipients {
                guard let target = topology.site(serving: recipient) else { continue }
                let disk = relays[target].ledger.disk
                let key = DeliveryKey(document: envelope.document, recipient: recipient)
                guard let arrived = disk.deliveries[key], arrived.holdsBody else { continue }
                checkers.fetched(key, disk, target, self)
            }
        }
        for relay in relays.indices { checkers.audit(relays[relay].ledger, relay, self) }
    }

    /// What a retention and a lifetime later is left on disks.
    package func checkForgotten() {
        for relay in relays {
            let disk = relay.ledger.disk
            let rest = disk.deliveries.values.filter { !$0.isInInbox }
            if let first = rest.min(by: { $0.key < $1.key }) {
                violate(
                    "everything ends",
                    "\(relay.name) still has \(first.document), \(first.kind) \(first.state)")
            }
            let inboxes = Set(disk.deliveries.keys.map(\.document))
            if let body = disk.bodies.keys.filter({ !inboxes.contains($0) }).min() {
                violate("space is given back", "\(relay.name) still has a body of \(body)")
            }
            if !disk.receipts.isEmpty && inboxes.isEmpty {
                violate("space is given back", "\(relay.name) has receipts of nothing")
            }
        }
    }
}

extension Delivery {
    fileprivate var owes: Bool {
        [received, collected, failed].contains { if case .owed = $0 { true } else { false } }
    }
}
