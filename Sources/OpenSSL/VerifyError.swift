// Why a certificate was not accepted, in words that a log may hold: no subject, no issuer.

internal import COpenSSL

package enum VerifyError: Error, Hashable, Sendable {
    /// Valid until an earlier time; the certificate itself or one above it.
    case expired
    case notYetValid
    /// No chain leads to an anchor that is configured.
    case unknownAuthority
    /// The certificate is its own issuer, and not an anchor.
    case selfSigned
    /// The other side presented none.
    case noCertificate
    /// Its extensions do not allow what it is used for.
    case wrongPurpose
    /// A key in the chain is below 112 bits of strength.
    case weakKey
    /// A signature in the chain uses a digest as weak as SHA-1.
    case weakSignature
    /// A signature in the chain does not fit.
    case badSignature
    /// An issuer in the chain is not allowed to issue.
    case notAnAuthority
    case chainTooLong
    case revoked
    /// Any other `X509_V_ERR_...`, with OpenSSL's words for it.
    case other(code: Int32, text: String)

    /// Reads the result of X509_STORE_CTX_get_error(3) or SSL_get_verify_result(3).
    init(code: Int32) {
        self =
            switch code {
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED,
                X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
                .unknownAuthority
            case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .selfSigned
            case X509_V_ERR_INVALID_PURPOSE, X509_V_ERR_CERT_REJECTED: .wrongPurpose
            case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL: .weakKey
            case X509_V_ERR_CA_MD_TOO_WEAK: .weakSignature
            case X509_V_ERR_CERT_SIGNATURE_FAILURE: .badSignature
            case X509_V_ERR_INVALID_CA, X509_V_ERR_INVALID_NON_CA,
                X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
                .notAnAuthority
            case X509_V_ERR_CERT_CHAIN_TOO_LONG, X509_V_ERR_PATH_LENGTH_EXCEEDED: .chainTooLong
            case X509_V_ERR_CERT_REVOKED: .revoked
            default: .other(code: code, text: Self.text(code))
            }
    }

    private static func text(_ code: Int32) -> String {
        unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) }
            ?? "no text"
    }
}

extension VerifyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .expired: "the certificate has expired"
        case .notYetValid: "the certificate is not valid yet"
        case .unknownAuthority: "the certificate is of an authority that is not configured"
        case .selfSigned: "the certificate is self-signed"
        case .noCertificate: "no certificate was presented"
        case .wrongPurpose: "the certificate is not made for this purpose"
        case .weakKey: "a key in the chain is too weak"
        case .weakSignature: "a signature in the chain uses a weak digest"
        case .badSignature: "a signature in the chain is wrong"
        case .notAnAuthority: "an issuer in the chain is not an authority"
        case .chainTooLong: "the chain is too long"
        case .revoked: "the certificate is revoked"
        case .other(let code, let text): "the certificate was refused: \(text) (\(code))"
        }
    }
}
