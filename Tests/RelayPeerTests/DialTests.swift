// Dials: every one ends once, in seconds, whatever is at its addresses.

import RelayCore
import RelayWire
import Synchronization
import Testing

@testable import OpenSSL
@testable import RelayPeer

@Suite("dials") struct DialTests {
    /// Short, for addresses that would make a test wait.
    private static let short: @Sendable (inout PeerSettings) -> Void = {
        $0.connectTimeout = .seconds(1)
    }

    @Test("an address that refuses gives way to the next one")
    func refusedThenNext() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let nobody = try await Stranger.nobody()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"))
            let a = try await town.relay(
                "A", peers: ["B": [nobody, b.address]], context: authority.context(for: "A"))
            a.service.dial(b.code)
            _ = try await a.keeper.linkUp(with: b.code)
            try await a.logged("no link", "address=\(nobody)", "the connection was refused")
            #expect(a.keeper.linkEvents.count == 1)
        }
    }

    @Test("addresses that do not answer, or answer with silence, give way in time")
    func deadThenNext() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let dead = try await Stranger.dead(town)
            let mute = try await Stranger.silent(town)
            let idle = try await Stranger.silent(town, tls: authority.context(for: "B"))
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"))
            let a = try await town.relay(
                "A", peers: ["B": [dead, mute, idle, b.address]],
                context: authority.context(for: "A"), Self.short)
            let start = ContinuousClock.now
            a.service.dial(b.code)
            _ = try await a.keeper.linkUp(with: b.code)
            #expect(ContinuousClock.now - start < .seconds(20))
            try await a.logged("no link", "address=\(dead)", "no connection within the time-out")
            try await a.logged("no link", "address=\(mute)", "no TLS handshake within 2000 ms")
            try await a.logged("no link", "address=\(idle)", "no HELLO came in time")
            #expect(a.keeper.linkEvents.count == 1)
        }
    }

    @Test("when no address leads to a link, one event has the reason of each")
    func allFail() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let (first, second) = (try await Stranger.nobody(), try await Stranger.silent(town))
            let a = try await town.relay(
                "A", peers: ["B": [first, second], "C": []],
                context: authority.context(for: "A"), Self.short)
            a.service.dial(code("B"))
            let reason = try await a.keeper.dialFailed(code("B"))
            #expect(
                reason == "\(first): the connection was refused; "
                    + "\(second): no TLS handshake within 2000 ms")
            a.service.dial(code("C"))
            #expect(try await a.keeper.dialFailed(code("C")) == "it has no address")
            a.service.dial(code("X"))
            #expect(try await a.keeper.dialFailed(code("X")) == "it has no address")
            #expect(a.keeper.linkEvents.count == 3)
        }
    }

    @Test("a name with several addresses leads to one link")
    func severalAddresses() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"))
            let name = PeerSettings.Address(host: "localhost", port: b.address.port)
            let a = try await town.relay(
                "A", peers: ["B": [name]], context: authority.context(for: "A"))
            a.service.dial(b.code)
            let link = try await a.keeper.linkUp(with: b.code)
            let transfer = a.forward(1, [1, 2, 3], on: link)
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
            #expect(a.keeper.linkEvents.count == 1)
            #expect(b.service.state.withLock { $0.links.count } == 1)
        }
    }

    @Test("two dials at once lead to two links, and closing one leaves the other")
    func twoLinks() async throws {
        try await Town.run { town in
            let (a, b, first) = try await town.pair()
            a.service.dial(b.code)
            let second = try await a.keeper.events.first("the second link") { event in
                if case .linkUp(let up) = event, up.link != first.a.link { up } else { nil }
            }
            a.service.perform([(first.a.link, .close(reason: "superfluous"))])
            #expect(try await b.keeper.linkDown(first.b.link) == "superfluous")
            let transfer = a.forward(1, pattern(600_000, seed: 1), on: second)
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
        }
    }

    @Test("a service that listens on nothing it can have listens on nothing at all")
    func cannotListen() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let taken = try await Stranger.silent(town)
            let free = try await Stranger.nobody()
            await #expect(throws: (any Error).self) {
                _ = try await town.relay("B", context: authority.context(for: "B")) {
                    $0 = PeerSettings(
                        relay: $0.relay, boot: 1, listen: [free, taken], peers: [:],
                        context: $0.context)
                }
            }
            let a = try await town.relay(
                "A", peers: ["B": [free]], context: authority.context(for: "A"))
            a.service.dial(code("B"))
            #expect(try await a.keeper.dialFailed(code("B")).contains("connection was refused"))
        }
    }
}
