// The conservation law by day and by relay: what came in from each, on the day it came, and what
// was handed over to each, on the day it was.
//
// What a delivery counts under is a function of its record and of when that was made; what was
// handed over is a function of the history. A ledger that writes either moves the tallies in the
// same commit, so they cannot disagree with what they count.

package enum TallyClass: UInt8, Sendable, CaseIterable {
    /// Documents and status messages.
    case documents = 1
    case receipts = 2

    package init(_ kind: Envelope.Kind) {
        self = kind == .receipt ? .receipts : .documents
    }
}

/// What names one tally. Those of one day lie together, and in it those of one relay.
package struct TallyPlace: Hashable, Sendable, Comparable {
    package let day: Day
    /// The relay that a delivery came from, or went to; nil for this relay itself: what its
    /// applications handed in, and what it made.
    package let relay: RelayCode?
    package let of: TallyClass

    package init(day: Day, relay: RelayCode?, of kind: TallyClass) {
        self.day = day
        self.relay = relay
        of = kind
    }

    package static func < (a: Self, b: Self) -> Bool {
        (a.day, a.relay?.text ?? "", a.of.rawValue) < (b.day, b.relay?.text ?? "", b.of.rawValue)
    }
}

/// What was handed over to one relay on one day.
package struct HandedTally: Hashable, Sendable {
    /// Deliveries; one document for two recipients is two.
    package var deliveries: UInt64 = 0
    /// Of these, the ones that are not known any more.
    package var forgotten: UInt64 = 0
    /// Of their bodies, each as often as it was handed over.
    package var bytes: UInt64 = 0
    /// No document that was handed over has a lesser or greater id: so the ids of a day can be
    /// listed without looking at those of all days.
    package var first = DocumentID(high: .max, low: .max)
    package var last = DocumentID(high: 0, low: 0)

    package init() {}

    package mutating func add(_ document: DocumentID, bytes count: UInt64) {
        deliveries += 1
        bytes &+= count
        first = min(first, document)
        last = max(last, document)
    }

    /// Nothing of it is known any more, so it says nothing either.
    package var isOver: Bool { deliveries == forgotten }
}

extension Tally {
    /// Nothing of it is known any more, so it says nothing either.
    package var isOver: Bool { accepted == forgotten }
}

extension Delivery {
    /// What it counts under. The relay it came from changes only when another hands it over anew;
    /// then it moves, with the side of `accepted`, in the same put.
    ///
    /// - Parameter arrivedAt: when its record was made.
    package func tallyPlace(arrivedAt: Instant) -> TallyPlace {
        TallyPlace(day: Day(inVietnam: arrivedAt), relay: path.last, of: TallyClass(kind))
    }
}

extension Happening {
    /// What a hand-over counts under; nil for everything else that happens.
    package func handedPlace(_ kind: Envelope.Kind) -> TallyPlace? {
        guard what == .relayed, let relay else { return nil }
        return TallyPlace(day: Day(inVietnam: at), relay: relay, of: TallyClass(kind))
    }
}

extension Day {
    /// The day that a time falls on in Vietnam: UTC+7, the whole year.
    package init(inVietnam instant: Instant) {
        let local = instant + .hours(7)
        self.init(number: floorDivide(local.milliseconds, Timestamp.millisecondsPerDay))
    }
}

/// The tallies of a ledger, or as many of them as were loaded.
package struct TallyBook: Hashable, Sendable {
    package var arrived: [TallyPlace: Tally] = [:]
    package var handed: [TallyPlace: HandedTally] = [:]

    package init() {}

    /// A record is made, changed, or (`next` is nil) forgotten. False, with nothing changed, when a
    /// count would fall below nothing: then book and records disagree.
    package mutating func move(
        _ former: (delivery: Delivery, arrivedAt: Instant)?,
        _ next: (delivery: Delivery, arrivedAt: Instant)?
    ) -> Bool {
        let was = former.map { $0.delivery.tallyPlace(arrivedAt: $0.arrivedAt) }
        let isNow = next.map { $0.delivery.tallyPlace(arrivedAt: $0.arrivedAt) }
        let (old, new) = (former?.delivery.state.name, next?.delivery.state.name)
        if was == isNow, old == new { return true }
        if let was, let old {
            guard arrived[was, default: Tally()][old] > 0, arrived[was]?.accepted ?? 0 > 0
            else { return false }
            arrived[was]?[old] -= 1
            if isNow == nil { arrived[was]?.forgotten += 1 }
            if isNow != nil, isNow != was { arrived[was]?.accepted -= 1 }
            // What is over begins anew, in whichever turn its next delivery comes.
            if arrived[was]?.isOver ?? false { arrived[was] = Tally() }
        }
        if let isNow, let new {
            arrived[isNow, default: Tally()][new] += 1
            if was != isNow { arrived[isNow]?.accepted += 1 }
        }
        return true
    }

    /// A hand-over stands in the history now.
    package mutating func note(_ happening: Happening, of envelope: Envelope) {
        guard let place = happening.handedPlace(envelope.kind) else { return }
        handed[place, default: HandedTally()].add(envelope.document, bytes: envelope.size)
    }

    /// Its document's history goes. False when it was never counted.
    package mutating func forget(_ happening: Happening, kind: Envelope.Kind) -> Bool {
        guard let place = happening.handedPlace(kind) else { return true }
        guard let tally = handed[place], !tally.isOver else { return false }
        handed[place]?.forgotten += 1
        if handed[place]?.isOver ?? false { handed[place] = HandedTally() }
        return true
    }
}
