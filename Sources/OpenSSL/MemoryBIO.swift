// Bytes into and out of libcrypto through memory BIOs: PEM texts, CMS contents.

internal import COpenSSL

/// Runs `body` with a BIO that reads `bytes`, which are not copied.
func reading<Result: ~Copyable>(
    _ bytes: RawSpan, _ body: (OpaquePointer) throws(OpenSSLError) -> Result
) throws(OpenSSLError) -> Result {
    guard bytes.byteCount <= Bounds.callBytesMax else {
        throw .tooLarge("\(bytes.byteCount) bytes for one call of libcrypto")
    }
    return try unsafe bytes.withUnsafeBytes { buffer throws(OpenSSLError) -> Result in
        // An empty span has no address, and BIO_new_mem_buf refuses that.
        let bio = try unsafe make("BIO_new_mem_buf", as: CBIO.self) {
            unsafe buffer.isEmpty
                ? unsafe BIO_new(BIO_s_mem())
                : unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count))
        }
        return try unsafe body(bio.raw)
    }
}

/// The bytes that `body` writes to a BIO.
func written(_ body: (OpaquePointer) throws(OpenSSLError) -> Void) throws(OpenSSLError) -> [UInt8] {
    let bio = try unsafe make("BIO_new", as: CBIO.self) { unsafe BIO_new(BIO_s_mem()) }
    try unsafe body(bio.raw)
    var data: UnsafeMutablePointer<CChar>?
    let count = unsafe shim_BIO_get_mem_data(bio.raw, &data)
    return unsafe [UInt8](UnsafeRawBufferPointer(start: data, count: max(0, count)))
}
