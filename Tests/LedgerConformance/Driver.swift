// A seeded run of random turns on a ledger and on the model, compared after every turn; with turns
// that are given up half-way, and crashes. A failure names the seed that repeats it.

import RelayCore

/// SplitMix64: the same numbers for a seed on every machine.
package struct Dice: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

extension LedgerConformance {
    /// Drives `bench`, which must be empty, through `turns` random turns.
    package static func drive(_ bench: some LedgerBench, seed: UInt64, turns: Int) throws {
        var driver = Driver(bench, seed: seed)
        for turn in 1...turns {
            do {
                try driver.turn()
                try driver.compare()
            } catch {
                throw NonConformance(description: "seed \(seed), turn \(turn): \(error)")
            }
        }
    }
}

private struct Driver<Bench: LedgerBench> {
    private var bench: Bench
    private var model: Model
    private var dice: Dice
    private var now = Samples.start
    private var nextDocument = 1
    private var nextSequence: UInt64 = 1

    init(_ bench: Bench, seed: UInt64) {
        self.bench = bench
        model = Model(retention: bench.retention)
        dice = Dice(seed: seed)
    }

    /// One transaction of some steps. One in eight is given up, and then a crash follows at times.
    mutating func turn() throws {
        now = now + .milliseconds(Int64(dice.below(600_000)))
        let before = self
        var trial = self
        let givesUp = dice.chance(12)
        let steps = 1 + dice.below(12)
        do {
            trial = try bench.write { (transaction) throws(LedgerFailure) in
                var trial = before
                for _ in 0..<steps { try trial.step(on: transaction) }
                if givesUp { throw .broken("given up") }
                return trial
            }
        } catch LedgerFailure.broken("given up") {
            // The model has not taken part; the dice go on, so that the next turn differs.
            _ = dice.next()
            if dice.chance(50) { _ = try bench.restart() }
            return
        }
        let crashes = dice.chance(6)
        let rolls = dice
        self = trial
        dice = rolls
        if crashes { _ = try bench.restart() }
    }

    private mutating func step(on transaction: any LedgerTransaction) throws(LedgerFailure) {
        switch dice.below(10) {
        case 0, 1, 2: try accept(on: transaction)
        case 3, 4, 5, 6: try move(on: transaction)
        case 7: try forget(on: transaction)
        case 8: dice.chance(70) ? try stage(on: transaction) : try sweepFeed(on: transaction)
        default: try release(on: transaction)
        }
    }

    private mutating func apply(
        _ write: Write, on transaction: any LedgerTransaction
    ) throws(LedgerFailure) {
        model.apply(write)
        try transaction.apply(write)
    }

    private mutating func accept(on transaction: any LedgerTransaction) throws(LedgerFailure) {
        let number = nextDocument
        nextDocument += 1
        let kind = Envelope.Kind.allCases[dice.below(3)]
        let sizes = [0, 1, 900, 70_000, Limits.pieceBytes, 900, 70_000, 5 * Limits.pieceBytes + 3]
        let body = dice.below(12)
        let envelope = Samples.envelope(
            number, kind: kind, to: Array(Set((0...dice.below(3)).map { _ in dice.below(4) })),
            priority: Priority.allCases[dice.below(5)], size: sizes[body % sizes.count],
            body: body, reference: dice.chance(50) ? "ref \(dice.below(5))" : "")
        let upload = UploadID(envelope.document)
        for piece in Samples.pieces(of: Samples.body(of: envelope), upload: upload) {
            try append(piece, on: transaction)
        }
        try apply(.file(envelope), on: transaction)
        try apply(.bind(upload, to: envelope), on: transaction)
        let key = dice.chance(30) ? "key \(dice.below(5))" : ""
        for key in Samples.submission(like: envelope, key: key).keys {
            try apply(.remember(key, envelope), on: transaction)
        }
        for place in envelope.recipients.indices {
            let sequence = nextSequence
            nextSequence += 1
            let delivery =
                dice.chance(70)
                ? Samples.queued(
                    envelope, place: place, sequence: sequence,
                    notBefore: dice.chance(20) ? now + .minutes(5) : nil)
                : Samples.delivered(envelope, place: place, sequence: sequence)
            try apply(.put(delivery, was: nil), on: transaction)
        }
    }

    private mutating func append(
        _ piece: Piece, on transaction: any LedgerTransaction
    ) throws(LedgerFailure) {
        let wanted = model.append(piece, at: now)
        guard try transaction.append(piece, at: now) == wanted else {
            throw .broken("a piece at \(piece.offset) was \(wanted ? "refused" : "taken")")
        }
    }

    /// Any delivery, along any arrow.
    private mutating func move(on transaction: any LedgerTransaction) throws(LedgerFailure) {
        guard let former = anyDelivery() else { return }
        let names = former.state.name.successors.sorted { $0.rawValue < $1.rawValue }
        var next = former.moved(to: state(names[dice.below(names.count)], of: former))
        if dice.chance(20) { next = next.withoutBody() }
        if dice.chance(20) {
            let kind = Receipt.Kind.allCases[dice.below(2)]
            next = next.owing(kind, since: now, again: now + .seconds(5))
        }
        try apply(.put(next, was: former), on: transaction)
        let happening = Happening(
            at: now, document: next.document, recipient: next.recipient, what: .repeated)
        try apply(.happened(happening), on: transaction)
        if dice.chance(70) { try apply(.announce(happening), on: transaction) }
    }

    private mutating func state(_ name: StateName, of delivery: Delivery) -> Delivery.State {
        let hop = Samples.relay("HUB-\(dice.below(3))")
        let lane = Lane(
            to: delivery.recipient, excluding: dice.chance(20) ? [hop] : [],
            avoiding: dice.chance(10) ? Samples.relay("HUB-9") : nil)
        return switch name {
        case .queued:
            .queued(lane: lane, since: now, notBefore: dice.chance(20) ? now + .hours(1) : nil)
        case .attempting: .attempting(lane: lane, hop: hop, since: now)
        case .held: .held(by: "lan", reason: "chờ", since: now)
        case .relayed: .relayed(hop: hop, at: now, due: dice.chance(50) ? now + .hours(2) : nil)
        case .delivered: .delivered(at: now)
        case .collected: .collected(at: now)
        case .failed: .failed(reason: .expired, at: now)
        case .cancelled: .cancelled(by: "lan", reason: "nhầm", at: now)
        }
    }

    private mutating func forget(on transaction: any LedgerTransaction) throws(LedgerFailure) {
        guard let delivery = anyDelivery() else { return }
        try apply(.forget(delivery), on: transaction)
    }

    private mutating func release(on transaction: any LedgerTransaction) throws(LedgerFailure) {
        guard let delivery = anyDelivery() else { return }
        try apply(.releaseBody(delivery.document), on: transaction)
        guard dice.chance(30) else { return }
        let time = now + .milliseconds(-3_600_000)
        model.sweep(untouchedSince: time)
        guard try !transaction.sweepUploads(untouchedSince: time, limit: .max - 1)
        else { throw .broken("a sweep without a bound left something") }
    }

    /// Pieces of uploads that are never bound, in and out of order, sometimes contradicting.
    private mutating func stage(on transaction: any LedgerTransaction) throws(LedgerFailure) {
        let upload = UploadID(Samples.document(1_000_000 + dice.below(4)))
        if dice.chance(15) {
            try apply(.discard(upload), on: transaction)
            return
        }
        let size = dice.chance(70) ? Limits.pieceBytes : dice.below(500)
        let bytes = [UInt8](repeating: dice.chance(90) ? 1 : 2, count: size)
        let offset = UInt64(dice.below(3) * Limits.pieceBytes)
        try append(Piece(upload: upload, offset: offset, bytes: bytes), on: transaction)
    }

    /// By age and by count, a few at a time.
    private mutating func sweepFeed(on transaction: any LedgerTransaction) throws(LedgerFailure) {
        let time = now + .milliseconds(-Int64(dice.below(20)) * 3_600_000)
        let (countMax, limit) = (dice.below(40), dice.below(12))
        model.sweepAnnouncements(before: time, keeping: countMax, limit: limit)
        _ = try transaction.sweepAnnouncements(before: time, keeping: countMax, limit: limit)
    }

    private mutating func anyDelivery() -> Delivery? {
        let keys = model.deliveries.keys.sorted()
        return keys.isEmpty ? nil : model.deliveries[keys[dice.below(keys.count)]]
    }
}

// MARK: - Comparing

extension Driver {
    /// Everything the protocol can be asked, against the model.
    mutating func compare() throws {
        try compareRows()
        let documents = Set(model.envelopes.keys).union(
            [1_000_000 + dice.below(4), 1 + dice.below(nextDocument)].map(Samples.document))
        for document in documents {
            try expect(
                try bench.known(.document(document)), model.known(ofDocument: document),
                "known of \(document)")
        }
        let (after, limit) = (UInt64(dice.below(60)), dice.below(30))
        let feed = try bench.write { (transaction) throws(LedgerFailure) in
            try transaction.announcements(after: after, limit: limit)
        }
        try expect(feed, model.feed(after: after, limit: limit), "the feed after \(after)")
        let submission = Samples.submission(
            like: Samples.envelope(0, size: 1, body: dice.below(12), reference: "ref 1"),
            key: "key \(dice.below(5))", reference: "ref \(dice.below(5))")
        try expect(
            try bench.known(.submission(submission)).earlier, model.earlier(than: submission),
            "earlier submissions")
    }

    private func compareRows() throws {
        let model = model
        let soon = now + .hours(1)
        let (inventory, leased, due, next) = try bench.write {
            (transaction) throws(LedgerFailure) in
            (
                try transaction.inventory(), try transaction.leased(limit: .max),
                try transaction.due(at: soon, limit: .max), try transaction.nextTimer()
            )
        }
        try expect(inventory, model.inventory, "inventory")
        try expect(Set(leased), model.leased, "leased")
        try expect(leased.count, model.leased.count, "how many are leased")
        try expect(due, model.due(at: soon), "due")
        try expect(next, model.nextTimer, "next timer")
        for lane in model.inventory.lanes.keys {
            let ready = try bench.write { (transaction) throws(LedgerFailure) in
                try transaction.ready(in: lane, atLeast: .normal, limit: .max)
            }
            try expect(ready, model.ready(in: lane), "ready in \(lane)")
        }
    }
}
