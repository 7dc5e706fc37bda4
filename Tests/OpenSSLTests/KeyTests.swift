// Private keys: which are taken, which are refused, and what happens to their files.

import Foundation
import Testing

@testable import OpenSSL

@Suite("private key")
struct KeyTests {
    @Test(
        "a key written to PEM and read again fits the same certificate",
        arguments: [
            PrivateKey.Kind.p256, .p384, .rsa(bits: 3072), .ed25519,
        ])
    func roundTrip(_ kind: PrivateKey.Kind) throws {
        let key = try PrivateKey.generate(kind)
        #expect(key.kind == kind)
        let again = try PrivateKey(pem: key.pem())
        #expect(again.kind == kind)
        let certificate = try Authority().identity(key: key).certificate
        #expect(again.fits(certificate))
        #expect(try !PrivateKey.generate(kind).fits(certificate))
    }

    @Test("a key file is for its owner alone, and never replaces another file")
    func files() throws {
        try withFolder { folder in
            let path = folder + "/key.pem"
            let key = try PrivateKey.generate()
            try key.write(pemFile: path)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try PrivateKey(pemFile: path).kind == .p256)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(throws: OpenSSLError.self) { try PrivateKey.generate().write(pemFile: path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test("keys of other kinds and sizes are refused with the reason")
    func unsuitable() throws {
        #expect(
            throws: OpenSSLError.unsuitableKey("RSA of 1024 bits, at least 2048 needed")
        ) { try PrivateKey.generate(.rsa(bits: 1024)) }
        #expect(throws: OpenSSLError.unsuitableKey("RSA of 100000 bits")) {
            try PrivateKey.generate(.rsa(bits: 100_000))
        }
        #expect(throws: OpenSSLError.unsuitableKey("RSA of -1 bits")) {
            try PrivateKey.generate(.rsa(bits: -1))
        }
    }

    /// Has the program make a key; answers its kind, or why it is refused.
    private func key(
        _ arguments: String..., in folder: String
    ) throws -> Result<PrivateKey.Kind, OpenSSLError> {
        let made = try Program.run(
            arguments.prefix(1) + ["-out", "k.pem"] + arguments.dropFirst(), in: folder)
        try #require(made.status == 0, "\(made.errors)")
        do throws(OpenSSLError) {
            return .success(try PrivateKey(pemFile: folder + "/k.pem").kind)
        } catch {
            guard case .content(_, let inner) = error else { return .failure(error) }
            return .failure(inner)
        }
    }

    @Test("keys that the openssl program makes are judged", .enabled(if: Program.isPresent))
    func programKeys() throws {
        try withFolder { folder throws in
            // The older forms: EC and RSA keys outside PKCS #8.
            #expect(
                try key("ecparam", "-genkey", "-name", "prime256v1", in: folder) == .success(.p256))
            #expect(
                try key("genrsa", "-traditional", "2048", in: folder) == .success(.rsa(bits: 2048)))
            #expect(
                try key("ecparam", "-genkey", "-name", "secp256k1", in: folder)
                    == .failure(
                        .unsuitableKey("EC on secp256k1; P-256 and P-384 are taken")))
            #expect(
                try key("genpkey", "-algorithm", "x25519", in: folder)
                    == .failure(.unsuitableKey("EC (P-256, P-384), RSA and Ed25519 are taken")))
            // Both ways to encrypt a key, the second with its header in the text.
            #expect(
                try key(
                    "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x", in: folder)
                    == .failure(.encryptedKey))
            #expect(
                try key(
                    "genrsa", "-traditional", "-aes256", "-passout", "pass:x", "2048", in: folder)
                    == .failure(.encryptedKey))
        }
    }

    @Test(
        "texts without a key are refused",
        arguments: [
            "", "hello",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA",
        ])
    func malformed(_ text: String) throws {
        let error = #expect(throws: OpenSSLError.self) { try PrivateKey(pem: text) }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a certificate is not a key, and its error does not show it")
    func certificate() throws {
        let text = try Authority().identity().certificate.pem()
        let error = #expect(throws: OpenSSLError.self) { try PrivateKey(pem: text) }
        #expect(try #require(error).description.contains("no usable private key"))
    }

    @Test("a key printed by mistake tells nothing")
    func description() throws {
        #expect(try "\(PrivateKey.generate())" == "private key (p256)")
    }

    @Test("an identity of a certificate and another's key is refused")
    func mismatch() throws {
        let authority = try Authority()
        let one = try authority.identity("H01")
        let two = try authority.identity("H02")
        #expect(throws: OpenSSLError.keyMismatch) {
            try Identity(certificate: one.certificate, key: two.key)
        }
        #expect(throws: OpenSSLError.keyMismatch) {
            try CertificateAuthority(certificate: one.certificate, key: two.key)
        }
    }

    @Test("an identity is read from two files, its own certificate first")
    func identityFiles() throws {
        let authority = try Authority()
        let identity = try authority.identity()
        let issuer = authority.issuer.certificate
        try withFolder { folder in
            let (chain, key) = (folder + "/chain.pem", folder + "/key.pem")
            try write(identity.certificate.pem() + issuer.pem(), to: chain)
            try identity.key.write(pemFile: key)
            let read = try Identity(certificateFile: chain, keyFile: key)
            #expect(read.certificate == identity.certificate)
            #expect(read.chain == [issuer])

            try write(issuer.pem() + identity.certificate.pem(), to: chain)
            let error = #expect(throws: OpenSSLError.self) {
                try Identity(certificateFile: chain, keyFile: key)
            }
            #expect(error == .content(path: "\(chain) with \(key)", .keyMismatch))
        }
    }
}
