// A small certificate authority for demonstrations, tests and drills: it makes its own self-signed
// certificate, authorities below it, and certificates for relays. It keeps no register and revokes
// nothing; an agency in service uses the authority that the law gives it.

internal import COpenSSL

package struct CertificateAuthority: Sendable {
    package let certificate: Certificate
    package let key: PrivateKey

    /// The extended key usages (RFC 5280 section 4.2.1.12) a relay has to do with.
    package enum Usage: String, Hashable, Sendable, CaseIterable {
        case serverAuth
        case clientAuth
        /// What `openssl cms -verify` wants to see on a signer with any extended key usage.
        case emailProtection
    }

    /// What is to stand in a certificate.
    package struct Request: Sendable {
        /// The common name, at most 64 characters.
        package var name: String
        /// URIs and DNS names of the subject alternative name, in visible ASCII.
        package var uris: [String]
        package var dnsNames: [String]
        /// Seconds since 1970 between which it is valid, both inclusive.
        package var notBefore: Int64
        package var notAfter: Int64
        /// Empty leaves the extension out, which allows every use.
        package var usages: [Usage]

        package init(
            name: String, uris: [String] = [], dnsNames: [String] = [], notBefore: Int64,
            notAfter: Int64, usages: [Usage] = []
        ) {
            self.name = name
            self.uris = uris
            self.dnsNames = dnsNames
            self.notBefore = notBefore
            self.notAfter = notAfter
            self.usages = usages
        }
    }

    package init(certificate: Certificate, key: PrivateKey) throws(OpenSSLError) {
        guard key.fits(certificate) else { throw .keyMismatch }
        self.certificate = certificate
        self.key = key
    }

    /// Makes a self-signed authority with a new P-256 key.
    package init(name: String, notBefore: Int64, notAfter: Int64) throws(OpenSSLError) {
        let key = try PrivateKey.generate()
        let request = Request(name: name, notBefore: notBefore, notAfter: notAfter)
        certificate = try CertificateBuilder.build(
            request, for: key, isAuthority: true, issuer: nil, signedBy: key)
        self.key = key
    }

    /// Issues a certificate for a key; a new P-256 key unless one is given.
    package func issue(
        _ request: Request, key: PrivateKey? = nil
    ) throws(OpenSSLError) -> Identity {
        let subjectKey = if let key { key } else { try PrivateKey.generate() }
        let issued = try CertificateBuilder.build(
            request, for: subjectKey, isAuthority: false, issuer: certificate,
            signedBy: self.key)
        return try Identity(certificate: issued, key: subjectKey)
    }

    /// Makes an authority below this one.
    package func authority(
        name: String, notBefore: Int64, notAfter: Int64
    ) throws(OpenSSLError) -> CertificateAuthority {
        let key = try PrivateKey.generate()
        let request = Request(name: name, notBefore: notBefore, notAfter: notAfter)
        let issued = try CertificateBuilder.build(
            request, for: key, isAuthority: true, issuer: certificate, signedBy: self.key)
        return try CertificateAuthority(certificate: issued, key: key)
    }
}
