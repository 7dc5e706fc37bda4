// Bodies, histories, receipts and totals as readers see them, and readers beside a writer.

import LedgerConformance
import RelayCore
import RelayStore
import RelayWire
import Synchronization
import Testing

@Suite struct ReaderTests {
    private func body(of document: DocumentID, _ reader: StoreReader) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while let piece = try reader.piece(index, of: document) {
            bytes += piece
            index += 1
        }
        return bytes
    }

    @Test(
        "a body is read back byte for byte, by pieces",
        arguments: [
            0, 1, Limits.pieceBytes - 1, Limits.pieceBytes, Limits.pieceBytes + 1,
            5 * Limits.pieceBytes + 3,
        ])
    func bodies(size: Int) throws {
        let bench = try StoreBench()
        let envelope = Samples.envelope(1, size: size)
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
        let upload = UploadID(envelope.document)
        try bench.stage(bytes, as: upload, at: Samples.start)
        #expect(try bench.reader.piece(0, of: envelope.document) == nil)
        #expect(
            try bench.reader.stagedPiece(0, of: upload)
                == (size == 0 ? nil : Array(bytes.prefix(Limits.pieceBytes))))
        try bench.apply(
            .file(envelope), .bind(upload, to: envelope),
            .put(Samples.queued(envelope, sequence: 1), was: nil))
        #expect(try bench.reader.stagedPiece(0, of: upload) == nil)
        _ = try bench.restart()
        #expect(try body(of: envelope.document, bench.reader) == bytes)
        #expect(try bench.reader.piece(-1, of: envelope.document) == nil)
        #expect(try bench.reader.checkCounts().isSound)
    }

    @Test("two documents of the same bytes keep them once")
    func sharing() throws {
        let bench = try StoreBench()
        let size = 4 * Limits.pieceBytes
        for number in 1...3 {
            let envelope = Samples.envelope(number, size: size, body: 9)
            try bench.accept(envelope, Samples.queued(envelope, sequence: UInt64(number)))
        }
        #expect(try bench.reader.counters().bodyBytes == UInt64(size))
        #expect(
            try body(of: Samples.document(3), bench.reader)
                == Samples.body(of: Samples.envelope(1, size: size, body: 9)))
        for number in 1...2 { try bench.apply(.releaseBody(Samples.document(number))) }
        #expect(try body(of: Samples.document(3), bench.reader).count == size)
        #expect(try bench.reader.piece(0, of: Samples.document(1)) == nil)
        #expect(try bench.discrepancies() == [])
    }

    @Test("a large body is erased in steps, and its room comes back")
    func garbage() throws {
        let bench = try StoreBench()
        let envelope = Samples.envelope(1, size: 600 * Limits.pieceBytes + 1)
        let delivery = Samples.queued(envelope, sequence: 1)
        try bench.accept(envelope, delivery)
        let full = try bench.reader.usage()
        try bench.apply(.forget(delivery))
        var left = try bench.reader.counters().garbageBytes
        #expect(left > 0 && left < envelope.size)
        #expect(try bench.discrepancies() == [])
        _ = try bench.restart()
        var steps = 0
        while left > 0 {
            // Any turn does a step, even one that has nothing else to write.
            _ = try bench.write { (transaction) throws(LedgerFailure) in
                try transaction.nextTimer()
            }
            let now = try bench.reader.counters().garbageBytes
            #expect(now < left)
            left = now
            steps += 1
            #expect(try bench.discrepancies() == [])
        }
        #expect(steps == 2)
        // The pages of a commit can be used again by the one after the next.
        let something = Happening(
            at: Samples.start, document: Samples.document(7), recipient: nil, what: .accepted)
        for _ in 0..<2 { try bench.apply(.happened(something)) }
        let usage = try bench.reader.usage()
        #expect(usage.writableBytes > full.writableBytes + Int(envelope.size) * 9 / 10)
        #expect(usage.bodyBytes == 0)
    }

    @Test("a history is read in order, page by page, and another document's is not in it")
    func history() throws {
        let bench = try StoreBench()
        let envelopes = [Samples.envelope(1), Samples.envelope(2)]
        var wanted: [Happening] = []
        for number in 0..<25 {
            let happening = Happening(
                at: Samples.start + .seconds(Int64(number)),
                document: envelopes[number % 2].document,
                recipient: number % 3 == 0 ? nil : envelopes[0].recipients[0],
                what: Happening.What.allCases[number % Happening.What.allCases.count],
                relay: number % 4 == 0 ? Samples.relay("HUB") : nil,
                detail: "lần \(number)")
            try bench.apply(.happened(happening))
            if number % 2 == 0 { wanted.append(happening) }
        }
        for limit in [1, 4, 100] {
            var found: [Happening] = []
            var next: UInt64? = 0
            while let after = next {
                let page = try bench.reader.history(
                    of: envelopes[0].document, after: after, limit: limit)
                #expect(page.happenings.count <= limit)
                found += page.happenings
                next = page.next
            }
            #expect(found == wanted)
        }
        let none = try bench.reader.history(of: Samples.document(9), limit: 5)
        #expect(none.happenings == [] && none.next == nil)
    }

    @Test("a document is shown with its deliveries, when they arrived, and its receipts")
    func document() throws {
        let bench = try StoreBench()
        let envelope = Samples.envelope(1, to: [2, 1])
        let deliveries = [0, 1].map {
            Samples.queued(envelope, place: $0, sequence: UInt64($0 + 1))
        }
        try bench.accept(envelope, deliveries[0], deliveries[1])
        let held = deliveries[0].moved(
            to: .held(by: "a", reason: "b", since: Samples.start + .hours(1)))
        let receipt = ReceiptKey(delivery: held.key, kind: .received)
        try bench.apply(
            .put(held, was: deliveries[0]), .keep(receipt, receipt: Samples.document(8)))
        let view = try #require(try bench.reader.document(envelope.document))
        #expect(view.envelope == envelope && view.hasBody)
        #expect(view.deliveries.map(\.delivery) == [deliveries[1], held])
        #expect(view.deliveries.allSatisfy { $0.arrivedAt == Samples.start })
        #expect(try bench.reader.receipt(receipt) == Samples.document(8))
        #expect(
            try bench.reader.receipt(ReceiptKey(delivery: held.key, kind: .collected)) == nil)
        try bench.apply(.forget(held))
        #expect(try bench.reader.receipt(receipt) == nil)
        #expect(try bench.reader.document(Samples.document(8)) == nil)
    }

    @Test("counters keep the law of conservation, documents and receipts apart")
    func counters() throws {
        let bench = try StoreBench()
        for number in 1...6 {
            let envelope = Samples.envelope(number, kind: number > 4 ? .receipt : .document)
            try bench.accept(envelope, Samples.queued(envelope, sequence: UInt64(number)))
        }
        let first = Samples.queued(Samples.envelope(1), sequence: 1)
        let second = Samples.queued(Samples.envelope(2), sequence: 2)
        try bench.apply(
            .put(first.attempting(by: Samples.relay("HUB"), at: Samples.start), was: first),
            .forget(second))
        for _ in 0..<2 {
            let counters = try bench.reader.counters()
            #expect(counters.documents.accepted == 4 && counters.documents.forgotten == 1)
            #expect(counters.documents[.queued] == 2 && counters.documents[.attempting] == 1)
            #expect(counters.receipts.accepted == 2 && counters.receipts[.queued] == 2)
            #expect(counters.documents.isConserved && counters.receipts.isConserved)
            _ = try bench.restart()
        }
        #expect(try bench.reader.checkCounts().isSound)
    }

    @Test("the check finds a body that is missing, and says whose")
    func missingBody() throws {
        let bench = try StoreBench()
        let envelope = Samples.envelope(1)
        try bench.accept(envelope, Samples.queued(envelope, sequence: 1))
        try bench.apply(.releaseBody(envelope.document))
        let check = try bench.reader.checkCounts()
        #expect(!check.isSound && check.bodiesMissing == [envelope.document])
        #expect(check.discrepancies == [])
    }

    @Test("readers see whole turns while the writer writes")
    func readersBesideWriter() async throws {
        let bench = try StoreBench()
        let reader = bench.reader
        let done = Flag()
        try await withThrowingTaskGroup(of: Int.self) { (group) in
            for _ in 0..<3 {
                group.addTask { @concurrent in try await Self.readUntil(done, reader) }
            }
            // Each turn accepts a document for two recipients and moves the one before along.
            var former: [Delivery] = []
            for number in 1...150 {
                let envelope = Samples.envelope(number, to: [1, 2], size: 300)
                let pair = [0, 1].map {
                    Samples.queued(envelope, place: $0, sequence: UInt64(number * 2 + $0))
                }
                let upload = UploadID(envelope.document)
                try bench.write { (transaction) throws(LedgerFailure) in
                    for piece in Samples.pieces(
                        of: Samples.body(of: envelope), upload: upload)
                    {
                        _ = try transaction.append(piece, at: Samples.start)
                    }
                    try transaction.apply(.file(envelope))
                    try transaction.apply(.bind(upload, to: envelope))
                    for delivery in pair { try transaction.apply(.put(delivery, was: nil)) }
                    for delivery in former { try transaction.apply(.forget(delivery)) }
                }
                former = pair
                await Task.yield()
            }
            done.raised.store(true, ordering: .releasing)
            for try await reads in group { #expect(reads > 0) }
        }
        #expect(try bench.discrepancies() == [])
    }

    private final class Flag: Sendable {
        let raised = Atomic(false)
    }

    /// Whatever a reader sees, it is a turn's end: two deliveries, with their body, and no others.
    private static func readUntil(_ done: Flag, _ reader: StoreReader) async throws -> Int {
        var reads = 0
        repeat {
            var filter = ListingFilter()
            filter.states = [.queued]
            let page = try reader.deliveries(filter, limit: 10)
            let documents = Set(page.deliveries.map(\.envelope.document))
            #expect(documents.count <= 1 && page.deliveries.count == documents.count * 2)
            let counters = try reader.counters()
            #expect(counters.documents.isConserved)
            #expect(counters.documents[.queued] == 2 || counters.documents.accepted == 0)
            reads += 1
            await Task.yield()
        } while !done.raised.load(ordering: .acquiring)
        return reads
    }
}
