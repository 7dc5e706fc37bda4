// Handshakes that must come about, and above all those that must not: who refuses, with what
// reason, and what the other side is told.

import Testing

@testable import OpenSSL

@Suite("handshake")
struct HandshakeTests {
    @Test("two relays of one authority connect and know each other")
    func connects() throws {
        let authority = try Authority()
        let client = try authority.identity("H26.1", usages: [.clientAuth])
        let server = try authority.identity("H30", usages: [.serverAuth])
        let pair = try Pair(
            client: authority.context(client), server: authority.context(server))
        #expect(pair.client.peer == nil)
        let (first, second) = pair.handshake()
        #expect(first == .complete)
        #expect(second == .complete)
        let seen = try #require(pair.client.peer)
        #expect(seen.version == .tls13)
        #expect(seen.cipher == "TLS_AES_256_GCM_SHA384")
        #expect(seen.protocolName == "tram/1")
        #expect(seen.certificate == server.certificate)
        #expect(seen.certificate.subjectURIs == ["tram:H30"])
        #expect(try #require(pair.server.peer).certificate == client.certificate)
    }

    @Test("certificates without extended key usage, and with both, serve both ends")
    func usages() throws {
        let authority = try Authority()
        for usages in [[], [.clientAuth, .serverAuth]] as [[CertificateAuthority.Usage]] {
            let context = try authority.context(authority.identity(usages: usages))
            let pair = try Pair(client: context, server: context)
            let (client, server) = pair.handshake()
            #expect(client == .complete)
            #expect(server == .complete)
        }
    }

    @Test(
        "any kind of key that can be loaded can shake hands",
        arguments: [
            PrivateKey.Kind.p256, .p384, .rsa(bits: 2048), .ed25519,
        ])
    func keys(_ kind: PrivateKey.Kind) throws {
        let authority = try Authority()
        let context = try authority.context(authority.identity(key: .generate(kind)))
        let pair = try Pair(client: context, server: context)
        let (client, server) = pair.handshake()
        #expect(client == .complete)
        #expect(server == .complete)
    }

    @Test("the handshake survives a network that delivers one byte at a time")
    func byteByByte() throws {
        let pair = try Pair.connected(step: 1)
        #expect(pair.client.peer?.version == .tls13)
    }

    @Test("the chain is sent, so that an intermediate authority need not be configured")
    func intermediate() throws {
        let root = try Authority("Root")
        let middle = Authority(
            issuer: try root.issuer.authority(
                name: "Middle", notBefore: Authority.now - Authority.day,
                notAfter: Authority.now + Authority.day))
        let leaf = try middle.identity()
        let whole = try Identity(
            certificate: leaf.certificate, chain: [middle.issuer.certificate], key: leaf.key)
        let trust = try root.trust
        let context = try root.context(whole, trust: trust)
        let pair = try Pair(client: context, server: context)
        #expect(pair.handshake().server == .complete)

        let without = try root.context(leaf, trust: trust)
        let broken = try Pair(client: without, server: context)
        #expect(broken.handshake().server == .failed(.certificate(.unknownAuthority)))
    }

    @Test("an anchor need not be a root")
    func partialChain() throws {
        let root = try Authority("Root")
        let middle = Authority(
            issuer: try root.issuer.authority(
                name: "Middle", notBefore: Authority.now - Authority.day,
                notAfter: Authority.now + Authority.day))
        let context = try middle.context()
        let pair = try Pair(client: context, server: context)
        #expect(pair.handshake().server == .complete)
    }

    @Test("TLS 1.2 is spoken where it is allowed, with forward secrecy")
    func tls12() throws {
        let authority = try Authority()
        let pair = try Pair(
            client: authority.context(versions: .tls12 ... .tls12),
            server: authority.context(versions: .tls12 ... .tls13))
        let (client, server) = pair.handshake()
        #expect(client == .complete)
        #expect(server == .complete)
        let peer = try #require(pair.server.peer)
        #expect(peer.version == .tls12)
        #expect(peer.cipher == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
    }

    @Test("both prefer TLS 1.3 when 1.2 is allowed too")
    func tls13Preferred() throws {
        let authority = try Authority()
        let context = try TLSContext(
            identity: authority.identity(), trust: authority.trust, protocolName: "tram/1",
            versionMin: .tls12)
        let pair = try Pair(client: context, server: context)
        _ = pair.handshake()
        #expect(pair.server.peer?.version == .tls13)
    }

    @Test("no session is ever offered for resumption")
    func noTickets() throws {
        // With tickets, a server would have something to send right after its handshake.
        let pair = try Pair.connected()
        #expect(pair.server.pendingCiphertextBytes == 0)
        #expect(pair.client.receivedBytes == 0)
    }

    @Test("a protocol name must have 1 to 255 bytes")
    func protocolNames() throws {
        let authority = try Authority()
        for name in ["", String(repeating: "x", count: 256)] {
            #expect(throws: OpenSSLError.malformed("an ALPN protocol name has 1 to 255 bytes")) {
                try TLSContext(
                    identity: authority.identity(), trust: authority.trust, protocolName: name)
            }
        }
    }
}

@Suite("handshake refused")
struct RefusalTests {
    /// Runs a handshake that the server must refuse; answers what the client is told at the end.
    private func refused(
        _ client: TLSContext, by server: TLSContext, as reason: TLSFailure
    ) throws -> TLSOutcome {
        let pair = try Pair(client: client, server: server)
        let outcomes = pair.handshake()
        #expect(outcomes.server == .failed(reason))
        #expect(pair.server.peer == nil)
        // Once failed, always failed, and with the same reason.
        #expect(pair.server.handshake() == .failed(reason))
        #expect(pair.server.write([1]) == .failed(reason))
        #expect(pair.server.readAll().outcome == .failed(reason))
        if case .failed = outcomes.client { return outcomes.client }
        return pair.client.readAll().outcome
    }

    @Test("a client without a certificate")
    func noCertificate() throws {
        let authority = try Authority()
        let nobody = try TLSContext(
            presenting: nil, trust: authority.trust, offering: "tram/1",
            versions: .tls13 ... .tls13)
        let told = try refused(nobody, by: authority.context(), as: .certificate(.noCertificate))
        #expect(told == .failed(.alert(TLSAlert(number: 116))))
        #expect(TLSAlert(number: 116).name == "certificate_required")
    }

    @Test("a client of another authority")
    func otherAuthority() throws {
        let ours = try Authority()
        let theirs = try Authority("Another")
        let told = try refused(
            ours.context(theirs.identity()), by: ours.context(),
            as: .certificate(.unknownAuthority))
        #expect(told == .failed(.alert(TLSAlert(number: 48))))
        #expect("\(told)".contains("48"))
    }

    @Test("an authority of the same name is not the authority")
    func sameName() throws {
        let ours = try Authority()
        let theirs = try Authority()
        let pair = try Pair(
            client: ours.context(theirs.identity()), server: ours.context())
        guard case .failed(.certificate) = pair.handshake().server else {
            Issue.record("accepted")
            return
        }
    }

    @Test("a client that vouches for itself")
    func selfSigned() throws {
        let authority = try Authority()
        let other = try Authority("Self")
        let own = try Identity(certificate: other.issuer.certificate, key: other.issuer.key)
        _ = try refused(
            authority.context(own), by: authority.context(), as: .certificate(.selfSigned))
    }

    @Test("a refused certificate can be named, an accepted one is not among the refused")
    func refusedIsNamed() throws {
        let (ours, theirs) = (try Authority(), try Authority("Another"))
        for identity in [try theirs.identity(), try ours.identity(from: -10, to: -1)] {
            let pair = try Pair(client: ours.context(identity), server: ours.context())
            guard case .failed(.certificate) = pair.handshake().server else {
                Issue.record("accepted")
                continue
            }
            #expect(pair.server.refusedCertificate == identity.certificate)
            #expect(pair.client.refusedCertificate == nil)
        }
        let nobody = try Pair(
            client: TLSContext(
                presenting: nil, trust: ours.trust, offering: "tram/1",
                versions: .tls13 ... .tls13),
            server: ours.context())
        _ = nobody.handshake()
        #expect(nobody.server.refusedCertificate == nil)
        let friends = try Pair.connected()
        #expect(friends.server.refusedCertificate == nil)
    }

    @Test("an expired client certificate")
    func expired() throws {
        let authority = try Authority()
        let told = try refused(
            authority.context(authority.identity(from: -10, to: -1)), by: authority.context(),
            as: .certificate(.expired))
        #expect(told == .failed(.alert(TLSAlert(number: 45))))
    }

    @Test("a client certificate that is not valid yet")
    func notYetValid() throws {
        let authority = try Authority()
        let told = try refused(
            authority.context(authority.identity(from: 1, to: 10)), by: authority.context(),
            as: .certificate(.notYetValid))
        #expect(told == .failed(.alert(TLSAlert(number: 42))))
    }

    @Test("a client certificate made for servers")
    func wrongUsageOfClient() throws {
        let authority = try Authority()
        let told = try refused(
            authority.context(authority.identity(usages: [.serverAuth])),
            by: authority.context(), as: .certificate(.wrongPurpose))
        #expect(told == .failed(.alert(TLSAlert(number: 43))))
    }

    @Test(
        "a server whose certificate is bad is refused by the client and told why",
        arguments: [
            (VerifyError.expired, UInt8(45)), (.notYetValid, 42), (.wrongPurpose, 43),
            (.unknownAuthority, 48),
        ])
    func server(_ error: VerifyError, _ alert: UInt8) throws {
        let authority = try Authority()
        let identity =
            switch error {
            case .expired: try authority.identity(from: -10, to: -1)
            case .notYetValid: try authority.identity(from: 1, to: 10)
            case .wrongPurpose: try authority.identity(usages: [.clientAuth])
            default: try Authority("Another").identity()
            }
        let pair = try Pair(client: authority.context(), server: authority.context(identity))
        let (client, server) = pair.handshake()
        #expect(client == .failed(.certificate(error)))
        #expect(server == .failed(.alert(TLSAlert(number: alert))))
        #expect(pair.client.peer == nil)
    }

    @Test("another application protocol, and none at all")
    func protocols() throws {
        let authority = try Authority()
        for offer in ["tram/2", "tram/10", "tram", nil] {
            let told = try refused(
                authority.context(offering: offer), by: authority.context(),
                as: .noApplicationProtocol)
            #expect(told == .failed(.alert(TLSAlert(number: 120))))
        }
    }

    @Test("a server that ignores application protocols is refused by the client")
    func deafServer() throws {
        let authority = try Authority()
        let pair = try Pair(
            client: authority.context(), server: authority.context(offering: nil))
        #expect(pair.handshake().client == .failed(.noApplicationProtocol))
        #expect(pair.client.peer == nil)
    }

    @Test("a client of TLS 1.2 where 1.3 is demanded, and the other way round")
    func versions() throws {
        let authority = try Authority()
        let old = try authority.context(versions: .tls12 ... .tls12)
        let told = try refused(old, by: authority.context(), as: .noCommonVersion)
        #expect(told == .failed(.alert(TLSAlert(number: 70))))
        _ = try refused(authority.context(), by: old, as: .noCommonVersion)
    }

    @Test(
        "bytes that are not TLS",
        arguments: [
            Array("GET / HTTP/1.1\r\nHost: relay.test\r\n\r\n".utf8), pattern(4_000),
            [UInt8](repeating: 0, count: 4_000), [22, 3, 1, 255, 255] + pattern(200),
        ])
    func garbage(_ bytes: [UInt8]) throws {
        let server = try End(Authority().context(), as: .server)
        server.receive(bytes)
        guard case .failed(.protocolViolation(let text)) = server.handshake() else {
            Issue.record("not refused: \(server.handshake())")
            return
        }
        #expect(!text.isEmpty)
    }

    @Test("no reason shows a subject")
    func noSubjects() throws {
        let ours = try Authority("Authority of CCCD 001099012345")
        let theirs = try Authority("Another of CCCD 001099012345")
        let pair = try Pair(client: ours.context(theirs.identity()), server: ours.context())
        let outcome = pair.handshake().server
        #expect(!"\(outcome)".contains("CCCD"))
        #expect(!"\(ours.issuer.certificate)".contains("CCCD"))
    }
}
