// Others than relays, and relays that misbehave: each loses its own connection, with a reason in
// the log, and nobody else notices.

import Glibc
import NIOCore
import RelayCore
import RelayWire
import Synchronization
import Testing

@testable import OpenSSL
@testable import RelayPeer

@Suite("strangers") struct HostileTests {
    /// B with C linked to it, and A as a peer that has yet to come.
    private func besieged(
        _ town: Town, _ adjust: (inout PeerSettings) -> Void = { _ in }
    ) async throws -> (b: Relay, c: Relay, link: LinkUp, authority: Authority) {
        let authority = try Authority()
        let b = try await town.relay(
            "B", peers: ["A": [], "C": []], context: authority.context(for: "B"), adjust)
        let c = try await town.relay(
            "C", peers: ["B": [b.address]], context: authority.context(for: "C"))
        c.service.dial(b.code)
        let link = try await c.keeper.linkUp(with: b.code)
        return (b, c, link, authority)
    }

    /// C's link is the one it was, and works.
    private func isUndisturbed(_ c: Relay, _ link: LinkUp) async throws {
        let transfer = c.forward(1, pattern(600_000, seed: 1), on: link)
        #expect(try await c.keeper.answer(to: transfer) == .accepted)
        #expect(c.keeper.linkEvents.count == 1)
    }

    @Test("bytes that are no TLS")
    func noTLS() async throws {
        try await Town.run { town in
            let (b, c, link, _) = try await besieged(town)
            let stranger = try await Stranger(to: b.address, town)
            stranger.say(Array("GET / HTTP/1.1\r\nHost: relay\r\n\r\n".utf8))
            try await stranger.closed()
            try await b.logged("connection turned away", "peer=unknown", "TLS protocol error")
            try await isUndisturbed(c, link)
        }
    }

    @Test("a connection that never completes its handshake")
    func handshakeNeverEnds() async throws {
        try await Town.run { town in
            let (b, c, link, _) = try await besieged(town) {
                $0.connectTimeout = .milliseconds(500)
            }
            let stranger = try await Stranger(to: b.address, town)
            try await stranger.closed()
            try await b.logged("connection turned away", "no TLS handshake within 1000 ms")
            try await isUndisturbed(c, link)
        }
    }

    @Test("a handshake that is given up")
    func handshakeCut() async throws {
        try await Town.run { town in
            let (b, _, _, _) = try await besieged(town)
            let stranger = try await Stranger(to: b.address, town)
            try await stranger.channel.close()
            try await b.logged("connection turned away", "closed during the TLS handshake")
        }
    }

    @Test("a peer that says nothing after its handshake")
    func noHello() async throws {
        try await Town.run { town in
            let (b, c, link, authority) = try await besieged(town) {
                $0.connectTimeout = .seconds(1)
            }
            let stranger = try await Stranger(
                to: b.address, town, tls: authority.context(for: "A"))
            try await stranger.secured()
            try await stranger.closed()
            #expect(try await b.keeper.refused(code("A")) == "no HELLO came in time")
            try await isUndisturbed(c, link)
        }
    }

    @Test("a peer that speaks garbage instead of greeting")
    func garbageFirst() async throws {
        try await Town.run { town in
            let (b, c, link, authority) = try await besieged(town)
            let stranger = try await Stranger(
                to: b.address, town, tls: authority.context(for: "A"))
            try await stranger.secured()
            stranger.say(pattern(1_000, seed: 3))
            try await stranger.closed()
            #expect(try await b.keeper.refused(code("A")).contains("frame"))
            try await b.logged("connection turned away", "peer=A", "frame")
            try await isUndisturbed(c, link)
        }
    }

    @Test("a peer that breaks the protocol on its link is told why before the link closes")
    func garbageLater() async throws {
        try await Town.run { town in
            let (b, c, link, authority) = try await besieged(town)
            let stranger = try await Stranger(
                to: b.address, town, tls: authority.context(for: "A"))
            try await stranger.secured()
            stranger.say(hello(of: "A"))
            let up = try await b.keeper.linkUp(with: code("A"))
            stranger.say([0, 0, 0, 1, 0xEE])
            let reason = try await b.keeper.linkDown(up.link)
            #expect(reason == "unknown frame type 238")
            try await b.logged("link down", "peer=A", reason)
            try await stranger.closed()
            let heard = stranger.journal.entries.reduce(into: [UInt8]()) { heard, arrival in
                if case .bytes(let bytes) = arrival { heard += bytes }
            }
            #expect(String(decoding: heard, as: UTF8.self).contains(reason))
            try await isUndisturbed(c, link)
        }
    }

    @Test("a peer that greets under another name than its certificate's")
    func otherName() async throws {
        try await Town.run { town in
            let (b, _, _, authority) = try await besieged(town)
            let stranger = try await Stranger(
                to: b.address, town, tls: authority.context(for: "A"))
            try await stranger.secured()
            stranger.say(hello(of: "C"))
            let reason = try await b.keeper.refused(code("A"))
            #expect(reason == "HELLO names relay 'C', the certificate 'A'")
        }
    }

    private func hello(of name: String) -> [UInt8] {
        var machine = LinkMachine(
            LinkSettings(relay: code(name), boot: 1), link: LinkID(1), peer: code("B"),
            isDialledHere: true, at: Tick(milliseconds: 0))
        guard case .send(let bytes) = machine.next(at: Tick(milliseconds: 0)) else { return [] }
        return bytes
    }

    @Test("more idle connections than are held do not keep an honest peer out")
    func flood() async throws {
        // Both ends of all of them are in this process.
        var limit = rlimit()
        try #require(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 4_096))
        try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        try await Town.run { town in
            let (b, c, link, authority) = try await besieged(town)
            let idle = 600
            let arrivals = Journal<Arrival>()
            for _ in 0..<idle { _ = try await Stranger(to: b.address, town, journal: arrivals) }
            let a = try await town.relay(
                "A", peers: ["B": [b.address]], context: authority.context(for: "A"))
            a.service.dial(b.code)
            _ = try await a.keeper.linkUp(with: b.code)
            try await b.logged("connection turned away", "gave way to newer connections")
            // Those that are too many are gone; the others may try until their time is over.
            try await arrivals.wait("the end of those that are too many") { arrivals in
                let ends = arrivals.filter { if case .closed = $0 { true } else { false } }
                return ends.count >= idle - PeerService.strangersMax
            }
            #expect(b.service.state.withLock { $0.strangers.count } <= PeerService.strangersMax)
            try await isUndisturbed(c, link)
        }
    }
}
