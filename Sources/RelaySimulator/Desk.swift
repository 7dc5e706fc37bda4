// The applications of all agencies: what they submit, what they are told, what they collect, and
// what operators order. What the world promises them is checked against these books.

package import RelayCore
import RelayEngine

package struct Desk {
    /// Documents to be submitted, in the order of the plan.
    package var works: [Work] = []
    /// Orders of operators, in the order of the plan.
    package var orders: [Order] = []
    /// What applications have collected and were told so.
    package internal(set) var collected: Set<DeliveryKey> = []
    /// How soon, and how often in a hundred, applications collect.
    package var collectsWithin = 1_000...60_000
    package var collectsPercent = 70
    var callers: [UInt64: Caller] = [:]
    private var lastCaller: UInt64 = 0

    enum Caller {
        case work(Int, relay: Int)
        case collect(DeliveryKey, relay: Int)
        case order(Int, relay: Int)
        case trace(relay: Int)

        var relay: Int {
            switch self {
            case .work(_, let relay), .collect(_, let relay), .order(_, let relay),
                .trace(let relay):
                relay
            }
        }
    }

    /// One document that an application wants to send.
    package struct Work: Sendable {
        package let at: Int64
        package let relay: Int
        package let sender: OrganisationCode
        package let recipients: [OrganisationCode]
        package let kind: Envelope.Kind
        package let priority: Priority
        package let body: [UInt8]
        package let reference: String
        package let idempotencyKey: String
        /// The work that this one repeats, or contradicts with other bytes.
        package let follows: Int?
        package let contradicts: Bool
        package internal(set) var tries = 0
        package internal(set) var answer: Answer = .none

        package enum Answer: Hashable, Sendable {
            case none
            case accepted(DocumentID)
            case conflicting
            /// Nobody answered, and the application could not ask again.
            case unknown
        }

        package init(
            at time: Int64, relay: Int, sender: OrganisationCode, recipients: [OrganisationCode],
            kind: Envelope.Kind = .document, priority: Priority = .normal, body: [UInt8],
            reference: String = "", idempotencyKey: String = "", follows: Int? = nil,
            contradicts: Bool = false
        ) {
            at = time
            self.relay = relay
            self.sender = sender
            self.recipients = recipients
            self.kind = kind
            self.priority = priority
            self.body = body
            self.reference = reference
            self.idempotencyKey = idempotencyKey
            self.follows = follows
            self.contradicts = contradicts
        }
    }

    /// What an operator orders for the first delivery of a work.
    package struct Order: Sendable {
        package let at: Int64
        package let relay: Int
        package let work: Int
        package let what: RelayCore.Order.What
        package internal(set) var isDone = false
        var tries = 0

        package init(at time: Int64, relay: Int, work: Int, what: RelayCore.Order.What) {
            at = time
            self.relay = relay
            self.work = work
            self.what = what
        }
    }

    func isAccepted(_ work: Int) -> Bool {
        if case .accepted = works[work].answer { true } else { false }
    }

    mutating func call(_ caller: Caller) -> CallerID {
        lastCaller += 1
        callers[lastCaller] = caller
        return CallerID(lastCaller)
    }

    /// Whoever waited for an answer of this relay waits in vain.
    mutating func callersDied(of relay: Int) {
        callers = callers.filter { $0.value.relay != relay }
    }
}

// MARK: - What applications do

extension World {
    /// Arranges all works and orders of the desk.
    package func arrangeWork() {
        for (number, work) in desk.works.enumerated() { agenda.add(.work(number), at: work.at) }
        for (number, order) in desk.orders.enumerated() { agenda.add(.order(number), at: order.at) }
    }

    func submit(_ number: Int) {
        let work = desk.works[number]
        guard case .none = work.answer else { return }
        if let first = work.follows, !desk.isAccepted(first) {
            if desk.works[first].answer == .none { arrange(.work(number), in: 10_000) }
            return
        }
        guard relays[work.relay].process != nil else {
            arrange(.work(number), in: delay(3_000...8_000))
            return
        }
        desk.works[number].tries += 1
        arrange(.patience(number, tries: work.tries + 1), in: delay(20_000...30_000))
        let upload = UploadID(DocumentID(high: UInt64(number), low: dice.next()))
        let caller = desk.call(.work(number, relay: work.relay))
        let submission = Submission(
            caller: caller, upload: upload, kind: work.kind, sender: work.sender,
            recipients: work.recipients, reference: work.reference, businessType: 0,
            priority: work.priority, size: UInt64(work.body.count),
            digest: Checksum.of(work.body), mediaType: "application/xml",
            name: String(work.follows ?? number),
            idempotencyKey: work.idempotencyKey, isIntended: false)
        var pieces = stride(from: 0, to: work.body.count, by: Limits.pieceBytes).map { offset in
            let end = min(offset + Limits.pieceBytes, work.body.count)
            return Piece(
                upload: upload, offset: UInt64(offset), bytes: Array(work.body[offset..<end]))
        }
        let last = pieces.popLast() ?? Piece(upload: upload, offset: 0, bytes: [])
        post(
            pieces.map { .piece($0) } + [.closing(last, .submitted(submission))], to: work.relay)
    }

    /// An application that was not answered asks again, when it can say that it is the same thing.
    func losePatience(_ number: Int, tries: Int) {
        let work = desk.works[number]
        guard case .none = work.answer, work.tries == tries else { return }
        if work.idempotencyKey.isEmpty && work.reference.isEmpty {
            desk.works[number].answer = .unknown
        } else {
            submit(number)
        }
    }

    func noticed(_ happening: Happening, _ relay: Int) {
        guard happening.what == .delivered, let recipient = happening.recipient,
            dice.chance(desk.collectsPercent)
        else { return }
        let key = DeliveryKey(document: happening.document, recipient: recipient)
        arrange(
            .collect(relay, key), in: isExact ? 1_000 : Int64(dice.draw(desk.collectsWithin)))
    }

    func collect(_ key: DeliveryKey, at relay: Int) {
        guard !desk.collected.contains(key) else { return }
        arrange(.collect(relay, key), in: delay(20_000...40_000))
        guard relays[relay].process != nil else { return }
        checkers.fetched(key, relays[relay].ledger.disk, relay, self)
        let caller = desk.call(.collect(key, relay: relay))
        post([.event(.collected(key, caller: caller))], to: relay)
    }

    func giveOrder(_ number: Int) {
        let order = desk.orders[number]
        let work = desk.works[order.work]
        guard !order.isDone, case .accepted(let document) = work.answer,
            let recipient = work.recipients.first, relays[order.relay].process != nil
        else { return }
        let key = DeliveryKey(document: document, recipient: recipient)
        let state = relays[order.relay].ledger.disk.deliveries[key]?.state.name
        if !isExact, order.what != .release, state != .queued, order.tries < 300 {
            // An operator who means it waits for the moment at which it can be stopped.
            desk.orders[number].tries += 1
            arrange(.order(number), in: 200)
            return
        }
        let caller = desk.call(.order(number, relay: order.relay))
        let given = Order(order.what, by: "operator", reason: "asked to")
        post([.event(.ordered(key, given, caller: caller))], to: order.relay)
    }

    func giveOrder(_ what: PeerOrder.What?, about peer: RelayCode, at relay: Int) {
        guard relays[relay].process != nil else { return }
        let command = PeerCommand(what, by: "operator", reason: "asked to")
        let caller = desk.call(.order(-1, relay: relay))
        post([.event(.peerOrdered(peer, command, caller: caller))], to: relay)
    }

    /// Operators let go what they have stopped, before the end is looked at.
    package func releaseAll() {
        for relay in relays.indices {
            let held = relays[relay].ledger.disk.deliveries.values
                .filter { $0.state.name == .held }.map(\.key).sorted()
            for key in held {
                let caller = desk.call(.order(-1, relay: relay))
                post(
                    [
                        .event(
                            .ordered(
                                key, Order(.release, by: "operator", reason: "the end"),
                                caller: caller))
                    ],
                    to: relay)
            }
        }
    }

    /// An operator asks which way leads to an organisation.
    package func ask(_ destination: OrganisationCode, at relay: Int, patience: Interval) {
        guard relays[relay].process != nil else { return }
        let caller = desk.call(.trace(relay: relay))
        let question = RouteTrace.Question(destination: destination, patience: patience)
        post([.event(.asked(question, caller: caller))], to: relay)
    }

    func heard(_ reply: Reply, _ caller: CallerID, _ relay: Int) {
        guard let who = desk.callers.removeValue(forKey: caller.number) else { return }
        trace.note(
            10, UInt64(relay), caller.number, at: now, "\(relays[relay].name) replies \(reply)")
        switch who {
        case .work(let number, _):
            onNotice?(relay, .reply(reply, to: "submission"))
            heard(reply, work: number, relay)
        case .collect(let key, _):
            onNotice?(relay, .reply(reply, to: "collect"))
            if reply == .done {
                desk.collected.insert(key)
            } else {
                violate("what is in the inbox can be collected", "\(key.document): \(reply)")
            }
        case .order(let number, _):
            onNotice?(relay, .reply(reply, to: "order"))
            if number >= 0, reply == .done { desk.orders[number].isDone = true }
        case .trace:
            onNotice?(relay, .reply(reply, to: "trace"))
            checkers.traced(reply, relay, self)
        }
    }

    private func heard(_ reply: Reply, work number: Int, _ relay: Int) {
        switch reply {
        case .created(let envelope), .known(let envelope):
            checkers.told(envelope, number, relay, self)
            desk.works[number].answer = .accepted(envelope.document)
        case .conflicting:
            if !desk.works[number].contradicts {
                violate("what is repeated is known", "work \(number) is called conflicting")
            }
            desk.works[number].answer = .conflicting
        case .full, .failed:
            arrange(.work(number), in: delay(2_000...10_000))
        case .done, .unchanged, .notPossible, .notFound, .traced, .tooMany, .drillBegun,
            .drillRefused:
            violate("a submission is answered as one", "work \(number): \(reply)")
        }
    }
}
