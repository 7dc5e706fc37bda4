// Certificates and what is read from them, compared with what the openssl program reads.

import Testing

@testable import OpenSSL

@Suite("certificate")
struct CertificateTests {
    @Test("a certificate keeps its fields through PEM and DER")
    func roundTrip() throws {
        let certificate = try Authority().identity("H26.1.2").certificate
        #expect(certificate.subjectURIs == ["tram:H26.1.2"])
        #expect(certificate.subjectDNSNames == ["relay.test"])
        #expect(certificate.notBefore == Authority.now - Authority.day)
        #expect(certificate.notAfter == Authority.now + Authority.day)
        let again = try Certificate(der: certificate.der())
        #expect(again == certificate)
        #expect(again.serial == certificate.serial)
        #expect(again.publicKeyDigest == certificate.publicKeyDigest)
        #expect(try Certificate.pem(certificate.pem()) == [certificate])
        #expect(Set([again, certificate]).count == 1)
    }

    @Test("all certificates of a text are read in order, and a key between them is passed over")
    func bundle() throws {
        let authority = try Authority()
        let first = try authority.identity("H01")
        let second = try authority.identity("H02")
        let text =
            try first.certificate.pem() + "# a note\n" + first.key.pem()
            + second.certificate.pem()
        #expect(try Certificate.pem(text) == [first.certificate, second.certificate])
        try withFolder { folder in
            try write(text, to: folder + "/chain.pem")
            #expect(try Certificate.pem(file: folder + "/chain.pem").count == 2)
        }
    }

    @Test("a text without a certificate is refused", arguments: ["", "hello", "-----BEGIN"])
    func nothing(_ text: String) throws {
        #expect(
            throws: OpenSSLError.malformed("no certificate (-----BEGIN CERTIFICATE-----) in it")
        ) { try Certificate.pem(text) }
    }

    @Test("a damaged certificate is refused with its number")
    func damaged() throws {
        let good = try Authority().identity().certificate.pem()
        let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        let open = String(good.prefix(200))
        for text in [good + bad, good + open] {
            let error = #expect(throws: OpenSSLError.self) { try Certificate.pem(text) }
            #expect(try #require(error).description.contains("certificate 2"))
        }
    }

    @Test("bytes that are no certificate, and bytes behind one, are refused")
    func damagedDER() throws {
        let der = try Authority().identity().certificate.der()
        #expect(throws: OpenSSLError.malformed("bytes behind the certificate")) {
            try Certificate(der: der + [0])
        }
        for bytes in [[], [0x30], Array(der.dropLast()), pattern(500)] {
            #expect(throws: OpenSSLError.self) { try Certificate(der: bytes) }
        }
    }

    @Test("too much text and too many certificates are refused")
    func bounds() throws {
        #expect(throws: OpenSSLError.self) {
            try Certificate.pem(String(repeating: "x", count: Bounds.pemBytesMax + 1))
        }
        let one = try Authority().identity().certificate.pem()
        let many = String(repeating: one, count: Bounds.pemCertificatesMax + 1)
        #expect(throws: OpenSSLError.tooLarge("more than 500 certificates in one file")) {
            try Certificate.pem(many)
        }
    }

    @Test("files that cannot be read are named in the error")
    func files() throws {
        try withFolder { folder in
            for path in [folder + "/missing.pem", folder] {
                let error = #expect(throws: OpenSSLError.self) { try Certificate.pem(file: path) }
                #expect(try #require(error).description.hasPrefix(path))
            }
            try write("nothing", to: folder + "/empty.pem")
            let error = #expect(throws: OpenSSLError.self) {
                try Certificate.pem(file: folder + "/empty.pem")
            }
            #expect(try #require(error).description.hasPrefix(folder + "/empty.pem: malformed"))
            try write(pattern(Bounds.pemBytesMax + 1), to: folder + "/large.pem")
            let large = #expect(throws: OpenSSLError.self) {
                try Certificate.pem(file: folder + "/large.pem")
            }
            #expect(try #require(large).description.hasSuffix("has more than 1048576 bytes"))
        }
    }

    @Test("names that try to deceive are not taken into a certificate")
    func deceptiveNames() throws {
        let authority = try Authority()
        for name in ["", "tram:H 26", "tram:H26\u{0}.evil", "tram:Hồ"] {
            #expect(throws: OpenSSLError.self) {
                try authority.issuer.issue(
                    CertificateAuthority.Request(
                        name: "x", uris: [name], notBefore: 0, notAfter: 1))
            }
        }
    }

    @Test("a common name has 1 to 64 characters", arguments: [0, 65])
    func commonNames(_ count: Int) throws {
        let name = String(repeating: "x", count: count)
        let error = #expect(throws: OpenSSLError.self) {
            try CertificateAuthority(name: name, notBefore: 0, notAfter: 1)
        }
        #expect(try #require(error).description.contains("X509_NAME_add_entry_by_NID failed"))
    }

    @Test("a comma in a name stays one name")
    func commas() throws {
        let identity = try Authority().issuer.issue(
            CertificateAuthority.Request(
                name: "x,CN=y", uris: ["tram:H26,URI:tram:H30"], notBefore: 0, notAfter: 1))
        #expect(identity.certificate.subjectURIs == ["tram:H26,URI:tram:H30"])
    }

    @Test("times before 1970, after 2038 and after 2049 are exact")
    func times() throws {
        let issuer = try Authority().issuer
        for (start, end) in [(-86_400, 4_000_000_000), (0, 2_147_483_648), (1, 253_402_300_799)] {
            let identity = try issuer.issue(
                CertificateAuthority.Request(
                    name: "x", notBefore: Int64(start), notAfter: Int64(end)))
            #expect(identity.certificate.notBefore == Int64(start))
            #expect(identity.certificate.notAfter == Int64(end))
        }
        #expect(throws: OpenSSLError.self) {
            try issuer.issue(CertificateAuthority.Request(name: "x", notBefore: 2, notAfter: 1))
        }
    }

    @Test("the openssl program reads the same fields", .enabled(if: Program.isPresent))
    func secondOpinion() throws {
        let certificate = try Authority().identity().certificate
        try withFolder { folder in
            try write(certificate.pem(), to: folder + "/c.pem")
            let fields = try Program.run(
                "x509", "-in", "c.pem", "-noout", "-serial", "-fingerprint", "-sha256", "-ext",
                "subjectAltName", in: folder)
            let text = String(decoding: fields.output, as: UTF8.self)
            #expect(text.contains("serial=" + certificate.serial.uppercased()))
            let pairs = certificate.fingerprint.map { hexText([$0]).uppercased() }
            #expect(text.contains("Fingerprint=" + pairs.joined(separator: ":")))
            #expect(text.contains("URI:tram:H26, DNS:relay.test"))
        }
    }

    @Test(
        "the pin is the SHA-256 of what the openssl program gives as public key",
        .enabled(if: Program.isPresent),
        arguments: [PrivateKey.Kind.p256, .p384, .rsa(bits: 2048), .ed25519])
    func pins(_ kind: PrivateKey.Kind) throws {
        let identity = try Authority().identity(key: .generate(kind))
        try withFolder { folder in
            try write(identity.certificate.pem(), to: folder + "/c.pem")
            let key = try Program.run("x509", "-in", "c.pem", "-noout", "-pubkey", in: folder)
            try write(key.output, to: folder + "/k.pem")
            let der = try Program.run(
                "pkey", "-pubin", "-in", "k.pem", "-outform", "der", in: folder)
            #expect(SHA256.digest(der.output) == identity.certificate.publicKeyDigest)
        }
    }
}

@Suite("trust store")
struct TrustStoreTests {
    @Test("a chain is judged at the time that is asked for")
    func times() throws {
        let authority = try Authority()
        let trust = try authority.trust
        let certificate = try authority.identity(from: -10, to: -5).certificate
        func verdict(_ days: Int64) -> Result<[Certificate], VerifyError> {
            trust.verify(certificate, purpose: .any, at: Authority.now + days * Authority.day)
        }
        #expect(verdict(-11) == .failure(.notYetValid))
        #expect(verdict(-7) == .success([certificate, authority.issuer.certificate]))
        #expect(verdict(-4) == .failure(.expired))
        #expect(trust.verify(certificate, purpose: .any) == .failure(.expired))
    }

    @Test("usage must fit where it is stated")
    func purposes() throws {
        let authority = try Authority()
        let trust = try authority.trust
        let purposes: [TrustStore.Purpose] = [.tlsServer, .tlsClient, .signing]
        for (usage, own) in zip(CertificateAuthority.Usage.allCases, purposes) {
            let certificate = try authority.identity(usages: [usage]).certificate
            for purpose in purposes {
                let verdict = trust.verify(certificate, purpose: purpose)
                #expect((verdict == .failure(.wrongPurpose)) == (purpose != own))
            }
            #expect(throws: Never.self) { try trust.verify(certificate, purpose: .any).get() }
        }
        let open = try authority.identity().certificate
        for purpose in purposes {
            #expect(throws: Never.self) { try trust.verify(open, purpose: purpose).get() }
        }
    }

    @Test("the chain that was found leads from the certificate to the anchor")
    func chain() throws {
        let root = try Authority("Root")
        let middle = try root.issuer.authority(
            name: "Middle", notBefore: Authority.now, notAfter: Authority.now + Authority.day)
        let leaf = try Authority(issuer: middle).identity().certificate
        let trust = try root.trust
        let time = Authority.now + 1
        #expect(
            trust.verify(leaf, chain: [middle.certificate], purpose: .tlsClient, at: time)
                == .success([leaf, middle.certificate, root.issuer.certificate]))
        #expect(
            trust.verify(leaf, purpose: .tlsClient, at: time) == .failure(.unknownAuthority))
    }

    @Test("a certificate that is no authority cannot issue")
    func noAuthority() throws {
        let root = try Authority("Root")
        let relay = try root.identity()
        let rogue = try CertificateAuthority(certificate: relay.certificate, key: relay.key)
        let leaf = try Authority(issuer: rogue).identity().certificate
        #expect(
            try root.trust.verify(leaf, chain: [relay.certificate], purpose: .any)
                == .failure(.notAnAuthority))
    }

    @Test("a self-signed certificate and a foreign root are told apart")
    func strangers() throws {
        let trust = try Authority().trust
        let other = try Authority("Another")
        let root = other.issuer.certificate
        #expect(trust.verify(root, purpose: .any) == .failure(.selfSigned))
        #expect(
            try trust.verify(other.identity().certificate, chain: [root], purpose: .any)
                == .failure(.unknownAuthority))
    }

    @Test("a chain longer than allowed is refused")
    func tooLong() throws {
        let root = try Authority("Root")
        var issuers = [root.issuer]
        for depth in 1...Bounds.chainDepthMax + 2 {
            issuers.append(
                try issuers[depth - 1].authority(
                    name: "Level \(depth)", notBefore: Authority.now - 1,
                    notAfter: Authority.now + Authority.day))
        }
        let leaf = try Authority(issuer: issuers[issuers.count - 1]).identity().certificate
        let verdict = try root.trust.verify(
            leaf, chain: issuers.map(\.certificate), purpose: .any)
        #expect(verdict == .failure(.chainTooLong))
    }

    @Test("weak keys and weak signatures are refused", .enabled(if: Program.isPresent))
    func weak() throws {
        try withFolder { folder in
            func certificate(_ digest: String, _ bits: String) throws -> Certificate {
                let made = try Program.run(
                    "req", "-x509", "-newkey", "rsa:" + bits, "-nodes", digest, "-subj",
                    "/CN=\(bits)", "-keyout", "k.pem", "-out", "c.pem", "-days", "1", in: folder)
                try #require(made.status == 0, "\(made.errors)")
                return try Certificate.pem(file: folder + "/c.pem")[0]
            }
            let short = try certificate("-sha256", "1024")
            let trust = try TrustStore(anchors: [short])
            #expect(trust.verify(short, purpose: .any) == .failure(.weakKey))
            #expect(throws: OpenSSLError.self) { try PrivateKey(pemFile: folder + "/k.pem") }

            // An authority whose own signature is not checked may still issue with SHA-1.
            _ = try certificate("-sha256", "2048")
            let root = try Certificate.pem(file: folder + "/c.pem")[0]
            for arguments in [
                [
                    "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=leaf", "-keyout", "l.pem",
                    "-out", "l.csr",
                ],
                [
                    "x509", "-req", "-in", "l.csr", "-CA", "c.pem", "-CAkey", "k.pem", "-sha1",
                    "-days", "1", "-CAcreateserial", "-out", "l.crt",
                ],
            ] {
                let made = try Program.run(arguments, in: folder)
                try #require(made.status == 0, "\(made.errors)")
            }
            let leaf = try Certificate.pem(file: folder + "/l.crt")[0]
            let verdict = try TrustStore(anchors: [root]).verify(leaf, purpose: .any)
            #expect(verdict == .failure(.weakSignature))
        }
    }

    @Test("a store without an anchor is refused, instead of trusting nobody silently")
    func empty() throws {
        #expect(throws: OpenSSLError.malformed("no trust anchor")) { try TrustStore(anchors: []) }
    }

    @Test("anchors are read from a PEM text and from a file")
    func texts() throws {
        let authority = try Authority()
        let text = try authority.issuer.certificate.pem()
        #expect(try TrustStore(pem: text).anchors == [authority.issuer.certificate])
        try withFolder { folder in
            try write(text + text, to: folder + "/ca.pem")
            let trust = try TrustStore(pemFile: folder + "/ca.pem")
            #expect(throws: Never.self) {
                try trust.verify(authority.identity().certificate, purpose: .signing).get()
            }
        }
    }
}
