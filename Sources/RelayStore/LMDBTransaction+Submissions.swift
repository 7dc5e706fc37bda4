// What a repeated submission is recognised by.
//
// A submission key can be longer than LMDB's keys, so rows go by a hash of it, and hold it whole:
// two keys of one hash are told apart by comparing.

import LMDB
import RelayCore

extension LMDBTransaction {
    func remember(_ key: SubmissionKey, _ envelope: Envelope) throws(LMDBError) {
        let hash = key.hash
        try put(
            Key.submission(hash, envelope.document), key.packed, in: databases.submissions)
        try put(Key.happening(envelope.document, hash), Bytes(), in: databases.remembered)
    }

    /// Documents that went by the submission's keys: first those with the same digest, then by id.
    func known(ofSubmission submission: Submission) throws(LMDBError) -> Known {
        var found: Set<DocumentID> = []
        for key in submission.keys { found.formUnion(try documents(rememberedBy: key)) }
        var known = Known()
        for document in found.sorted() {
            guard let envelope = try envelope(of: document) else {
                throw LMDBError(
                    corrupt: databases.documents, Key.document(document),
                    "remembered, and not there")
            }
            known.earlier.append(envelope)
        }
        known.earlier =
            known.earlier.filter { $0.digest == submission.digest }
            + known.earlier.filter { $0.digest != submission.digest }
        return known
    }

    /// The document does not say by which keys it was submitted, so `remembered` does.
    func forgetSubmissions(of document: DocumentID) throws(LMDBError) {
        let prefix = Key.document(document)
        let hashes = try keys(within: prefix, of: databases.remembered, limit: .max) {
            (unpacker) in unpacker.document().flatMap { _ in unpacker.uint64() }
        }
        for hash in hashes {
            try remove(Key.submission(hash, document), from: databases.submissions)
        }
        try removeAll(within: prefix, from: databases.remembered)
    }

    /// Mostly none or one; several when an application said that other bytes were meant.
    private func documents(rememberedBy key: SubmissionKey) throws(LMDBError) -> [DocumentID] {
        let (prefix, packed) = (Key.number(key.hash), key.packed)
        let submissions = databases.submissions
        return try reading { (transaction) throws(LMDBError) in
            try transaction.withCursor(on: submissions) { (cursor) throws(LMDBError) in
                var found: [DocumentID] = []
                var more = try cursor.seek(atOrAfter: prefix)
                while more, let row = cursor.key, row.starts(with: prefix) {
                    guard let document = DocumentID(bytes: row.dropFirst(8))
                    else { throw LMDBError(corrupt: submissions, row, "no submission") }
                    if cursor.value == packed { found.append(document) }
                    more = try cursor.next()
                }
                return found
            }
        }
    }
}

extension SubmissionKey {
    /// No two keys are packed alike: texts that something follows have their length before them.
    var packed: Bytes {
        var bytes = Bytes()
        bytes.add(ended: sender.text)
        switch name {
        case .idempotency(let key):
            bytes.append(1)
            bytes.add(key)
        case .reference(let reference, let kind, let businessType, let status):
            bytes.append(2)
            bytes.append(kind.rawValue)
            bytes.append(businessType)
            bytes.add(UInt32(reference.utf8.count))
            bytes.add(reference)
            if let status { bytes += status.bytes }
        }
        return bytes
    }

    /// FNV-1a of 64 bits. Not a secret: whoever finds two keys of one hash gains a comparison.
    var hash: UInt64 {
        packed.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
