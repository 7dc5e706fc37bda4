// Ownership of OpenSSL's objects. `Owned` holds the only reference that this module has to an
// object and releases it exactly once; `Shared` is for objects that nothing changes any more.
//
// `raw` is valid as long as its holder lives. It is only read inside functions whose `self` or
// parameter is the holder, and a holder lives to the end of such a function: a call into C is a
// barrier that no release moves across.

internal import COpenSSL

/// One type of OpenSSL's objects, all of which are bare addresses to Swift, and how it is released.
protocol CObject {
    static func release(_ raw: OpaquePointer)
}

/// The one reference to an object, released when this value ends.
@safe struct Owned<Kind: CObject>: ~Copyable {
    let raw: OpaquePointer

    init(adopting raw: OpaquePointer) {
        unsafe self.raw = raw
    }

    /// Gives the reference to a C function that takes it over.
    consuming func surrender() -> OpaquePointer {
        let raw = unsafe self.raw
        discard self
        return unsafe raw
    }

    deinit {
        unsafe Kind.release(raw)
    }
}

/// A reference to an object that is complete and read-only.
///
/// Sendable by OpenSSL's own rules, openssl-threads(7): "Objects are thread-safe as long as the
/// API's being invoked don't modify the object", and "when updates to an object's internal state,
/// such as cached values, are done with locks"; reference counts are such updates. Nothing in this
/// module modifies an object once it is in a `Shared`.
@safe final class Shared<Kind: CObject>: Sendable {
    nonisolated(unsafe) let raw: OpaquePointer

    init(_ owned: consuming Owned<Kind>) {
        unsafe raw = owned.surrender()
    }

    deinit {
        unsafe Kind.release(raw)
    }
}

enum CCertificate: CObject {
    static func release(_ raw: OpaquePointer) { unsafe X509_free(raw) }
}

enum CCertificateStack: CObject {
    static func release(_ raw: OpaquePointer) { unsafe shim_sk_X509_pop_free(raw) }
}

enum CGeneralNames: CObject {
    static func release(_ raw: OpaquePointer) { unsafe GENERAL_NAMES_free(raw) }
}

enum CExtension: CObject {
    static func release(_ raw: OpaquePointer) { unsafe X509_EXTENSION_free(raw) }
}

enum CKey: CObject {
    static func release(_ raw: OpaquePointer) { unsafe EVP_PKEY_free(raw) }
}

enum CStore: CObject {
    static func release(_ raw: OpaquePointer) { unsafe X509_STORE_free(raw) }
}

enum CStoreContext: CObject {
    static func release(_ raw: OpaquePointer) { unsafe X509_STORE_CTX_free(raw) }
}

enum CTLSContext: CObject {
    static func release(_ raw: OpaquePointer) { unsafe SSL_CTX_free(raw) }
}

enum CTLSSession: CObject {
    static func release(_ raw: OpaquePointer) { unsafe SSL_free(raw) }
}

enum CBIO: CObject {
    static func release(_ raw: OpaquePointer) { unsafe BIO_free_all(raw) }
}

enum CDigest: CObject {
    static func release(_ raw: OpaquePointer) { unsafe EVP_MD_free(raw) }
}

enum CDigestContext: CObject {
    static func release(_ raw: OpaquePointer) { unsafe EVP_MD_CTX_free(raw) }
}

enum CMessage: CObject {
    static func release(_ raw: OpaquePointer) { unsafe CMS_ContentInfo_free(raw) }
}

enum CSigningCertificate: CObject {
    static func release(_ raw: OpaquePointer) { unsafe ESS_SIGNING_CERT_V2_free(raw) }
}
