// The digest of a document's bytes as they pass, for programs that compare it with what a relay
// says.

import OpenSSL
package import RelayCore

package struct BodyDigest: ~Copyable {
    private var hasher = SHA256()

    package init() {}

    /// Takes the next bytes; the pieces may be of any length.
    package mutating func update(_ bytes: [UInt8]) { hasher.update(bytes) }

    /// Of everything so far. Begins anew.
    package mutating func finish() -> SHA256Digest {
        guard let digest = SHA256Digest(bytes: hasher.finish()) else {
            preconditionFailure("a SHA-256 has 32 bytes")
        }
        return digest
    }
}
