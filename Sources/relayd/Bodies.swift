// Bodies read from the store, off the event loops: a page that is not in memory blocks the reader.

import NIOCore
import NIOPosix
import OpenSSL
import RelayAPI
import RelayCore
import RelayStore

struct Bodies: Sendable {
    let reader: StoreReader
    /// A few threads: as many reads at once as a disk serves well.
    private let threads = NIOThreadPool.singleton

    init(_ reader: StoreReader) { self.reader = reader }

    /// Runs on one of the threads.
    func result<Value: Sendable>(
        of body: @escaping @Sendable (StoreReader) throws -> Value
    ) async throws -> Value {
        let reader = reader
        return try await threads.runIfActive { try body(reader) }
    }

    /// The same for a caller of the API.
    func answer<Value: Sendable>(
        _ body: @escaping @Sendable (StoreReader) throws -> Value
    ) async throws(Problem) -> Value {
        do {
            return try await result(of: body)
        } catch ReadFailure.busy {
            throw Problem(.unavailable, "Too many readers of the store at once; try again.")
        } catch {
            throw Problem(.internalError, "The store could not be read: \(error)")
        }
    }

    /// Nil when it fails, too: for a link, a body that cannot be read is not there.
    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (StoreReader) throws -> Value?
    ) async -> Value? {
        try? await result(of: body)
    }

    /// `count` bytes of a document's body; nil when they cannot be had.
    func bytes(of document: DocumentID, from offset: UInt64, count: Int) async -> [UInt8]? {
        let index = Int(offset / UInt64(Limits.pieceBytes))
        return await read { reader in
            let piece = try reader.piece(index, of: document)
            return piece?.count == count ? piece : nil
        }
    }

    /// A whole small body, such as a receipt's.
    func small(_ document: DocumentID) async -> [UInt8]? {
        await read { try $0.piece(0, of: document) }
    }

    /// SHA-256 over what is staged.
    func digest(of upload: UploadID) async -> SHA256Digest? {
        await read { reader in
            var hasher = SHA256()
            var index = 0
            while let piece = try reader.stagedPiece(index, of: upload) {
                hasher.update(piece)
                index += 1
            }
            return SHA256Digest(bytes: hasher.finish())
        }
    }

    /// A body on its way to an application, one piece at a time.
    func stream(_ document: DocumentID, size: UInt64) -> OutgoingBody {
        OutgoingBody {
            var index = 0
            var rest = size
            return {
                guard rest > 0 else { return nil }
                let next = index
                guard let piece = await read({ try $0.piece(next, of: document) }) else {
                    throw Problem(.internalError, "The body of \(document) cannot be read.")
                }
                index += 1
                rest -= min(rest, UInt64(piece.count))
                return ByteBuffer(bytes: piece)
            }
        }
    }
}
