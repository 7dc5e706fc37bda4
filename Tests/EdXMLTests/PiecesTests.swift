// However the bytes are cut, and whoever else is reading, the result is the same: for documents
// that are read and for those that are refused, to the line and the word.

import EdXML
import Testing

@Suite("Pieces")
struct PiecesTests {
    @Test("byte by byte gives what the whole gives", arguments: Fixture.names)
    func byteByByte(_ name: String) throws {
        let bytes = try Fixture.bytes(name)
        #expect(read(bytes, cuts: Array(0...bytes.count)) == read(bytes))
    }

    @Test("random cuts give what the whole gives", arguments: Fixture.names)
    func randomCuts(_ name: String) throws {
        var generator = SeededGenerator(seed: 41)
        let bytes = try Fixture.bytes(name)
        let whole = read(bytes)
        for _ in 0..<20 {
            let cuts = (0..<Int.random(in: 1...30, using: &generator))
                .map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
            #expect(read(bytes, cuts: cuts) == whole, "\(cuts)")
        }
    }

    /// The stage hides the caller's cuts from libxml2; here it meets small pieces itself.
    @Test(
        "small pieces for libxml2 give what large ones give",
        arguments: [1, 2, 3, 5, 7, 64, 299, 300, 301, 1_000])
    func smallPieces(_ pieceBytes: Int) throws {
        for name in Fixture.names {
            let bytes = try Fixture.bytes(name)
            let whole = read(bytes)
            let small = read(bytes, pieceBytes: pieceBytes)
            if whole.kind == nil {
                #expect(small == whole, "\(name)")
            } else {
                #expect(
                    small.kind == whole.kind && small.error?.line == whole.error?.line, "\(name)")
            }
        }
    }

    @Test("characters, line ends and tags may lie across the slices that libxml2 gets")
    func acrossSlices() throws {
        let unit = "ộ€𝄞é\r\n&amp;<!-- c -->"
        let subject = String(repeating: unit, count: 90)
        let document = Small.document(
            header: Small.from + Small.to + "<Subject>\(subject)</Subject>")
        let expected = String(
            String(repeating: "ộ€𝄞é\n&", count: 90))
        let subjectAt = 300
        for shift in 0..<unit.utf8.count {
            let padding = String(repeating: "p", count: 16_384 - subjectAt - 1_000 + shift)
            let header = try read("<!--\(padding)-->" + document).get()
            #expect(header.subject == expected)
        }
    }

    @Test("an attachment longer than a slice is counted exactly, however its lines are cut")
    func longAttachment() throws {
        var generator = SeededGenerator(seed: 7)
        for lineLength in [64, 76, 1_000, 100_000] {
            let line = String(repeating: "QUJD", count: lineLength / 4)
            let data = Array(repeating: line, count: 400_000 / lineLength).joined(separator: "\r\n")
            let text = Small.document(
                data: "<Attachment><ContentTransferEncoded>\(data)</ContentTransferEncoded>"
                    + "</Attachment>")
            let bytes = Array(text.utf8)
            let cuts = (0..<50).map { _ in Int.random(in: 0...bytes.count, using: &generator) }
            let header = try read(bytes, cuts: cuts.sorted()).get()
            #expect(
                header.attachments.first?.encodedBytes == 400_000 / lineLength * line.utf8.count)
            #expect(!header.warnings.contains { $0.contains("base64") })
        }
    }

    @Test("many readers at once do not disturb each other")
    func concurrent() async throws {
        let fixtures = try Fixture.names.map { ($0, try Fixture.bytes($0)) }
        let expected = fixtures.map { read($0.1) }
        let differing = await withTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask {
                    var differing = 0
                    for round in 0..<10 {
                        for (index, fixture) in fixtures.enumerated() {
                            let cut = (task * 97 + round * 13) % fixture.1.count
                            let outcome = read(fixture.1, cuts: [cut], pieceBytes: 64 + task)
                            if outcome.kind != expected[index].kind { differing += 1 }
                            if outcome.kind == nil, outcome != expected[index] { differing += 1 }
                        }
                    }
                    return differing
                }
            }
            return await group.reduce(0, +)
        }
        #expect(differing == 0)
    }
}
