// The seam to RelayTrust: verifying a receipt without a relay.

/// What became of it.
enum ReceiptVerdict {
    /// What the receipt states, as names and values in the order in which people read them.
    case verified([(name: String, value: String)])
    case refused(String)
}

enum ReceiptVerify {
    /// Checks the signature, the chain up to `anchors` (PEM), and that the signer speaks for the
    /// recipient. `receipt` is CMS SignedData in DER.
    static func verify(receipt: [UInt8], anchors: [UInt8]) throws -> ReceiptVerdict {
        throw CommandFailure(
            .unreachable, "this build of relayctl cannot verify receipts",
            hint: "Docs/Receipts.md has the command for openssl cms -verify")
    }
}
