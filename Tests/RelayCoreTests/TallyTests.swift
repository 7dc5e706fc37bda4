// Tallies by day and relay: what counts where, and that both sides of the law move together.

import RelayCore
import Testing

@Suite("Tallies by day and relay")
struct TallyTests {
    /// 2026-11-25 23:30 in Vietnam.
    private let evening = Instant(milliseconds: 1_795_624_200_000)

    private func delivery(path: [String], state: Delivery.State? = nil) -> Delivery {
        let envelope = Net.envelope()
        return Delivery(
            envelope, to: envelope.recipients[0], part: .transit, sequence: 1,
            path: path.map(relay), round: 1,
            state: state
                ?? .queued(lane: Lane(to: envelope.recipients[0]), since: start, notBefore: nil))
    }

    @Test("a day begins at midnight in Vietnam")
    func days() {
        #expect(Day(inVietnam: evening).description == "2026-11-25")
        #expect(Day(inVietnam: evening + .minutes(29)).description == "2026-11-25")
        #expect(Day(inVietnam: evening + .minutes(30)).description == "2026-11-26")
        #expect(Day(inVietnam: Instant(milliseconds: -1)).description == "1970-01-01")
    }

    @Test("it counts under the relay it came from, or this one, on the day it came")
    func places() {
        let taken = delivery(path: ["R-A", "HUB-2"]).tallyPlace(arrivedAt: evening)
        #expect(taken.relay == relay("HUB-2") && taken.of == .documents)
        #expect(delivery(path: []).tallyPlace(arrivedAt: evening).relay == nil)
        #expect(TallyClass(.status) == .documents && TallyClass(.receipt) == .receipts)
    }

    @Test("a move goes through the states, and a record that is forgotten leaves both sides")
    func moves() {
        var book = TallyBook()
        let queued = delivery(path: ["R-A"])
        let failed = queued.moved(to: .failed(reason: .expired, at: start))
        let place = queued.tallyPlace(arrivedAt: evening)
        do {
            let done = book.move(nil, (queued, evening))
            #expect(done)
        }
        #expect(book.arrived[place]?[.queued] == 1 && book.arrived[place]?.accepted == 1)
        do {
            let done = book.move((queued, evening), (failed, evening))
            #expect(done)
        }
        #expect(book.arrived[place]?[.failed] == 1 && book.arrived[place]?[.queued] == 0)
        #expect(book.arrived[place]?.isConserved == true)
        do {
            let done = book.move((queued, evening), (failed, evening))
            #expect(!done)
        }
        do {
            let done = book.move((failed, evening), nil)
            #expect(done)
        }
        #expect(book.arrived[place]?.isOver == true)
    }

    @Test("a delivery that comes anew from another relay moves to it, and both stay in balance")
    func movesBetween() {
        var book = TallyBook()
        let other = delivery(path: ["R-B"])
        let (first, again) = (delivery(path: ["HUB-1"]), delivery(path: ["HUB-2"]))
        for delivery in [other, first] {
            do {
                let done = book.move(nil, (delivery, evening))
                #expect(done)
            }
        }
        do {
            let done = book.move((first, evening), (again, evening))
            #expect(done)
        }
        #expect(book.arrived[again.tallyPlace(arrivedAt: evening)]?.accepted == 1)
        #expect(book.arrived[first.tallyPlace(arrivedAt: evening)]?.isOver == true)
        #expect(book.arrived.values.allSatisfy { $0.isConserved })
    }

    @Test("hand-overs count by peer and day, with their bytes and the span of their ids")
    func handed() throws {
        var book = TallyBook()
        let envelopes = [Net.envelope(7, size: 10), Net.envelope(3, size: 5)]
        func handed(_ envelope: Envelope) -> Happening {
            Happening(
                at: evening, document: envelope.document, recipient: organisation("B"),
                what: .relayed, relay: relay("HUB-1"))
        }
        for envelope in envelopes { book.note(handed(envelope), of: envelope) }
        let other = Happening(
            at: evening, document: envelopes[0].document, recipient: nil, what: .refused,
            relay: relay("HUB-1"))
        book.note(other, of: envelopes[0])
        let (place, tally) = try #require(book.handed.first)
        #expect(
            place == TallyPlace(day: Day(inVietnam: evening), relay: relay("HUB-1"), of: .documents)
        )
        #expect(book.handed.count == 1 && tally.deliveries == 2 && tally.bytes == 15)
        #expect(tally.first == envelopes[1].document && tally.last == envelopes[0].document)
        do {
            let done = book.forget(handed(envelopes[0]), kind: .document)
            #expect(done)
        }
        #expect(book.handed[place]?.isOver == false)
        do {
            let done = book.forget(handed(envelopes[1]), kind: .document)
            #expect(done)
        }
        #expect(book.handed[place]?.isOver == true)
        do {
            let done = book.forget(handed(envelopes[1]), kind: .document)
            #expect(!done)
        }
    }
}
