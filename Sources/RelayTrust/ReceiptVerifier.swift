// Verifies receipts, at the origin and offline: signature, chain, canonical form, and whether the
// signer speaks for whom it must: the recipient, or in a statement of failure the sender. Whether
// we ever sent that document is for the core to say.

package import OpenSSL
package import RelayCore
package import RelayWire

/// A receipt whose signature and chain hold and whose signer may speak for whom it does.
package struct CheckedReceipt: Sendable {
    package let statement: Receipt.Statement
    /// When it was signed, by the signer's word.
    package let signedAt: Instant
    /// Of the signer's certificate: serial number in hexadecimal, and its end of validity.
    package let signerSerial: String
    package let signerExpiresAt: Instant

    /// What the core believes, with the receipt document that carried it.
    package func verified(receipt: DocumentID) -> Receipt.Verified {
        Receipt.Verified(checked: statement, receipt: receipt)
    }
}

package struct ReceiptVerifier: Sendable {
    private let trust: TrustStore
    private let speakers: Speakers

    /// The largest receipt that is looked at, in bytes: a statement with the longest path and a
    /// chain of ten certificates stays below.
    package static let bytesMax = Limits.inlineBytesMax

    package init(trust: TrustStore, speakers: Speakers) {
        self.trust = trust
        self.speakers = speakers
    }

    /// - Parameter anchors: the certificates that a signer's chain must end in, in PEM.
    /// - Throws: when there is none among them.
    package init(anchors: String, speakers: Speakers) throws(OpenSSLError) {
        self.init(trust: try TrustStore(pem: anchors), speakers: speakers)
    }

    /// A receipt is judged at the time it was signed: it stays good when the signer's certificate
    /// has expired since. Blocks for some hundred microseconds.
    package func verify(_ der: [UInt8]) -> Result<CheckedReceipt, ReceiptError> {
        let message: CMS.Verified
        switch CMS.verify(der, trust: trust, at: .signingTime, bytesMax: Self.bytesMax) {
        case .success(let verified): message = verified
        case .failure(let error): return .failure(.signature(error))
        }
        let statement: Receipt.Statement
        do throws(ReceiptStatement.Fault) {
            statement = try ReceiptStatement.decode(message.content)
        } catch {
            return .failure(.statement(error))
        }
        guard message.signer.subjectURIs.contains(statement.relay.identity) else {
            return .failure(.otherRelay(stated: statement.relay))
        }
        guard speakers.maySpeak(statement.relay, for: statement.speaksFor) else {
            return .failure(.notItsSpeaker(statement.relay, of: statement.speaksFor))
        }
        return .success(
            CheckedReceipt(
                statement: statement,
                signedAt: Instant(milliseconds: message.signingTime * 1_000),
                signerSerial: message.signer.serial,
                signerExpiresAt: Instant(milliseconds: message.signer.notAfter * 1_000)))
    }
}

/// Why a receipt proves nothing.
package enum ReceiptError: Error, Sendable, CustomStringConvertible {
    case signature(CMS.VerificationError)
    case statement(ReceiptStatement.Fault)
    /// The certificate does not stand for the relay that the statement names.
    case otherRelay(stated: RelayCode)
    /// The relay may not sign for this organisation.
    case notItsSpeaker(RelayCode, of: OrganisationCode)

    package var description: String {
        switch self {
        case .signature(let error): "signature: \(error)"
        case .statement(let error): "statement: \(error)"
        case .otherRelay(let relay):
            "the signer's certificate has no URI tram:\(relay), the relay it claims to be"
        case .notItsSpeaker(let relay, let organisation):
            "relay \(relay) may not sign receipts for \(organisation)"
        }
    }
}
