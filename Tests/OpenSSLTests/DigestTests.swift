// SHA-256 against the examples of FIPS 180-4, whole and in pieces; random bytes.

import Testing

@testable import OpenSSL

@Suite("digest")
struct DigestTests {
    static let examples: [(text: [UInt8], hex: String)] = [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            Array(
                ("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu").utf8),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            [UInt8](repeating: 0x61, count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test("the examples of FIPS 180-4 come out, at once and in pieces")
    func examples() throws {
        var hasher = SHA256()
        for (text, hex) in Self.examples {
            #expect(SHA256.digest(text).hex == hex)
            for size in [1, 63, 64, 65, 4_096] where text.count < 1_000 || size > 64 {
                for start in stride(from: 0, to: text.count, by: size) {
                    hasher.update(Array(text[start..<min(start + size, text.count)]))
                }
                // The same hasher starts anew after each end.
                let value = hasher.finish()
                #expect(value.hex == hex)
            }
        }
    }

    @Test("a value is its 32 bytes")
    func value() throws {
        let value = SHA256.digest([1])
        #expect(value.count == 32)
        #expect(value.bytes == Array(value))
        #expect(SHA256Value(value.bytes) == value)
        #expect(SHA256Value([1]) == nil)
        #expect(SHA256.digest([2]) != value)
        #expect(Set([value, SHA256.digest([1])]).count == 1)
    }

    @Test("random bytes have the length asked for and do not repeat")
    func random() throws {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(1_000).count == 1_000)
        #expect(Set((0..<1_000).map { _ in SecureRandom.bytes(16) }).count == 1_000)
        #expect(Set((0..<1_000).map { _ in SecureRandom.uint64() }).count == 1_000)
        var generator = SecureRandom()
        #expect((0..<100).contains(Int.random(in: 0..<100, using: &generator)))
    }
}
