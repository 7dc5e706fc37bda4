// Signing: CMS SignedData (RFC 5652) in DER with one signer, the content inside, binary, and the
// signed attributes contentType, messageDigest (SHA-256), signingTime and signingCertificateV2
// (RFC 5035), which together are the profile CAdES-BES of ETSI EN 319 122. The last one binds the
// signature to the certificate, so that nobody can put another one for the same key in its place.
//
// `openssl cms -verify -inform DER -in FILE -CAfile ANCHORS` accepts the result if the signer's
// certificate fits `TrustStore.Purpose.signing`.

internal import COpenSSL

package enum CMS {
    /// Signs `content`; the certificate and its chain are put inside.
    ///
    /// - Parameter time: the signing time, seconds since 1970 between 1950 and 9999. It is the
    ///   signer's word.
    /// - Throws: `unsuitableKey` for Ed25519, which OpenSSL 3.0 cannot sign CMS with.
    package static func sign(
        _ content: RawSpan, as identity: Identity, at time: Int64
    ) throws(OpenSSLError) -> [UInt8] {
        if identity.key.kind == .ed25519 {
            throw .unsuitableKey("Ed25519 cannot sign CMS with OpenSSL 3.0; use P-256 or RSA")
        }
        let flags = UInt32(CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES)
        let message = try unsafe make("CMS_sign", as: CMessage.self) {
            unsafe CMS_sign(nil, nil, nil, nil, flags | UInt32(CMS_PARTIAL))
        }
        ErrorQueue.clear()
        guard
            let signer = unsafe CMS_add1_signer(
                message.raw, identity.certificate.handle.raw, identity.key.handle.raw,
                SHA256.algorithm.raw, flags)
        else { throw ErrorQueue.error("CMS_add1_signer") }
        for issuer in Set(identity.chain) where issuer != identity.certificate {
            try succeed("CMS_add1_cert") {
                unsafe CMS_add1_cert(message.raw, issuer.handle.raw)
            }
        }
        try unsafe setSigningTime(time, of: signer)
        try unsafe reading(content) { bio throws(OpenSSLError) in
            try succeed("CMS_final") { unsafe CMS_final(message.raw, bio, nil, flags) }
        }
        return try unsafe encode("i2d_CMS_ContentInfo") {
            unsafe i2d_CMS_ContentInfo(message.raw, $0)
        }
    }

    package static func sign(
        _ content: [UInt8], as identity: Identity, at time: Int64
    ) throws(OpenSSLError) -> [UInt8] {
        try sign(unsafe content.span.bytes, as: identity, at: time)
    }

    /// Without this, libcrypto would write the time of its own clock.
    private static func setSigningTime(
        _ time: Int64, of signer: OpaquePointer
    ) throws(OpenSSLError) {
        ErrorQueue.clear()
        guard let stamp = unsafe ASN1_TIME_set(nil, Int(time)) else {
            throw ErrorQueue.error("ASN1_TIME_set")
        }
        defer { unsafe ASN1_STRING_free(stamp) }
        // RFC 5652 section 11.3: UTCTime until 2049, GeneralizedTime from then on.
        try succeed("CMS_signed_add1_attr_by_NID") {
            unsafe CMS_signed_add1_attr_by_NID(
                signer, NID_pkcs9_signingTime, stamp.pointee.type, stamp, -1)
        }
    }
}
