// Reading single fields of a certificate into plain values. Whatever does not fit the value is an
// error of the certificate, found when it is loaded.

internal import COpenSSL
internal import Glibc

enum CertificateFields {
    /// Seconds since 1970 of an ASN.1 time, which is always in UTC (RFC 5280 section 4.1.2.5).
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(OpenSSLError) -> Int64 {
        guard let time = unsafe time else { throw .malformed("a time is missing") }
        var parts = unsafe tm()
        try succeed("ASN1_TIME_to_tm") { unsafe ASN1_TIME_to_tm(time, &parts) }
        return unsafe Int64(timegm(&parts))
    }

    /// The serial number; 20 bytes at most by RFC 5280, a few more are seen.
    static func serial(_ certificate: Shared<CCertificate>) throws(OpenSSLError) -> String {
        guard let number = unsafe X509_get0_serialNumber(certificate.raw) else {
            throw .malformed("the serial number is missing")
        }
        let bytes = unsafe self.bytes(number)
        guard bytes.count <= 40 else { throw .malformed("a serial number of over 40 bytes") }
        let text = hexText(bytes)
        let digits = text.drop { $0 == "0" }
        let sign = unsafe number.pointee.type == V_ASN1_NEG_INTEGER ? "-" : ""
        return sign + (digits.isEmpty ? "0" : String(digits))
    }

    /// The URIs and the DNS names of the subject alternative name.
    static func alternativeNames(
        _ certificate: Shared<CCertificate>
    ) throws(OpenSSLError) -> (uris: [String], dnsNames: [String]) {
        ErrorQueue.clear()
        var found: Int32 = 0
        guard
            let raw = unsafe X509_get_ext_d2i(
                certificate.raw, NID_subject_alt_name, &found, nil)
        else {
            // -1 says that there is none, anything else that it cannot be read or stands twice.
            guard found == -1 else { throw .malformed("the subject alternative name") }
            return ([], [])
        }
        let names = unsafe Owned<CGeneralNames>(adopting: OpaquePointer(raw))
        var uris: [String] = []
        var dnsNames: [String] = []
        for place in unsafe 0..<shim_sk_GENERAL_NAME_num(names.raw) {
            var type: Int32 = 0
            let name = unsafe shim_sk_GENERAL_NAME_value(names.raw, place)
            guard let value = unsafe GENERAL_NAME_get0_value(name, &type) else { continue }
            guard type == GEN_URI || type == GEN_DNS else { continue }
            let string = unsafe value.assumingMemoryBound(to: ASN1_STRING.self)
            guard let text = unsafe visibleText(string) else { continue }
            if type == GEN_URI { uris.append(text) } else { dnsNames.append(text) }
        }
        return (uris, dnsNames)
    }

    /// Nil if there is a byte that is not visible ASCII, such as the NUL with which names were
    /// once made to look shorter than they are.
    private static func visibleText(_ string: UnsafePointer<ASN1_STRING>) -> String? {
        let bytes = unsafe self.bytes(string)
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        let start = unsafe ASN1_STRING_get0_data(string)
        let count = unsafe Int(ASN1_STRING_length(string))
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    }
}
