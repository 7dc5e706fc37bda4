// Verifying a receipt without a relay: the seam to RelayTrust.

import RelayAPI
import RelayCore
import RelayTrust

/// What became of it.
enum ReceiptVerdict {
    /// What the receipt states, as names and values in the order in which people read them.
    case verified([(name: String, value: String)])
    case refused(String)
}

enum ReceiptVerify {
    /// Checks the signature, the chain up to `anchors` (PEM), and that the signer speaks for the
    /// recipient (of a failure, for the sender): it has that organisation's own code, or is the
    /// `speaker` that the caller trusts with it.
    /// `receipt` is CMS SignedData in DER.
    static func verify(
        receipt: [UInt8], anchors: [UInt8], speaker: RelayCode?
    ) throws -> ReceiptVerdict {
        let speakers = Speakers { organisation in
            [RelayCode(organisation.text), speaker].compactMap { $0 }
        }
        let verifier: ReceiptVerifier
        do {
            verifier = try ReceiptVerifier(
                anchors: String(decoding: anchors, as: UTF8.self), speakers: speakers)
        } catch {
            throw CommandFailure(
                .badInput, "the file of --ca cannot be used: \(error)",
                hint: "it holds the certificates, in PEM, that the signer's chain must end in")
        }
        switch verifier.verify(receipt) {
        case .success(let checked): return .verified(facts(of: checked))
        case .failure(let error): return .refused("\(error)")
        }
    }

    private static func facts(of receipt: CheckedReceipt) -> [(name: String, value: String)] {
        let statement = receipt.statement
        var facts = [
            ("kind", statement.kind.word), ("document", "\(statement.document)"),
            ("sender", "\(statement.sender)"), ("recipient", "\(statement.recipient)"),
            ("documentId", statement.reference), ("sha256", "\(statement.digest)"),
            ("size", "\(statement.size)"), ("submittedAt", Timestamp.text(statement.submittedAt)),
            ("at", Timestamp.text(statement.at)), ("relay", "\(statement.relay)"),
            ("path", statement.path.map(\.text).joined(separator: " ")),
            ("signedAt", Timestamp.text(receipt.signedAt)),
            ("signerSerial", receipt.signerSerial),
            ("signerExpiresAt", Timestamp.text(receipt.signerExpiresAt)),
        ]
        if let failure = statement.failure {
            facts += [
                ("reason", failure.reason.word), ("custody", "\(failure.custody)"),
                ("attempts", "\(failure.attempts)"), ("rounds", "\(failure.rounds)"),
                ("expiresAt", Timestamp.text(failure.expiresAt)),
            ]
        }
        return facts
    }
}
