// Where receipts are signed and verified: on threads of their own, since a key in a token may take
// its time. What comes out goes to the engine as events.

import Logging
import NIOPosix
import OpenSSL
import RelayCore
import RelayEngine
import RelayTrust

struct ReceiptDesk: Sendable {
    let signer: ReceiptSigner
    let verifier: ReceiptVerifier
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
                let bytes = try signer.sign(statement, at: clock.now)
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
                switch verifier.verify(bytes) {
                case .success(let receipt):
                    engine.post(.event(.verified(receipt.verified(receipt: key.document))))
                case .failure(let error):
                    engine.post(.event(.unverifiable(key, reason: "\(error)")))
                }
            }
        }
    }
}
