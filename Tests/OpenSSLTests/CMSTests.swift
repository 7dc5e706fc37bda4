// Signatures: made, verified, damaged in every way, and checked by the openssl program.

import Testing

@testable import OpenSSL

/// Where `part` begins in `bytes`.
private func place(of part: [UInt8], in bytes: [UInt8]) throws -> Int {
    try #require(
        (0...(bytes.count - part.count)).first { bytes[$0..<$0 + part.count].elementsEqual(part) })
}

@Suite("CMS")
struct CMSTests {
    static let content = Array(#"{"kind":"received","document":"1"}"#.utf8)

    let authority: Authority
    let trust: TrustStore

    init() throws {
        authority = try Authority()
        trust = try authority.trust
    }

    private func verify(
        _ der: [UInt8], trust: TrustStore? = nil, at time: CMS.VerificationTime = .now
    ) -> Result<CMS.Verified, CMS.VerificationError> {
        CMS.verify(der, trust: trust ?? self.trust, at: time, bytesMax: 1 << 20)
    }

    private func reason(
        _ der: [UInt8], trust: TrustStore? = nil, at time: CMS.VerificationTime = .now
    ) -> CMS.VerificationError? {
        switch verify(der, trust: trust, at: time) {
        case .success: nil
        case .failure(let error): error
        }
    }

    @Test(
        "what was signed comes back with its signer and time",
        arguments: [
            PrivateKey.Kind.p256, .p384, .rsa(bits: 2048),
        ])
    func roundTrip(_ kind: PrivateKey.Kind) throws {
        let identity = try authority.identity(key: .generate(kind))
        let der = try CMS.sign(Self.content, as: identity, at: Authority.now - 60)
        let verified = try verify(der).get()
        #expect(verified.content == Self.content)
        #expect(verified.signer == identity.certificate)
        #expect(verified.signingTime == Authority.now - 60)
        #expect(verified.chain == [identity.certificate, authority.issuer.certificate])
    }

    @Test("contents of any size and any bytes are kept", arguments: [0, 1, 255, 70_000])
    func sizes(_ count: Int) throws {
        let content = pattern(count) + Array("\r\n\n\0".utf8)
        let der = try CMS.sign(content, as: authority.identity(), at: Authority.now)
        #expect(try verify(der).get().content == content)
        let empty = try CMS.sign([], as: authority.identity(), at: Authority.now)
        #expect(try verify(empty).get().content.isEmpty)
    }

    @Test("the chain travels inside, each certificate once")
    func chain() throws {
        let middle = try authority.issuer.authority(
            name: "Middle", notBefore: Authority.now - 60,
            notAfter: Authority.now + Authority.day)
        let leaf = try Authority(issuer: middle).identity()
        let identity = try Identity(
            certificate: leaf.certificate,
            chain: [middle.certificate, middle.certificate, leaf.certificate], key: leaf.key)
        let der = try CMS.sign(Self.content, as: identity, at: Authority.now)
        let verified = try verify(der).get()
        #expect(
            verified.chain
                == [leaf.certificate, middle.certificate, authority.issuer.certificate])
        let alone = try CMS.sign(Self.content, as: leaf, at: Authority.now)
        #expect(reason(alone) == .chain(.unknownAuthority))
    }

    @Test("Ed25519 is refused for signing with the reason")
    func ed25519() throws {
        let identity = try authority.identity(key: .generate(.ed25519))
        #expect(throws: OpenSSLError.self) {
            try CMS.sign(Self.content, as: identity, at: Authority.now)
        }
    }

    @Test("another content is noticed")
    func content() throws {
        var der = try CMS.sign(Self.content, as: authority.identity(), at: Authority.now)
        der[try place(of: Self.content, in: der) + 3] ^= 1
        #expect(reason(der) == .digestMismatch)
    }

    @Test("another signature is noticed")
    func signature() throws {
        var der = try CMS.sign(Self.content, as: authority.identity(), at: Authority.now)
        der[der.count - 1] ^= 1
        #expect(reason(der) == .signatureWrong)
    }

    @Test("another signing time is noticed")
    func time() throws {
        var der = try CMS.sign(Self.content, as: authority.identity(), at: 1_700_000_000)
        // 2023-11-14 22:13:20 as UTCTime; one digit of the year changes.
        let start = try place(of: Array("231114221320Z".utf8), in: der)
        der[start + 1] ^= 1
        #expect(reason(der, at: .signingTime) == .signatureWrong)
    }

    @Test("no changed byte anywhere goes unnoticed or brings the program down")
    func everyByte() throws {
        let der = try CMS.sign(Self.content, as: authority.identity(), at: Authority.now)
        var accepted: [Int] = []
        for place in der.indices {
            var changed = der
            changed[place] ^= 0x01
            guard case .success(let verified) = verify(changed) else { continue }
            // Version numbers and the unsigned algorithm fields may change; what is promised not.
            #expect(verified.content == Self.content)
            #expect(abs(verified.signingTime - Authority.now) < 5)
            accepted.append(place)
        }
        #expect(accepted.count < 12, "accepted with a change at \(accepted)")
    }

    @Test("a message cut short or lengthened is refused")
    func lengths() throws {
        let der = try CMS.sign(Self.content, as: authority.identity(), at: Authority.now)
        for count in stride(from: 0, to: der.count, by: 7) {
            #expect(reason(Array(der.prefix(count))) == .malformed("not CMS in DER"))
        }
        #expect(reason(der + [0]) == .malformed("bytes behind the message"))
    }

    @Test(
        "bytes that are no signature are refused",
        arguments: [
            [], Array("hello".utf8), pattern(3_000), [UInt8](repeating: 0x30, count: 3_000),
        ])
    func garbage(_ bytes: [UInt8]) {
        #expect(reason(bytes) == .malformed("not CMS in DER"))
    }

    @Test("a message larger than the caller allows is not looked at")
    func bounds() throws {
        let der = try CMS.sign(Self.content, as: authority.identity(), at: Authority.now)
        for (bytesMax, refused) in [(der.count, false), (der.count - 1, true)] {
            let verdict = CMS.verify(der, trust: trust, bytesMax: bytesMax)
            guard case .failure(let error) = verdict else {
                #expect(!refused)
                continue
            }
            #expect(error == .tooLarge(bytesMax: bytesMax))
        }
    }

    @Test("a signer of another authority is refused")
    func otherAuthority() throws {
        let der = try CMS.sign(
            Self.content, as: Authority("Another").identity(), at: Authority.now)
        #expect(reason(der) == .chain(.unknownAuthority))
    }

    @Test("a signer that has expired since counts at the time of signing")
    func expired() throws {
        let identity = try authority.identity(from: -10, to: -5)
        let signed = Authority.now - 7 * Authority.day
        let der = try CMS.sign(Self.content, as: identity, at: signed)
        #expect(reason(der) == .chain(.expired))
        #expect(try verify(der, at: .signingTime).get().signingTime == signed)
        #expect(try verify(der, at: .at(signed)).get().content == Self.content)
        #expect(reason(der, at: .at(signed - 30 * Authority.day)) == .chain(.notYetValid))
        let late = try CMS.sign(Self.content, as: identity, at: Authority.now)
        #expect(reason(late, at: .signingTime) == .chain(.expired))
    }

    @Test("a certificate made for TLS alone does not sign")
    func purpose() throws {
        let identity = try authority.identity(usages: [.clientAuth, .serverAuth])
        let der = try CMS.sign(Self.content, as: identity, at: Authority.now)
        #expect(reason(der) == .chain(.wrongPurpose))
        let any = CMS.verify(der, trust: trust, purpose: .any, bytesMax: 1 << 20)
        #expect(try any.get().content == Self.content)
        let both = try authority.identity(usages: CertificateAuthority.Usage.allCases)
        let good = try CMS.sign(Self.content, as: both, at: Authority.now)
        #expect(try verify(good).get().signer == both.certificate)
    }

    @Test("another certificate for the same key cannot take the signer's place")
    func replaced() throws {
        let key = try PrivateKey.generate()
        let signer = try authority.identity("H26", key: key)
        let signerDER = try signer.certificate.der()
        // Signatures differ in length; a replacement of equal length leaves all else in place.
        var other = try authority.identity("H30", key: key)
        while try other.certificate.der().count != signerDER.count {
            other = try authority.identity("H30", key: key)
        }
        var der = try CMS.sign(Self.content, as: signer, at: Authority.now)
        let start = try place(of: signerDER, in: der)
        der.replaceSubrange(start..<start + signerDER.count, with: try other.certificate.der())
        let serial = try bytes(signer.certificate.serial)
        let second = try place(of: serial, in: der)
        der.replaceSubrange(
            second..<second + serial.count, with: try bytes(other.certificate.serial))
        #expect(reason(der) == .signerReplaced)
    }

    private func bytes(_ hex: String) throws -> [UInt8] {
        let digits = Array(hex)
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
    }
}

@Suite("CMS and the openssl program", .enabled(if: Program.isPresent))
struct CMSProgramTests {
    static let content = Array("Công văn số 1/2026\r\n".utf8)

    /// Writes the anchor, two signers and the content, and runs `body` in that folder.
    private func prepared(
        usages: [CertificateAuthority.Usage] = [],
        _ body: (_ folder: String, _ signer: Identity, _ trust: TrustStore) throws -> Void
    ) throws {
        let authority = try Authority()
        try withFolder { folder in
            try write(authority.issuer.certificate.pem(), to: folder + "/ca.pem")
            for name in ["two", "one"] {
                let signer = try authority.identity("H26.\(name)", usages: usages)
                try write(
                    signer.certificate.pem() + signer.key.pem(), to: folder + "/\(name).pem")
                try write(Self.content, to: folder + "/content")
                if name == "one" { try body(folder, signer, authority.trust) }
            }
        }
    }

    @Test(
        "it verifies what we sign",
        arguments: [
            [], [.emailProtection],
            [
                .clientAuth, .serverAuth, .emailProtection,
            ],
        ] as [[CertificateAuthority.Usage]])
    func verifiesOurs(_ usages: [CertificateAuthority.Usage]) throws {
        try prepared(usages: usages) { folder, signer, _ in
            try write(
                CMS.sign(Self.content, as: signer, at: Authority.now), to: folder + "/r.p7s")
            let answer = try Program.run(
                "cms", "-verify", "-inform", "DER", "-in", "r.p7s", "-CAfile", "ca.pem",
                in: folder)
            #expect(answer.status == 0, "\(answer.errors)")
            #expect(answer.output == Self.content)
            let cades = try Program.run(
                "cms", "-verify", "-cades", "-inform", "DER", "-in", "r.p7s", "-CAfile",
                "ca.pem", in: folder)
            #expect(cades.status == 0, "\(cades.errors)")
        }
    }

    @Test("it refuses a signer made for TLS alone, unless the purpose does not matter")
    func purpose() throws {
        try prepared(usages: [.clientAuth, .serverAuth]) { folder, signer, _ in
            try write(
                CMS.sign(Self.content, as: signer, at: Authority.now), to: folder + "/r.p7s")
            let command = ["cms", "-verify", "-inform", "DER", "-in", "r.p7s", "-CAfile", "ca.pem"]
            #expect(try Program.run(command, in: folder).status != 0)
            let any = try Program.run(command + ["-purpose", "any"], in: folder)
            #expect(any.status == 0, "\(any.errors)")
        }
    }

    @Test("it finds the attributes and no others")
    func attributes() throws {
        try prepared { folder, signer, _ in
            try write(CMS.sign(Self.content, as: signer, at: 1_700_000_000), to: folder + "/r.p7s")
            let answer = try Program.run(
                "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "r.p7s",
                in: folder)
            let text = String(decoding: answer.output, as: UTF8.self)
            for expected in [
                "contentType (1.2.840.113549.1.9.3)", "messageDigest (1.2.840.113549.1.9.4)",
                "UTCTIME:Nov 14 22:13:20 2023 GMT", "id-smime-aa-signingCertificateV2",
                "digestAlgorithm: \n          algorithm: sha256",
            ] {
                #expect(text.contains(expected), "\(expected)")
            }
            #expect(!text.contains("S/MIME Capabilities"))
        }
    }

    /// Signs with the program; the arguments choose the variant.
    private func signed(_ arguments: String..., in folder: String) throws -> [UInt8] {
        let made = try Program.run(
            ["cms", "-sign", "-binary", "-in", "content", "-signer", "one.pem", "-outform", "DER"]
                + arguments, in: folder)
        try #require(made.status == 0, "\(made.errors)")
        return made.output
    }

    @Test("we verify what it signs")
    func verifiesTheirs() throws {
        try prepared { folder, signer, trust in
            for variant in ["sha256", "sha384", "sha512"] {
                let der = try signed("-nodetach", "-md", variant, in: folder)
                let verified = try CMS.verify(der, trust: trust, bytesMax: 1 << 20).get()
                #expect(verified.content == Self.content)
                #expect(verified.signer == signer.certificate)
                #expect(abs(verified.signingTime - Authority.now) < 300)
            }
        }
    }

    @Test("variants outside the profile are refused, each for its reason")
    func refusals() throws {
        try prepared { folder, _, trust in
            func reason(_ der: [UInt8]) -> CMS.VerificationError? {
                guard case .failure(let error) = CMS.verify(der, trust: trust, bytesMax: 1 << 20)
                else { return nil }
                return error
            }
            #expect(
                try reason(signed("-nodetach", "-signer", "two.pem", in: folder))
                    == .severalSigners)
            #expect(
                try reason(signed(in: folder)) == .malformed("the content is not attached"))
            #expect(
                try reason(signed("-nodetach", "-noattr", in: folder))
                    == .malformed("no signed attributes"))
            #expect(
                try reason(signed("-nodetach", "-nocerts", in: folder)) == .noSignerCertificate)
            #expect(
                try reason(signed("-nodetach", "-md", "sha1", in: folder)) == .weakDigest)
            #expect(
                try reason(
                    signed("-nodetach", "-econtent_type", "1.2.840.113549.1.9.16.1.4", in: folder)
                ) == .malformed("the content is not of type data"))
            let bare = try Program.run(
                "crl2pkcs7", "-nocrl", "-certfile", "one.pem", "-outform", "DER", in: folder)
            #expect(reason(bare.output) == .noSigner)
            let data = try Program.run(
                "cms", "-data_create", "-in", "content", "-outform", "DER", in: folder)
            #expect(reason(data.output) == .malformed("not SignedData"))
        }
    }
}
