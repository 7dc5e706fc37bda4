// The tallies of the ledger in memory, and how to undo a change of them.

import RelayCore

extension MemoryTransaction {
    func tally(from former: Delivery?, to next: Delivery?) throws(LedgerFailure) {
        guard let key = (next ?? former)?.key else { return }
        let known = disk.arrivals[key]
        guard let arrivedAt = known ?? next?.state.entered
        else { throw .broken("nobody knows when \(key.document) arrived") }
        for delivery in [former, next].compactMap(\.self) {
            let place = delivery.tallyPlace(arrivedAt: arrivedAt)
            undo.append(.arrived(place, disk.tallies.arrived[place]))
        }
        guard disk.tallies.move(former.map { ($0, arrivedAt) }, next.map { ($0, arrivedAt) })
        else { throw .broken("too few counted for \(key.document)") }
        for delivery in [former, next].compactMap(\.self) {
            let place = delivery.tallyPlace(arrivedAt: arrivedAt)
            if disk.tallies.arrived[place]?.isOver ?? false { disk.tallies.arrived[place] = nil }
        }
        if known == nil || next == nil {
            undo.append(.arrival(key, known))
            disk.arrivals[key] = next == nil ? nil : arrivedAt
        }
    }

    func tallyHanded(_ happening: Happening) {
        guard let envelope = disk.envelopes[happening.document],
            let place = happening.handedPlace(envelope.kind)
        else { return }
        undo.append(.handed(place, disk.tallies.handed[place]))
        disk.tallies.note(happening, of: envelope)
    }

    func tallyForgotten(_ document: DocumentID) throws(LedgerFailure) {
        guard let kind = disk.envelopes[document]?.kind else { return }
        for happening in disk.history[document] ?? [] {
            guard let place = happening.handedPlace(kind) else { continue }
            undo.append(.handed(place, disk.tallies.handed[place]))
            guard disk.tallies.forget(happening, kind: kind)
            else { throw .broken("a hand-over of \(document) was not counted") }
            if disk.tallies.handed[place]?.isOver ?? false { disk.tallies.handed[place] = nil }
        }
    }
}
