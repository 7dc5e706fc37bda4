// Bodies: staged piece by piece, bound to a document, shared by digest, and let go.
//
// A body has a number of its own, given once. Staging writes pieces under a new number; binding makes
// the number the document's, or, when a body of that digest is here already, shares that one. So bytes
// are written once, and moved never.

import LMDB
package import RelayCore
import RelayWire

/// A staged body as this transaction has left it; its row is written at the commit.
struct StagedUpload {
    var staged: Staged?
    /// Whether the database has a row for it.
    var hasRow: Bool

    struct Staged: Hashable {
        let body: UInt64
        var length: UInt64
        var touched: Instant
    }
}

extension LMDBTransaction {
    package func append(_ piece: Piece, at now: Instant) throws(LedgerFailure) -> Bool {
        precondition(piece.bytes.count <= Limits.pieceBytes, "a piece longer than a piece is")
        precondition(
            piece.offset.isMultiple(of: UInt64(Limits.pieceBytes)), "a piece between two places")
        do throws(LMDBError) {
            return try stage(piece, at: now)
        } catch {
            throw LedgerFailure(error)
        }
    }

    package func sweepUploads(
        untouchedSince time: Instant, limit: Int
    ) throws(LedgerFailure) -> Bool {
        do throws(LMDBError) {
            try flushUploads()
            let stale = try staleUploads(since: time, limit: limit < .max ? limit + 1 : limit)
            for upload in stale.prefix(limit) { try discard(upload) }
            return stale.count > limit
        } catch {
            throw LedgerFailure(error)
        }
    }

    /// The whole pieces of a document's staged body, in bytes: a sender goes on at the next one.
    func stagedBytes(of upload: UploadID) throws(LMDBError) -> UInt64 {
        let length = try staged(upload)?.length ?? 0
        return length - length % UInt64(Limits.pieceBytes)
    }

    /// The number of a document's body, when it has one.
    func body(of document: DocumentID) throws(LMDBError) -> UInt64? {
        let bodies = databases.bodies
        return try reading { (transaction) throws(LMDBError) in
            try transaction.number(Key.document(document), in: bodies)
        }
    }
}

// MARK: - Staging

extension LMDBTransaction {
    private func stage(_ piece: Piece, at now: Instant) throws(LMDBError) -> Bool {
        if let staged = try staged(piece.upload), piece.offset < staged.length {
            if try isSame(piece, in: staged) {
                uploads[piece.upload]?.staged?.touched = now
                return true
            }
            // Somebody sends other bytes under this id. What is staged is of no use to them, and must
            // not be mixed with theirs.
            try discard(piece.upload)
        }
        let staged = try staged(piece.upload)
        guard piece.offset == staged?.length ?? 0 else { return false }
        let body = staged?.body ?? takeBodyNumber()
        if !piece.bytes.isEmpty { try store(piece, in: body) }
        uploads[piece.upload]?.staged = StagedUpload.Staged(
            body: body, length: piece.offset + UInt64(piece.bytes.count), touched: now)
        return true
    }

    private func takeBodyNumber() -> UInt64 {
        counters.lastBody += 1
        return counters.lastBody
    }

    private func store(_ piece: Piece, in body: UInt64) throws(LMDBError) {
        let key = Key.piece(body, piece.offset / UInt64(Limits.pieceBytes))
        // Behind all others, unless two bodies arrive side by side.
        if try !put(key, piece.bytes, in: databases.pieces, mode: .append) {
            try put(key, piece.bytes, in: databases.pieces)
        }
    }

    private func isSame(_ piece: Piece, in staged: StagedUpload.Staged) throws(LMDBError) -> Bool {
        let pieces = databases.pieces
        let key = Key.piece(staged.body, piece.offset / UInt64(Limits.pieceBytes))
        return try reading { (transaction) throws(LMDBError) in
            try transaction.value(of: key, in: pieces) == piece.bytes
        }
    }

    /// What is staged, as of this transaction. Afterwards `uploads` holds the upload.
    private func staged(_ upload: UploadID) throws(LMDBError) -> StagedUpload.Staged? {
        if let known = uploads[upload] { return known.staged }
        let databases = databases
        let staged = try reading { (transaction) throws(LMDBError) in
            try transaction.staged(upload, databases)
        }
        uploads[upload] = StagedUpload(staged: staged, hasRow: staged != nil)
        return staged
    }

    /// Writes the rows of uploads that this transaction has changed.
    func flushUploads() throws(LMDBError) {
        for (upload, known) in uploads {
            let key = Key.document(upload.id)
            if let staged = known.staged {
                try put(key, staged.bytes, in: databases.uploads)
                uploads[upload]?.hasRow = true
            } else if known.hasRow {
                try remove(key, from: databases.uploads)
                uploads[upload]?.hasRow = false
            }
        }
    }

    private func staleUploads(since time: Instant, limit: Int) throws(LMDBError) -> [UploadID] {
        let databases = databases
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: databases.uploads) { (cursor) throws(LMDBError) in
                var stale: [UploadID] = []
                while stale.count < limit, try cursor.next() {
                    let (key, value) = (cursor.key ?? [], cursor.value ?? [])
                    guard let id = DocumentID(bytes: key), let staged = StagedUpload.Staged(value)
                    else { throw LMDBError(corrupt: databases.uploads, key, "no upload") }
                    if staged.touched < time { stale.append(UploadID(id)) }
                }
                return stale
            }
        }
    }
}

// MARK: - Binding and letting go

extension LMDBTransaction {
    func bind(_ upload: UploadID, to envelope: Envelope) throws(LMDBError) {
        let staged = try staged(upload)
        // An empty body needs no piece. Anything else must be here, whole: it is ours from now on.
        precondition(
            staged?.length ?? 0 == envelope.size, "a body bound that is not as long as it says")
        uploads[upload]?.staged = nil
        let key = Key.document(envelope.document)
        let digest = Bytes(envelope.digest.bytes)
        if try body(of: envelope.document) != nil {
            // It has its body. The relay asks for none then, but two of the same do no harm.
            if let staged { try erase(staged.body, bytes: staged.length) }
        } else if var shared = try sharedBody(digest) {
            guard shared.length == envelope.size else {
                throw LMDBError(corrupt: databases.digests, digest, "two lengths of one digest")
            }
            shared.documents += 1
            try put(digest, shared.bytes, in: databases.digests)
            try put(key, Key.number(shared.body), in: databases.bodies)
            if let staged { try erase(staged.body, bytes: staged.length) }
        } else {
            let body = staged?.body ?? takeBodyNumber()
            let shared = SharedBody(body: body, length: envelope.size, documents: 1)
            try put(digest, shared.bytes, in: databases.digests)
            try put(key, Key.number(body), in: databases.bodies)
            counters.bodyBytes += envelope.size
        }
    }

    func discard(_ upload: UploadID) throws(LMDBError) {
        guard let staged = try staged(upload) else { return }
        uploads[upload]?.staged = nil
        try erase(staged.body, bytes: staged.length)
    }

    /// The document needs its body no more; the last one that shares it takes it along.
    func releaseBody(of document: DocumentID) throws(LMDBError) {
        let key = Key.document(document)
        guard let body = try body(of: document) else { return }
        guard let envelope = try envelope(of: document) else {
            throw LMDBError(corrupt: databases.documents, key, "it has a body and no envelope")
        }
        let digest = Bytes(envelope.digest.bytes)
        guard var shared = try sharedBody(digest), shared.body == body,
            shared.length == envelope.size
        else {
            throw LMDBError(corrupt: databases.digests, digest, "not the body of \(document)")
        }
        try remove(key, from: databases.bodies)
        shared.documents -= 1
        if shared.documents > 0 {
            try put(digest, shared.bytes, in: databases.digests)
        } else {
            try remove(digest, from: databases.digests)
            counters.bodyBytes -= min(shared.length, counters.bodyBytes)
            try erase(body, bytes: shared.length)
        }
    }

    private func sharedBody(_ digest: Bytes) throws(LMDBError) -> SharedBody? {
        let digests = databases.digests
        guard
            let value = try reading({ (transaction) throws(LMDBError) in
                try transaction.value(of: digest, in: digests)
            })
        else { return nil }
        guard let shared = SharedBody(value)
        else { throw LMDBError(corrupt: digests, digest, "no shared body") }
        return shared
    }
}

extension Transaction {
    borrowing func staged(
        _ upload: UploadID, _ databases: Databases
    ) throws(LMDBError) -> StagedUpload.Staged? {
        let key = Key.document(upload.id)
        guard let value = try value(of: key, in: databases.uploads) else { return nil }
        guard let staged = StagedUpload.Staged(value)
        else { throw LMDBError(corrupt: databases.uploads, key, "no upload") }
        return staged
    }
}

extension StagedUpload.Staged {
    init?(_ bytes: Bytes) {
        var unpacker = Unpacker(bytes)
        guard let body = unpacker.uint64(), let length = unpacker.uint64(),
            let touched = unpacker.instant(), unpacker.isAtEnd
        else { return nil }
        self.body = body
        self.length = length
        self.touched = touched
    }

    var bytes: Bytes {
        var bytes = Bytes(room: 24)
        bytes.add(body)
        bytes.add(length)
        bytes.add(touched)
        return bytes
    }
}

/// The value of a row in `digests`.
struct SharedBody {
    let body: UInt64
    /// In bytes.
    let length: UInt64
    /// At least one.
    var documents: UInt64

    init(body: UInt64, length: UInt64, documents: UInt64) {
        self.body = body
        self.length = length
        self.documents = documents
    }

    init?(_ bytes: Bytes) {
        var unpacker = Unpacker(bytes)
        guard let body = unpacker.uint64(), let length = unpacker.uint64(),
            let documents = unpacker.uint64(), documents > 0, unpacker.isAtEnd
        else { return nil }
        self.init(body: body, length: length, documents: documents)
    }

    var bytes: Bytes {
        var bytes = Bytes(room: 24)
        bytes.add(body)
        bytes.add(length)
        bytes.add(documents)
        return bytes
    }
}
