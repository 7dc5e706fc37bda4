// An X.509 certificate (RFC 5280) as an immutable value: what identifies it is read once, when it
// is loaded, so that every later question has an answer and a damaged certificate is refused early.
// Nothing here shows the subject: it may hold a citizen's number.

internal import COpenSSL

package final class Certificate: Sendable {
    let handle: Shared<CCertificate>

    /// Seconds since 1970 from which, and until which (inclusive), it is valid.
    package let notBefore: Int64
    package let notAfter: Int64
    /// The serial number, hexadecimal without leading zeros.
    package let serial: String
    /// URIs and DNS names of the subject alternative name (RFC 5280 section 4.2.1.6), in order.
    /// A name with anything but visible ASCII is left out: it can only be meant to deceive.
    package let subjectURIs: [String]
    package let subjectDNSNames: [String]
    /// SHA-256 of the whole certificate in DER.
    package let fingerprint: SHA256Value
    /// SHA-256 of the SubjectPublicKeyInfo in DER, what RFC 7469 section 2.4 calls a pin. It stays
    /// the same when a certificate is renewed with the same key.
    package let publicKeyDigest: SHA256Value

    init(adopting owned: consuming Owned<CCertificate>) throws(OpenSSLError) {
        let handle = Shared(owned)
        self.handle = handle
        notBefore = try unsafe CertificateFields.seconds(X509_get0_notBefore(handle.raw))
        notAfter = try unsafe CertificateFields.seconds(X509_get0_notAfter(handle.raw))
        serial = try CertificateFields.serial(handle)
        (subjectURIs, subjectDNSNames) = try CertificateFields.alternativeNames(handle)
        fingerprint = SHA256.digest(
            try unsafe encode("i2d_X509") { unsafe i2d_X509(handle.raw, $0) })
        publicKeyDigest = SHA256.digest(
            try unsafe encode("i2d_X509_PUBKEY") {
                unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(handle.raw), $0)
            })
    }

    /// Takes one more reference to a certificate that belongs to another object.
    static func sharing(_ raw: OpaquePointer) throws(OpenSSLError) -> Certificate {
        try succeed("X509_up_ref") { unsafe X509_up_ref(raw) }
        return try unsafe Certificate(adopting: Owned(adopting: raw))
    }

    /// Reads one certificate in DER; bytes behind it are refused.
    package convenience init(der: [UInt8]) throws(OpenSSLError) {
        let (raw, used) = try unsafe der.span.bytes.withUnsafeBytes {
            buffer throws(OpenSSLError) -> (OpaquePointer, Int) in
            var place = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let start = unsafe place
            let certificate = try unsafe make("d2i_X509", as: CCertificate.self) {
                unsafe d2i_X509(nil, &place, buffer.count)
            }
            let used = Int(bitPattern: place) - Int(bitPattern: start)
            return unsafe (certificate.surrender(), used)
        }
        try unsafe self.init(adopting: Owned(adopting: raw))
        guard used == der.count else { throw .malformed("bytes behind the certificate") }
    }

    package func der() throws(OpenSSLError) -> [UInt8] {
        try unsafe encode("i2d_X509") { unsafe i2d_X509(handle.raw, $0) }
    }
}

extension Certificate: Hashable, CustomStringConvertible {
    package static func == (left: Certificate, right: Certificate) -> Bool {
        left.fingerprint == right.fingerprint
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

    package var description: String { "certificate \(serial), SHA-256 \(fingerprint.hex)" }
}

// PEM (RFC 7468): certificates among other things, such as a key, which are passed over.
extension Certificate {
    /// All certificates of a PEM text, in order; at least one.
    package static func pem(_ text: RawSpan) throws(OpenSSLError) -> [Certificate] {
        guard text.byteCount <= Bounds.pemBytesMax else {
            throw .tooLarge("\(text.byteCount) bytes of PEM, \(Bounds.pemBytesMax) are taken")
        }
        let certificates = try unsafe reading(text) { bio throws(OpenSSLError) in
            var found: [Certificate] = []
            while let next = try unsafe nextCertificate(bio, number: found.count + 1) {
                guard found.count < Bounds.pemCertificatesMax else {
                    throw OpenSSLError.tooLarge(
                        "more than \(Bounds.pemCertificatesMax) certificates in one file")
                }
                found.append(next)
            }
            return found
        }
        guard !certificates.isEmpty else {
            throw .malformed("no certificate (-----BEGIN CERTIFICATE-----) in it")
        }
        return certificates
    }

    package static func pem(_ text: String) throws(OpenSSLError) -> [Certificate] {
        try pem(unsafe Array(text.utf8).span.bytes)
    }

    /// All certificates of a PEM file.
    package static func pem(file path: String) throws(OpenSSLError) -> [Certificate] {
        let text = try Files.read(path, bytesMax: Bounds.pemBytesMax)
        do throws(OpenSSLError) {
            return try pem(unsafe text.span.bytes)
        } catch {
            throw .content(path: path, error)
        }
    }

    package func pem() throws(OpenSSLError) -> String {
        let bytes = try unsafe written { bio throws(OpenSSLError) in
            try succeed("PEM_write_bio_X509") {
                unsafe PEM_write_bio_X509(bio, handle.raw)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nil at the end of the text, which libcrypto reports as a missing start line.
    private static func nextCertificate(
        _ bio: OpaquePointer, number: Int
    ) throws(OpenSSLError) -> Certificate? {
        ErrorQueue.clear()
        guard let raw = unsafe PEM_read_bio_X509(bio, nil, nil, nil) else {
            let reasons = ErrorQueue.drain()
            let isEnd = reasons.last?.isReason(PEM_R_NO_START_LINE, of: ERR_LIB_PEM) ?? false
            if isEnd { return nil }
            let why = reasons.map(\.description).joined(separator: "; ")
            throw .malformed("certificate \(number) of the file (\(why))")
        }
        return try unsafe Certificate(adopting: Owned(adopting: raw))
    }
}
