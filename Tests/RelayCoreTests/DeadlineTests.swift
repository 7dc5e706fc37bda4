// By when documents are due, and what is told of it when.

import RelayCore
import Testing

/// Rules as an agency has them.
private let rules: DeadlineRules = {
    var rules = DeadlineRules()
    rules.calendar = tet
    rules.classes = [
        DeadlineClass(name: "status", kinds: [.status], term: .sameDay, lead: .hours(2)),
        DeadlineClass(
            name: "express", priorities: [.express, .expressTimed], term: .after(.minutes(15)),
            lead: .minutes(5)),
        DeadlineClass(
            name: "telegram", types: ["Công điện", "7"], term: .after(.minutes(60))),
        DeadlineClass(name: "filed", types: ["Giấy mời"], term: .none),
        DeadlineClass(name: "normal", term: .nextWorkingMorning, basis: "a decision"),
    ]
    return rules
}()

private func facts(
    _ kind: Envelope.Kind = .document, _ priority: Priority = .normal, types: [String] = [],
    signed: String? = nil, at time: String
) -> DeadlineRules.Facts {
    DeadlineRules.Facts(
        kind: kind, priority: priority, types: types, signedOn: signed.flatMap { Day($0) },
        submittedAt: instant(time))
}

@Suite("The rules of deadlines")
struct DeadlineRuleTests {
    private func due(_ facts: DeadlineRules.Facts) -> String? {
        rules.deadline(facts).map { "\($0.by.name) \($0.at.inVietnam)" }
    }

    @Test("a letter is due on the morning of the working day after its signing")
    func normal() {
        #expect(due(facts(at: "2026-03-09T08:00:00+07:00")) == "normal 2026-03-10 11:30:00 +07:00")
        // Friday evening; a weekend is in between.
        #expect(due(facts(at: "2026-03-13T23:59:59+07:00")) == "normal 2026-03-16 11:30:00 +07:00")
        // Already Saturday in Vietnam, still Friday in Greenwich.
        #expect(due(facts(at: "2026-02-13T17:00:00Z")) == "normal 2026-02-21 11:30:00 +07:00")
    }

    @Test("the day of signing counts if it can be right, else the day of the submission")
    func signing() {
        func day(_ signed: String?) -> String {
            rules.signingDay(facts(signed: signed, at: "2026-03-31T09:00:00+07:00")).description
        }
        #expect(day("2026-03-30") == "2026-03-30")
        #expect(day("2026-03-31") == "2026-03-31")
        #expect(day("2026-03-01") == "2026-03-01")
        #expect(day("2026-02-28") == "2026-03-31", "31 days ago")
        #expect(day("2026-04-01") == "2026-03-31", "tomorrow")
        #expect(day(nil) == "2026-03-31")
        // Signed on Thursday, handed over on Monday: late already.
        #expect(
            due(facts(signed: "2026-03-05", at: "2026-03-09T08:00:00+07:00"))
                == "normal 2026-03-06 11:30:00 +07:00")
    }

    @Test("urgent ones are due so long after they were handed over")
    func urgent() {
        #expect(
            due(facts(.document, .express, signed: "2026-03-01", at: "2026-03-14T23:50:00+07:00"))
                == "express 2026-03-15 00:05:00 +07:00")
        #expect(due(facts(.document, .urgent, at: "2026-03-09T08:00:00+07:00"))?.first == "n")
    }

    @Test("the type decides where a class says so, whatever its case and spaces")
    func types() {
        for type in ["Công điện", "CÔNG  ĐIỆN ", "công điện", "7"] {
            let due = due(facts(types: [type], at: "2026-03-09T08:00:00+07:00"))
            #expect(due == "telegram 2026-03-09 09:00:00 +07:00", "\(type)")
        }
        #expect(due(facts(types: ["Công văn"], at: "2026-03-09T08:00:00+07:00"))?.first == "n")
        #expect(due(facts(types: ["Giấy mời"], at: "2026-03-09T08:00:00+07:00")) == nil)
    }

    @Test("a status message is due the same day, a receipt never")
    func statuses() {
        #expect(
            due(facts(.status, at: "2026-03-14T10:00:00+07:00"))
                == "status 2026-03-15 00:00:00 +07:00")
        var hours = rules
        hours.dayEnds = .hours(17)
        let early = hours.deadline(facts(.status, at: "2026-03-13T16:59:00+07:00"))
        #expect(early?.at == instant("2026-03-13T17:00:00+07:00"))
        let late = hours.deadline(facts(.status, at: "2026-03-13T17:00:00+07:00"))
        #expect(late?.at == instant("2026-03-16T17:00:00+07:00"))
        #expect(due(facts(.receipt, at: "2026-03-14T10:00:00+07:00")) == nil)
        #expect(DeadlineRules().deadline(facts(at: "2026-03-14T10:00:00+07:00")) == nil)
    }

    @Test("the warning comes the class's time before, and never before half of the time")
    func leads() {
        func stage(_ priority: Priority, dueIn interval: Interval) -> Delivery.DueStage {
            let envelope = Envelope(
                document: DocumentID(high: 1, low: 1), kind: .document, origin: relay("R-A"),
                sender: organisation("A"), recipients: [organisation("B")], priority: priority,
                size: 1, digest: digest(1), submittedAt: start, expiresAt: start + .days(30),
                dueAt: start + interval)
            return rules.stage(of: envelope, at: start)
        }
        #expect(stage(.normal, dueIn: .hours(20)) == .warn(at: start + .minutes(19 * 60 + 30)))
        #expect(stage(.express, dueIn: .minutes(15)) == .warn(at: start + .minutes(10)))
        #expect(stage(.normal, dueIn: .minutes(20)) == .warn(at: start + .minutes(10)))
        #expect(stage(.normal, dueIn: .seconds(-1)) == .warned)
        #expect(stage(.normal, dueIn: .seconds(0)) == .warned)
        #expect(rules.stage(of: Net.envelope(), at: start) == .none)
        let envelope = Envelope(
            document: DocumentID(high: 1, low: 1), kind: .document, origin: relay("R-A"),
            sender: organisation("A"), recipients: [organisation("B")], size: 1,
            digest: digest(1), submittedAt: start, expiresAt: start + .days(30), dueAt: start)
        #expect(rules.stage(of: envelope, at: start, isOrigin: false) == .missed, "not told again")
    }
}

@Suite("Deadlines of deliveries")
struct DeadlineTests {
    /// An agency whose letters are due an hour after they were handed over.
    private func agency(_ name: String = "R-A") -> Bench {
        var settings = Net.settings(name)
        settings.deadlines.classes = [
            DeadlineClass(name: "hour", term: .after(.hours(1)), lead: .minutes(20), basis: "law")
        ]
        return Bench(settings)
    }

    private func key(_ envelope: Envelope) -> DeliveryKey {
        DeliveryKey(document: envelope.document, recipient: envelope.recipients[0])
    }

    private func timer(_ bench: Bench, _ envelope: Envelope) -> Interval? {
        bench.record(envelope, "B")?.timer(retention: .days(3)).map { $0 - start }
    }

    @Test("it is warned of once, and missed once, while it is queued")
    func queued() throws {
        var bench = agency()
        let envelope = try bench.submit()
        #expect(envelope.dueAt == start + .hours(1))
        #expect(bench.history.first?.detail == "class hour (law)")
        #expect(timer(bench, envelope) == .minutes(40))
        bench.pass(.minutes(40))
        bench.decide(.due(key(envelope)))
        #expect(timer(bench, envelope) == .minutes(60))
        bench.decide(.due(key(envelope)))
        bench.pass(.minutes(20))
        bench.decide(.due(key(envelope)))
        bench.decide(.due(key(envelope)))
        #expect(bench.words(envelope) == [.accepted, .deadlineNear, .deadlineMissed])
        #expect(bench.node.deadlines.near == 1 && bench.node.deadlines.missed == 1)
        #expect(bench.state(envelope, "B") == .queued)
        #expect(timer(bench, envelope) == .days(30))
        let near = try #require(bench.history.first { $0.what == .deadlineNear })
        #expect(near.detail == "due \((start + .hours(1)).inVietnam)")
    }

    @Test("a relay that was not running tells only what is still true")
    func slept() throws {
        var bench = agency()
        let envelope = try bench.submit()
        bench.pass(.hours(2))
        bench.decide(.due(key(envelope)))
        #expect(bench.words(envelope) == [.accepted, .deadlineMissed])
    }

    @Test("at the origin it counts until the receipt is verified, whoever holds the document")
    func relayed() throws {
        var bench = agency()
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit()
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(transfer, .accepted)
        #expect(timer(bench, envelope) == .minutes(40))
        bench.pass(.minutes(40))
        bench.decide(.due(key(envelope)))
        #expect(bench.words(envelope).last == .deadlineNear)
        // Received in time; the receipt comes home after the deadline.
        bench.pass(.minutes(15))
        let at = bench.now
        bench.pass(.minutes(5))
        bench.decide(.due(key(envelope)))
        #expect(bench.words(envelope).last == .deadlineMissed)
        bench.decide(.verified(receipt(of: envelope, at: at)))
        #expect(bench.state(envelope, "B") == .delivered)
        let verified = try #require(bench.history.first { $0.what == .receiptVerified })
        #expect(verified.detail == "received in time")
        #expect(bench.node.deadlines.met == 1 && bench.node.deadlines.late == 0)
        bench.pass(.days(3))
        bench.decide(.due(key(envelope)))
        #expect(bench.words(envelope).filter { $0 == .deadlineMissed }.count == 1)
    }

    @Test("a receipt in time ends it, and one that states a later time says so")
    func receipts() throws {
        for (after, word) in [(Interval.minutes(30), " in time"), (.minutes(70), " after")] {
            var bench = agency()
            let envelope = try bench.submit()
            bench.pass(.minutes(30))
            bench.decide(.verified(receipt(of: envelope, at: start + after)))
            #expect(bench.record(envelope, "B")?.isAwaited == false)
            let verified = try #require(bench.history.first { $0.what == .receiptVerified })
            #expect(verified.detail.contains(word))
            bench.pass(.hours(2))
            bench.decide(.due(key(envelope)))
            #expect(!bench.words(envelope).contains(.deadlineNear))
            #expect(!bench.words(envelope).contains(.deadlineMissed))
        }
    }

    @Test("a hub warns of what it holds, and not of what it has passed on")
    func transit() throws {
        var bench = Bench(Net.settings("HUB-1"))
        bench.link("R-A", number: 1)
        let made = Net.envelope()
        let envelope = Envelope(
            document: made.document, kind: .document, origin: made.origin, sender: made.sender,
            recipients: made.recipients, size: made.size, digest: made.digest,
            submittedAt: start, expiresAt: made.expiresAt, dueAt: start + .hours(4))
        bench.decide(.received(Net.offer(envelope, by: "R-A", path: ["R-A"])))
        #expect(timer(bench, envelope) == .minutes(210), "the hub's own lead")
        bench.pass(.minutes(210))
        bench.decide(.due(key(envelope)))
        #expect(bench.words(envelope) == [.received, .deadlineNear])
        bench.link("R-B", number: 2)
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        #expect(timer(bench, envelope) == .minutes(240))
        bench.answer(transfer, .accepted)
        #expect(bench.record(envelope, "B")?.isAwaited == false)
        bench.pass(.hours(5))
        bench.decide(.due(key(envelope)))
        #expect(!bench.words(envelope).contains(.deadlineMissed))
    }

    @Test("a retry time, the end of the lifetime and a deadline do not hide each other")
    func others() throws {
        var settings = Net.settings("R-A")
        settings.lifetime = .hours(2)
        settings.deadlines.classes = [DeadlineClass(name: "hour", term: .after(.hours(1)))]
        var bench = Bench(settings)
        bench.link("HUB-1", number: 1)
        let envelope = try bench.submit()
        let transfer = try #require(bench.schedule().compactMap(\.transfer).first)
        bench.answer(transfer, .later(after: .minutes(10)))
        #expect(timer(bench, envelope) == .minutes(10))
        bench.pass(.hours(3))
        for _ in 1...3 { bench.decide(.due(key(envelope))) }
        #expect(bench.words(envelope) == [.accepted, .deadlineMissed, .failed])
    }

    @Test("what is held, failed or cancelled")
    func stopped() throws {
        var bench = agency()
        let envelope = try bench.submit()
        bench.decide(
            .ordered(key(envelope), Order(.hold, by: "an", reason: "ask"), caller: CallerID(1)))
        #expect(timer(bench, envelope) == .minutes(40))
        bench.decide(
            .ordered(key(envelope), Order(.cancel, by: "an", reason: "no"), caller: CallerID(1)))
        bench.pass(.hours(2))
        bench.decide(.due(key(envelope)))
        #expect(!bench.words(envelope).contains(.deadlineMissed))
    }

    @Test("sender and recipient at one relay: nothing to carry, nothing to miss")
    func local() throws {
        var bench = agency()
        let envelope = try bench.submit(to: ["A"])
        #expect(envelope.dueAt != nil)
        #expect(bench.record(envelope, "A")?.isAwaited == false)
    }

    private func receipt(of envelope: Envelope, at time: Instant) -> Receipt.Verified {
        Receipt.Verified(
            checked: Receipt.Statement(
                kind: .received, document: envelope.document, sender: envelope.sender,
                recipient: envelope.recipients[0], reference: envelope.reference,
                digest: envelope.digest, size: envelope.size, submittedAt: envelope.submittedAt,
                at: time, relay: relay("R-B"), path: []),
            receipt: DocumentID(high: 3, low: 3))
    }
}
