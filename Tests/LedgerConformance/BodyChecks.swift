// Submissions, staged uploads, bodies, and forgetting.

import RelayCore

extension LedgerConformance {
    static let submissionChecks = [
        LedgerCheck("a submission finds what went by its keys, the same digest first") { bench in
            let first = Samples.envelope(1, reference: "12/QĐ-UBND")
            let second = Samples.envelope(2, reference: "12/QĐ-UBND")
            let longer = Samples.envelope(3, reference: "12/QĐ-UBND-2")
            for envelope in [first, second, longer] {
                try bench.apply(.file(envelope))
                for key in Samples.submission(like: envelope, key: "key").keys
                where envelope != second || key.name != .idempotency("key") {
                    try bench.apply(.remember(key, envelope))
                }
            }
            for _ in 0..<2 {
                let byReference = Samples.submission(like: second)
                try expect(
                    try bench.known(.submission(byReference)).earlier, [second, first],
                    "by reference")
                let byKey = Samples.submission(like: longer, key: "key", reference: "")
                try expect(
                    try bench.known(.submission(byKey)).earlier, [longer, first], "by key")
                let unknown = Samples.submission(like: first, key: "ke", reference: "12/QĐ")
                try expect(
                    try bench.known(.submission(unknown)).earlier, [], "the beginnings of both")
                guard try bench.restart() else { return }
            }
        },
        LedgerCheck("a status message is recognised by its bytes too") {
            bench in
            let first = Samples.envelope(1, kind: .status, reference: "status")
            let second = Samples.envelope(2, kind: .status, reference: "status")
            for envelope in [first, second] {
                try bench.apply(.file(envelope))
                for key in Samples.submission(like: envelope).keys {
                    try bench.apply(.remember(key, envelope))
                }
            }
            try expect(
                try bench.known(.submission(Samples.submission(like: first))).earlier, [first],
                "one status message")
            let document = Samples.envelope(3, reference: "status")
            try expect(
                try bench.known(.submission(Samples.submission(like: document))).earlier, [],
                "a document of that reference")
        },
        LedgerCheck("the longest reference and the longest key are remembered") { bench in
            let long = String(repeating: "ư", count: Limits.referenceBytesMax / 2)
            let envelope = Samples.envelope(1, reference: long)
            let key = String(repeating: "k", count: Limits.idempotencyKeyBytesMax)
            let submission = Samples.submission(like: envelope, key: key)
            try bench.apply(.file(envelope))
            for key in submission.keys { try bench.apply(.remember(key, envelope)) }
            try expect(try bench.known(.submission(submission)).earlier, [envelope], "both keys")
            let other = Samples.submission(like: envelope, key: "", reference: long + "x")
            try expect(try bench.known(.submission(other)).earlier, [], "one letter more")
        },
    ]

    static let uploadChecks = [
        LedgerCheck("pieces are taken in order; again is taken as read; a gap is not") { bench in
            let envelope = Samples.envelope(1, size: 2 * Limits.pieceBytes + 10)
            let upload = UploadID(envelope.document)
            let pieces = Samples.pieces(of: Samples.body(of: envelope), upload: upload)
            func append(_ number: Int) throws -> Bool {
                try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.append(pieces[number], at: Samples.start)
                }
            }
            func staged() throws -> UInt64 { try bench.stagedBytes(of: upload) }
            try expect(try !append(1), "a gap at the beginning was taken")
            try expect(try staged(), 0, "nothing staged")
            try expect(try append(0), "the first was not taken")
            try expect(try !append(2), "a gap was taken")
            try expect(try append(0), "the first, again, was not taken")
            try expect(try staged(), UInt64(Limits.pieceBytes), "one piece")
            if try bench.restart() {
                try expect(try staged(), UInt64(Limits.pieceBytes), "after a restart")
            }
            try expect(try append(1), "the second was not taken")
            try expect(try append(2), "the last was not taken")
            // A sender goes on at a whole piece: the short last one is asked for again.
            try expect(try staged(), UInt64(2 * Limits.pieceBytes), "whole pieces")
            try expect(try append(2), "the last, again, was not taken")
            try expect(try !bench.known(.document(envelope.document)).hasBody, "not bound yet")
            try bench.apply(.file(envelope), .bind(upload, to: envelope))
            let known = try bench.known(.document(envelope.document))
            try expect(known.hasBody && known.stagedBytes == 0, "bound")
        },
        LedgerCheck("other bytes at a place begin the upload anew, and are never mixed in") {
            bench in
            let upload = UploadID(Samples.document(1))
            func append(_ index: Int, _ byte: UInt8, count: Int) throws -> Bool {
                let piece = Piece(
                    upload: upload, offset: UInt64(index * Limits.pieceBytes),
                    bytes: [UInt8](repeating: byte, count: count))
                return try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.append(piece, at: Samples.start)
                }
            }
            func staged() throws -> UInt64 { try bench.stagedBytes(of: upload) }
            let whole = UInt64(Limits.pieceBytes)
            try expect(try append(0, 1, count: Limits.pieceBytes), "the first")
            try expect(try append(1, 1, count: Limits.pieceBytes), "the second")
            // Not the one that is there: what was staged is gone, so this one is a gap.
            try expect(try !append(1, 2, count: Limits.pieceBytes), "another second")
            try expect(try staged(), 0, "nothing is left of the first sender's")
            try expect(try append(0, 3, count: 50), "a short one")
            try expect(try append(0, 3, count: Limits.pieceBytes), "a longer one in its place")
            try expect(try staged(), whole, "the longer one")
            try expect(try append(1, 4, count: 10), "and the last")
            let size = Limits.pieceBytes + 10
            let envelope = Samples.envelope(1, size: size)
            try bench.apply(.file(envelope), .bind(upload, to: envelope))
            try expect(try bench.known(.document(upload.id)).hasBody, "bound")
        },
        LedgerCheck("the sweep takes what nobody has touched, a few at a time") { bench in
            for number in 1...4 {
                let bytes = [UInt8](repeating: 1, count: Limits.pieceBytes)
                try bench.stage(
                    bytes, as: UploadID(Samples.document(number)),
                    at: Samples.start + .minutes(Int64(number)))
            }
            // Sent again: touched.
            try bench.stage(
                [UInt8](repeating: 1, count: Limits.pieceBytes),
                as: UploadID(Samples.document(1)), at: Samples.start + .minutes(9))
            func sweep() throws -> Bool {
                try bench.write { (transaction) throws(LedgerFailure) in
                    try transaction.sweepUploads(
                        untouchedSince: Samples.start + .minutes(4), limit: 1)
                }
            }
            func staged() throws -> [Int] {
                try (1...4).filter {
                    try bench.known(.document(Samples.document($0))).stagedBytes > 0
                }
            }
            try expect(try sweep(), "there was more to sweep")
            try expect(try staged().count, 3, "staged after the first sweep")
            try expect(try !sweep(), "there was no more to sweep")
            try expect(try staged(), [1, 4], "staged after the second")
            try expect(try !sweep(), "nothing to sweep")
            try expect(try staged(), [1, 4], "staged after the third")
        },
        LedgerCheck("a discarded upload is gone; discarding nothing is no fault") { bench in
            let upload = UploadID(Samples.document(1))
            let bytes = [UInt8](repeating: 1, count: Limits.pieceBytes + 5)
            try bench.stage(bytes, as: upload, at: Samples.start)
            try bench.apply(.discard(upload))
            try expect(try bench.known(.document(upload.id)).stagedBytes, 0, "staged")
            try bench.apply(.discard(upload))
            try bench.stage(bytes, as: upload, at: Samples.start)
            try expect(
                try bench.known(.document(upload.id)).stagedBytes, UInt64(Limits.pieceBytes),
                "staged again")
        },
    ]

    static let bodyChecks = [
        LedgerCheck("documents of one digest share a body, and the last one takes it along") {
            bench in
            let sizes = [0, 1, Limits.pieceBytes, 2 * Limits.pieceBytes + 1]
            for (round, size) in sizes.enumerated() {
                let pair = (1...2).map {
                    Samples.envelope(round * 10 + $0, size: size, body: round)
                }
                for (place, envelope) in pair.enumerated() {
                    let sequence = UInt64(round * 10 + place + 1)
                    try bench.accept(envelope, Samples.queued(envelope, sequence: sequence))
                }
                func bodies() throws -> [Bool] {
                    try pair.map { try bench.known(.document($0.document)).hasBody }
                }
                try expect(try bodies(), [true, true], "size \(size), both bound")
                try bench.apply(.releaseBody(pair[0].document))
                try expect(try bodies(), [false, true], "size \(size), one released")
                try bench.apply(.releaseBody(pair[0].document))
                try expect(try bodies(), [false, true], "size \(size), released once more")
                _ = try bench.restart()
                try bench.apply(.releaseBody(pair[1].document))
                try expect(try bodies(), [false, false], "size \(size), both released")
            }
        },
        LedgerCheck("a released body can come again") { bench in
            let envelope = Samples.envelope(1, size: Limits.pieceBytes + 1)
            try bench.accept(envelope, Samples.queued(envelope, sequence: 1))
            try bench.apply(.releaseBody(envelope.document))
            let upload = UploadID(envelope.document)
            try bench.stage(Samples.body(of: envelope), as: upload, at: Samples.start)
            try bench.apply(.bind(upload, to: envelope))
            try expect(try bench.known(.document(envelope.document)).hasBody, "bound again")
        },
    ]

    static let forgettingChecks = [
        LedgerCheck("the document is forgotten with its last delivery, keys and all") { bench in
            let envelope = Samples.envelope(1, to: [1, 2], reference: "r")
            let twin = Samples.envelope(2, body: 1)
            let deliveries = [0, 1].map {
                Samples.queued(envelope, place: $0, sequence: UInt64($0 + 1))
            }
            try bench.accept(envelope, deliveries[0], deliveries[1])
            try bench.accept(twin, Samples.queued(twin, sequence: 3))
            let submission = Samples.submission(like: envelope, key: "k")
            for key in submission.keys { try bench.apply(.remember(key, envelope)) }
            try bench.apply(
                .happened(
                    Happening(
                        at: Samples.start, document: envelope.document, recipient: nil,
                        what: .accepted)),
                .keep(
                    ReceiptKey(delivery: deliveries[0].key, kind: .received),
                    receipt: Samples.document(9)))
            try bench.apply(.forget(deliveries[0]))
            let known = try bench.known(.document(envelope.document))
            try expect(known.deliveries, [deliveries[1]], "the other delivery")
            try expect(known.hasBody && known.envelope == envelope, "the document")
            try expect(try bench.known(.submission(submission)).earlier, [envelope], "its keys")
            try bench.apply(.forget(deliveries[1]))
            try expect(try bench.known(.document(envelope.document)), Known(), "after the last")
            try expect(try bench.known(.submission(submission)), Known(), "its keys, after")
            try expect(try bench.known(.document(twin.document)).hasBody, "the twin's body")
            // Past the window the id is as new as any other.
            try bench.accept(envelope, Samples.queued(envelope, sequence: 4))
            try expect(try bench.known(.document(envelope.document)).deliveries.count, 1, "anew")
        }
    ]
}
