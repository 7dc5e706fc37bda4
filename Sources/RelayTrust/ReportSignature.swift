// Reports of drills, signed like receipts and verified offline: CMS SignedData (RFC 5652) in DER
// with the report inside. What the report says is its own business; whose relay signed is checked
// here.

package import OpenSSL
package import RelayCore

extension ReceiptSigner {
    /// The report's bytes, signed. Blocks for as long as the key takes.
    package func sign(
        drillReport report: [UInt8], at now: Instant
    ) throws(OpenSSLError) -> [UInt8] {
        try sign(content: report, at: now)
    }
}

/// A report whose signature and chain hold.
package struct CheckedReport: Sendable {
    /// What was signed.
    package let content: [UInt8]
    /// By the signer's word.
    package let signedAt: Instant
    package let signerSerial: String
    private let signerURIs: [String]

    /// Whether the signer's certificate is of this relay.
    package func isSigned(by relay: RelayCode) -> Bool {
        signerURIs.contains(relay.identity)
    }

    fileprivate init(_ message: CMS.Verified) {
        content = message.content
        signedAt = Instant(milliseconds: message.signingTime * 1_000)
        signerSerial = message.signer.serial
        signerURIs = message.signer.subjectURIs
    }
}

package struct ReportVerifier: Sendable {
    private let trust: TrustStore

    /// The largest that is looked at: a report of the longest drill, and a chain of certificates.
    package static let bytesMax = 1 << 20

    /// - Parameter anchors: the certificates that a signer's chain must end in, in PEM.
    package init(anchors: String) throws(OpenSSLError) {
        trust = try TrustStore(pem: anchors)
    }

    /// Judged at the time it was signed, like a receipt. When it is not valid: why, in words.
    package func verify(_ der: [UInt8]) -> Result<CheckedReport, ReportRefusal> {
        switch CMS.verify(der, trust: trust, at: .signingTime, bytesMax: Self.bytesMax) {
        case .success(let message): .success(CheckedReport(message))
        case .failure(let error): .failure(ReportRefusal(reason: "\(error)"))
        }
    }
}

package struct ReportRefusal: Error, Sendable {
    package let reason: String
}
