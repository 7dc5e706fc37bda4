// The writer: what it writes reads back equal, its order is the Java library's, and its base64 is
// that of RFC 4648.

import EdXML
import Foundation
import Testing

@Suite("Writer")
struct WriterTests {
    /// Writes a document whose attachments hold `data`, handed over in pieces of up to `pieceMax`.
    static func write(
        _ draft: EdXMLDocumentDraft, data: [[UInt8]], pieceMax: Int = 1_000
    ) -> [UInt8] {
        var written: [UInt8] = []
        var rest = data.map { $0[...] }
        EdXMLWriter.write(
            draft,
            data: { index in
                guard !rest[index].isEmpty else { return nil }
                let piece = Array(rest[index].prefix(pieceMax))
                rest[index] = rest[index].dropFirst(pieceMax)
                return piece
            },
            to: { written += $0 })
        return written
    }

    static func randomText(_ length: Int, using generator: inout SeededGenerator) -> String {
        let characters: [Character] = [
            "a", "Z", "7", "ộ", "Đ", "€", "𝄞", "&", "<", ">", "\"", "'", "]", " ", "\n", "\t",
            "\u{FFFD}", "ư\u{323}",
        ]
        let text = (0..<length).map { _ in
            characters[Int.random(in: 0..<characters.count, using: &generator)]
        }
        return "x" + String(text) + "y"
    }

    static func randomDraft(using generator: inout SeededGenerator) -> EdXMLDocumentDraft {
        func text(_ length: ClosedRange<Int>) -> String {
            randomText(Int.random(in: length, using: &generator), using: &generator)
        }
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty("H99.1", name: text(0...40)),
            recipients: (1...Int.random(in: 1...20, using: &generator)).map {
                EdXMLParty("000.00.\($0).X01", name: text(0...10))
            },
            documentId: text(0...40))
        draft.codeNumber = text(0...10)
        draft.codeNotation = text(0...10)
        draft.promulgationDate = "2026/03/02"
        draft.documentTypeName = text(0...40)
        draft.subject = text(0...200)
        draft.content = text(0...2_000)
        draft.priority = Int.random(in: 0...4, using: &generator)
        draft.bussinessDocType = Int.random(in: 0...3, using: &generator)
        draft.bussinessDocumentId = Bool.random(using: &generator) ? text(0...40) : nil
        draft.attachments = (0..<Int.random(in: 0...5, using: &generator)).map {
            EdXMLDocumentDraft.Attachment(
                contentId: "part-\($0)", name: text(0...60), contentType: "application/pdf")
        }
        return draft
    }

    @Test("what is written reads back equal, with attachments of any length")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let draft = Self.randomDraft(using: &generator)
            let lengths = draft.attachments.map { _ in
                Int.random(in: 0...4_000, using: &generator) / 1_000 * 777
            }
            let bytes = Self.write(
                draft, data: lengths.map { [UInt8](repeating: 0xA5, count: $0) },
                pieceMax: Int.random(in: 1...500, using: &generator))
            let header = try read(bytes).get()
            #expect(header.kind == .document && header.sender == draft.sender.organId)
            #expect(header.recipients == draft.recipients.map(\.organId))
            #expect(header.documentId == draft.documentId)
            #expect(header.codeNumber == draft.codeNumber)
            #expect(header.codeNotation == draft.codeNotation)
            #expect(header.promulgationDate == draft.promulgationDate)
            #expect(header.documentTypeName == draft.documentTypeName)
            #expect(header.subject == draft.subject)
            #expect(header.priority == draft.priority)
            #expect(header.bussinessDocType == draft.bussinessDocType)
            #expect(header.bussinessDocumentId == draft.bussinessDocumentId)
            #expect(header.attachments.map(\.contentId) == draft.attachments.map(\.contentId))
            #expect(header.attachments.map(\.name) == draft.attachments.map(\.name))
            #expect(header.attachments.map(\.contentType) == draft.attachments.map(\.contentType))
            #expect(header.attachments.map(\.encodedBytes) == lengths.map { ($0 + 2) / 3 * 4 })
            #expect(header.references.map(\.contentId) == draft.attachments.map(\.contentId))
            #expect(header.missingAttachments.count == lengths.filter { $0 == 0 }.count)
            let expected = header.missingAttachments.isEmpty ? 0 : 1
            #expect(header.warnings.count == expected, "\(header.warnings)")
        }
    }

    @Test("a status message reads back equal")
    func status() throws {
        var draft = EdXMLStatusDraft(
            sender: EdXMLParty("H99.2", name: "Cơ quan <Hai> & con"), recipient: "H99.1",
            respondsTo: "H99.1,2026/03/02,12/TN-VP", statusCode: "03")
        draft.code = "12/TN-VP"
        draft.promulgationDate = "2026/03/02"
        draft.timestamp = "2026/03/02 09:30:00"
        var bytes: [UInt8] = []
        EdXMLWriter.write(draft, to: { bytes += $0 })
        let header = try read(bytes).get()
        #expect(header.kind == .status && header.sender == "H99.2")
        #expect(header.recipients == ["H99.1"])
        #expect(header.respondsTo == draft.respondsTo && header.documentId == nil)
        #expect(header.statusCode == "03" && header.timestamp == draft.timestamp)
        #expect(header.warnings.isEmpty)
    }

    @Test("elements come in the order and with the prefixes of the Java library")
    func order() throws {
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty("H99.1"), recipients: [EdXMLParty("H99.2")], documentId: "a")
        draft.attachments = [.init(contentId: "1", name: "a.pdf", contentType: "application/pdf")]
        let text = String(decoding: Self.write(draft, data: [[1]]), as: UTF8.self)
        let expected = [
            "<edXML xmlns=", "<edXML:edXMLEnvelope xmlns:edXML=", "<edXML:edXMLHeader>",
            "<edXML:MessageHeader>", "<edXML:From>", "<edXML:OrganId>H99.1<", "</edXML:From>",
            "<edXML:To>", "<edXML:OrganId>H99.2<", "<edXML:DocumentId>", "<edXML:Code>",
            "<edXML:PromulgationInfo>", "<edXML:DocumentType>", "<edXML:Subject/>",
            "<edXML:Content/>", "<edXML:SignerInfo>", "<edXML:DueDate/>", "<edXML:OtherInfo>",
            "<edXML:SteeringType>", "<edXML:ToPlaces>", "</edXML:MessageHeader>",
            "<edXML:TraceHeaderList>", "<edXML:TraceHeader>", "<edXML:Bussiness>",
            "</edXML:edXMLHeader>", "<edXML:edXMLBody>", "<edXML:edXMLManifest version=\"1.0\">",
            "<edXML:Reference>", "</edXML:edXMLEnvelope>", "<AttachmentEncoded>", "<Attachment>",
            "<ContentId>cid:1<", "<AttachmentName>", "<ContentType>",
            "<edXML:ContentTransferEncoded xmlns:edXML=", ">AQ==<", "</AttachmentEncoded>",
        ]
        var rest = text[...]
        for element in expected {
            let range = try #require(rest.firstRange(of: element), "\(element) in order")
            rest = rest[range.upperBound...]
        }
    }

    @Test("the data decodes to the bytes that were given, whatever the pieces")
    func base64() throws {
        var generator = SeededGenerator(seed: 11)
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty("H99.1"), recipients: [EdXMLParty("H99.2")], documentId: "a")
        draft.attachments = [.init(contentId: "1", name: "a", contentType: "b")]
        for length in Array(0...20) + [49_151, 49_152, 49_153, 200_000] {
            let data = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let pieceMax = length < 100 ? Int.random(in: 1...7, using: &generator) : 70_001
            let text = String(
                decoding: Self.write(draft, data: [data], pieceMax: pieceMax), as: UTF8.self)
            let tail = try #require(text.split(separator: "ContentTransferEncoded xmlns").last)
            let encoded = try #require(tail.split(separator: ">").first { $0.hasSuffix("Encoded") })
            let end = try #require(encoded.firstRange(of: "</"))
            let decoded = try #require(Data(base64Encoded: String(encoded[..<end.lowerBound])))
            #expect([UInt8](decoded) == data, "length \(length)")
        }
    }

    @Test("characters that XML cannot carry are replaced, and the document stays readable")
    func impossibleCharacters() throws {
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty("H99.1"), recipients: [EdXMLParty("H99.2")], documentId: "a")
        draft.subject = "a\u{0}b\u{1B}c\u{FFFF}d\re"
        let header = try read(Self.write(draft, data: [])).get()
        #expect(header.subject == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\re")
    }

    @Test("an error of the sink or of the data ends the writing and is passed on")
    func errors() {
        struct Full: Error {}
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty("H99.1"), recipients: [EdXMLParty("H99.2")], documentId: "a")
        draft.attachments = [.init(contentId: "1", name: "a", contentType: "b")]
        var asked = 0
        #expect(throws: Full.self) {
            try EdXMLWriter.write(
                draft,
                data: { _ throws(Full) in
                    asked += 1
                    return [1]
                }, to: { _ throws(Full) in throw Full() })
        }
        #expect(asked == 0)
        #expect(throws: Full.self) {
            try EdXMLWriter.write(
                draft, data: { _ throws(Full) in throw Full() },
                to: { (_: [UInt8]) throws(Full) in })
        }
    }

    @Test("no piece is much longer than 64 KiB, however large the data's pieces are")
    func pieces() {
        var draft = EdXMLDocumentDraft(
            sender: EdXMLParty("H99.1"), recipients: [EdXMLParty("H99.2")], documentId: "a")
        draft.attachments = [.init(contentId: "1", name: "a", contentType: "b")]
        var left: [UInt8]? = [UInt8](repeating: 1, count: 1_000_000)
        var longest = 0
        EdXMLWriter.write(
            draft,
            data: { _ in
                defer { left = nil }
                return left
            }, to: { longest = max(longest, $0.count) })
        #expect((60_000...70_000).contains(longest))
    }
}
