// The records of drills: what is kept of one that this relay runs, and one drill's account of test
// documents.

package import RelayCore
import SwiftProtobuf

extension Records {
    package static func encode(_ record: DrillRecord) throws(MessageFault) -> [UInt8] {
        try bytes(of: DrillRecordMessage(record))
    }

    package static func drill(
        _ bytes: [UInt8], id: DrillID
    ) throws(MessageFault) -> DrillRecord {
        let message: DrillRecordMessage = try message(in: bytes)
        return try message.record(id)
    }

    package static func encode(_ tally: Tally) throws(MessageFault) -> [UInt8] {
        try bytes(of: ClassRecord(tally))
    }

    package static func tally(_ bytes: [UInt8]) throws(MessageFault) -> Tally {
        let record: ClassRecord = try message(in: bytes)
        return try record.tally("tally")
    }
}

// MARK: - From the core's values

extension DrillRecordMessage {
    fileprivate init(_ record: DrillRecord) {
        self.init()
        scenario = record.scenario
        titleVi = record.title.vietnamese
        titleEn = record.title.english
        source = record.source
        by = record.by
        reason = record.reason
        startedAt = record.startedAt.milliseconds
        leaseMs = record.lease.milliseconds
        objectives = DrillObjectivesRecord(record.objectives)
        testsPlanned = UInt32(clamping: record.testsPlanned)
        marks = record.marks.map(DrillMarkRecord.init)
        let measured = record.measures
        measures = [measured.detect, measured.reroute, measured.drain, measured.giveBack]
            .map(DrillMeasureRecord.init)
        hops = record.hops.map(DrillHopRecord.init)
        samples = record.samples.map(DrillSampleRecord.init)
        real = DrillCohortRecord(record.real)
        tests = DrillCohortRecord(record.tests)
        if let end = record.end {
            self.end = .with {
                $0.at = end.at.milliseconds
                $0.elapsedMs = end.elapsed.milliseconds
                $0.how = UInt32(end.how.rawValue)
                $0.reason = end.reason
            }
        }
    }

    fileprivate func record(_ id: DrillID) throws(MessageFault) -> DrillRecord {
        var record = DrillRecord(
            drill: id, scenario: scenario,
            title: DrillScenario.Title(vietnamese: titleVi, english: titleEn), source: source,
            by: by, reason: reason, startedAt: try Field.instant(startedAt, "started_at"),
            lease: .milliseconds(leaseMs), objectives: objectives.value,
            testsPlanned: Int(testsPlanned))
        for mark in marks { record.marks.append(try mark.value()) }
        guard measures.count == 4 else { throw .field("measures") }
        record.measures.detect = measures[0].value
        record.measures.reroute = measures[1].value
        record.measures.drain = measures[2].value
        record.measures.giveBack = measures[3].value
        for hop in hops { record.hops.append(try hop.value()) }
        record.samples = samples.map(\.value)
        record.real = real.value
        record.tests = tests.value
        if hasEnd {
            record.end = DrillEnd(
                at: try Field.instant(end.at, "end.at"), elapsed: .milliseconds(end.elapsedMs),
                how: try Field.value(end.how, "end.how"), reason: end.reason)
        }
        return record
    }
}

extension DrillObjectivesRecord {
    fileprivate init(_ objectives: DrillScenario.Objectives) {
        self.init()
        if let detect = objectives.detect { detectMs = detect.milliseconds }
        if let reroute = objectives.reroute { rerouteMs = reroute.milliseconds }
        if let drain = objectives.drain { drainMs = drain.milliseconds }
        if let giveBack = objectives.giveBack { returnMs = giveBack.milliseconds }
        lost = UInt32(clamping: objectives.lostMax)
        duplicates = UInt32(clamping: objectives.duplicatesMax)
    }

    fileprivate var value: DrillScenario.Objectives {
        DrillScenario.Objectives(
            detect: hasDetectMs ? .milliseconds(detectMs) : nil,
            reroute: hasRerouteMs ? .milliseconds(rerouteMs) : nil,
            drain: hasDrainMs ? .milliseconds(drainMs) : nil,
            giveBack: hasReturnMs ? .milliseconds(returnMs) : nil, lostMax: Int(lost),
            duplicatesMax: Int(duplicates))
    }
}

extension DrillMarkRecord {
    fileprivate init(_ mark: DrillMark) {
        self.init()
        at = mark.at.milliseconds
        elapsedMs = mark.elapsed.milliseconds
        what = UInt32(mark.what.rawValue)
        peer = mark.peer?.text ?? ""
        if let took = mark.took { tookMs = took.milliseconds }
        detail = mark.detail
    }

    fileprivate func value() throws(MessageFault) -> DrillMark {
        DrillMark(
            at: try Field.instant(at, "mark.at"), elapsed: .milliseconds(elapsedMs),
            what: try Field.value(what, "mark.what"),
            peer: peer.isEmpty ? nil : try Field.relay(peer, "mark.peer"),
            took: hasTookMs ? .milliseconds(tookMs) : nil, detail: detail)
    }
}

extension DrillMeasureRecord {
    fileprivate init(_ measure: DrillMeasures.Measure) {
        self.init()
        switch measure {
        case .notApplicable: break
        case .open: applies = true
        case .took(let time):
            applies = true
            tookMs = time.milliseconds
        }
    }

    fileprivate var value: DrillMeasures.Measure {
        guard applies else { return .notApplicable }
        return hasTookMs ? .took(.milliseconds(tookMs)) : .open
    }
}

extension DrillHopRecord {
    fileprivate init(_ entry: DrillHop) {
        self.init()
        route = entry.route
        hop = entry.hop.text
        begun = UInt32(clamping: entry.begun)
        accepted = UInt32(clamping: entry.accepted)
        returned = UInt32(clamping: entry.returned)
        refused = UInt32(clamping: entry.refused)
    }

    fileprivate func value() throws(MessageFault) -> DrillHop {
        var value = DrillHop(route: route, hop: try Field.relay(hop, "hop"))
        value.begun = Int(begun)
        value.accepted = Int(accepted)
        value.returned = Int(returned)
        value.refused = Int(refused)
        return value
    }
}

extension DrillSampleRecord {
    fileprivate init(_ sample: DrillSample) {
        self.init()
        elapsedMs = sample.elapsed.milliseconds
        queued = UInt32(clamping: sample.queued)
        if let oldest = sample.oldest { oldestMs = oldest.milliseconds }
        handedOver = UInt32(clamping: sample.handedOver)
    }

    fileprivate var value: DrillSample {
        DrillSample(
            elapsed: .milliseconds(elapsedMs), queued: Int(queued),
            oldest: hasOldestMs ? .milliseconds(oldestMs) : nil, handedOver: Int(handedOver))
    }
}

extension DrillCohortRecord {
    fileprivate init(_ cohort: DrillCohort) {
        self.init()
        accepted = UInt32(clamping: cohort.accepted)
        proven = UInt32(clamping: cohort.proven)
        failed = UInt32(clamping: cohort.failed)
        refused = UInt32(clamping: cohort.refused)
        duplicates = UInt32(clamping: cohort.duplicates)
        passing = UInt32(clamping: cohort.passing)
        passed = UInt32(clamping: cohort.passed)
    }

    fileprivate var value: DrillCohort {
        var cohort = DrillCohort()
        cohort.accepted = Int(accepted)
        cohort.proven = Int(proven)
        cohort.failed = Int(failed)
        cohort.refused = Int(refused)
        cohort.duplicates = Int(duplicates)
        cohort.passing = Int(passing)
        cohort.passed = Int(passed)
        return cohort
    }
}
