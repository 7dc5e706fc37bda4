// New settings for a service with links: those that may stay do, and new connections are judged,
// and present themselves, by what is new.

import OpenSSL
import RelayCore
import Testing

@testable import RelayPeer

@Suite("new settings") struct ReloadTests {
    private func settings(
        of relay: Relay, peers: [RelayCode: PeerSettings.Peer], context: TLSContext? = nil
    ) -> PeerSettings {
        let former = relay.service.settings
        return PeerSettings(
            relay: former.relay, boot: former.boot, listen: former.listen, peers: peers,
            context: context ?? former.context)
    }

    @Test("a link stays when its peer does; it is closed when its peer goes, or its key is wrong")
    func links() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            var peers = b.service.settings.peers
            peers[code("C")] = PeerSettings.Peer(addresses: [], pin: nil)
            b.service.adopt(settings(of: b, peers: peers))
            let body = pattern(1_000_000, seed: 3)
            let transfer = a.forward(1, body, on: link.a)
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
            #expect(a.keeper.linkEvents.count == 1)

            let other = try Authority().identity("A")
            peers[code("A")] = PeerSettings.Peer(addresses: [], pin: other.pin)
            b.service.adopt(settings(of: b, peers: peers))
            try await b.logged("link down", "its key is not the one pinned for A")
            try await a.logged("link down", "its key is not the one pinned for A")

            a.service.dial(b.code)
            try await a.logged("no link", "with another key than the pinned one")
            peers[code("A")] = PeerSettings.Peer(addresses: [], pin: nil)
            b.service.adopt(settings(of: b, peers: peers))
            a.service.dial(b.code)
            // At both ends: a greeting and a goodbye in one breath would be no link for A.
            for relay in [a, b] {
                try await relay.keeper.events.wait("a link again") { events in
                    events.filter { if case .linkUp = $0 { true } else { false } }.count == 2
                }
            }
            b.service.adopt(settings(of: b, peers: [:]))
            try await a.logged("link down", "it is no configured peer any more")
        }
    }

    @Test("new connections show the new certificate; the link that is up is not disturbed")
    func certificate() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"))
            let a = try await town.relay(
                "A", peers: ["B": [b.address]], context: authority.context(for: "A"))
            a.service.dial(b.code)
            let first = try await a.keeper.linkUp(with: b.code)
            let before = try #require(a.service.certificatesEnd[b.code])
            let renewed = try authority.context(authority.identity("B", to: 5))
            b.service.adopt(settings(of: b, peers: b.service.settings.peers, context: renewed))
            let transfer = a.forward(1, pattern(100, seed: 1), on: first)
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
            #expect(a.service.certificatesEnd[b.code] == before)
            a.service.dial(b.code)
            try await a.keeper.events.wait("the second link") { events in
                events.filter { if case .linkUp = $0 { true } else { false } }.count == 2
            }
            #expect(a.service.certificatesEnd[b.code] == before + .days(4))
        }
    }
}
