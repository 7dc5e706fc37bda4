// A node with its records in dictionaries: what a turn does, without storage or commit.
//
// It applies writes as a ledger would, and checks on the way that every `put` names the record that
// is really there. Time moves only when a test moves it.

import RelayCore
import Testing

func organisation(_ text: String) -> OrganisationCode {
    guard let code = OrganisationCode(text) else { preconditionFailure("no code: \(text)") }
    return code
}

func relay(_ text: String) -> RelayCode {
    guard let code = RelayCode(text) else { preconditionFailure("no code: \(text)") }
    return code
}

func digest(_ number: UInt8) -> SHA256Digest {
    guard let digest = SHA256Digest(bytes: [UInt8](repeating: number, count: 32)) else {
        preconditionFailure("32 bytes are a digest")
    }
    return digest
}

/// Where the tests' clocks begin: some time in 2026.
let start = Instant(milliseconds: 1_795_000_000_000)

struct Bench {
    var node: Node
    var now = start
    var tick = Tick(milliseconds: 1_000)
    var dice: UInt64 = 0x1234_5678_9ABC_DEF0
    var envelopes: [DocumentID: Envelope] = [:]
    var records: [DeliveryKey: Delivery] = [:]
    var bodies: Set<DocumentID> = []
    var staged: [DocumentID: UInt64] = [:]
    var submissions: [SubmissionKey: [Envelope]] = [:]
    var receipts: [ReceiptKey: DocumentID] = [:]
    var history: [Happening] = []
    var orders: [RelayCode: PeerOrder] = [:]
    /// What applications are told.
    var announced: [Happening] = []
    var forgotten: [DeliveryKey] = []
    var drills: [DrillID: DrillRecord] = [:]
    /// Of the last event and those that followed from it.
    var writes: [Write] = []

    init(_ settings: Settings) {
        node = Node(
            settings, at: Moment(now: start, tick: Tick(milliseconds: 1_000), dice: 1))
    }

    mutating func pass(_ interval: Interval) {
        now = now + interval
        tick = tick + interval
    }

    private mutating func moment() -> Moment {
        dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Moment(now: now, tick: tick, dice: dice)
    }

    /// Decides on an event and on those that follow from it, and applies the writes.
    @discardableResult
    mutating func decide(_ event: Event) -> [Action] {
        var events = [event]
        var actions: [Action] = []
        writes = []
        while let event = events.popLast() {
            let known = known(of: node.subject(of: event))
            let decision = node.decide(event, about: known, at: moment())
            for write in decision.writes { apply(write) }
            writes += decision.writes
            actions += decision.actions
            events += decision.next.reversed()
        }
        return actions
    }

    /// Hands out free places once, as a turn does at its end.
    @discardableResult
    mutating func schedule() -> [Action] {
        var actions: [Action] = []
        for opening in node.openings(at: Moment(now: now, tick: tick, dice: 0)) {
            let keys = ready(in: opening.lane, atLeast: opening.atLeast)
                .prefix(opening.places)
            node.drew(keys.count, for: opening)
            for key in keys {
                actions += decide(.ready(key, lane: opening.lane, hop: opening.hop))
            }
        }
        return actions
    }

    /// Hands out places as a turn does, until nothing more goes.
    mutating func drain() -> [Transfer] {
        var all: [Transfer] = []
        var before: UInt64
        repeat {
            before = node.progress
            all += schedule().compactMap(\.transfer)
        } while before != node.progress
        return all
    }

    func ready(in lane: Lane, atLeast least: Priority = .normal) -> [DeliveryKey] {
        records.values.filter { $0.queueRow?.lane == lane && $0.queueRow?.place == .ready }
            .filter { $0.priority >= least }
            .sorted { ($0.priority, $1.sequence) > ($1.priority, $0.sequence) }.map(\.key)
    }

    private func known(of subject: Subject) -> Known {
        var known = Known()
        switch subject {
        case .nothing: break
        case .delivery(let key):
            known.envelope = envelopes[key.document]
            known.deliveries = records[key].map { [$0] } ?? []
        case .document(let document):
            known.envelope = envelopes[document]
            known.deliveries = records.values.filter { $0.document == document }
                .sorted { $0.recipient < $1.recipient }
            known.stagedBytes = staged[document] ?? 0
            known.hasBody = bodies.contains(document)
        case .submission(let submission):
            known.earlier = submission.keys.flatMap { submissions[$0] ?? [] }
                .sorted { one, _ in one.digest == submission.digest }
        case .backlog:
            var backlog = Backlog()
            for record in records.values where record.queueRow != nil {
                if record.drill == nil, record.kind != .receipt { backlog.queued += 1 }
                if record.drill == nil {
                    backlog.add(1, due: DuePlace(priority: record.priority, dueAt: record.dueAt))
                }
                backlog.add(
                    record.recipient, sequence: record.sequence, arrivedAt: record.state.entered,
                    isTest: record.drill != nil)
            }
            known.backlog = backlog
        case .balance(let destination, _):
            var balance = Balance()
            for record in records.values {
                balance[record.kind].accepted += 1
                balance[record.kind][record.state.name] += 1
            }
            known.balance = balance
            known.waiting = UInt64(
                records.values.count {
                    $0.recipient == destination && $0.queueRow != nil
                })
        }
        return known
    }

    private mutating func apply(_ write: Write) {
        switch write {
        case .file(let envelope):
            #expect(envelopes[envelope.document] == nil, "an envelope is filed once")
            envelopes[envelope.document] = envelope
        case .put(let delivery, let former):
            #expect(records[delivery.key] == former, "a put names the record that is there")
            records[delivery.key] = delivery
        case .bind(_, let envelope): bodies.insert(envelope.document)
        case .discard(let upload): staged[upload.id] = nil
        case .releaseBody(let document): bodies.remove(document)
        case .remember(let key, let envelope): submissions[key, default: []].append(envelope)
        case .keep(let key, let receipt): receipts[key] = receipt
        case .happened(let happening): history.append(happening)
        case .order(let peer, let order): orders[peer] = order
        case .announce(let happening):
            #expect(history.last == happening, "what is announced has happened")
            announced.append(happening)
        case .drill(let record): drills[record.drill] = record
        case .reportDrill: break
        case .forget(let delivery):
            #expect(records[delivery.key] == delivery)
            records[delivery.key] = nil
            forgotten.append(delivery.key)
        }
    }
}

extension Bench {
    func record(_ envelope: Envelope, _ recipient: String) -> Delivery? {
        records[DeliveryKey(document: envelope.document, recipient: organisation(recipient))]
    }

    func state(_ envelope: Envelope, _ recipient: String) -> StateName? {
        record(envelope, recipient)?.state.name
    }

    /// What happened, in order, to one document.
    func words(_ envelope: Envelope) -> [Happening.What] {
        history.filter { $0.document == envelope.document }.map(\.what)
    }

    /// A link to a peer is up; each has a number of its own.
    @discardableResult
    mutating func link(
        _ peer: String, number: UInt64, dialledHere: Bool = true, boot: UInt64 = 1,
        places: Int = 64, features: Features = .all
    ) -> [Action] {
        decide(
            .linkUp(
                LinkUp(
                    link: LinkID(number), peer: relay(peer), isDialledHere: dialledHere, boot: boot,
                    places: places, features: features)))
    }

    @discardableResult
    mutating func lose(number: UInt64) -> [Action] {
        decide(.linkDown(LinkID(number), reason: "cut"))
    }

    /// Every answer alike.
    @discardableResult
    mutating func answer(_ transfer: Transfer, _ answer: Answer) -> [Action] {
        decide(
            .attempted(
                transfer.id, transfer.recipients.map { Answered(recipient: $0, answer: answer) }))
    }

    /// Submits, and gives the envelope that was made, or the one that the reply names.
    @discardableResult
    mutating func submit(
        from sender: String = "A", to recipients: [String] = ["B"], digest number: UInt8 = 1,
        reference: String = "", key: String = "", priority: Priority = .normal,
        kind: Envelope.Kind = .document, isIntended: Bool = false
    ) throws -> Envelope {
        let actions = decide(
            .submitted(
                submission(
                    from: sender, to: recipients, digest: number, reference: reference, key: key,
                    priority: priority, kind: kind, isIntended: isIntended)))
        return try #require(actions.compactMap(\.accepted).first)
    }
}

func submission(
    from sender: String = "A", to recipients: [String] = ["B"], digest number: UInt8 = 1,
    reference: String = "", key: String = "", priority: Priority = .normal,
    kind: Envelope.Kind = .document, isIntended: Bool = false
) -> Submission {
    Submission(
        caller: CallerID(1), upload: UploadID(DocumentID(high: 9, low: UInt64(number))),
        kind: kind, sender: organisation(sender), recipients: recipients.map(organisation),
        reference: reference, businessType: 0, priority: priority, size: 100,
        digest: digest(number), mediaType: "text/plain", name: "letter", idempotencyKey: key,
        isIntended: isIntended)
}

extension Action {
    var transfer: Transfer? { if case .forward(let transfer) = self { transfer } else { nil } }
    var accepted: Envelope? {
        switch self {
        case .reply(_, .created(let envelope)), .reply(_, .known(let envelope)): envelope
        default: nil
        }
    }
    var reply: Reply? { if case .reply(_, let reply) = self { reply } else { nil } }
    var answers: [Answer]? {
        if case .answer(_, let answers) = self { answers.map(\.answer) } else { nil }
    }
    var wanted: UInt64? { if case .want(_, let offset) = self { offset } else { nil } }
    var signing: (statement: Receipt.Statement, receipt: DocumentID)? {
        if case .sign(let statement, let receipt) = self { (statement, receipt) } else { nil }
    }
    var verifying: DeliveryKey? { if case .verify(let key) = self { key } else { nil } }
    var dialled: RelayCode? { if case .dial(let peer) = self { peer } else { nil } }
    var drained: LinkID? { if case .drain(let link, _) = self { link } else { nil } }
    var closed: LinkID? { if case .close(let link, _) = self { link } else { nil } }
}

/// Agency A (organisation A), hubs 1 and 2, agencies B and C; what every relay of the tests knows.
enum Net {
    static func settings(_ name: String) -> Settings {
        let hubs = ["HUB-1", "HUB-2"]
        let isHub = hubs.contains(name)
        var peers: [RelayCode: PeerTerms] = [:]
        for hub in hubs where hub != name {
            peers[relay(hub)] = PeerTerms(role: .hub, organisations: [], isDiallable: true)
        }
        var routes: [String: [RelayCode]] = ["*": hubs.map(relay)]
        if isHub {
            for agency in ["A", "B", "C"] {
                peers[relay("R-" + agency)] = PeerTerms(
                    role: .agency, organisations: [organisation(agency)],
                    isDiallable: agency != "C")
                routes[agency] = [relay("R-" + agency)] + hubs.filter { $0 != name }.map(relay)
            }
            routes["*"] = nil
        }
        return Settings(
            relay: relay(name),
            organisations: isHub ? [] : [organisation(String(name.dropFirst(2)))], peers: peers,
            routes: RouteTable(routes))
    }

    /// An envelope made elsewhere.
    static func envelope(
        _ number: UInt64 = 1, from origin: String = "R-A", sender: String = "A",
        to recipients: [String] = ["B"], kind: Envelope.Kind = .document, size: UInt64 = 100,
        digest byte: UInt8 = 1, submittedAt: Instant = start, lifetime: Interval = .days(30)
    ) -> Envelope {
        Envelope(
            document: DocumentID(high: 0x8000, low: number), kind: kind, origin: relay(origin),
            sender: organisation(sender), recipients: recipients.map(organisation), size: size,
            digest: digest(byte), submittedAt: submittedAt, expiresAt: submittedAt + lifetime)
    }

    static func offer(
        _ envelope: Envelope, by peer: String, path: [String], link: UInt64 = 1,
        to recipients: [String]? = nil, round: UInt32 = 1
    ) -> Offer {
        Offer(
            link: LinkID(link), peer: relay(peer), transfer: 1, envelope: envelope,
            recipients: recipients.map { $0.map(organisation) } ?? envelope.recipients,
            path: path.map(relay), round: round)
    }
}
