// Four real relays in network namespaces, a load in both directions, and the proof at the end: what
// every outage test shares.
//
// The quick form runs with every test; TRAM_OUTAGES=full (Deploy/outages.sh --full) runs each
// outage at its real length, with the times of a configuration that says nothing about them.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import Synchronization
import Testing

/// Every test with real daemons, one after the other: each measures times.
@Suite("real daemons", .serialized) enum RealDaemons {}

enum Outages {
    static let isFull = ProcessInfo.processInfo.environment["TRAM_OUTAGES"] == "full"

    /// Seconds or counts of the one form or the other.
    static func either<Value>(quick: Value, full: Value) -> Value { isFull ? full : quick }

    /// What is in force when a configuration says nothing, or so short that a test takes seconds.
    static var times: Fleet.Times {
        var times = Fleet.Times()
        times.keepalive = either(quick: .seconds(1), full: .seconds(5))
        times.returnAfter = either(quick: .seconds(3), full: .seconds(60))
        times.receiptDeadline = either(quick: .seconds(10), full: .hours(2))
        times.cap = either(quick: .seconds(2), full: .seconds(30))
        return times
    }

    /// A machine that builds and tests other things at the same time runs late by so many
    /// milliseconds.
    static let slack: Int64 = either(quick: 2_000, full: 500)

    static var now: Instant {
        Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}

struct OutageBench: Sendable {
    let name: String
    let cabled: CabledFleet
    let times: Fleet.Times
    let forward = SubmissionBook()
    let backward = SubmissionBook()

    var fleet: Fleet { cabled.fleet }

    /// Runs `work` with a fleet that is up; ends every process of it, whatever happened. What a
    /// failure leaves behind is kept, to be looked at.
    static func run(
        _ name: String, times: Fleet.Times = Outages.times, networks: Int = 1,
        offices: [String] = [], _ work: (OutageBench) async throws -> Void
    ) async throws {
        let place = String(UInt32.random(in: .min ... .max), radix: 36)
        let directory = NSTemporaryDirectory() + "tram-outage-\(getpid())-\(place)"
        let bench = OutageBench(
            name: name,
            cabled: try .prepare(
                in: directory, program: Programs.relayd(), times: times, networks: networks,
                offices: offices),
            times: times)
        defer { for daemon in bench.fleet.all { daemon.kill() } }
        do {
            try await bench.fleet.start()
            try await bench.linked()
            try await work(bench)
        } catch {
            throw FleetError("\(name): \(error); logs and stores are in \(directory)")
        }
        try FileManager.default.removeItem(atPath: directory)
    }

    /// Every link is up.
    func linked() async throws {
        try await fleet.wait(atMost: .seconds(30), for: "all links") {
            for daemon in fleet.all {
                guard try await daemon.client.peers().allSatisfy({ $0.state == .up })
                else { return false }
            }
            return true
        }
    }

    // MARK: - Load

    /// Small documents in both directions, twenty a second each, while `work` runs.
    func underLoad(_ work: () async throws -> Void) async throws {
        let goesOn = Flag()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for isBackward in [false, true] {
                tasks.addTask {
                    var number = 1_000_000
                    while goesOn.isUp {
                        try await submit(number: number, bytes: 2_048, isBackward: isBackward)
                        number += 1
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
            }
            do {
                defer { goesOn.lower() }
                try await work()
            }
            try await tasks.waitForAll()
        }
    }

    /// Submits `count` documents over eight connections.
    func submit(_ count: Int, bytes: Int = 2_048, isBackward: Bool = false) async throws {
        let next = Atomic(0)
        let take: @Sendable () -> Int? = {
            let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
            return number < count ? number : nil
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    while let number = take() {
                        try await submit(number: number, bytes: bytes, isBackward: isBackward)
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    private func submit(number: Int, bytes: Int, isBackward: Bool) async throws {
        try await Submitter(
            isBackward ? fleet.agencyB : fleet.agencyA, noting: isBackward ? backward : forward
        ).submit(sample(number, bytes: bytes, isBackward: isBackward))
    }

    func sample(
        _ number: Int, bytes: Int = 2_048, priority: Int? = nil, isBackward: Bool = false
    ) throws -> SampleDocument {
        guard let a = OrganisationCode(Fleet.codeA), let b = OrganisationCode(Fleet.codeB) else {
            throw FleetError("the fleet's codes are none")
        }
        return SampleDocument(
            plain: number, from: isBackward ? b : a, to: isBackward ? a : b, size: bytes, seed: 8,
            priority: priority)
    }
}

// MARK: - The proof at the end

extension OutageBench {
    /// Waits until nothing is under way, then: nothing lost, nothing double, and accepted is the
    /// sum of the states on every relay.
    ///
    /// - Parameter inboxes: false when the books do not say what lies in them.
    func prove(atMost limit: Duration = .seconds(90), inboxes: Bool = true) async throws {
        try await drained(atMost: limit)
        for isBackward in inboxes ? [false, true] : [] {
            let book = isBackward ? backward : forward
            #expect(book.contradictions.isEmpty)
            let inbox = try await fleet.inbox(of: isBackward ? fleet.agencyA : fleet.agencyB)
            let comparison = try await fleet.compare(
                book, with: inbox.map(\.id), isBackward: isBackward)
            #expect(comparison.isWhole, "\(name): \(comparison)")
        }
        for daemon in fleet.all {
            let counts = try await daemon.client.counts()
            #expect(counts.balances, "\(name), \(daemon.code): \(counts)")
        }
        for (code, exit) in await fleet.stop() {
            #expect(exit == 0, "\(name): exit code of \(code)")
        }
    }

    func drained(atMost limit: Duration) async throws {
        try await fleet.wait(atMost: limit, for: "everything to be delivered") {
            for daemon in fleet.all {
                let counts = try await daemon.client.counts()
                guard counts.queued == 0, counts.attempting == 0 else { return false }
                let isAgency = daemon === fleet.agencyA || daemon === fleet.agencyB
                if isAgency, try await hasUnreceipted(daemon) { return false }
            }
            return true
        }
    }

    /// Receipts that were passed on stay `relayed`; documents do until their receipt is verified.
    private func hasUnreceipted(_ agency: Daemon) async throws -> Bool {
        let relayed = try await agency.client.queue(
            QueueFilter(state: .relayed), page: PageRequest())
        return relayed.entries.contains { $0.kind != .receipt }
    }
}

// MARK: - Figures

extension OutageBench {
    /// One line of JSON, to standard output and to the file that TRAM_OUTAGES_FIGURES names.
    func show(_ figures: KeyValuePairs<String, Int64>) {
        let form = Outages.either(quick: "quick", full: "full")
        let fields = figures.map { ", \"\($0.key)\": \($0.value)" }.joined()
        let line = "{\"outage\": \"\(name)\", \"form\": \"\(form)\"\(fields)}"
        print(line)
        guard let path = ProcessInfo.processInfo.environment["TRAM_OUTAGES_FIGURES"],
            let file = FileHandle(forWritingAtPath: path)
        else { return }
        defer { try? file.close() }
        _ = try? file.seekToEnd()
        try? file.write(contentsOf: Data((line + "\n").utf8))
    }
}

/// Up until it is lowered.
final class Flag: Sendable {
    private let state = Mutex(true)
    var isUp: Bool { state.withLock { $0 } }
    func lower() { state.withLock { $0 = false } }
}
