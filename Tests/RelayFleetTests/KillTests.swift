// Four real relays, killed with SIGKILL at random moments under load. Whatever was acknowledged
// must be at B exactly once, byte for byte, and receipted at A; and every relay's counts must
// balance.
//
// The sequence of kills comes from a seed, which is printed; TRAM_KILL_SEED replays it, though real
// processes differ in their timing. TRAM_KILL_COUNT makes it longer.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import RelayStore
import Synchronization
import Testing

extension RealDaemons {
    @Suite struct KillTests {
        @Test(
            "relays killed at random under load lose nothing and double nothing",
            .timeLimit(.minutes(5)))
        func kills() async throws {
            try await Drill(kills: Drill.number("TRAM_KILL_COUNT") ?? 32, hangs: 0).run()
        }

        @Test(
            "relays that hang for seconds, between kills, lose nothing and double nothing",
            .timeLimit(.minutes(5)))
        func hangs() async throws {
            try await Drill(kills: 6, hangs: 6).run()
        }
    }
}

/// One run: load, disturbance, and the comparison at the end.
private struct Drill {
    let kills: Int
    let hangs: Int
    let seed: UInt64
    let directory: String
    let fleet: Fleet
    let book = SubmissionBook()
    let application: InboxReader
    private let goesOn = Flag()

    /// So many documents are submitted at once.
    private static let submitters = 4

    static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    init(kills: Int, hangs: Int) throws {
        self.kills = kills
        self.hangs = hangs
        seed =
            Self.number("TRAM_KILL_SEED").map { UInt64($0) } ?? UInt64.random(in: 1...999_999)
        directory = NSTemporaryDirectory() + "tram-kill-\(UUID().uuidString.prefix(8))"
        var times = Fleet.Times()
        times.returnAfter = .seconds(2)
        times.keepalive = .seconds(1)
        fleet = try Fleet.prepare(in: directory, program: Programs.relayd(), times: times)
        application = InboxReader(fleet.agencyB, seed: seed)
    }

    func run() async throws {
        print("kill test: seed \(seed), \(kills) kills, \(hangs) hangs")
        let start = ContinuousClock.now
        defer { for daemon in fleet.all { daemon.kill() } }
        try await fleet.start()
        try await disturbUnderLoad()
        let disturbed = ContinuousClock.now
        try await drain()
        let drained = ContinuousClock.now
        try await application.finish()
        try await compare()
        print(
            "kill test: \(book.accepted.count) documents, \(megabytes) MiB, \(kills) kills, "
                + "\(hangs) hangs, \(book.repeats) submissions repeated, "
                + "\(application.collected.count) collected; disturbed for "
                + "\((disturbed - start).components.seconds) s, drained in "
                + "\((drained - disturbed).components.seconds) s, "
                + "\((ContinuousClock.now - start).components.seconds) s in all")
        for (code, exit) in await fleet.stop() { #expect(exit == 0, "exit code of \(code)") }
        for daemon in fleet.all { try checkStore(of: daemon) }
        try FileManager.default.removeItem(atPath: directory)
    }

    private var megabytes: Int { book.accepted.values.reduce(0) { $0 + $1.size } >> 20 }

    // MARK: - Load and disturbance

    private func disturbUnderLoad() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for lane in 0..<Self.submitters {
                tasks.addTask { try await submit(lane) }
            }
            tasks.addTask { await application.run(while: goesOn) }
            tasks.addTask {
                defer { goesOn.lower() }
                try await disturb()
            }
            try await tasks.waitForAll()
        }
    }

    /// Submits one document after the other until the disturbance is over.
    private func submit(_ lane: Int) async throws {
        let submitter = Submitter(fleet.agencyA, noting: book)
        guard let a = OrganisationCode(Fleet.codeA), let b = OrganisationCode(Fleet.codeB) else {
            throw FleetError("the fleet's codes are none")
        }
        var numbers = SeededNumbers(seed: seed &* 31 &+ UInt64(lane))
        var number = lane
        while goesOn.isUp {
            let sample: SampleDocument
            if Int.random(in: 0..<10, using: &numbers) < 7 {
                sample = SampleDocument(
                    number: number, from: a, to: b,
                    attachmentBytes: Int.random(in: 4 << 10...48 << 10, using: &numbers),
                    seed: seed)
            } else {
                sample = SampleDocument(
                    plain: number, from: a, to: b,
                    size: Int.random(in: 4 << 10...2 << 20, using: &numbers), seed: seed)
            }
            try await submitter.submit(sample)
            number += Self.submitters
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...120, using: &numbers)))
        }
    }

    /// Kills and holds up random relays, several at a time if it so happens; returns when the last
    /// one is back.
    private func disturb() async throws {
        var numbers = SeededNumbers(seed: seed)
        var plan = Array(repeating: true, count: kills) + Array(repeating: false, count: hangs)
        plan.shuffle(using: &numbers)
        let away = Away()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for kills in plan {
                try await Task.sleep(
                    for: .milliseconds(Int.random(in: 100...1_500, using: &numbers)))
                var place = Int.random(in: 0..<fleet.all.count, using: &numbers)
                while !away.take(place) {
                    // All others may be down; one of them comes back in a moment.
                    try await Task.sleep(for: .milliseconds(20))
                    place = (place + 1) % fleet.all.count
                }
                let daemon = fleet.all[place]
                let pause = Duration.milliseconds(
                    kills
                        ? Int.random(in: 0...2_000, using: &numbers)
                        : Int.random(in: 500...6_000, using: &numbers))
                tasks.addTask { [place] in
                    defer { away.putBack(place) }
                    if kills {
                        daemon.kill()
                        try await Task.sleep(for: pause)
                        try await daemon.start()
                    } else {
                        daemon.pause()
                        try await Task.sleep(for: pause)
                        daemon.resume()
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    // MARK: - The end

    /// Nothing waits anywhere, and A has a receipt for everything.
    private func drain() async throws {
        try await fleet.wait(atMost: .seconds(90), for: "everything to be delivered") {
            for daemon in fleet.all {
                let counts = try await daemon.client.counts()
                guard counts.queued == 0, counts.attempting == 0 else { return false }
                if daemon === fleet.agencyA, counts.relayed > 0 { return false }
            }
            return true
        }
    }

    private func compare() async throws {
        let accepted = book.accepted
        #expect(book.contradictions.isEmpty)
        #expect(application.complaints.isEmpty)
        #expect(!accepted.isEmpty)
        let collected = application.collected
        // The second receipts of what B's application has collected.
        var waiting = collected.compactMap { accepted[$0] }
        #expect(waiting.count == collected.count)
        try await fleet.wait(atMost: .seconds(60), for: "every second receipt at A") {
            while let entry = waiting.last, await fleet.holdsReceipt(for: entry, .collected) {
                waiting.removeLast()
            }
            return waiting.isEmpty
        }
        let inbox = try await fleet.inbox(of: fleet.agencyB)
        #expect(Set(inbox.map(\.id)).count == inbox.count, "an inbox lists a document twice")
        #expect(collected.isDisjoint(with: inbox.map(\.id)), "collected, and in the inbox again")
        let all = inbox.map(\.id) + collected
        let comparison = try await fleet.compare(book, with: all)
        #expect(comparison.isWhole, "\(comparison)")
        for daemon in fleet.all {
            let counts = try await daemon.client.counts()
            #expect(counts.balances, "\(daemon.code): \(counts)")
        }
        let counts = try await fleet.agencyB.client.counts()
        #expect(counts.delivered == inbox.count)
    }
}

extension Drill {
    /// The store that all the kills have left, held against itself.
    private func checkStore(of daemon: Daemon) throws {
        let ledger = try LMDBLedger(
            StoreSettings(
                directory: daemon.dataPath, relay: daemon.code, mapBytes: 4 << 30,
                reserveBytes: StoreSettings.reserveBytesMin, retention: .days(3)))
        let check = try ledger.reader.checkCounts()
        #expect(check.isSound, "\(daemon.code): \(check.discrepancies) \(check.bodiesMissing)")
    }
}

/// B's application: fetches what is in the inbox, compares it with its digest, and collects most of
/// it.
private final class InboxReader: Sendable {
    private struct State {
        var numbers: SeededNumbers
        /// Confirmed by the relay: from then on no longer in the inbox.
        var collected: Set<DocumentID> = []
        /// Asked to be collected, without an answer.
        var uncertain: Set<DocumentID> = []
        var left: Set<DocumentID> = []
        var complaints: [String] = []
    }

    private let daemon: Daemon
    private let state: Mutex<State>

    init(_ daemon: Daemon, seed: UInt64) {
        self.daemon = daemon
        state = Mutex(State(numbers: SeededNumbers(seed: seed &+ 77)))
    }

    var collected: Set<DocumentID> { state.withLock { $0.collected } }
    var complaints: [String] { state.withLock { $0.complaints } }

    func run(while flag: Flag) async {
        while flag.isUp {
            // While the relay is down there is nothing to read.
            try? await readOnce()
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Asks again for what was never answered.
    func finish() async throws {
        for id in state.withLock({ $0.uncertain }) { try await collect(id) }
    }

    private func readOnce() async throws {
        let page = try await daemon.client.inbox(page: PageRequest(limit: 200))
        for entry in page.entries {
            let isNew = state.withLock { state in
                if state.collected.contains(entry.id) {
                    state.complaints.append("\(entry.id): in the inbox after it was collected")
                }
                return !state.left.contains(entry.id)
            }
            guard isNew else { continue }
            var bytes: [UInt8] = []
            try await daemon.client.fetch(entry.id) { bytes += $0 }
            let isRight = SHA256Digest(of: bytes) == entry.sha256
            let takes = state.withLock { state in
                if !isRight { state.complaints.append("\(entry.id): other bytes") }
                return Int.random(in: 0..<3, using: &state.numbers) > 0
            }
            if takes {
                try await collect(entry.id)
            } else {
                state.withLock { _ = $0.left.insert(entry.id) }
            }
        }
    }

    private func collect(_ id: DocumentID) async throws {
        state.withLock { _ = $0.uncertain.insert(id) }
        _ = try await daemon.client.collect(id)
        state.withLock { state in
            state.uncertain.remove(id)
            state.collected.insert(id)
        }
    }
}

/// Which relays are down or held up just now.
private final class Away: Sendable {
    private let places = Mutex<Set<Int>>([])
    func take(_ place: Int) -> Bool { places.withLock { $0.insert(place).inserted } }
    func putBack(_ place: Int) { places.withLock { _ = $0.remove(place) } }
}
