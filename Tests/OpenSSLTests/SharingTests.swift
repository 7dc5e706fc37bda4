// What is declared Sendable, used by many threads at once. Address and thread sanitizer have more
// to say here than the expectations.

import Testing

@testable import OpenSSL

@Suite("sharing")
struct SharingTests {
    @Test("context, store, certificate and key serve many threads at once")
    func threads() async throws {
        let authority = try Authority()
        let identity = try authority.identity()
        let trust = try authority.trust
        let context = try authority.context(identity, trust: trust)
        let content = pattern(1_000)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { @concurrent in
                    var good = true
                    for _ in 0..<8 {
                        let pair = try Pair(client: context, server: context)
                        good = good && pair.handshake().server == .complete
                        let der = try CMS.sign(content, as: identity, at: Authority.now)
                        let verified = try CMS.verify(der, trust: trust, bytesMax: 10_000).get()
                        good = good && verified.content == content
                        let again = try Certificate(der: identity.certificate.der())
                        good = good && again == identity.certificate && identity.key.fits(again)
                    }
                    return good
                }
            }
            for try await good in group { #expect(good) }
        }
    }
}
