// Why a TLS session ended other than by agreement, in words for the logs of both ends: the side
// that refuses a certificate knows the reason exactly, the other side learns it as an alert.

internal import COpenSSL

package enum TLSFailure: Error, Hashable, Sendable {
    /// We refused the other side's certificate.
    case certificate(VerifyError)
    /// The other side ended the session with this alert.
    case alert(TLSAlert)
    /// The two sides have no application protocol in common.
    case noApplicationProtocol
    /// The two sides have no version of TLS in common.
    case noCommonVersion
    /// What came is not TLS, was altered on the way, or breaks the protocol.
    case protocolViolation(String)
    /// The transport ended without the other side's close-notify: what was read may be only the
    /// first part of what was sent.
    case truncated
    /// The call was not possible in the session's state, or OpenSSL failed for reasons of its own.
    case library(OpenSSLError)
}

extension TLSFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .certificate(let error): "refused the other side: \(error)"
        case .alert(let alert): "the other side refused with \(alert)"
        case .noApplicationProtocol: "no application protocol in common"
        case .noCommonVersion: "no version of TLS in common"
        case .protocolViolation(let text): "TLS protocol error: \(text)"
        case .truncated: "the connection ended without close-notify"
        case .library(let error): error.description
        }
    }
}

extension TLSFailure {
    /// Reads the reason out of the error queue. The oldest entry is the cause; what follows tells
    /// which callers it passed through.
    static func drained(call: StaticString, verifyResult: Int) -> TLSFailure {
        let reasons = ErrorQueue.drain()
        if let number = reasons.lazy.compactMap(\.alert).first {
            return .alert(TLSAlert(number: number))
        }
        guard let first = reasons.first(where: { ERR_GET_LIB($0.code) == ERR_LIB_SSL }) else {
            return .library(.library(call: "\(call)", reasons: reasons))
        }
        switch ERR_GET_REASON(first.code) {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return .certificate(VerifyError(code: Int32(truncatingIfNeeded: verifyResult)))
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return .certificate(.noCertificate)
        // The only callback that can fail is the one that demands a protocol.
        case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED:
            return .noApplicationProtocol
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE:
            return .noCommonVersion
        case Int32(ERR_R_MALLOC_FAILURE), Int32(ERR_R_INTERNAL_ERROR):
            return .library(.library(call: "\(call)", reasons: reasons))
        default:
            return .protocolViolation(first.text)
        }
    }
}

/// An alert of TLS (RFC 8446 section 6).
package struct TLSAlert: Hashable, Sendable, CustomStringConvertible {
    package let number: UInt8

    package init(number: UInt8) { self.number = number }

    /// The name that the RFC gives it, or `unknown`.
    package var name: String { Self.names[number] ?? "unknown" }

    package var description: String { "alert \(number) (\(name))" }

    private static let names: [UInt8: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac",
        22: "record_overflow", 40: "handshake_failure", 42: "bad_certificate",
        43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
        46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
        49: "access_denied", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version",
        71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
        90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
        110: "unsupported_extension", 112: "unrecognized_name",
        113: "bad_certificate_status_response", 115: "unknown_psk_identity",
        116: "certificate_required", 120: "no_application_protocol",
    ]
}
