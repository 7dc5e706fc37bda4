// A submission on its way from the local API into the queue: streamed, never whole in memory.
//
// Pieces go to the store as they come, each durable before the next is asked for; on the way the
// digest is counted and an edXML header is read. The last piece and the submission itself are one
// commit, and only after it the application hears "accepted". If anything is wrong, what was staged
// is given up.

import EdXML
import NIOCore
import OpenSSL
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayEngine

struct Submitter: Sendable {
    let engine: Engine
    let callers: Callers
    let inForce: InForce

    func submit(
        _ request: SubmitRequest, _ body: UploadBody
    ) async throws(Problem) -> RelayAPI.Submission {
        let upload = UploadID(
            DocumentID(high: SystemClock.dice(), low: SystemClock.dice()))
        do throws(Problem) {
            return try await take(request, body, upload)
        } catch {
            engine.post(.abandoned(upload))
            throw error
        }
    }

    private func take(
        _ request: SubmitRequest, _ body: UploadBody, _ upload: UploadID
    ) async throws(Problem) -> RelayAPI.Submission {
        // One configuration for one submission, whatever is reloaded meanwhile.
        let (configuration, settings) = inForce.both
        let recipientsMax = configuration.limits.recipients
        var intake = try Intake(upload, readsEdXML: request.isEdXML, limits: recipientsMax)
        var pieces = body.makeAsyncIterator()
        while let bytes = try await pieces.next() {
            guard intake.size + UInt64(bytes.readableBytes) <= settings.documentBytesMax else {
                var problem = Problem(
                    .tooLarge,
                    "The document has more than \(settings.documentBytesMax) bytes, the most that "
                        + "this relay is configured to take (limits.documentSize).")
                problem.limit = Int64(clamping: settings.documentBytesMax)
                throw problem
            }
            for piece in try intake.feed(bytes) {
                switch await callers.store(piece, on: engine) {
                case .durable: break
                case .refused: throw Problem.noRoom
                case .stopped: throw Problem.notTaken
                }
            }
        }
        let (last, size, digest, header) = try intake.finish()
        if let announced = request.sha256, announced != digest {
            throw Problem(
                .digestMismatch, field: HeaderName.sha256,
                "The bytes that came have the SHA-256 \(digest); \(announced) was announced.")
        }
        let facts = try DocumentFacts(
            request, header, settings: settings, recipientsMax: recipientsMax,
            refusesIncomplete: configuration.submit.incomplete == .refuse)
        let reply = await callers.reply { caller in
            engine.postIfRoom(
                .closing(
                    last,
                    .submitted(
                        facts.submission(caller, upload, request, size: size, digest: digest))))
        }
        return try Self.answer(reply)
    }

    private static func answer(_ reply: Reply) throws(Problem) -> RelayAPI.Submission {
        switch reply {
        case .created(let envelope): return .created(SubmitAnswer(envelope))
        case .known(let envelope): return .known(SubmitAnswer(envelope))
        case .conflicting(let envelope):
            var problem = Problem(
                .conflict,
                "Another submission went under the same DocumentId or idempotency key, with other "
                    + "bytes or recipients, and was accepted as \(envelope.document). If this one is "
                    + "meant, say so: \(HeaderName.intended): again.")
            problem.earlier = envelope.document
            throw problem
        case .full: throw .noRoom
        case .failed, .done, .unchanged, .notFound, .notPossible, .traced, .tooMany,
            .drillBegun, .drillRefused:
            throw .notTaken
        }
    }
}

extension SubmitAnswer {
    init(_ envelope: Envelope) {
        self.init(
            id: envelope.document, state: .queued, recipients: envelope.recipients,
            sha256: envelope.digest, size: Int64(clamping: envelope.size))
    }
}

extension Problem {
    static var notTaken: Problem {
        Problem(
            .unavailable,
            "The relay did not take the document: it is stopping or has too much to do. "
                + "Nothing was stored; submit it again.")
    }

    static var noRoom: Problem {
        Problem(
            .storeFull,
            "The store has no room for more documents. Nothing of this one was kept; submit it again "
                + "later, or enlarge store.mapSize or the disk.")
    }
}

/// The bytes of one upload: cut into pieces, counted, digested, and read for their header.
private struct Intake: ~Copyable {
    private let upload: UploadID
    private var piece: [UInt8] = []
    private var pieceOffset: UInt64 = 0
    private var hasher = SHA256()
    private var reader: EdXMLReader?
    private(set) var size: UInt64 = 0

    init(_ upload: UploadID, readsEdXML: Bool, limits recipientsMax: Int) throws(Problem) {
        self.upload = upload
        guard readsEdXML else { return }
        var limits = EdXMLLimits()
        limits.recipientsMax = recipientsMax
        do throws(EdXMLError) {
            reader = try EdXMLReader(limits: limits)
        } catch {
            throw Problem(error)
        }
    }

    /// Returns the pieces that are full now. The last piece is kept back for `finish`.
    mutating func feed(_ bytes: ByteBuffer) throws(Problem) -> [Piece] {
        hasher.update(bytes.readableBytesSpan)
        size += UInt64(bytes.readableBytes)
        if reader != nil {
            do throws(EdXMLError) {
                try reader?.feed(bytes.readableBytesSpan)
            } catch {
                throw Problem(error)
            }
        }
        var full: [Piece] = []
        var rest = bytes.readableBytesView[...]
        while !rest.isEmpty {
            if piece.count == Limits.pieceBytes { full.append(cut()) }
            let part = rest.prefix(Limits.pieceBytes - piece.count)
            piece.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
        }
        return full
    }

    consuming func finish() throws(Problem) -> (
        last: Piece, size: UInt64, digest: SHA256Digest, header: EdXMLHeader?
    ) {
        guard size > 0 else {
            throw Problem(.malformedDocument, "The document is empty: the body has no bytes.")
        }
        let last = Piece(upload: upload, offset: pieceOffset, bytes: piece)
        guard let digest = SHA256Digest(bytes: hasher.finish()) else {
            preconditionFailure("a SHA-256 has 32 bytes")
        }
        var header: EdXMLHeader?
        if let reader = reader.take() {
            do throws(EdXMLError) {
                header = try reader.finish()
            } catch {
                throw Problem(error)
            }
        }
        return (last, size, digest, header)
    }

    private mutating func cut() -> Piece {
        defer {
            pieceOffset += UInt64(piece.count)
            piece = []
        }
        return Piece(upload: upload, offset: pieceOffset, bytes: piece)
    }
}

extension Problem {
    /// What is wrong with a document, and where.
    init(_ error: EdXMLError) {
        let kind: Kind =
            switch error.kind {
            case .missingSender: .missingSender
            case .missingRecipient: .missingRecipient
            default: .malformedDocument
            }
        self.init(kind, error.reason)
        line = error.line
        column = error.column
    }
}
