// A drill that runs: its faults and where each stands, its lease, its test documents, its record.
//
// Volatile, but for the record: a restart ends every drill. The lease is kept on the steady clock
// and needs nobody: it ends the faults although whoever ordered them has gone.

package struct DrillRun: Hashable, Sendable {
    package internal(set) var record: DrillRecord
    package let scenario: DrillScenario
    package internal(set) var courses: [DrillCourse]
    package let startedAt: Tick
    package let leaseEndsAt: Tick
    /// Deliveries with this sequence or a greater one were accepted during the drill.
    let firstSequence: UInt64
    let recipients: [OrganisationCode]
    var testsSent = 0
    var nextCheck: Tick
    var nextSample: Tick
    /// Whether the record has changed since it was written.
    var isChanged = true
    /// Whether test documents were all sent, and everything proven, is already in the time line.
    private var marked: Set<DrillMark.What> = []

    /// How often a running drill is looked at: what it measures is exact to this.
    static let checkEvery = Interval.milliseconds(100)
    /// Points of the curve: more than a page can show.
    static let samplesMax = 240
    /// With nothing to carry, the route alone shows that traffic would return.
    static let quietFor = Interval.seconds(2)

    init(
        _ record: DrillRecord, _ scenario: DrillScenario, courses: [DrillCourse],
        recipients: [OrganisationCode], firstSequence: UInt64, at tick: Tick
    ) {
        self.record = record
        self.scenario = scenario
        self.courses = courses
        self.recipients = recipients
        self.firstSequence = firstSequence
        startedAt = tick
        leaseEndsAt = tick + scenario.lease
        nextCheck = tick
        nextSample = tick
    }

    package var name: String { scenario.name }
    package var id: DrillID { record.drill }

    /// The faults in force, each once.
    package var faultsInForce: [Fault] {
        var seen: Set<Fault> = []
        return courses.filter(\.isInForce).map(\.fault).filter { seen.insert($0).inserted }
    }

    /// Whether the store is to say that it is short of room.
    package var hidesRoom: Bool { faultsInForce.contains { $0.kind == .spaceShort } }

    /// What is done to a peer now, in words; nil when nothing is.
    package func words(for peer: RelayCode) -> String? {
        let words = courses.filter { $0.isInForce && $0.peer == peer }.map(\.fault.words)
        return words.isEmpty ? nil : "drill \(name): \(words.joined(separator: ", "))"
    }

    /// When it has to be looked at next.
    var wake: Tick {
        var wake = min(nextCheck, leaseEndsAt)
        if let test = nextTest { wake = min(wake, test) }
        for course in courses where course.liftedAt == nil {
            let next = course.begunAt == nil ? course.fault.after : course.fault.end
            wake = min(wake, startedAt + next)
        }
        return wake
    }

    mutating func mark(
        _ what: DrillMark.What, at moment: Moment, peer: RelayCode? = nil, took: Interval? = nil,
        detail: String = ""
    ) {
        record.marks.append(
            DrillMark(
                at: moment.now, elapsed: moment.tick - startedAt, what: what, peer: peer,
                took: took, detail: detail))
        isChanged = true
    }

    mutating func markOnce(_ what: DrillMark.What, at moment: Moment, detail: String = "") {
        if marked.insert(what).inserted { mark(what, at: moment, detail: detail) }
    }

    /// Half of the points go when there are too many: the curve keeps its whole length.
    mutating func sample(_ backlog: Backlog, at moment: Moment) {
        guard nextSample <= moment.tick else { return }
        if record.samples.count >= Self.samplesMax {
            record.samples = record.samples.enumerated().filter { $0.offset % 2 == 0 }
                .map(\.element)
        }
        let elapsed = moment.tick - startedAt
        record.samples.append(
            DrillSample(
                elapsed: elapsed, queued: backlog.queued,
                oldest: backlog.oldest.map { max(moment.now - $0, .milliseconds(0)) },
                handedOver: record.hops.reduce(0) { $0 + $1.accepted }))
        // As far apart as the whole lease needs; closer at the beginning, which matters most.
        let pause = max(1_000, elapsed.milliseconds / Int64(Self.samplesMax / 2))
        nextSample = moment.tick + .milliseconds(pause)
    }
}

// MARK: - Test documents

/// A test document that is to be made and submitted.
package struct DrillTest: Hashable, Sendable {
    package let drill: DrillID
    /// From 1.
    package let number: Int
    package let sender: OrganisationCode
    package let recipient: OrganisationCode
    package let size: UInt64
    package let priority: Priority
}

extension DrillRun {
    private var tests: DrillScenario.TestDocuments? {
        if case .test(let documents) = scenario.traffic { documents } else { nil }
    }

    /// When the next test document is to be submitted; nil when there is none any more.
    var nextTest: Tick? {
        guard let tests, testsSent < tests.count else { return nil }
        let hour = Interval.hours(1).milliseconds
        return startedAt + .milliseconds(Int64(testsSent) * hour / Int64(max(1, tests.perHour)))
    }

    /// Those that are due. A few at a time, so that a turn stays short.
    mutating func takeTests(from sender: OrganisationCode, at tick: Tick) -> [DrillTest] {
        guard let tests, !recipients.isEmpty else { return [] }
        var due: [DrillTest] = []
        while let next = nextTest, next <= tick, due.count < Self.testsAtOnce {
            due.append(
                DrillTest(
                    drill: id, number: testsSent + 1, sender: sender,
                    recipient: recipients[testsSent % recipients.count], size: tests.size,
                    priority: tests.priority))
            testsSent += 1
        }
        return due
    }

    private static let testsAtOnce = 32
}

// MARK: - Counting

extension DrillRun {
    /// Whether a delivery was accepted here during the drill, as a real one or as its test.
    private func counts(_ delivery: Delivery) -> Bool {
        delivery.kind != .receipt && delivery.sequence >= firstSequence
            && (delivery.drill == nil || delivery.drill == id)
    }

    /// A record was put.
    mutating func put(_ delivery: Delivery, was former: Delivery?) {
        guard counts(delivery), delivery.state.name != former?.state.name else { return }
        var cohort = delivery.drill == nil ? record.real : record.tests
        switch delivery.part {
        case .origin, .local:
            if former == nil { cohort.accepted += 1 }
            cohort.proven += Self.step(former, delivery) { $0 == .delivered || $0 == .collected }
            cohort.failed += Self.step(former, delivery) { $0 == .failed || $0 == .cancelled }
        case .transit:
            if former == nil { cohort.passing += 1 }
            cohort.passed += Self.step(former, delivery) {
                $0 != .queued && $0 != .attempting && $0 != .held
            }
        case .destination: break
        }
        if delivery.drill == nil { record.real = cohort } else { record.tests = cohort }
    }

    /// 1 when a delivery has come into some states, -1 when it has left them.
    private static func step(
        _ former: Delivery?, _ next: Delivery, _ isIn: (StateName) -> Bool
    ) -> Int {
        (isIn(next.state.name) ? 1 : 0) - (former.map { isIn($0.state.name) } ?? false ? 1 : 0)
    }

    /// A second receipt has come for a delivery that had one.
    mutating func duplicated(_ delivery: Delivery) {
        guard counts(delivery) else { return }
        if delivery.drill == nil {
            record.real.duplicates += 1
        } else {
            record.tests.duplicates += 1
        }
        isChanged = true
    }

    mutating func count(_ route: String, _ hop: RelayCode, _ body: (inout DrillHop) -> Void) {
        if let place = record.hops.firstIndex(where: { $0.route == route && $0.hop == hop }) {
            body(&record.hops[place])
        } else {
            var entry = DrillHop(route: route, hop: hop)
            body(&entry)
            record.hops.append(entry)
            record.hops.sort { ($0.route, $0.hop) < ($1.route, $1.hop) }
        }
    }
}
