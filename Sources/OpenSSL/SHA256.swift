// SHA-256 (FIPS 180-4) by libcrypto, in pieces or at once. The algorithm is fetched once for the
// process, since a fetch costs more than hashing a kilobyte. A process without SHA-256 (a broken
// provider configuration) cannot keep one promise of this program and is stopped with the reason.

internal import COpenSSL

/// A running SHA-256. After `finish` it stands at the start again and can be used for the next.
package struct SHA256: ~Copyable {
    private let context: Owned<CDigestContext>

    package init() {
        guard let raw = unsafe EVP_MD_CTX_new() else { fatalError("EVP_MD_CTX_new: no memory") }
        unsafe context = Owned(adopting: raw)
        restart()
    }

    package mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { buffer in
            Self.require("EVP_DigestUpdate") {
                unsafe EVP_DigestUpdate(context.raw, buffer.baseAddress, buffer.count)
            }
        }
    }

    package mutating func update(_ bytes: [UInt8]) { update(unsafe bytes.span.bytes) }

    /// The digest of everything since the start, or since the last `finish`.
    package mutating func finish() -> SHA256Value {
        var value = SHA256Value()
        unsafe value.fill { place in
            Self.require("EVP_DigestFinal_ex") {
                unsafe EVP_DigestFinal_ex(context.raw, place, nil)
            }
        }
        restart()
        return value
    }

    /// The digest of some bytes.
    package static func digest(_ bytes: RawSpan) -> SHA256Value {
        var value = SHA256Value()
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe value.fill { place in
                require("EVP_Digest") {
                    unsafe EVP_Digest(
                        buffer.baseAddress, buffer.count, place, nil, algorithm.raw, nil)
                }
            }
        }
        return value
    }

    package static func digest(_ bytes: [UInt8]) -> SHA256Value { digest(unsafe bytes.span.bytes) }

    /// Fetched algorithms are immutable and counted (EVP_MD_fetch(3)), so all threads share one.
    static let algorithm: Shared<CDigest> = {
        do throws(OpenSSLError) {
            return Shared(
                try unsafe make("EVP_MD_fetch") { unsafe EVP_MD_fetch(nil, "SHA256", nil) })
        } catch {
            fatalError("\(error)")
        }
    }()

    private func restart() {
        Self.require("EVP_DigestInit_ex2") {
            unsafe EVP_DigestInit_ex2(context.raw, Self.algorithm.raw, nil)
        }
    }

    /// Does not clear the error queue first, which takes as long as hashing 64 bytes. A failure
    /// here is final, so a stale reason that is printed before the true one does no harm.
    private static func require(_ call: StaticString, _ body: () -> Int32) {
        guard body() == 1 else { fatalError("\(ErrorQueue.error(call))") }
    }
}

/// The 32 bytes of a SHA-256, without heap storage.
package struct SHA256Value: Sendable, Hashable, RandomAccessCollection {
    private var storage = InlineArray<32, UInt8>(repeating: 0)

    init() {}

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        for (place, byte) in bytes.enumerated() { storage[place] = byte }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { 32 }
    package subscript(place: Int) -> UInt8 { storage[place] }

    package var bytes: [UInt8] { Array(self) }
    package var hex: String { hexText(self) }

    package static func == (left: Self, right: Self) -> Bool { left.elementsEqual(right) }

    package func hash(into hasher: inout Hasher) {
        for place in 0..<32 { hasher.combine(storage[place]) }
    }

    mutating func fill(_ body: (UnsafeMutablePointer<UInt8>?) -> Void) {
        var span = storage.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
    }
}

/// Hexadecimal, lower case.
func hexText(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
        decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
}
