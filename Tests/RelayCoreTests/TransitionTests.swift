import RelayCore
import Testing

private let lane = Lane(to: organisation("B"))
private let hop = relay("HUB-1")

private func state(_ name: StateName) -> Delivery.State {
    switch name {
    case .queued: .queued(lane: lane, since: start, notBefore: nil)
    case .attempting: .attempting(lane: lane, hop: hop, since: start)
    case .held: .held(by: "an", reason: "ask", since: start)
    case .relayed: .relayed(hop: hop, at: start, due: start + .hours(2))
    case .delivered: .delivered(at: start)
    case .collected: .collected(at: start)
    case .failed: .failed(reason: .expired, at: start)
    case .cancelled: .cancelled(by: "an", reason: "ask", at: start)
    }
}

private func delivery(
    _ name: StateName, _ part: Delivery.Part = .origin, _ kind: Envelope.Kind = .document
) -> Delivery {
    Delivery(
        Net.envelope(kind: kind), to: organisation("B"), part: part, sequence: 7, path: [],
        round: 1, state: state(name))
}

@Suite("Arrows between states")
struct TransitionTests {
    /// The arrows as `Docs/Delivery.md` draws them.
    static let arrows: [StateName: Set<StateName>] = [
        .queued: [.queued, .attempting, .held, .delivered, .collected, .failed, .cancelled],
        .attempting: [.queued, .relayed, .delivered, .collected, .failed],
        .held: [.held, .queued, .delivered, .collected, .failed, .cancelled],
        .relayed: [.queued, .relayed, .delivered, .collected, .failed],
        .delivered: [.delivered, .collected, .failed],
        .collected: [.collected],
        .failed: [.failed, .queued, .delivered, .collected],
        .cancelled: [.cancelled, .delivered, .collected],
    ]

    @Test("every pair of states has an arrow, or none", arguments: StateName.allCases)
    func pairs(from: StateName) {
        for to in StateName.allCases {
            let isArrow = Self.arrows[from]?.contains(to) ?? false
            #expect(from.successors.contains(to) == isArrow, "\(from) to \(to)")
            guard isArrow else { continue }
            let moved = delivery(from).moved(to: state(to))
            #expect(moved.state == state(to))
            #expect(moved.sequence == 7)
        }
    }

    @Test("an arrow that does not exist traps")
    func noArrow() async {
        await #expect(processExitsWith: .failure) {
            _ = delivery(.collected).moved(to: state(.queued))
        }
        await #expect(processExitsWith: .failure) {
            _ = delivery(.cancelled).moved(to: state(.queued))
        }
        await #expect(processExitsWith: .failure) {
            _ = delivery(.attempting).moved(to: state(.held))
        }
    }

    @Test("a hand-over begins in the ready queue alone")
    func handOver() async {
        let attempting = delivery(.queued).attempting(by: hop, at: start)
        #expect(attempting.state == state(.attempting))
        #expect(attempting.attempts == 1)
        await #expect(processExitsWith: .failure) {
            _ = delivery(.held).attempting(by: hop, at: start)
        }
        await #expect(processExitsWith: .failure) {
            let deferred = delivery(.queued).queued(in: lane, at: start, notBefore: start)
            _ = deferred.attempting(by: hop, at: start)
        }
    }

    @Test("only the origin of what asks for a receipt waits for one")
    func deadline() {
        func due(_ part: Delivery.Part, _ kind: Envelope.Kind) -> Instant? {
            let relayed = delivery(.attempting, part, kind)
                .relayed(to: hop, at: start, deadline: .hours(2))
            if case .relayed(_, _, let due) = relayed.state { return due }
            return nil
        }
        #expect(due(.origin, .document) == start + .hours(2))
        #expect(due(.origin, .status) == start + .hours(2))
        #expect(due(.origin, .receipt) == nil)
        #expect(due(.transit, .document) == nil)
    }

    @Test("sending again opens a new round and forgets refusals")
    func resent() {
        let again = delivery(.relayed).refused(by: hop).resent(in: lane, at: start)
        #expect(again.round == 2)
        #expect(again.refusedBy.isEmpty)
        #expect(again.state == state(.queued))
    }

    @Test("a hop that refuses twice is noted once")
    func refusedTwice() {
        #expect(delivery(.attempting).refused(by: hop).refused(by: hop).refusedBy == [hop])
    }
}

@Suite("Rows that follow from a record")
struct RowTests {
    @Test("one queue row in queued and attempting, none elsewhere", arguments: StateName.allCases)
    func queueRow(name: StateName) {
        let row = delivery(name).queueRow
        switch name {
        case .queued: #expect(row?.place == .ready)
        case .attempting: #expect(row?.place == .leased)
        default: #expect(row == nil)
        }
        if let row {
            #expect(row.lane == lane && row.sequence == 7 && row.priority == .normal)
        }
    }

    @Test("a delivery with its own retry time lies apart and wakes by it")
    func deferred() {
        let deferred = delivery(.queued)
            .queued(in: lane, at: start, notBefore: start + .minutes(3))
        #expect(deferred.queueRow?.place == .deferred)
        #expect(deferred.timer(retention: .days(3)) == start + .minutes(3))
    }

    @Test("no timer goes beyond the lifetime while a delivery is under way")
    func lifetime() {
        let late = start + .days(40)
        let expiry = start + .days(30)
        for name in [StateName.queued, .attempting, .held] {
            #expect(delivery(name).timer(retention: .days(3)) == expiry)
        }
        let deferred = delivery(.queued).queued(in: lane, at: start, notBefore: late)
        #expect(deferred.timer(retention: .days(3)) == expiry)
        var relayed = delivery(.relayed)
        relayed.state = .relayed(hop: hop, at: start, due: late)
        #expect(relayed.timer(retention: .days(3)) == expiry)
    }

    @Test("first the body goes, then the record, a day after the lifetime")
    func ending() {
        for name in [StateName.collected, .failed, .cancelled] {
            let ended = delivery(name)
            #expect(ended.timer(retention: .days(3)) == start + .days(3))
            #expect(ended.timer(retention: .days(90)) == start + .days(31))
            #expect(ended.withoutBody().timer(retention: .days(3)) == start + .days(31))
        }
        // A receipt keeps its body: it may have to be repeated, and it is evidence.
        let receipt = delivery(.collected, .destination, .receipt)
        #expect(receipt.timer(retention: .days(3)) == start + .days(31))
    }

    @Test("what is in an inbox waits for its application, however long")
    func inbox() {
        let arrived = delivery(.delivered, .destination)
        #expect(arrived.isInInbox)
        #expect(arrived.timer(retention: .days(3)) == nil)
        #expect(delivery(.delivered, .local).isInInbox)
        #expect(!delivery(.delivered, .origin).isInInbox)
        #expect(!delivery(.delivered, .destination, .receipt).isInInbox)
        #expect(!delivery(.collected, .destination).isInInbox)
    }

    @Test("an owed receipt wakes before everything else")
    func owed() {
        let owing = delivery(.delivered, .destination)
            .owing(.received, since: start, again: start + .seconds(5))
        #expect(owing.timer(retention: .days(3)) == start + .seconds(5))
        let both = delivery(.collected, .destination)
            .owing(.received, since: start, again: start + .seconds(9))
            .owing(.collected, since: start, again: start + .seconds(7))
        #expect(both.timer(retention: .days(3)) == start + .seconds(7))
    }
}
