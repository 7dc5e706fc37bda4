// Drills between the operator and the core: a scenario is read and handed over, test documents are
// made, and when a drill has ended its report is gathered, signed and stored.
//
// Decides nothing: whether a drill may begin, and when its faults end, is the core's.

import Logging
import NIOPosix
import OpenSSL
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayEngine
import RelayReport
import RelayStore
import RelayTrust
import RelayWire

struct DrillDesk: Sendable {
    let engine: Engine
    let callers: Callers
    let bodies: Bodies
    let inForce: InForce
    let credentials: ReceiptCredentials
    let clock: SystemClock
    let logger: Logger
    private let threads = NIOThreadPool.singleton

    init(
        engine: Engine, callers: Callers, bodies: Bodies, inForce: InForce,
        credentials: ReceiptCredentials, clock: SystemClock, logger: Logger
    ) {
        self.engine = engine
        self.callers = callers
        self.bodies = bodies
        self.inForce = inForce
        self.credentials = credentials
        self.clock = clock
        self.logger = logger
    }

    // MARK: - Test documents

    /// `Action.makeTest`: staged piece by piece, and submitted with the last. Whether it was taken
    /// is counted by the core.
    func make(_ test: DrillTest) {
        Task {
            let upload = UploadID(
                DocumentID(high: SystemClock.dice(), low: SystemClock.dice()))
            let noise = TestBody(test)
            var hasher = SHA256()
            var offset: UInt64 = 0
            var last = Piece(upload: upload, offset: 0, bytes: [])
            while offset < test.size {
                let count = min(test.size - offset, UInt64(Limits.pieceBytes))
                last = Piece(
                    upload: upload, offset: offset, bytes: noise.bytes(from: offset, Int(count)))
                hasher.update(last.bytes)
                offset += count
                guard offset < test.size else { break }
                guard case .durable = await callers.store(last, on: engine) else {
                    engine.post(.abandoned(upload))
                    break
                }
            }
            guard let digest = SHA256Digest(bytes: hasher.finish()) else {
                preconditionFailure("a SHA-256 has 32 bytes")
            }
            let submission = RelayCore.Submission(
                caller: CallerID(0), upload: upload, kind: .document, sender: test.sender,
                recipients: [test.recipient], reference: "", businessType: 0,
                priority: test.priority, size: test.size, digest: digest,
                mediaType: "application/octet-stream", name: "", idempotencyKey: "",
                isIntended: false, drill: test.drill)
            engine.post(.closing(last, .submitted(submission)))
        }
    }

    // MARK: - Reports

    /// The wait for the other relays' accounts: a few round trips, links that are slow included.
    private static let patience = Interval.seconds(5)
    /// Organisations that relays are asked by: more would ask the same relays again.
    private static let tracesMax = 8

    /// `Action.reportDrill`. When it cannot be signed the debt is on disk, and the next start takes
    /// it up.
    func report(_ record: DrillRecord) {
        Task {
            let accounts = await accounts(for: record)
            let relay = inForce.settings.relay
            threads.submit { _ in
                do {
                    let report = DrillReport(
                        record, at: relay, software: "tram \(Version.text)", accounts: accounts)
                    let signed = try credentials.signer.sign(
                        drillReport: try report.canonicalJSON(), at: clock.now)
                    let file = try SignedReport.file(report, signature: signed)
                    engine.post(.event(.drillReported(record.drill, report: file)))
                    logger.notice(
                        "drill ended",
                        metadata: [
                            "drill": "\(record.scenario)", "id": "\(record.drill)",
                            "verdict": "\(report.verdict.rawValue)",
                        ])
                } catch {
                    logger.error(
                        "the report of a drill could not be made; the next start tries again",
                        metadata: ["drill": "\(record.drill)", "reason": "\(error)"])
                }
            }
        }
    }

    /// This relay's own account, and those of the relays on the ways that its documents take.
    private func accounts(for record: DrillRecord) async -> [DrillReport.Account] {
        let settings = inForce.settings
        let own = await ownAccount(record, settings.relay)
        var others: [String: DrillReport.Account] = [:]
        for destination in destinations(of: record, settings) {
            let question = RouteTrace.Question(
                destination: destination, patience: Self.patience, drill: record.drill.id)
            let reply = await callers.reply { caller in
                engine.postIfRoom(.event(.asked(question, caller: caller)))
            }
            guard case .traced(let report) = reply else { continue }
            for heard in report.heard {
                guard let relay = heard.answer.path.last, relay != settings.relay else { continue }
                others[relay.text] = DrillReport.Account(heard.answer, at: relay)
            }
            for relay in report.silent.compactMap(\.last) where others[relay.text] == nil {
                others[relay.text] = DrillReport.Account(relay: relay.text, hasAnswered: false)
            }
        }
        // A hop that carried documents and was not even asked is as unknown as a silent one.
        for hop in record.hops.map(\.hop.text) where others[hop] == nil {
            others[hop] = DrillReport.Account(relay: hop, hasAnswered: false)
        }
        return [own] + others.values.sorted { $0.relay < $1.relay }
    }

    private func destinations(
        of record: DrillRecord, _ settings: Settings
    ) -> [OrganisationCode] {
        if case .success(let scenario) = DrillScenario.parse(record.source, file: "scenario"),
            case .test(let documents) = scenario.traffic
        {
            return Array(documents.recipients(at: settings).prefix(Self.tracesMax))
        }
        let agencies = settings.peers.values.flatMap(\.organisations)
        let routes = settings.routes.entries.compactMap { OrganisationCode($0.entry) }
        return Array(
            Set(agencies + routes).subtracting(settings.organisations).sorted()
                .prefix(Self.tracesMax))
    }

    private func ownAccount(
        _ record: DrillRecord, _ relay: RelayCode
    ) async -> DrillReport.Account {
        var account = DrillReport.Account(relay: relay.text, hasAnswered: true)
        let drill = record.drill
        let found = try? await bodies.result { reader in
            (try reader.counters(), try reader.drillTally(drill))
        }
        if let (counters, tally) = found {
            account.real = DrillReport.Balance([counters.documents, counters.receipts])
            if record.testsPlanned > 0 { account.test = DrillReport.Balance([tally]) }
        }
        return account
    }
}

/// What a test document holds: the drill's id over and over, each document in another order.
private struct TestBody {
    private let line: [UInt8]

    init(_ test: DrillTest) {
        line = Array("drill \(test.drill) document \(test.number)\n".utf8)
    }

    func bytes(from offset: UInt64, _ count: Int) -> [UInt8] {
        let start = Int(offset % UInt64(line.count))
        return (0..<count).map { line[(start + $0) % line.count] }
    }
}

extension DrillReport.Account {
    fileprivate init(_ answer: RouteTrace.Answer, at relay: RelayCode) {
        self.init(relay: relay.text, hasAnswered: true)
        real = DrillReport.Balance([answer.balance.documents, answer.balance.receipts])
        if let drill = answer.drill, drill.accepted > 0 { test = DrillReport.Balance([drill]) }
    }
}

extension DrillReport.Balance {
    fileprivate init(_ tallies: [Tally]) {
        func sum(_ states: StateName...) -> Int64 {
            Int64(
                clamping: tallies.reduce(0) { sum, tally in
                    states.reduce(sum) { $0 &+ tally[$1] }
                })
        }
        self.init(
            accepted: Int64(clamping: tallies.reduce(0) { $0 &+ $1.accepted }),
            waiting: sum(.queued, .attempting, .held), relayed: sum(.relayed),
            delivered: sum(.delivered, .collected), failed: sum(.failed, .cancelled),
            forgotten: Int64(clamping: tallies.reduce(0) { $0 &+ $1.forgotten }))
    }
}
