// Signs receipts: the canonical statement inside a CMS SignedData (RFC 5652), in DER.

package import OpenSSL
package import RelayCore
import RelayWire

package struct ReceiptSigner: Sendable {
    private let identity: Identity

    package init(_ identity: Identity) {
        self.identity = identity
    }

    /// The receipt's bytes. A few kilobytes; blocks for as long as the key takes, so it is called
    /// neither on an event loop nor on the engine's thread.
    ///
    /// - Parameter now: becomes the signing time.
    package func sign(
        _ statement: Receipt.Statement, at now: Instant
    ) throws(OpenSSLError) -> [UInt8] {
        try sign(content: ReceiptStatement.encode(statement), at: now)
    }

    func sign(content: [UInt8], at now: Instant) throws(OpenSSLError) -> [UInt8] {
        try CMS.sign(content, as: identity, at: now.milliseconds / 1_000)
    }
}
