// Who is turned away, and that both ends say why: the dialling end in `dialFailed`, the other in
// its log and, when it knows who it was, in `peerRefused`.

import RelayCore
import Testing

@testable import OpenSSL
@testable import RelayPeer

@Suite("refusals") struct RefusalTests {
    /// A dials B, and neither gets a link. Answers what A's engine is told.
    private func refused(
        _ town: Town, _ a: TLSContext, by b: TLSContext, saying here: String,
        peersOfB: [String: [PeerSettings.Address]] = ["A": []],
        pinsOfA: [String: SHA256Digest] = [:], pinsOfB: [String: SHA256Digest] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (reason: String, a: Relay, b: Relay) {
        let listening = try await town.relay("B", peers: peersOfB, pins: pinsOfB, context: b)
        let dialling = try await town.relay(
            "A", peers: ["B": [listening.address]], pins: pinsOfA, context: a)
        dialling.service.dial(listening.code)
        let reason = try await dialling.keeper.dialFailed(listening.code)
        try await dialling.logged("no link", "peer=B", reason.after("\(listening.address): "))
        try await listening.logged("connection turned away", here)
        #expect(dialling.keeper.linkEvents.count == 1, sourceLocation: sourceLocation)
        #expect(
            !listening.keeper.linkEvents.contains { if case .linkUp = $0 { true } else { false } },
            sourceLocation: sourceLocation)
        return (reason, dialling, listening)
    }

    @Test("a relay without a certificate")
    func noCertificate() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let told = try await refused(
                town, authority.context(nil), by: authority.context(for: "B"),
                saying: "refused the other side: no certificate was presented")
            #expect(told.reason.contains("refused with alert 116 (certificate_required)"))
        }
    }

    @Test("a relay of another authority, whichever end dials")
    func otherAuthority() async throws {
        try await Town.run { town in
            let (ours, theirs) = (try Authority(), try Authority())
            let stranger = try ours.context(theirs.identity("A"))
            let dialling = try await refused(
                town, stranger, by: ours.context(for: "B"), saying: "refused the other side: ")
            #expect(dialling.reason.contains("the other side refused with alert"))
            // It may not be A at all, but whoever looks after A must hear of it.
            let why = try await dialling.b.keeper.refused(code("A"))
            #expect(why.contains("refused the other side: "))
        }
        try await Town.run { town in
            let (ours, theirs) = (try Authority(), try Authority())
            let stranger = try ours.context(theirs.identity("B"))
            let listening = try await refused(
                town, ours.context(for: "A"), by: stranger,
                saying: "the other side refused with alert")
            #expect(listening.reason.contains("refused the other side: "))
        }
    }

    @Test(
        "a certificate that has expired, or is not valid yet",
        arguments: [(Int64(-2), Int64(-1), "has expired", "45"), (1, 2, "is not valid yet", "42")])
    func validity(_ from: Int64, _ to: Int64, _ words: String, _ alert: String) async throws {
        try await Town.run { town in
            let authority = try Authority()
            let told = try await refused(
                town, authority.context(authority.identity("A", from: from, to: to)),
                by: authority.context(for: "B"), saying: "the certificate \(words)")
            #expect(told.reason.contains("the other side refused with alert \(alert)"))
            #expect(try await told.b.keeper.refused(code("A")).contains("certificate \(words)"))
        }
        try await Town.run { town in
            let authority = try Authority()
            let told = try await refused(
                town, authority.context(for: "A"),
                by: authority.context(authority.identity("B", from: from, to: to)),
                saying: "the other side refused with alert \(alert)")
            #expect(told.reason.contains("the certificate \(words)"))
        }
    }

    @Test("a relay that is no configured peer")
    func notConfigured() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let why = "its certificate is for tram:A, which is no configured peer"
            let told = try await refused(
                town, authority.context(for: "A"), by: authority.context(for: "B"),
                saying: "refused the other side: \(why)", peersOfB: ["C": []])
            #expect(told.reason.contains("B refused: \(why)"))
            #expect(told.b.keeper.linkEvents.isEmpty)
        }
    }

    @Test("a certificate that names no relay")
    func noName() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let why = "its certificate names no relay (no URI tram:CODE), and its key is not pinned"
            let told = try await refused(
                town, authority.context(authority.identity()), by: authority.context(for: "B"),
                saying: why)
            #expect(told.reason.contains("B refused: \(why)"))
        }
    }

    @Test("a dialled relay that turns out to be another one")
    func another() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let why = "its certificate is for tram:C, not for B, which was dialled"
            let told = try await refused(
                town, authority.context(for: "A"), by: authority.context(for: "C"),
                saying: "A refused: \(why)")
            #expect(told.reason.contains("refused the other side: \(why)"))
            #expect(try await told.b.keeper.refused(code("A")).contains(why))
        }
    }

    @Test("a key other than the pinned one, whichever end dials")
    func pinMismatch() async throws {
        let other = try PrivateKey.generate()
        let pin = try #require(
            try SHA256Digest(
                bytes: Authority().issuer.issue(
                    .init(name: "x", notBefore: 0, notAfter: 1), key: other
                ).certificate.publicKeyDigest))
        try await Town.run { town in
            let authority = try Authority()
            let why = "its certificate is for tram:A, with another key than the pinned one"
            let told = try await refused(
                town, authority.context(for: "A"), by: authority.context(for: "B"), saying: why,
                pinsOfB: ["A": pin])
            #expect(told.reason.contains("B refused: \(why)"))
            #expect(try await told.b.keeper.refused(code("A")).contains(why))
        }
        try await Town.run { town in
            let authority = try Authority()
            let why = "its key is not the one pinned for B"
            let told = try await refused(
                town, authority.context(for: "A"), by: authority.context(for: "B"),
                saying: "A refused: \(why)", pinsOfA: ["B": pin])
            #expect(told.reason.contains("refused the other side: \(why)"))
            #expect(try await told.b.keeper.refused(code("A")).contains(why))
        }
    }

    @Test("a pinned key is enough: the names in its certificate do not matter")
    func pinMatch() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let (nameless, misnamed) = (try authority.identity(), try authority.identity("X"))
            let b = try await town.relay(
                "B", peers: ["A": []], pins: ["A": #require(nameless.pin)],
                context: authority.context(misnamed))
            let a = try await town.relay(
                "A", peers: ["B": [b.address]], pins: ["B": #require(misnamed.pin)],
                context: authority.context(nameless))
            a.service.dial(b.code)
            _ = try await a.keeper.linkUp(with: b.code)
            _ = try await b.keeper.linkUp(with: a.code)
        }
    }

    @Test("TLS 1.2, unless it is allowed")
    func tls12() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let old = try authority.context(
                authority.identity("A"), versions: .tls12 ... .tls12)
            let told = try await refused(
                town, old, by: authority.context(for: "B"),
                saying: "no version of TLS in common")
            #expect(told.reason.contains("the other side refused with alert 70 (protocol_version)"))
        }
        try await Town.run { town in
            let authority = try Authority()
            let b = try await town.relay(
                "B", peers: ["A": []],
                context: TLSContext(
                    identity: authority.identity("B"), trust: authority.trust,
                    protocolName: "tram/1", versionMin: .tls12))
            let a = try await town.relay(
                "A", peers: ["B": [b.address]],
                context: authority.context(
                    authority.identity("A"), versions: .tls12 ... .tls12))
            a.service.dial(b.code)
            let link = try await a.keeper.linkUp(with: b.code)
            let transfer = a.forward(1, pattern(600_000, seed: 1), on: link)
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
        }
    }

    @Test("another application protocol, or none", arguments: ["tram/2", nil])
    func protocolName(_ name: String?) async throws {
        try await Town.run { town in
            let authority = try Authority()
            let told = try await refused(
                town, authority.context(authority.identity("A"), offering: name),
                by: authority.context(for: "B"), saying: "no application protocol in common")
            #expect(told.reason.contains("alert 120 (no_application_protocol)"))
        }
    }

    @Test("a flood of refusals does not fill the log, nor keep the engine busy")
    func flood() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"))
            let a = try await town.relay(
                "A", peers: ["B": [b.address]],
                context: authority.context(authority.identity("A", from: -2, to: -1)))
            for _ in 0..<200 { a.service.dial(b.code) }
            try await a.keeper.events.wait("200 refusals") { $0.count == 200 }
            // One more a second is regained, and the dials may take some.
            #expect((64..<150).contains(b.keeper.linkEvents.count))
        }
    }

    @Test("a refusal's reason gets there however fast it comes, and each dial ends once")
    func manyRefusals() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"))
            let a = try await town.relay(
                "A", peers: ["B": [b.address]],
                context: authority.context(authority.identity("A"), offering: "tram/2"))
            for _ in 0..<100 { a.service.dial(b.code) }
            let alert = "the other side refused with alert 120 (no_application_protocol)"
            let told = Event.dialFailed(b.code, reason: "\(b.address): \(alert)")
            try await a.keeper.events.wait("100 refusals") { events in
                events.filter { $0 == told }.count == 100
            }
            #expect(a.keeper.events.entries.count == 100)
        }
    }
}

extension String {
    func after(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}
