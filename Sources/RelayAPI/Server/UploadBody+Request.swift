// The body of a request as the service reads it: counted, bounded, and never shorter than it was.
//
// An HTTP body that ends early must not look like one that is whole. Its end counts only when the
// task has not been cancelled and the announced length, if any, has come; everything else is a
// failure.

import Hummingbird
import NIOCore
import NIOHTTP1

extension ByteStream where Failure == Problem {
    init(_ body: RequestBody, announced: Int64?, bytesMax: Int64) {
        self.init {
            var iterator = body.makeAsyncIterator()
            var count: Int64 = 0
            return { () async throws(Problem) -> ByteBuffer? in
                let piece: ByteBuffer?
                do {
                    piece = try await iterator.next(isolation: #isolation)
                } catch {
                    throw Self.cut(error, after: count)
                }
                guard let piece else {
                    guard !Task.isCancelled else {
                        throw Problem(.stopping, "The relay stopped before the upload was whole.")
                    }
                    guard announced == nil || announced == count else {
                        throw Self.cut(nil, after: count)
                    }
                    return nil
                }
                count += Int64(piece.readableBytes)
                guard count <= bytesMax else { throw Self.tooLarge(bytesMax) }
                return piece
            }
        }
    }

    static func tooLarge(_ bytesMax: Int64) -> Problem {
        var problem = Problem(
            .tooLarge, "This relay takes documents of up to \(bytesMax) bytes.")
        problem.limit = bytesMax
        return problem
    }

    static func cut(_ error: (any Error)?, after count: Int64) -> Problem {
        if let error = error as? HTTPParserError, error != .invalidEOFState {
            return Problem(
                .invalidRequest, "The body cannot be read after \(count) bytes: \(error).")
        }
        return Problem(
            .connectionCut,
            "The connection ended after \(count) bytes of the body. Nothing was stored.")
    }
}
