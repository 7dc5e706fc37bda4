// The certificate of an other side that is being refused: libssl drops it with the handshake, and
// whoever has to mend the matter must know which relay it names.
//
// It proves nothing: anybody can make a certificate that names anybody. For words to people only.

internal import COpenSSL

/// Where the verification of one session leaves what it refuses. An object, so that libssl can hold
/// its address; the session keeps it alive.
final class RefusedCertificate {
    private(set) var certificate: Certificate?

    /// Lets the callback below find this place from the session that it works for.
    func attach(to session: OpaquePointer) throws(OpenSSLError) {
        let place = unsafe Unmanaged.passUnretained(self).toOpaque()
        try succeed("SSL_set_ex_data") {
            unsafe SSL_set_ex_data(session, Self.applicationData, place)
        }
    }

    /// The index that SSL_set_app_data(3) stands for, left to the application by libssl.
    private static let applicationData: Int32 = 0

    /// Called by libssl for each certificate of the chain, with what it has judged, which stands.
    static let note: SSL_verify_cb = { accepted, verification in
        guard accepted != 1, let verification = unsafe verification else { return accepted }
        let index = SSL_get_ex_data_X509_STORE_CTX_idx()
        guard let session = unsafe X509_STORE_CTX_get_ex_data(verification, index),
            let place = unsafe SSL_get_ex_data(OpaquePointer(session), applicationData),
            let leaf = unsafe X509_STORE_CTX_get0_cert(verification)
        else { return accepted }
        let refused = unsafe Unmanaged<RefusedCertificate>.fromOpaque(place).takeUnretainedValue()
        // One that cannot even be read names nobody.
        refused.certificate = try? unsafe Certificate.sharing(leaf)
        return accepted
    }
}
