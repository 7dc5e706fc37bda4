// Bytes that come one piece after the other, never all at once: uploads, downloads, files.
//
// One piece is made only when it is asked for, so the one who reads sets the pace and memory holds
// a few pieces at most. A stream is read once.

package import NIOCore

package struct ByteStream<Failure: Error>: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer
    package typealias Pull = () async throws(Failure) -> ByteBuffer?

    private let start: @Sendable () -> Pull

    /// `start` is called when reading begins and gives the function that makes the pieces; nil from
    /// that one is the end.
    package init(start: @escaping @Sendable () -> Pull) {
        self.start = start
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pull: start()) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let pull: Pull

        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(Failure) -> ByteBuffer? {
            try await pull()
        }
    }
}

/// A body that comes in from an application. A failure means that it is not whole: whoever reads it
/// must keep nothing of it.
package typealias UploadBody = ByteStream<Problem>

/// A body that goes out.
package typealias OutgoingBody = ByteStream<any Error>

extension ByteStream where Failure == any Error {
    /// A body that is in memory already. For small ones.
    package init(bytes: [UInt8]) {
        self.init {
            var rest = bytes[...]
            return {
                guard !rest.isEmpty else { return nil }
                let piece = rest.prefix(APILimits.pieceBytes)
                rest = rest.dropFirst(piece.count)
                return ByteBuffer(bytes: piece)
            }
        }
    }

    /// A body that `read` makes piece by piece; nil from it is the end.
    package init(reading read: @escaping @Sendable () async throws -> [UInt8]?) {
        self.init {
            { try await read().map { ByteBuffer(bytes: $0) } }
        }
    }
}
