// Whom we believe: the configured anchors and nothing else. The system's own list of authorities
// is never loaded. An anchor need not be a root: where the configuration says, a chain may end.

internal import COpenSSL

package struct TrustStore: Sendable {
    /// What a certificate is to be used for. Key usage and extended key usage, where present, must
    /// allow it; a certificate without them fits all.
    package enum Purpose: Sendable {
        case tlsClient
        case tlsServer
        /// Signing documents: digitalSignature or nonRepudiation, and emailProtection, which is
        /// what `openssl cms -verify` asks for too.
        case signing
        case any

        var number: Int32 {
            switch self {
            case .tlsClient: X509_PURPOSE_SSL_CLIENT
            case .tlsServer: X509_PURPOSE_SSL_SERVER
            case .signing: X509_PURPOSE_SMIME_SIGN
            case .any: X509_PURPOSE_ANY
            }
        }
    }

    let handle: Shared<CStore>
    package let anchors: [Certificate]

    package init(anchors: [Certificate]) throws(OpenSSLError) {
        guard !anchors.isEmpty else { throw .malformed("no trust anchor") }
        let store = try unsafe make("X509_STORE_new", as: CStore.self) { unsafe X509_STORE_new() }
        for anchor in anchors {
            try succeed("X509_STORE_add_cert") {
                unsafe X509_STORE_add_cert(store.raw, anchor.handle.raw)
            }
        }
        // Set once, before anybody shares the store: a verification inherits them.
        let parameters = unsafe X509_STORE_get0_param(store.raw)
        try succeed("X509_VERIFY_PARAM_set_flags") {
            unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        }
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        unsafe X509_VERIFY_PARAM_set_depth(parameters, Int32(Bounds.chainDepthMax))
        handle = Shared(store)
        self.anchors = anchors
    }

    package init(pem text: String) throws(OpenSSLError) {
        try self.init(anchors: try Certificate.pem(text))
    }

    package init(pemFile path: String) throws(OpenSSLError) {
        try self.init(anchors: try Certificate.pem(file: path))
    }

    /// Looks for a chain from `certificate` to an anchor, with the help of `chain`, that was valid
    /// at `time`: seconds since 1970, nil for now. Answers the chain that was found, the
    /// certificate first.
    package func verify(
        _ certificate: Certificate, chain: [Certificate] = [], purpose: Purpose,
        at time: Int64? = nil
    ) -> Result<[Certificate], VerifyError> {
        guard let helpers = unsafe shim_sk_X509_new_null() else { return .failure(.outOfMemory) }
        let stack = unsafe Owned<CCertificateStack>(adopting: helpers)
        for helper in chain {
            guard unsafe X509_add_cert(stack.raw, helper.handle.raw, X509_ADD_FLAG_UP_REF) == 1
            else { return .failure(.outOfMemory) }
        }
        return verify(certificate, stack: stack, purpose: purpose, at: time)
    }

    /// The same with the helping certificates as OpenSSL's list, unread.
    func verify(
        _ certificate: Certificate, stack: borrowing Owned<CCertificateStack>, purpose: Purpose,
        at time: Int64?
    ) -> Result<[Certificate], VerifyError> {
        ErrorQueue.clear()
        defer { ErrorQueue.clear() }
        guard let raw = unsafe X509_STORE_CTX_new() else { return .failure(.outOfMemory) }
        let context = unsafe Owned<CStoreContext>(adopting: raw)
        guard
            unsafe X509_STORE_CTX_init(
                context.raw, handle.raw, certificate.handle.raw, stack.raw) == 1
        else { return .failure(.outOfMemory) }
        let parameters = unsafe X509_STORE_CTX_get0_param(context.raw)
        guard unsafe X509_VERIFY_PARAM_set_purpose(parameters, purpose.number) == 1 else {
            return .failure(.outOfMemory)
        }
        if let time { unsafe X509_VERIFY_PARAM_set_time(parameters, Int(time)) }
        guard unsafe X509_verify_cert(context.raw) == 1 else {
            let code = unsafe X509_STORE_CTX_get_error(context.raw)
            // X509_verify_cert(3): a failure may come without a code; it must not look good.
            return .failure(
                VerifyError(code: code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code))
        }
        let found = unsafe X509_STORE_CTX_get0_chain(context.raw)
        do throws(OpenSSLError) {
            return .success(try unsafe Certificate.all(in: found))
        } catch {
            return .failure(.other(code: X509_V_ERR_UNSPECIFIED, text: error.description))
        }
    }
}

extension VerifyError {
    /// libcrypto could not get the memory for a verification.
    static let outOfMemory = VerifyError(code: X509_V_ERR_OUT_OF_MEM)
}

extension Certificate {
    /// The certificates of one of OpenSSL's lists, which stays with its owner.
    static func all(in stack: OpaquePointer?) throws(OpenSSLError) -> [Certificate] {
        var certificates: [Certificate] = []
        for place in unsafe 0..<max(0, shim_sk_X509_num(stack)) {
            guard let raw = unsafe shim_sk_X509_value(stack, place) else { continue }
            certificates.append(try unsafe Certificate.sharing(raw))
        }
        return certificates
    }
}
