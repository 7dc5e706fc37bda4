// Verifying: what was signed, by whom, and when, or exactly one reason why not. Everything comes
// from a stranger: the size is bounded, there must be exactly one signer, nothing may follow the
// message, and nothing of it is believed before its signature and the signer's chain are checked.

internal import COpenSSL

extension CMS {
    /// A message whose signature and chain hold.
    package struct Verified: Sendable {
        package let content: [UInt8]
        package let signer: Certificate
        /// From the signer's certificate to the anchor.
        package let chain: [Certificate]
        /// The signing time that the signer states, seconds since 1970.
        package let signingTime: Int64
    }

    package enum VerificationError: Error, Hashable, Sendable {
        case tooLarge(bytesMax: Int)
        /// Not a CMS SignedData in the profile of `sign`.
        case malformed(String)
        case noSigner
        case severalSigners
        /// The signer's certificate is not in the message.
        case noSignerCertificate
        /// Signed by a digest other than SHA-256, SHA-384 and SHA-512.
        case weakDigest
        /// The content is not the one that was signed.
        case digestMismatch
        /// The signature does not fit the signed attributes and the signer's key.
        case signatureWrong
        /// The message names another certificate as the signer's than the one it contains.
        case signerReplaced
        /// The signer's certificate is not acceptable at the time of the question.
        case chain(VerifyError)
        case library(OpenSSLError)
    }

    /// At which moment the signer's chain must have been valid.
    package enum VerificationTime: Hashable, Sendable {
        case now
        /// When the signer says it was signed: for evidence that outlives certificates.
        case signingTime
        /// Seconds since 1970.
        case at(Int64)
    }

    /// Verifies a message made by `sign` or by another program in the same profile.
    ///
    /// - Parameter bytesMax: the largest message that is looked at.
    package static func verify(
        _ der: RawSpan, trust: TrustStore, purpose: TrustStore.Purpose = .signing,
        at time: VerificationTime = .now, bytesMax: Int
    ) -> Result<Verified, VerificationError> {
        do throws(VerificationError) {
            return .success(
                try verified(der, trust, purpose: purpose, at: time, bytesMax: bytesMax))
        } catch {
            ErrorQueue.clear()
            return .failure(error)
        }
    }

    package static func verify(
        _ der: [UInt8], trust: TrustStore, purpose: TrustStore.Purpose = .signing,
        at time: VerificationTime = .now, bytesMax: Int
    ) -> Result<Verified, VerificationError> {
        verify(
            unsafe der.span.bytes, trust: trust, purpose: purpose, at: time, bytesMax: bytesMax)
    }

    private static func verified(
        _ der: RawSpan, _ trust: TrustStore, purpose: TrustStore.Purpose,
        at time: VerificationTime, bytesMax: Int
    ) throws(VerificationError) -> Verified {
        guard der.byteCount <= bytesMax else { throw .tooLarge(bytesMax: bytesMax) }
        let message = try parse(der)
        let signer = try unsafe onlySigner(message)
        let certificate = try unsafe signerCertificate(signer, message)
        try unsafe requireStrongDigest(signer)
        let signingTime = try unsafe signingTime(signer)
        ErrorQueue.clear()
        guard unsafe CMS_SignerInfo_verify(signer) == 1 else { throw .signatureWrong }
        let content = try content(message)
        // Only now is the signing time more than somebody's claim.
        let moment: Int64? =
            switch time {
            case .now: nil
            case .signingTime: signingTime
            case .at(let moment): moment
            }
        guard let raw = unsafe CMS_get1_certs(message.raw) else { throw .noSignerCertificate }
        let helpers = unsafe Owned<CCertificateStack>(adopting: raw)
        switch trust.verify(certificate, stack: helpers, purpose: purpose, at: moment) {
        case .failure(let error): throw .chain(error)
        case .success(let chain):
            try unsafe requireSameCertificate(signer, certificate)
            return Verified(
                content: content, signer: certificate, chain: chain, signingTime: signingTime)
        }
    }

    /// Decodes, and refuses every other type of CMS: enveloped, compressed, a nested signature.
    private static func parse(_ der: RawSpan) throws(VerificationError) -> Owned<CMessage> {
        let (raw, used) = unsafe der.withUnsafeBytes { buffer in
            ErrorQueue.clear()
            var place = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let start = Int(bitPattern: place)
            let raw = unsafe d2i_CMS_ContentInfo(nil, &place, buffer.count)
            return unsafe (raw, Int(bitPattern: place) - start)
        }
        guard let raw = unsafe raw else { throw .malformed("not CMS in DER") }
        let message = unsafe Owned<CMessage>(adopting: raw)
        guard used == der.byteCount else { throw .malformed("bytes behind the message") }
        guard unsafe OBJ_obj2nid(CMS_get0_type(message.raw)) == NID_pkcs7_signed else {
            throw .malformed("not SignedData")
        }
        guard unsafe OBJ_obj2nid(CMS_get0_eContentType(message.raw)) == NID_pkcs7_data else {
            throw .malformed("the content is not of type data")
        }
        return message
    }

    private static func onlySigner(
        _ message: borrowing Owned<CMessage>
    ) throws(VerificationError) -> OpaquePointer {
        let signers = unsafe CMS_get0_SignerInfos(message.raw)
        let count = unsafe shim_sk_CMS_SignerInfo_num(signers)
        guard count > 0, let signer = unsafe shim_sk_CMS_SignerInfo_value(signers, 0) else {
            throw .noSigner
        }
        guard count == 1 else { throw .severalSigners }
        // Without signed attributes there is neither a signing time nor a binding to the content
        // that could be told from the signature's.
        guard unsafe CMS_signed_get_attr_count(signer) > 0 else {
            throw .malformed("no signed attributes")
        }
        guard unsafe CMS_get0_content(message.raw)?.pointee != nil else {
            throw .malformed("the content is not attached")
        }
        return unsafe signer
    }

    /// Looks among the certificates of the message for the one that the signer names by issuer and
    /// serial number. It is an unverified claim until the signature and the chain are checked.
    private static func signerCertificate(
        _ signer: OpaquePointer, _ message: borrowing Owned<CMessage>
    ) throws(VerificationError) -> Certificate {
        ErrorQueue.clear()
        var raw: OpaquePointer?
        unsafe CMS_set1_signers_certs(message.raw, nil, 0)
        unsafe CMS_SignerInfo_get0_algs(signer, nil, &raw, nil, nil)
        guard let raw = unsafe raw else { throw .noSignerCertificate }
        do throws(OpenSSLError) {
            return try unsafe Certificate.sharing(raw)
        } catch {
            throw .library(error)
        }
    }

    /// A digest for which two contents can be found with the same value proves nothing.
    private static func requireStrongDigest(
        _ signer: OpaquePointer
    ) throws(VerificationError) {
        var algorithm: UnsafeMutablePointer<X509_ALGOR>?
        unsafe CMS_SignerInfo_get0_algs(signer, nil, nil, &algorithm, nil)
        var name: OpaquePointer?
        unsafe X509_ALGOR_get0(&name, nil, nil, algorithm)
        guard unsafe [NID_sha256, NID_sha384, NID_sha512].contains(OBJ_obj2nid(name)) else {
            throw .weakDigest
        }
    }

    /// The bytes that were signed; throws if they have been changed since.
    private static func content(
        _ message: borrowing Owned<CMessage>
    ) throws(VerificationError) -> [UInt8] {
        // Certificate and attributes are verified apart, for the sake of exact reasons; what is
        // left for this call is to compare the content with the digest among the attributes.
        let flags = UInt32(CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY | CMS_NO_ATTR_VERIFY)
        do throws(OpenSSLError) {
            return try unsafe written { bio throws(OpenSSLError) in
                try succeed("CMS_verify") {
                    unsafe CMS_verify(message.raw, nil, nil, nil, bio, flags)
                }
            }
        } catch {
            guard case .library(_, let reasons) = error else { throw .library(error) }
            let differs = reasons.contains {
                $0.isReason(CMS_R_VERIFICATION_FAILURE, of: ERR_LIB_CMS)
            }
            throw differs ? .digestMismatch : .library(error)
        }
    }
}

// Signed attributes.
extension CMS {
    private static func signingTime(
        _ signer: OpaquePointer
    ) throws(VerificationError) -> Int64 {
        guard let value = unsafe attribute(NID_pkcs9_signingTime, of: signer),
            unsafe value.pointee.type == V_ASN1_UTCTIME
                || value.pointee.type == V_ASN1_GENERALIZEDTIME,
            let time = unsafe value.pointee.value.asn1_string
        else { throw .malformed("no signing time") }
        do throws(OpenSSLError) {
            return try unsafe CertificateFields.seconds(time)
        } catch {
            throw .malformed("the signing time")
        }
    }

    /// Compares the certificate with signingCertificateV2. Signatures without it are accepted: CMS
    /// does not ask for it, and other programs leave it out.
    private static func requireSameCertificate(
        _ signer: OpaquePointer, _ certificate: Certificate
    ) throws(VerificationError) {
        guard
            unsafe CMS_signed_get_attr_by_NID(
                signer, NID_id_smime_aa_signingCertificateV2, -1) >= 0
        else { return }
        guard
            let value = unsafe attribute(NID_id_smime_aa_signingCertificateV2, of: signer),
            unsafe value.pointee.type == V_ASN1_SEQUENCE,
            let sequence = unsafe value.pointee.value.sequence
        else { throw .malformed("the attribute signingCertificateV2") }
        ErrorQueue.clear()
        var place = unsafe ASN1_STRING_get0_data(sequence)
        let length = unsafe Int(ASN1_STRING_length(sequence))
        guard let raw = unsafe d2i_ESS_SIGNING_CERT_V2(nil, &place, length) else {
            throw .malformed("the attribute signingCertificateV2")
        }
        let named = unsafe Owned<CSigningCertificate>(adopting: raw)
        guard let list = unsafe shim_sk_X509_new_null() else {
            throw .library(ErrorQueue.error("sk_X509_new_null"))
        }
        let chain = unsafe Owned<CCertificateStack>(adopting: list)
        guard
            unsafe X509_add_cert(chain.raw, certificate.handle.raw, X509_ADD_FLAG_UP_REF) == 1
        else { throw .library(ErrorQueue.error("X509_add_cert")) }
        guard unsafe OSSL_ESS_check_signing_certs(nil, named.raw, chain.raw, 1) == 1 else {
            throw .signerReplaced
        }
    }

    /// The only value of a signed attribute; nil if it is missing or there are several.
    private static func attribute(
        _ number: Int32, of signer: OpaquePointer
    ) -> UnsafeMutablePointer<ASN1_TYPE>? {
        let place = unsafe CMS_signed_get_attr_by_NID(signer, number, -1)
        guard place >= 0,
            unsafe CMS_signed_get_attr_by_NID(signer, number, place) < 0,
            let found = unsafe CMS_signed_get_attr(signer, place),
            unsafe X509_ATTRIBUTE_count(found) == 1
        else { return nil }
        return unsafe X509_ATTRIBUTE_get0_type(found, 0)
    }
}

extension CMS.VerificationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let bytesMax): "the signature file has more than \(bytesMax) bytes"
        case .malformed(let what): "not a signature in the expected form: \(what)"
        case .noSigner: "nobody has signed"
        case .severalSigners: "more than one signer"
        case .noSignerCertificate: "the signer's certificate is not included"
        case .weakDigest: "signed with a weak digest"
        case .digestMismatch: "the content is not what was signed"
        case .signatureWrong: "the signature is wrong"
        case .signerReplaced: "the certificate is not the one it was signed with"
        case .chain(let error): "the signer is not trusted: \(error)"
        case .library(let error): error.description
        }
    }
}
