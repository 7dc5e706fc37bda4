// Puts a certificate together and signs it (RFC 5280, version 3). Values that come from outside are
// set through typed calls, never pasted into OpenSSL's configuration language, where a comma in a
// name would become a second name.

internal import COpenSSL

enum CertificateBuilder {
    static func build(
        _ request: CertificateAuthority.Request, for key: PrivateKey, isAuthority: Bool,
        issuer: Certificate?, signedBy signer: PrivateKey
    ) throws(OpenSSLError) -> Certificate {
        let owned = try unsafe make("X509_new", as: CCertificate.self) { unsafe X509_new() }
        try succeed("X509_set_version") {
            unsafe X509_set_version(owned.raw, Int(X509_VERSION_3))
        }
        try setSerial(owned)
        try setValidity(owned, request)
        try setNames(owned, request, issuer)
        try succeed("X509_set_pubkey") { unsafe X509_set_pubkey(owned.raw, key.handle.raw) }
        try addExtensions(owned, request, isAuthority: isAuthority, issuer: issuer)
        // Ed25519 has its digest built in.
        let digest = unsafe signer.kind == .ed25519 ? nil : SHA256.algorithm.raw
        try succeed("X509_sign") { unsafe X509_sign(owned.raw, signer.handle.raw, digest) }
        return try Certificate(adopting: owned)
    }

    /// 16 random bytes, positive: CA/Browser Forum asks for 8, RFC 5280 allows 20.
    private static func setSerial(
        _ certificate: borrowing Owned<CCertificate>
    ) throws(OpenSSLError) {
        var bytes = SecureRandom.bytes(16)
        bytes[0] = bytes[0] & 0x7F | 0x40
        let number = unsafe X509_get_serialNumber(certificate.raw)
        try succeed("ASN1_STRING_set") {
            unsafe ASN1_STRING_set(number, bytes, Int32(bytes.count))
        }
    }

    private static func setValidity(
        _ certificate: borrowing Owned<CCertificate>, _ request: CertificateAuthority.Request
    ) throws(OpenSSLError) {
        guard request.notBefore <= request.notAfter else {
            throw .malformed("a certificate that ends before it begins")
        }
        let start = unsafe X509_getm_notBefore(certificate.raw)
        let end = unsafe X509_getm_notAfter(certificate.raw)
        try succeed("ASN1_TIME_set") {
            unsafe ASN1_TIME_set(start, Int(request.notBefore)) != nil
                && ASN1_TIME_set(end, Int(request.notAfter)) != nil ? 1 : 0
        }
    }

    private static func setNames(
        _ certificate: borrowing Owned<CCertificate>, _ request: CertificateAuthority.Request,
        _ issuer: Certificate?
    ) throws(OpenSSLError) {
        let subject = unsafe X509_get_subject_name(certificate.raw)
        let name = Array(request.name.utf8)
        try succeed("X509_NAME_add_entry_by_NID") {
            unsafe X509_NAME_add_entry_by_NID(
                subject, NID_commonName, MBSTRING_UTF8, name, Int32(name.count), -1, 0)
        }
        try succeed("X509_set_issuer_name") {
            unsafe X509_set_issuer_name(
                certificate.raw,
                issuer.map { unsafe X509_get_subject_name($0.handle.raw) } ?? subject)
        }
    }

    private static func addExtensions(
        _ certificate: borrowing Owned<CCertificate>, _ request: CertificateAuthority.Request,
        isAuthority: Bool, issuer: Certificate?
    ) throws(OpenSSLError) {
        let raw = unsafe certificate.raw
        var context = unsafe X509V3_CTX()
        let above = unsafe issuer?.handle.raw ?? raw
        unsafe X509V3_set_ctx(&context, above, raw, nil, nil, 0)
        unsafe shim_X509V3_set_ctx_nodb(&context)
        try unsafe add(
            NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE", to: raw,
            &context)
        try unsafe add(
            NID_key_usage,
            isAuthority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature", to: raw,
            &context)
        try unsafe add(NID_subject_key_identifier, "hash", to: raw, &context)
        if issuer != nil {
            try unsafe add(NID_authority_key_identifier, "keyid:always", to: raw, &context)
        }
        if !request.usages.isEmpty {
            let usages = request.usages.map(\.rawValue).joined(separator: ",")
            try unsafe add(NID_ext_key_usage, usages, to: raw, &context)
        }
        try addAlternativeNames(certificate, request)
    }

    /// Adds an extension from one of the fixed texts above.
    private static func add(
        _ number: Int32, _ text: String, to certificate: OpaquePointer,
        _ context: UnsafeMutablePointer<X509V3_CTX>
    ) throws(OpenSSLError) {
        let made = try unsafe make("X509V3_EXT_conf_nid", as: CExtension.self) {
            unsafe X509V3_EXT_conf_nid(nil, context, number, text)
        }
        try succeed("X509_add_ext") { unsafe X509_add_ext(certificate, made.raw, -1) }
    }

    private static func addAlternativeNames(
        _ certificate: borrowing Owned<CCertificate>, _ request: CertificateAuthority.Request
    ) throws(OpenSSLError) {
        guard !request.uris.isEmpty || !request.dnsNames.isEmpty else { return }
        let names = try unsafe make("GENERAL_NAMES_new", as: CGeneralNames.self) {
            unsafe shim_GENERAL_NAMES_new()
        }
        for uri in request.uris { try append(uri, type: GEN_URI, to: names) }
        for name in request.dnsNames { try append(name, type: GEN_DNS, to: names) }
        try succeed("X509_add1_ext_i2d") {
            unsafe X509_add1_ext_i2d(
                certificate.raw, NID_subject_alt_name, UnsafeMutableRawPointer(names.raw), 0,
                UInt(X509V3_ADD_DEFAULT))
        }
    }

    private static func append(
        _ text: String, type: Int32, to names: borrowing Owned<CGeneralNames>
    ) throws(OpenSSLError) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed("an alternative name with other than visible ASCII characters")
        }
        ErrorQueue.clear()
        guard let name = unsafe GENERAL_NAME_new() else {
            throw ErrorQueue.error("GENERAL_NAME_new")
        }
        guard let value = unsafe ASN1_STRING_type_new(V_ASN1_IA5STRING) else {
            unsafe GENERAL_NAME_free(name)
            throw ErrorQueue.error("ASN1_STRING_type_new")
        }
        // From here on the value belongs to the name, and from the push on the name to the list.
        unsafe GENERAL_NAME_set0_value(name, type, value)
        guard unsafe ASN1_STRING_set(value, bytes, Int32(bytes.count)) == 1,
            unsafe shim_sk_GENERAL_NAME_push(names.raw, name) > 0
        else {
            unsafe GENERAL_NAME_free(name)
            throw ErrorQueue.error("sk_GENERAL_NAME_push")
        }
    }
}
