// One link of four relays dies under load, in each of the ways in which links die; and what comes
// of documents meanwhile and afterwards.

import RelayAPI
import RelayCore
import RelayFleet
import Testing

extension RealDaemons {
    @Test("where they have to be possible, network namespaces are")
    static func namespaces() {
        // Elsewhere the tests below are skipped, with this reason.
        guard let whyNot = Room.whyNot else { return }
        #expect(!Room.areExpected, "\(whyNot)")
    }

    @Suite("a link that dies", .enabled(if: Room.whyNot == nil, "\(Room.whyNot ?? "")"))
    struct LinkOutageTests {
        @Test("a cable pulled out: the backup carries what waits, the hub returns when stable")
        func cut() async throws {
            try await lose("link cut") {
                try $0.cabled.fromAToHub1[0].cut()
            } mend: {
                try $0.cabled.fromAToHub1[0].mend()
            }
        }

        @Test("packets that vanish: the same as a cable pulled out")
        func swallowed() async throws {
            try await lose("packets swallowed") {
                try $0.cabled.fromAToHub1[0].swallow()
            } mend: {
                try $0.cabled.fromAToHub1[0].mend()
            }
        }

        @Test("a hub that hangs with its connections open: the same")
        func hung() async throws {
            try await lose("hub hung") {
                $0.fleet.hub1.pause()
            } mend: {
                $0.fleet.hub1.resume()
            }
        }

        private func lose(
            _ name: String, fault: (OutageBench) throws -> Void,
            mend: (OutageBench) throws -> Void
        ) async throws {
            try await OutageBench.run(name) { bench in
                let (a, times) = (bench.fleet.agencyA, bench.times)
                var (broken, dead, up, back) = (Outages.now, Outages.now, Outages.now, Outages.now)
                try await bench.underLoad {
                    try await Task.sleep(for: .seconds(1))
                    broken = Outages.now
                    try fault(bench)
                    dead = try await a.awaitLine(
                        "link down", peer: "HUB-1", since: broken, atMost: .seconds(30))
                    try await Task.sleep(for: .seconds(5))
                    let mended = Outages.now
                    try mend(bench)
                    up = try await a.awaitLine(
                        "link up", peer: "HUB-1", since: mended, atMost: .seconds(60))
                    back = try await a.awaitHandOver(
                        to: "HUB-1", since: up, atMost: .seconds(120))
                }
                try await bench.prove()
                let failover = try Failover(at: a, knownDead: dead)
                bench.show([
                    "noticed_ms": (dead - broken).milliseconds,
                    "waiting": Int64(failover.waiting),
                    "carried_by_backup_ms": failover.slowest.milliseconds,
                    "returned_after_ms": (back - up).milliseconds,
                    "hand_overs_most": Int64(failover.handOversMost),
                    "documents": Int64(bench.forward.accepted.count),
                ])
                // What is heard last before the fault begins the three times.
                let silence = times.keepalive.milliseconds * 3
                #expect((dead - broken).milliseconds <= silence + Outages.slack)
                #expect(failover.waiting > 0)
                #expect(failover.slowest <= .seconds(5))
                // The clocks of two log lines differ by what lies between decision and line.
                let stable = (back - up).milliseconds - times.returnAfter.milliseconds
                #expect((-100...5_000).contains(stable))
                // Once, or again when no receipt came in time.
                #expect(failover.handOversMost <= 2)
            }
        }
    }
}
