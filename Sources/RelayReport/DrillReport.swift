// The report of a drill, as it is signed and filed: plain values with one canonical JSON.
//
// Guarantees: the same report always gives the same bytes, and it holds everything that its text
// and its page show, so that whoever has it needs no relay. Times are milliseconds; a key without a
// value is left out. Leaves to others: signing (RelayTrust), and where it is kept.

import FoundationEssentials

package struct DrillReport: Codable, Hashable, Sendable {
    package var version = 1
    /// The drill's id.
    package var drill: String
    /// The relay that ran it, and its version.
    package var relay: String
    package var software: String
    package var scenario: Scenario
    /// Who ordered it, and why.
    package var by: String
    package var reason: String
    /// RFC 3339, in UTC.
    package var startedAt: String
    package var endedAt: String
    package var durationMs: Int64
    package var leaseMs: Int64
    package var end: End
    /// What made it end, when it was not the plan.
    package var endReason: String?
    package var verdict: Verdict
    package var objectives: [Objective]
    package var timeline: [Moment]
    package var routes: [Route]
    package var documents: [Cohort]
    /// The conservation accounts of all relays concerned; this one first.
    package var relays: [Account]
    package var curve: [Point]

    package struct Scenario: Codable, Hashable, Sendable {
        package var name: String
        package var titleVi: String
        package var titleEn: String
        /// The file as it was handed in.
        package var source: String
    }

    package enum End: String, Codable, Sendable {
        case completed
        case leaseEnded = "lease-ended"
        case aborted
        case restarted
    }

    package enum Verdict: String, Codable, Sendable {
        case passed, failed, aborted
    }

    package struct Objective: Codable, Hashable, Sendable {
        package var name: Name
        /// Milliseconds, or deliveries.
        package var goal: Int64
        package var measured: Int64?
        package var result: Result
        /// Why it could not be measured.
        package var note: String?

        package enum Name: String, Codable, Sendable {
            case detect, reroute, drain
            case giveBack = "return"
            case lost, duplicates

            package var isTime: Bool { self != .lost && self != .duplicates }
        }

        package enum Result: String, Codable, Sendable {
            case met, missed
            case notApplicable = "not-applicable"
            /// It should have been measured: never counted as met.
            case notMeasured = "not-measured"
        }

        package init(
            _ name: Name, goal: Int64, measured: Int64?, result: Result, note: String? = nil
        ) {
            self.name = name
            self.goal = goal
            self.measured = measured
            self.result = result
            self.note = note
        }
    }

    /// A moment of the time line.
    package struct Moment: Codable, Hashable, Sendable {
        package var at: String
        package var elapsedMs: Int64
        /// A fixed word, such as `fault-begun`, `detected`, `rerouted`.
        package var what: String
        package var peer: String?
        package var tookMs: Int64?
        package var detail: String?
    }

    package struct Route: Codable, Hashable, Sendable {
        package var route: String
        package var hop: String
        package var begun: Int
        package var accepted: Int
        package var returned: Int
        package var refused: Int
    }

    /// Deliveries accepted at the relay that ran the drill, while it ran.
    package struct Cohort: Codable, Hashable, Sendable {
        /// `real`, or `test`.
        package var kind: String
        package var accepted: Int
        package var proven: Int
        package var failed: Int
        package var open: Int
        package var refused: Int
        package var duplicates: Int
        package var passing: Int
        package var passed: Int
    }

    /// What a relay says of its own conservation law, and of the drill's test documents there.
    package struct Account: Codable, Hashable, Sendable {
        package var relay: String
        /// False: it was asked and did not answer. Then nothing is known, and nothing is fine.
        package var hasAnswered: Bool
        package var real: Balance?
        package var test: Balance?

        package init(relay: String, hasAnswered: Bool) {
            self.relay = relay
            self.hasAnswered = hasAnswered
        }
    }

    package struct Balance: Codable, Hashable, Sendable {
        package var accepted: Int64
        /// Waiting there, or on the wire, or held.
        package var waiting: Int64
        package var relayed: Int64
        package var delivered: Int64
        /// Given up or cancelled.
        package var failed: Int64
        package var forgotten: Int64

        package init(
            accepted: Int64, waiting: Int64, relayed: Int64, delivered: Int64, failed: Int64,
            forgotten: Int64
        ) {
            self.accepted = accepted
            self.waiting = waiting
            self.relayed = relayed
            self.delivered = delivered
            self.failed = failed
            self.forgotten = forgotten
        }

        /// What is accepted and in no state: 0, or something was lost or invented.
        package var difference: Int64 {
            accepted - waiting - relayed - delivered - failed - forgotten
        }
    }

    /// A point of the curve of what waited.
    package struct Point: Codable, Hashable, Sendable {
        package var elapsedMs: Int64
        package var queued: Int
        package var oldestMs: Int64?
        package var handedOver: Int
    }
}

// MARK: - As bytes

extension DrillReport {
    /// The longest report that is read, in bytes: the longest scenario, 240 points, 100 moments.
    package static let bytesMax = 512 << 10

    /// Canonical: keys in order, no white space, numbers without fractions.
    package func canonicalJSON() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self))
    }

    /// Reads what `canonicalJSON` writes, and nothing else: bytes in another form are not what was
    /// signed.
    package init(canonicalJSON bytes: [UInt8]) throws(ReportFault) {
        guard bytes.count <= Self.bytesMax else { throw .tooLong(bytes.count) }
        let report: DrillReport
        do {
            report = try JSONDecoder().decode(DrillReport.self, from: Data(bytes))
        } catch {
            throw .unreadable("\(error)")
        }
        guard report.version == 1 else { throw .otherVersion(report.version) }
        guard (try? report.canonicalJSON()) == bytes else { throw .notCanonical }
        self = report
    }
}

package enum ReportFault: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong(Int)
    case unreadable(String)
    case otherVersion(Int)
    case notCanonical
    /// A file that holds no signed report.
    case noSignature

    package var description: String {
        switch self {
        case .tooLong(let count):
            "it has \(count) bytes, more than the \(DrillReport.bytesMax) of a report"
        case .unreadable(let reason): "it is no report of a drill: \(reason)"
        case .otherVersion(let version): "it is a report of version \(version), not 1"
        case .notCanonical: "its JSON is not in the canonical form"
        case .noSignature: "it holds no signed report"
        }
    }
}
