// What a drill does to links: refused, hung, slowed, black-holed, distrusted; and that all of it is
// over when it is lifted, or when its time has come.

import NIOCore
import NIOPosix
import RelayCore
import Testing

@testable import OpenSSL
@testable import RelayPeer

@Suite("faults of a drill") struct FaultTests {
    private static let short: @Sendable (inout PeerSettings) -> Void = {
        $0.keepalive = .milliseconds(200)
        $0.deadAfter = .milliseconds(1_500)
        $0.connectTimeout = .seconds(1)
    }

    private func faults(_ kind: Fault.Kind, at peer: String = "B", seconds: Int64 = 60) -> Faults {
        Faults(
            [
                Fault(
                    kind: kind, peer: code(peer), after: .seconds(0), duration: .seconds(seconds))
            ], of: "rehearsal", until: Tick(milliseconds: seconds * 1_000))
    }

    @Test(
        "a refused link is closed with the drill's name, and dials fail at once until it is lifted")
    func refused() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair(Self.short)
            a.service.bringAbout(faults(.linkRefused))
            let reason = "drill rehearsal: the link is refused"
            #expect(try await a.keeper.linkDown(link.a.link) == reason)
            try await b.logged("link down", reason)
            a.service.dial(b.code)
            #expect(try await a.keeper.dialFailed(b.code).contains(reason))
            a.service.bringAbout(.none)
            a.service.dial(b.code)
            try await a.keeper.events.wait("a second link") { events in
                events.count { if case .linkUp = $0 { true } else { false } } == 2
            }
        }
    }

    @Test("a hung link carries nothing, and keep-alive notices it")
    func hung() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair(Self.short)
            a.service.bringAbout(faults(.linkHung))
            let reason = "nothing was heard from the peer in time"
            // Who notices first ends the connection, and that may be all that the other sees of it.
            let (here, there) = (
                try await a.keeper.linkDown(link.a.link), try await b.keeper.linkDown(link.b.link)
            )
            #expect([here, there].contains(reason))
            // A new one hangs too.
            a.service.dial(b.code)
            #expect(try await a.keeper.dialFailed(b.code).contains("no TLS handshake"))
        }
    }

    @Test("a hang that ends in time leaves the link as after a stall")
    func hungForAMoment() async throws {
        try await Town.run { town in
            let (a, _, _) = try await town.pair {
                $0.keepalive = .milliseconds(200)
                $0.deadAfter = .seconds(20)
            }
            a.service.bringAbout(faults(.linkHung))
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            try await loop.scheduleTask(in: .seconds(1)) {}.futureResult.get()
            a.service.bringAbout(.none)
            try await loop.scheduleTask(in: .seconds(1)) {}.futureResult.get()
            #expect(a.keeper.linkEvents.count == 1)
        }
    }

    @Test("a refused certificate ends the link, and the next one in the greeting")
    func untrusted() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair(Self.short)
            a.service.bringAbout(faults(.certificateRefused))
            let reason = "drill rehearsal: its certificate is refused"
            #expect(try await a.keeper.linkDown(link.a.link) == reason)
            a.service.dial(b.code)
            #expect(try await a.keeper.dialFailed(b.code).contains(reason))
        }
    }

    @Test("a black-holed address never answers, and the peer's other address works")
    func blackHole() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"), Self.short)
            let a = try await town.relay(
                "A", peers: ["B": [b.address, b.address]], context: authority.context(for: "A"),
                Self.short)
            a.service.bringAbout(faults(.addressBlackholed(.number(0))))
            let start = ContinuousClock.now
            a.service.dial(b.code)
            _ = try await a.keeper.linkUp(with: b.code)
            #expect(ContinuousClock.now - start > .milliseconds(900))
            try await a.logged("no link", "drill rehearsal: no connection within the time-out")
        }
    }

    @Test("faults end by themselves when their time is over")
    func lease() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair(Self.short)
            a.service.bringAbout(
                Faults(
                    [
                        Fault(
                            kind: .linkRefused, peer: b.code, after: .seconds(0),
                            duration: .seconds(1))
                    ], of: "rehearsal",
                    until: a.service.tick + .seconds(1)))
            _ = try await a.keeper.linkDown(link.a.link)
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            try await loop.scheduleTask(in: .milliseconds(1_200)) {}.futureResult.get()
            #expect(a.service.faults == nil)
        }
    }
}
