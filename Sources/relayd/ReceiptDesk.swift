// Where receipts are signed and verified: on threads of their own, since a key in a token may take
// its time. What comes out goes to the engine as events.

import Logging
import NIOPosix
import OpenSSL
import RelayConfiguration
import RelayCore
import RelayEngine
import RelayTrust
import Synchronization

/// What receipts are signed and verified with; a reload changes it between two of them.
final class ReceiptCredentials: Sendable {
    private let state: Mutex<(signer: ReceiptSigner, verifier: ReceiptVerifier)>

    /// - Throws: when a certificate or key cannot be read, or the two do not belong together.
    init(_ configuration: Configuration) throws(OpenSSLError) {
        state = Mutex(try Self.load(configuration))
    }

    var signer: ReceiptSigner { state.withLock { $0.signer } }
    var verifier: ReceiptVerifier { state.withLock { $0.verifier } }

    func adopt(_ loaded: (signer: ReceiptSigner, verifier: ReceiptVerifier)) {
        state.withLock { $0 = loaded }
    }

    static func load(
        _ configuration: Configuration
    ) throws(OpenSSLError) -> (signer: ReceiptSigner, verifier: ReceiptVerifier) {
        let receipts = configuration.receipts
        return (
            ReceiptSigner(
                try Identity(certificateFile: receipts.certificate, keyFile: receipts.key)),
            ReceiptVerifier(
                trust: try TrustStore(pemFile: receipts.trust), speakers: Speakers(configuration))
        )
    }
}

struct ReceiptDesk: Sendable {
    let credentials: ReceiptCredentials
    let bodies: Bodies
    let engine: Engine
    let clock: SystemClock
    let logger: Logger
    private let threads = NIOThreadPool.singleton

    /// `Action.sign`: the receipt is staged and told of in one input. When it cannot be signed
    /// nothing is told: the debt is on disk and comes up again.
    func sign(_ statement: Receipt.Statement, receipt: DocumentID) {
        threads.submit { _ in
            do {
                let bytes = try credentials.signer.sign(statement, at: clock.now)
                guard let digest = SHA256Digest(bytes: SHA256.digest(bytes)) else {
                    preconditionFailure("a SHA-256 has 32 bytes")
                }
                let signed = SignedReceipt(
                    statement: statement, receipt: receipt, upload: UploadID(receipt),
                    size: UInt64(bytes.count), digest: digest)
                let piece = Piece(upload: signed.upload, offset: 0, bytes: bytes)
                engine.post(.closing(piece, .signed(signed)))
            } catch {
                logger.error(
                    "a receipt could not be signed; it will be tried again",
                    metadata: ["document": "\(statement.document)", "reason": "\(error)"])
            }
        }
    }

    /// `Action.verify`: reads the receipt document and checks it. When it cannot be read nothing is
    /// told, for that says nothing about the receipt: this debt, too, comes up again.
    func verify(_ key: DeliveryKey) {
        Task {
            guard let bytes = await bodies.small(key.document) else {
                logger.error(
                    "a receipt cannot be read; it will be tried again",
                    metadata: ["document": "\(key.document)"])
                return
            }
            threads.submit { _ in
                switch credentials.verifier.verify(bytes) {
                case .success(let receipt):
                    engine.post(.event(.verified(receipt.verified(receipt: key.document))))
                case .failure(let error):
                    engine.post(.event(.unverifiable(key, reason: "\(error)")))
                }
            }
        }
    }
}
