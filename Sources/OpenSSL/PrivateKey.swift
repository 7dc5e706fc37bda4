// Private keys: EC P-256 and P-384, RSA of 2048 bits and more, Ed25519. The key itself never leaves
// libcrypto except as the PEM text that one asks for. Encrypted keys are refused: a service has
// nobody to ask for the passphrase, and one stored beside the key protects nothing.

internal import COpenSSL

package struct PrivateKey: Sendable {
    package enum Kind: Hashable, Sendable {
        case p256
        case p384
        case rsa(bits: Int)
        case ed25519
    }

    let handle: Shared<CKey>
    package let kind: Kind

    private init(adopting owned: consuming Owned<CKey>) throws(OpenSSLError) {
        let handle = Shared(owned)
        self.handle = handle
        kind = try Self.kind(of: handle)
    }

    /// Reads the first private key of a PEM text (PKCS #8, or the older EC and RSA forms).
    package init(pem text: RawSpan) throws(OpenSSLError) {
        guard text.byteCount <= Bounds.pemBytesMax else {
            throw .tooLarge("\(text.byteCount) bytes of PEM, \(Bounds.pemBytesMax) are taken")
        }
        let raw = try unsafe reading(text) { bio throws(OpenSSLError) -> OpaquePointer in
            ErrorQueue.clear()
            var asked = false
            // The callback stands where a passphrase would be prompted for on the terminal.
            let key = unsafe withUnsafeMutablePointer(to: &asked) { asked in
                unsafe PEM_read_bio_PrivateKey(
                    bio, nil,
                    { _, _, _, asked in
                        unsafe asked?.assumingMemoryBound(to: Bool.self).pointee = true
                        return -1
                    }, asked)
            }
            if let key = unsafe key { return unsafe key }
            if asked { throw .encryptedKey }
            let why = ErrorQueue.drain().map(\.description).joined(separator: "; ")
            throw .malformed("no usable private key in PEM (\(why))")
        }
        try unsafe self.init(adopting: Owned(adopting: raw))
    }

    package init(pem text: String) throws(OpenSSLError) {
        try self.init(pem: unsafe Array(text.utf8).span.bytes)
    }

    package init(pemFile path: String) throws(OpenSSLError) {
        let text = try Files.read(path, bytesMax: Bounds.pemBytesMax)
        do throws(OpenSSLError) {
            try self.init(pem: unsafe text.span.bytes)
        } catch {
            throw .content(path: path, error)
        }
    }

    /// Makes a new key. P-256 is what every program of the last fifteen years understands, and can
    /// both sign CMS and serve TLS.
    package static func generate(_ kind: Kind = .p256) throws(OpenSSLError) -> PrivateKey {
        let owned: Owned<CKey>
        switch kind {
        case .p256: owned = try unsafe make("EVP_EC_gen") { unsafe shim_EVP_EC_gen("P-256") }
        case .p384: owned = try unsafe make("EVP_EC_gen") { unsafe shim_EVP_EC_gen("P-384") }
        case .ed25519: owned = try unsafe make("EVP_PKEY_Q_keygen") { unsafe shim_ED25519_gen() }
        case .rsa(let bits):
            guard let size = UInt32(exactly: bits), bits <= Bounds.rsaBitsMax else {
                throw .unsuitableKey("RSA of \(bits) bits")
            }
            owned = try unsafe make("EVP_RSA_gen") { unsafe shim_EVP_RSA_gen(size) }
        }
        return try PrivateKey(adopting: owned)
    }

    /// The key as unencrypted PKCS #8 in PEM. It is a secret: it belongs into a file of mode 0600.
    package func pem() throws(OpenSSLError) -> String {
        String(decoding: try pemBytes(), as: UTF8.self)
    }

    /// Creates a file with the key that only its owner can read. An existing file is left alone and
    /// is an error.
    package func write(pemFile path: String) throws(OpenSSLError) {
        try Files.createSecret(path, try pemBytes())
    }

    /// Whether the certificate was issued for this key: compares the public halves.
    package func fits(_ certificate: Certificate) -> Bool {
        ErrorQueue.clear()
        let fits = unsafe X509_check_private_key(certificate.handle.raw, handle.raw) == 1
        ErrorQueue.clear()
        return fits
    }

    private func pemBytes() throws(OpenSSLError) -> [UInt8] {
        try unsafe written { bio throws(OpenSSLError) in
            try succeed("PEM_write_bio_PrivateKey") {
                unsafe PEM_write_bio_PrivateKey(bio, handle.raw, nil, nil, 0, nil, nil)
            }
        }
    }

    /// Asks by name instead of by number: keys of providers, such as PKCS #11 tokens or the FIPS
    /// module, have no number of the old kind.
    private static func kind(of key: Shared<CKey>) throws(OpenSSLError) -> Kind {
        if unsafe EVP_PKEY_is_a(key.raw, "ED25519") == 1 { return .ed25519 }
        if unsafe EVP_PKEY_is_a(key.raw, "RSA") == 1 {
            let bits = unsafe Int(EVP_PKEY_get_bits(key.raw))
            guard bits >= Bounds.rsaBitsMin else {
                throw .unsuitableKey("RSA of \(bits) bits, at least \(Bounds.rsaBitsMin) needed")
            }
            guard bits <= Bounds.rsaBitsMax else {
                throw .unsuitableKey("RSA of \(bits) bits, at most \(Bounds.rsaBitsMax) taken")
            }
            return .rsa(bits: bits)
        }
        guard unsafe EVP_PKEY_is_a(key.raw, "EC") == 1 else {
            throw .unsuitableKey("EC (P-256, P-384), RSA and Ed25519 are taken")
        }
        switch try group(of: key) {
        case "prime256v1", "P-256": return .p256
        case "secp384r1", "P-384": return .p384
        case let name: throw .unsuitableKey("EC on \(name); P-256 and P-384 are taken")
        }
    }

    private static func group(of key: Shared<CKey>) throws(OpenSSLError) -> String {
        // The longest name of a curve in libcrypto has 22 characters.
        var name = [UInt8](repeating: 0, count: 80)
        var length = 0
        try succeed("EVP_PKEY_get_group_name") {
            unsafe name.withUnsafeMutableBytes { buffer in
                unsafe EVP_PKEY_get_group_name(
                    key.raw, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                    buffer.count, &length)
            }
        }
        return String(decoding: name.prefix(length), as: UTF8.self)
    }
}

extension PrivateKey: CustomStringConvertible {
    /// The kind alone, so that a key printed by mistake tells nothing.
    package var description: String { "private key (\(kind))" }
}
