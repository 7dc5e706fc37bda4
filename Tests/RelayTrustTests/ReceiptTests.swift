// Receipts signed and verified, by us and by the openssl program; and all that is no receipt.

import OpenSSL
import RelayCore
import RelayWire
import Testing

@testable import RelayTrust

@Suite("receipts") struct ReceiptTests {
    @Test(
        "a signed statement verifies, whatever the key",
        arguments: [PrivateKey.Kind.p256, .p384, .rsa(bits: 2048)])
    func signs(_ kind: PrivateKey.Kind) throws {
        let office = try Office()
        let signer = try office.identity("H26.1.2", key: .generate(kind))
        let receipt = try ReceiptSigner(signer).sign(statement(), at: office.instant)
        let checked = try office.verifier().verify(receipt).get()
        #expect(checked.statement == statement())
        #expect(checked.signedAt == office.instant)
        #expect(checked.signerSerial == signer.certificate.serial)
        #expect(checked.signerExpiresAt.milliseconds == signer.certificate.notAfter * 1_000)
        let document = required(DocumentID("0190f3c5-6f1a-8abc-9def-0123456789ff"))
        let verified = checked.verified(receipt: document)
        #expect(verified.statement == statement() && verified.receipt == document)
    }

    @Test("the longest statement and chain still make a receipt that is looked at")
    func longest() throws {
        let root = try Office()
        var issuers = [root.issuer]
        for level in 1...3 {
            issuers.append(
                try issuers[level - 1].authority(
                    name: "Level \(level)", notBefore: root.now - Office.day,
                    notAfter: root.now + Office.day))
        }
        let leaf = try Office(issuer: required(issuers.last)).identity(
            "H26.1.2", key: .generate(.rsa(bits: 4096)))
        let signer = try Identity(
            certificate: leaf.certificate,
            chain: issuers.dropFirst().reversed().map(\.certificate), key: leaf.key)
        let long = statement(
            reference: String(repeating: "\u{1}", count: Limits.referenceBytesMax),
            path: Array(
                repeating: String(repeating: "R", count: Limits.codeLengthMax),
                count: Limits.hopsMax))
        let receipt = try ReceiptSigner(signer).sign(long, at: root.instant)
        #expect(receipt.count <= ReceiptVerifier.bytesMax)
        #expect(try root.verifier().verify(receipt).get().statement == long)
    }

    @Test("openssl verifies a receipt and prints the statement", .enabled(if: Program.isPresent))
    func program() throws {
        let office = try Office()
        for usages in [[], CertificateAuthority.Usage.allCases] {
            let signer = try office.identity("H26.1.2", usages: usages)
            let receipt = try ReceiptSigner(signer).sign(statement(), at: office.instant)
            let answer = try Program.verify(receipt, anchor: office.issuer.certificate)
            #expect(answer.status == 0, "\(answer.errors)")
            #expect(answer.output == ReceiptStatement.encode(statement()))
        }
        let signer = try office.identity("H26.1.2")
        let receipt = try ReceiptSigner(signer).sign(statement(), at: office.instant)
        let other = try Office()
        #expect(try Program.verify(receipt, anchor: other.issuer.certificate).status != 0)
    }

    @Test("a failure is for the sender's relay to sign, and for nobody else's")
    func failure() throws {
        let office = try Office()
        let failure = Receipt.Failure(
            reason: .expired, custody: relay("HUB-1"), attempts: 7, rounds: 2,
            expiresAt: Instant(milliseconds: 1_777_852_860_000))
        let verifier = try office.verifier()
        let own = statement(by: "000.00.00.H26", path: [], failure: failure)
        let receipt = try ReceiptSigner(office.identity("000.00.00.H26"))
            .sign(own, at: office.instant)
        #expect(try verifier.verify(receipt).get().statement == own)
        if Program.isPresent {
            let answer = try Program.verify(receipt, anchor: office.issuer.certificate)
            #expect(answer.status == 0 && answer.output == ReceiptStatement.encode(own))
        }
        // The recipient's relay, which may sign that the document came, may not sign this.
        let other = statement(by: "H26.1.2", path: [], failure: failure)
        let forged = try ReceiptSigner(office.identity("H26.1.2")).sign(other, at: office.instant)
        #expect(
            verifier.verify(forged).error
                == "relay H26.1.2 may not sign receipts for 000.00.00.H26")
        // And the sender's own relay not that it did.
        let proof = statement(by: "000.00.00.H26")
        let claimed = try ReceiptSigner(office.identity("000.00.00.H26"))
            .sign(proof, at: office.instant)
        #expect(
            verifier.verify(claimed).error
                == "relay 000.00.00.H26 may not sign receipts for H26.1.2")
    }

    @Test("no changed byte leads to another statement")
    func tampered() throws {
        let office = try Office()
        let verifier = try office.verifier()
        let receipt = try ReceiptSigner(office.identity("H26.1.2"))
            .sign(statement(), at: office.instant)
        for place in receipt.indices {
            var changed = receipt
            changed[place] ^= 0x11
            // A bit that is not signed, such as one of an encoding, may change; what is said may
            // not.
            if case .success(let checked) = verifier.verify(changed) {
                #expect(checked.statement == statement(), "byte \(place)")
            }
        }
        var content = receipt
        let text = Array(#""size":4096"#.utf8)
        let place = try #require(content.indices.first { content[$0...].starts(with: text) })
        content[place + text.count - 1] = UInt8(ascii: "7")
        #expect(verifier.verify(content).error == "signature: the content is not what was signed")
    }

    @Test("a good signature over what is no canonical statement proves nothing")
    func notCanonical() throws {
        let office = try Office()
        let signer = try office.identity("H26.1.2")
        let verifier = try office.verifier()
        let canonical = String(decoding: ReceiptStatement.encode(statement()), as: UTF8.self)
        for text in [
            "", "{}", canonical + "\n", canonical.replacing(":", with: ": "),
            canonical.replacing("4096", with: "4.096e3"), canonical + canonical,
            canonical.replacing("\"version\":1", with: "\"version\":2"),
            canonical.replacing("0190f3c5", with: "0190F3C5"),
        ] {
            let receipt = try CMS.sign(Array(text.utf8), as: signer, at: office.now)
            let error = try #require(verifier.verify(receipt).error, "\(text)")
            #expect(error.hasPrefix("statement: "))
        }
        let receipt = try CMS.sign(Array(canonical.utf8), as: signer, at: office.now)
        #expect(verifier.verify(receipt).error == nil)
    }

    @Test("a relay cannot sign under another relay's name")
    func otherRelay() throws {
        let office = try Office()
        let verifier = try office.verifier()
        let stated = "the signer's certificate has no URI tram:H26.1.2, the relay it claims to be"
        for signer in [
            try office.identity("H26.1.3"), try office.identity(),
            try office.identity("H26.1.2.1"), try office.identity("h26.1.2"),
        ] {
            let receipt = try ReceiptSigner(signer).sign(statement(), at: office.instant)
            #expect(verifier.verify(receipt).error == stated)
        }
    }

    @Test("a relay cannot sign for an organisation that it does not speak for")
    func notItsSpeaker() throws {
        let office = try Office()
        let said = statement(by: "HUB-1", for: "H26.1.2")
        let receipt = try ReceiptSigner(office.identity("HUB-1")).sign(said, at: office.instant)
        #expect(
            try office.verifier().verify(receipt).error
                == "relay HUB-1 may not sign receipts for H26.1.2")
        let named = Speakers { $0 == organisation("H26.1.2") ? [relay("HUB-1")] : [] }
        #expect(try office.verifier(named).verify(receipt).get().statement == said)
        // Whoever is named is the only one: not the relay of the same code.
        let own = try ReceiptSigner(office.identity("H26.1.2"))
            .sign(statement(), at: office.instant)
        #expect(try office.verifier(named).verify(own).error != nil)
    }

    @Test("where nothing is configured, a relay speaks for its own code alone")
    func sameCode() {
        for (code, speaks) in [
            ("H26.1.2", true), ("H26.1", false), ("H26", false), ("H26.1.2.3", false),
            ("h26.1.2", false),
        ] {
            #expect(
                Speakers.sameCode.maySpeak(relay(code), for: organisation("H26.1.2")) == speaks)
        }
    }

    @Test("a signer of another authority, or none at all, is not believed")
    func otherAuthority() throws {
        let (office, other) = (try Office(), try Office())
        let receipt = try ReceiptSigner(other.identity("H26.1.2"))
            .sign(statement(), at: other.instant)
        let error = try #require(try office.verifier().verify(receipt).error)
        #expect(error.hasPrefix("signature: "))
        #expect(try other.verifier().verify(receipt).error == nil)
        let own = try Identity(certificate: other.issuer.certificate, key: other.issuer.key)
        let selfSigned = try ReceiptSigner(own).sign(statement(), at: other.instant)
        #expect(try office.verifier().verify(selfSigned).error != nil)
    }

    @Test("a receipt outlives its certificate, but is not signed outside its validity")
    func validity() throws {
        let office = try Office()
        let verifier = try office.verifier()
        let expired = try ReceiptSigner(office.identity("H26.1.2", from: -30, to: -10))
        let then = office.instant + .days(-20)
        #expect(try verifier.verify(expired.sign(statement(), at: then)).get().signedAt == then)
        for moment in [office.instant, office.instant + .days(-31)] {
            let error = try #require(
                try verifier.verify(expired.sign(statement(), at: moment)).error)
            #expect(error.hasPrefix("signature: the signer is not trusted: the certificate"))
        }
    }

    @Test("a certificate made for TLS alone signs nothing that is believed")
    func usage() throws {
        let office = try Office()
        let signer = try office.identity("H26.1.2", usages: [.clientAuth, .serverAuth])
        let receipt = try ReceiptSigner(signer).sign(statement(), at: office.instant)
        let error = try #require(try office.verifier().verify(receipt).error)
        #expect(error.hasSuffix("the certificate is not made for this purpose"))
    }

    @Test("garbage and what is too large are refused before anything else is done with them")
    func garbage() throws {
        let office = try Office()
        let verifier = try office.verifier()
        let receipt = try ReceiptSigner(office.identity("H26.1.2"))
            .sign(statement(), at: office.instant)
        let garbage: [[UInt8]] = [
            [], [0x30], [0x30, 0x80], Array(repeating: 0x30, count: 1_000),
            Array("-----BEGIN CMS-----".utf8), receipt + [0], Array(receipt.dropLast()),
        ]
        for bytes in garbage {
            let error = try #require(verifier.verify(bytes).error)
            #expect(error.hasPrefix("signature: "))
        }
        for count in stride(from: 0, to: receipt.count, by: 97) {
            #expect(verifier.verify(Array(receipt.prefix(count))).error != nil)
        }
        let large = Array(repeating: UInt8(0x30), count: ReceiptVerifier.bytesMax + 1)
        let error = try #require(verifier.verify(large).error)
        #expect(error.contains("\(ReceiptVerifier.bytesMax)"))
    }

    @Test("anchors that are none are said to be none")
    func anchors() throws {
        #expect(throws: OpenSSLError.self) {
            _ = try ReceiptVerifier(anchors: "no certificate", speakers: .sameCode)
        }
        let office = try Office()
        let receipt = try ReceiptSigner(office.identity("H26.1.2"))
            .sign(statement(), at: office.instant)
        let verifier = try ReceiptVerifier(
            anchors: office.issuer.certificate.pem(), speakers: .sameCode)
        #expect(verifier.verify(receipt).error == nil)
    }

    @Test("a digest taken in pieces is the digest of the whole")
    func digest() throws {
        let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var digest = BodyDigest()
        for start in stride(from: 0, to: bytes.count, by: 65_537) {
            digest.update(Array(bytes[start..<min(start + 65_537, bytes.count)]))
        }
        let whole = try #require(SHA256Digest(bytes: SHA256.digest(bytes)))
        #expect(digest.finish() == whole)
        // It begins anew.
        #expect(digest.finish() == SHA256Digest(bytes: SHA256.digest([])))
    }
}
