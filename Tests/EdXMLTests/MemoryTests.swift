// Memory does not grow with the document: neither for what the reader says it holds, nor for the
// process.

import EdXML
import Foundation
import Testing

@Suite("Memory", .serialized, .timeLimit(.minutes(3)))
struct MemoryTests {
    /// The process's memory in use, in bytes (statm's second number counts pages).
    private static func residentBytes() throws -> Int {
        let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii)
        let pages = try #require(Int(statm.split(separator: " ")[1]))
        return pages * 4_096
    }

    /// Feeds `count` times the same block between a document's halves.
    private static func hold(
        _ block: [UInt8], count: Int, between halves: (String, String)
    ) throws -> (header: EdXMLHeader, held: Int) {
        var reader = try EdXMLReader()
        var held = 0
        try reader.feed(Array(halves.0.utf8))
        for _ in 0..<count {
            try reader.feed(block)
            held = max(held, reader.heldBytes)
        }
        try reader.feed(Array(halves.1.utf8))
        return (try reader.finish(), held)
    }

    private static func halves(_ text: String) throws -> (String, String) {
        let parts = text.split(separator: "@")
        try #require(parts.count == 2)
        return (String(parts[0]), String(parts[1]))
    }

    @Test("an attachment of 64 MiB passes through less than 128 KiB")
    func largeAttachment() throws {
        let data = "<Attachment><ContentTransferEncoded>@</ContentTransferEncoded></Attachment>"
        let halves = try Self.halves(Small.document(data: data))
        // 64 MiB are 89,478,486 characters of base64 without line breaks.
        let block = [UInt8](repeating: 0x41, count: 64 * 1_024)
        let count = 1_366
        let before = try Self.residentBytes()
        let result = try Self.hold(block, count: count, between: halves)
        let growth = try Self.residentBytes() - before
        #expect(result.header.attachments.map(\.encodedBytes) == [count * block.count])
        #expect(result.held < 128 * 1_024)
        // Other tests run at the same time: their share is in it, the document's 85 MiB are not.
        #expect(growth < 32 * 1_024 * 1_024, "grew by \(growth) bytes")
    }

    @Test("text, comments, tags and references without end hold less than 256 KiB")
    func endlessMarkup() throws {
        let units = [
            "x", "ộ", "\r\n", "<!-- comment -->", "<?p i?>", "<![CDATA[x]]>", "&amp;", "&#65;",
            "<a/>", "<a b='c'>d</a>", "<a xmlns='urn:x'/>",
            "<!--" + String(repeating: "y", count: 60_000) + "-->",
            "<a b='" + String(repeating: "z", count: 60_000) + "'/>",
        ]
        let halves = try Self.halves(Small.document(data: "@"))
        for unit in units {
            let block = Array(String(repeating: unit, count: 65_536 / unit.utf8.count).utf8)
            let result = try Self.hold(block, count: 32, between: halves)
            #expect(result.held < 256 * 1_024, "\(unit.prefix(20))")
        }
    }
}
