// Both hubs are away while thousands of documents wait: waiting must cost next to nothing, and the
// return must be quick.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import Testing

extension RealDaemons {
    @Suite("both hubs down", .enabled(if: Room.whyNot == nil, "\(Room.whyNot ?? "")"))
    struct WaitingTests {
        @Test("waiting costs under 2 % of a core, and one timer; all is drained within a minute")
        func closed() async throws {
            // Connections are refused at once.
            try await wait("both hubs down") { bench in
                bench.fleet.hub1.kill()
                bench.fleet.hub2.kill()
            } mend: { bench in
                try await bench.fleet.hub1.start()
                try await bench.fleet.hub2.start()
            }
        }

        @Test("the same when dials hang: all cables of both agencies swallow what they carry")
        func silent() async throws {
            try await wait("both hubs silent") { bench in
                for cable in bench.agencyCables { try cable.swallow() }
            } mend: { bench in
                for cable in bench.agencyCables { try cable.mend() }
            }
        }

        private func wait(
            _ name: String, fault: (OutageBench) throws -> Void,
            mend: (OutageBench) async throws -> Void
        ) async throws {
            let documents = Outages.either(quick: 1_000, full: 5_000)
            let outage = Outages.either(quick: Duration.seconds(20), full: .seconds(600))
            try await OutageBench.run(name) { bench in
                let agencies = [bench.fleet.agencyA, bench.fleet.agencyB]
                let broken = Outages.now
                try fault(bench)
                for agency in agencies {
                    for hub in ["HUB-1", "HUB-2"] {
                        _ = try await agency.awaitLine(
                            "link down", peer: hub, since: broken, atMost: .seconds(30))
                    }
                }
                try await bench.submit(documents)
                let before = try agencies.map { try ProcessorTime(of: $0) }
                let began = Outages.now
                // Nobody asks the relays anything meanwhile.
                try await Task.sleep(for: outage)
                let waited = Outages.now - began
                let shares = try zip(agencies, before).map { agency, before in
                    try ProcessorTime(of: agency).permille(since: before, in: waited)
                }
                let counts = try await bench.fleet.agencyA.client.counts()
                #expect(counts.queued == documents)
                let dials = bench.fleet.agencyA.programLines("no link", peer: "HUB-1")
                    .count { $0.at >= began && $0.at < began + waited }
                try await mend(bench)
                let mended = Outages.now
                try await bench.drained(atMost: .seconds(120))
                let drained = Outages.now - mended
                try await bench.prove()
                bench.show([
                    "documents": Int64(documents), "waited_ms": waited.milliseconds,
                    "cpu_permille_sender": shares[0], "cpu_permille_recipient": shares[1],
                    "dials_per_hub": Int64(dials), "drained_ms": drained.milliseconds,
                ])
                for share in shares { #expect(share < 20) }
                // No wait between two dials is shorter than `retry.base`, which is 500 ms.
                #expect(Int64(dials) <= waited.milliseconds / 500 + 1)
                #expect(drained <= .minutes(1))
            }
        }
    }
}

extension OutageBench {
    fileprivate var agencyCables: [Cable] {
        cabled.fromAToHub1 + cabled.fromAToHub2 + cabled.fromBToHub1 + cabled.fromBToHub2
    }
}

/// What a process has had of the processor since it began, in ticks of a hundredth of a second.
private struct ProcessorTime {
    let ticks: Int64

    init(of daemon: Daemon) throws {
        guard let id = daemon.processID else { throw FleetError("\(daemon.code) does not run") }
        let text = try String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
        // After the name in parentheses: state, then numbers; of these utime and stime (proc(5)).
        let fields = (text.split(separator: ")").last ?? "").split(separator: " ")
        guard fields.count > 13, let user = Int64(fields[11]), let system = Int64(fields[12])
        else { throw FleetError("/proc/\(id)/stat cannot be read") }
        ticks = user + system
    }

    func permille(since before: Self, in time: Interval) -> Int64 {
        (ticks - before.ticks) * 10 * 1_000 / max(1, time.milliseconds)
    }
}
