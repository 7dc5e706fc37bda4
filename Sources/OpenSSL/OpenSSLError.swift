// What can go wrong outside a TLS session and a verification, and how OpenSSL's error queue becomes
// text. The queue belongs to the thread: it is cleared before each call and read right after it, so
// that an error is never blamed on a later call.
//
// No text carries a certificate's subject, which can hold a citizen's number: of the queue only the
// fixed texts of library and reason are taken, never the data added to an entry.

internal import COpenSSL

package enum OpenSSLError: Error, Hashable, Sendable {
    /// One entry of the error queue: which part of OpenSSL, and its reason in words.
    package struct Reason: Hashable, Sendable, CustomStringConvertible {
        package let library: String
        package let text: String
        let code: UInt

        package var description: String { "\(library): \(text)" }
    }

    /// A call into OpenSSL failed; the oldest reason first.
    case library(call: String, reasons: [Reason])
    /// A file cannot be opened, read or written.
    case file(path: String, problem: String)
    /// The content of a file is not usable.
    indirect case content(path: String, OpenSSLError)
    /// More bytes or items than this module takes.
    case tooLarge(String)
    /// Not what it should be: what was expected, and where it went wrong.
    case malformed(String)
    /// The private key is protected by a passphrase, which a service has nobody to ask for.
    case encryptedKey
    /// A key of a kind or size that is not taken.
    case unsuitableKey(String)
    /// The private key is not the one of the certificate.
    case keyMismatch
}

extension OpenSSLError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .library(let call, let reasons) where reasons.isEmpty:
            "\(call) failed without a reason"
        case .library(let call, let reasons):
            "\(call) failed: " + reasons.map(\.description).joined(separator: "; ")
        case .file(let path, let problem): "\(path): \(problem)"
        case .content(let path, let error): "\(path): \(error)"
        case .tooLarge(let what): "too large: \(what)"
        case .malformed(let what): "malformed: \(what)"
        case .encryptedKey:
            "the private key is encrypted; store it unencrypted in a file that only the service "
                + "may read (openssl pkey -in encrypted.pem -out key.pem)"
        case .unsuitableKey(let why): "the key is not suitable: \(why)"
        case .keyMismatch: "the private key does not belong to the certificate"
        }
    }
}

enum ErrorQueue {
    static func clear() { ERR_clear_error() }

    /// Takes what the last call left, the oldest first, and leaves the queue empty.
    static func drain() -> [OpenSSLError.Reason] {
        var reasons: [OpenSSLError.Reason] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return reasons }
            if reasons.count < Bounds.reasonsMax { reasons.append(reason(code)) }
        }
    }

    static func error(_ call: StaticString) -> OpenSSLError {
        .library(call: "\(call)", reasons: drain())
    }

    private static func reason(_ code: UInt) -> OpenSSLError.Reason {
        let library = unsafe ERR_lib_error_string(code).map { unsafe String(cString: $0) }
        let text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        return OpenSSLError.Reason(
            library: library ?? "library \(ERR_GET_LIB(code))",
            text: text ?? "reason \(ERR_GET_REASON(code))", code: code)
    }
}

extension OpenSSLError.Reason {
    /// Whether this is the reason with a `..._R_...` number of one of OpenSSL's libraries.
    func isReason(_ number: Int32, of library: Int32) -> Bool {
        ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == number
    }

    /// The number of a fatal alert that the other side sent; libssl reports it as a reason of
    /// `SSL_AD_REASON_OFFSET` plus the alert.
    var alert: UInt8? {
        guard ERR_GET_LIB(code) == ERR_LIB_SSL else { return nil }
        return UInt8(exactly: ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET)
    }
}

/// Runs a call that answers 1 (or more) for success.
func succeed(_ call: StaticString, _ body: () -> Int32) throws(OpenSSLError) {
    ErrorQueue.clear()
    guard body() > 0 else { throw ErrorQueue.error(call) }
}

/// Runs a call that answers a new reference, or nil when it failed.
func make<Kind: CObject>(
    _ call: StaticString, as kind: Kind.Type = Kind.self, _ body: () -> OpaquePointer?
) throws(OpenSSLError) -> Owned<Kind> {
    ErrorQueue.clear()
    guard let raw = unsafe body() else { throw ErrorQueue.error(call) }
    return unsafe Owned(adopting: raw)
}

/// Runs an `i2d_...` function twice: for the length, then for the bytes.
func encode(
    _ call: StaticString,
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
) throws(OpenSSLError) -> [UInt8] {
    ErrorQueue.clear()
    let length = Int(body(nil))
    guard length > 0 else { throw ErrorQueue.error(call) }
    var written = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
        var place = buffer.baseAddress
        written = unsafe Int(body(&place))
        count = max(0, written)
    }
    guard written == length else { throw ErrorQueue.error(call) }
    return bytes
}
