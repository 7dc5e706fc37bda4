// Who we are to others: a certificate, the chain that leads from it towards an anchor, and its key.

/// A certificate with its private key; that they belong together is checked when it is made.
package struct Identity: Sendable {
    package let certificate: Certificate
    /// What is sent along, from the issuer of `certificate` upwards. The anchor itself is not
    /// needed: the other side must have it anyway.
    package let chain: [Certificate]
    package let key: PrivateKey

    /// Throws `keyMismatch`, or `tooLarge` if the chain is longer than any peer would accept.
    package init(
        certificate: Certificate, chain: [Certificate] = [], key: PrivateKey
    ) throws(OpenSSLError) {
        guard key.fits(certificate) else { throw .keyMismatch }
        guard chain.count <= Bounds.chainDepthMax else {
            throw .tooLarge("a chain of \(chain.count), \(Bounds.chainDepthMax) are taken")
        }
        self.certificate = certificate
        self.chain = chain
        self.key = key
    }

    /// Reads a file of certificates, our own first, and the file of its key.
    package init(certificateFile: String, keyFile: String) throws(OpenSSLError) {
        let certificates = try Certificate.pem(file: certificateFile)
        let key = try PrivateKey(pemFile: keyFile)
        do throws(OpenSSLError) {
            // `pem(file:)` never answers an empty list.
            try self.init(
                certificate: certificates[0], chain: Array(certificates.dropFirst()), key: key)
        } catch {
            throw .content(path: "\(certificateFile) with \(keyFile)", error)
        }
    }
}
