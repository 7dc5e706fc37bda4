// Traces through four real relays: all well, the preferred hub dead, the preferred hub hanging.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite(.serialized) struct TraceTests {
    private let directory = NSTemporaryDirectory() + "tram-trace-\(UUID().uuidString.prefix(8))"

    @Test("a trace finds every way, what is down, and what hangs", .timeLimit(.minutes(2)))
    func traces() async throws {
        var times = Fleet.Times()
        times.returnAfter = .seconds(1)
        let fleet = try Fleet.prepare(in: directory, program: Programs.relayd(), times: times)
        defer {
            for daemon in fleet.all {
                daemon.resume()
                daemon.kill()
            }
            try? FileManager.default.removeItem(atPath: directory)
        }
        try await fleet.start()
        try await whole(fleet)
        try await hanging(fleet)
        try await dead(fleet)
    }

    private func trace(_ fleet: Fleet, _ timeout: Int = 2) async throws -> TraceView {
        let b = try #require(OrganisationCode(Fleet.codeB))
        return try await fleet.agencyA.client.trace(TraceRequest(code: b, timeout: timeout))
    }

    private func state(_ trace: TraceView, _ path: String...) -> TraceStep.State? {
        trace.steps.first { $0.path.map(\.text) == [Fleet.codeA] + path }?.state
    }

    /// Waits until all links are up; then every relay answers, and its books balance.
    private func whole(_ fleet: Fleet) async throws {
        var found = try await trace(fleet)
        for _ in 0..<30
        where found.steps.count < 5 || found.steps.contains(where: { $0.state == .down }) {
            try await Task.sleep(for: .milliseconds(200))
            found = try await trace(fleet)
        }
        #expect(found.reaches)
        #expect(state(found, "HUB-1", Fleet.codeB) == .answered)
        #expect(state(found, "HUB-2", Fleet.codeB) == .answered)
        for step in found.steps where step.state == .answered {
            #expect(step.documents?.balances == true && step.receipts?.balances == true)
            #expect(step.version == Version.text && step.takesIn == true)
            // All clocks are this machine's.
            #expect(abs(step.clockOffsetMilliseconds ?? 0) < 1_000)
        }
        #expect(found.steps.filter(\.isDestination).allSatisfy { $0.relay.text == Fleet.codeB })
    }

    /// The hub keeps its sockets and says nothing: silence, and the other way is found all the
    /// same.
    private func hanging(_ fleet: Fleet) async throws {
        fleet.hub1.pause()
        let started = ContinuousClock.now
        let found = try await trace(fleet, 1)
        #expect(ContinuousClock.now - started < .seconds(10))
        #expect(found.reaches)
        #expect(state(found, "HUB-1") == .silent)
        #expect(state(found, "HUB-2", Fleet.codeB) == .answered)
        fleet.hub1.resume()
    }

    private func dead(_ fleet: Fleet) async throws {
        fleet.hub1.kill()
        var found = try await trace(fleet)
        for _ in 0..<30 where state(found, "HUB-1") != .down {
            try await Task.sleep(for: .milliseconds(200))
            found = try await trace(fleet)
        }
        #expect(state(found, "HUB-1") == .down)
        #expect(found.steps.first { $0.relay.text == "HUB-1" }?.why != nil)
        #expect(state(found, "HUB-2", Fleet.codeB) == .answered)
        fleet.hub2.kill()
        for _ in 0..<30 where found.reaches {
            try await Task.sleep(for: .milliseconds(200))
            found = try await trace(fleet)
        }
        #expect(!found.reaches)
    }
}
