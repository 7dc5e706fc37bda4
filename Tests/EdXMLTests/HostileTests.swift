// Input made to harm: it must give an error (or a header), in bounded time and memory, and nothing
// else. No entity, no file, no network.

import EdXML
import Foundation
import Testing

@Suite("Hostile input", .timeLimit(.minutes(2)))
struct HostileTests {
    static let laughs = """
        <!DOCTYPE edXML [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">\
        <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
        """

    @Test(
        "document types and entities are refused before they are read",
        arguments: [
            laughs,
            "<!DOCTYPE edXML [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>",
            "<!DOCTYPE edXML [<!ENTITY % x SYSTEM \"http://192.0.2.1/x\"> %x;]>",
            "<!DOCTYPE edXML SYSTEM \"http://192.0.2.1/x.dtd\">",
            "<!DOCTYPE edXML PUBLIC \"a\" \"file:///dev/zero\">",
            "<!DOCTYPE edXML>",
            "<!-- c --><?p i?><!DOCTYPE edXML [<!ATTLIST edXML a CDATA \"b\">]>",
        ])
    func documentTypes(_ type: String) {
        let subject = "<Subject>&x;&d;</Subject>"
        let document = Small.document(header: Small.from + Small.to + subject)
        let bytes = Array((type + document).utf8)
        #expect(read(bytes).kind == .documentType)
        #expect(read(bytes, pieceBytes: 1).kind == .documentType)
        #expect(read("<?xml version=\"1.0\"?>\n" + type + document).kind == .documentType)
    }

    @Test("a hundred thousand elements inside one another are too deep")
    func deepNesting() {
        let deep = String(repeating: "<a>", count: 100_000)
        #expect(read(deep).kind == .notEdXML)
        #expect(read(Small.document(data: deep)).kind == .tooDeep)
        #expect(read("<edXML xmlns='\(Small.namespace)'>" + deep).kind == .tooDeep)
    }

    @Test("a million attributes, or one that is huge, are refused early")
    func attributes() {
        let million = (0..<1_000_000).map { " a\($0)=''" }.joined()
        #expect(read(Small.document(data: "<x\(million)/>")).kind == .markupTooLong)
        let some = (0..<65).map { " a\($0)=''" }.joined()
        #expect(read(Small.document(data: "<x\(some)/>")).kind == .tooManyAttributes)
        let spaces = (0..<65).map { " xmlns:a\($0)='b'" }.joined()
        #expect(read(Small.document(data: "<x\(spaces)/>")).kind == .tooManyAttributes)
        let huge = String(repeating: "x", count: 10_000_000)
        #expect(read(Small.document(data: "<x a='\(huge)'/>")).kind == .markupTooLong)
        #expect(read(Small.document(data: "<\(huge)/>")).kind == .markupTooLong)
        #expect(read(Small.document(data: "<!--\(huge)-->")).kind == .markupTooLong)
        #expect(read(Small.document(data: "<?p \(huge)?>")).kind == .markupTooLong)
        #expect(read(Small.document(data: "&\(huge);")).kind == .markupTooLong)
    }

    @Test("thousands of different names, and of unbound prefixes, are refused")
    func names() {
        let names = (0..<5_000).map { "<n\($0)/>" }.joined()
        #expect(read(Small.document(data: names)).kind == .tooManyNames)
        let spaces = (0..<5_000).map { "<a xmlns='urn:\($0)'/>" }.joined()
        #expect(read(Small.document(data: spaces)).kind == .tooManyNames)
        let unbound = String(repeating: "<q:a/>", count: 20_000)
        #expect(read(Small.document(data: unbound)).kind == .notWellFormed)
    }

    @Test("a NUL byte is refused with its line wherever it stands")
    func nulBytes() throws {
        let bytes = try Fixture.bytes("document-new.edxml")
        for place in stride(from: 40, to: bytes.count, by: 37) {
            var changed = bytes
            changed[place] = 0
            let error = try #require(read(changed).error, "at \(place)")
            #expect(error.line != nil)
        }
        let inText = Small.document(header: Small.from + Small.to + "<Subject>a\0b</Subject>")
        #expect(read("\n" + inText).error?.reason == "a NUL byte: expected text in UTF-8")
        #expect(read(Small.document() + "\0").kind == .notWellFormed)
    }

    @Test("control characters and broken UTF-8 are refused")
    func badCharacters() {
        for character in ["\u{1}", "\u{B}", "\u{1F}", "\u{FFFE}", "&#0;", "&#1;", "&#xD800;"] {
            let subject = "<Subject>\(character)</Subject>"
            let outcome = read(Small.document(header: Small.from + Small.to + subject))
            #expect(outcome.kind == .notWellFormed, "\(character.debugDescription)")
        }
        let text = Array(
            Small.document(header: Small.from + Small.to + "<Subject>@@@@</Subject>").utf8)
        let place = text.firstIndex(of: 0x40) ?? 0
        let broken: [[UInt8]] = [
            [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80], [0x80], [0xC3], [0xFF],
            [0xF4, 0x90, 0x80, 0x80], [0xE1, 0xBB],
        ]
        for sequence in broken {
            var changed = text
            changed.replaceSubrange(place..<place + sequence.count, with: sequence)
            let kind = read(changed).kind
            #expect(kind == .encoding || kind == .notWellFormed, "\(sequence)")
        }
    }

    @Test(
        "a document cut off at any byte is an error",
        arguments: ["document-unbound-prefix.edxml", "document-dotnet.edxml", "status-02.edxml"])
    func truncation(_ name: String) throws {
        var bytes = try Fixture.bytes(name)
        while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
        #expect(read(bytes).kind == nil)
        for length in 0..<bytes.count {
            let kind = read(Array(bytes[..<length])).kind
            // A mark of which bytes are missing is junk; so is half of nothing.
            let expected: [EdXMLError.Kind] =
                length < 5 ? [.empty, .junkBeforeDeclaration, .truncated] : [.truncated]
            #expect(
                kind.map(expected.contains) == true, "at \(length): \(String(describing: kind))")
        }
    }

    @Test("random flips of bits and bytes give a header or an error, the same in any pieces")
    func flips() throws {
        var generator = SeededGenerator(seed: 20_160_102)
        let fixtures = try Fixture.names.filter { !$0.hasPrefix("malformed") }.map(Fixture.bytes)
        var refused = 0
        for _ in 0..<6_000 {
            var bytes = fixtures[Int.random(in: 0..<fixtures.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] =
                    Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator)
                    : bytes[place] ^ (1 << UInt8.random(in: 0..<8, using: &generator))
            }
            let whole = read(bytes)
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            #expect(read(bytes, cuts: [cut]) == whole)
            if let error = whole.error {
                refused += 1
                #expect(error.reason.utf8.count <= 300)
            }
        }
        // Text is most of a document, so many flips go unseen; markup is enough of it.
        #expect(refused > 1_000)
    }

    @Test("parts of documents in random order give a header or an error")
    func shuffledParts() throws {
        var generator = SeededGenerator(seed: 99)
        let fixtures = try Fixture.names.map(Fixture.bytes)
        for _ in 0..<1_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let source = fixtures[Int.random(in: 0..<fixtures.count, using: &generator)]
                let start = Int.random(in: 0..<source.count, using: &generator)
                let end = Int.random(in: start..<source.count, using: &generator)
                bytes += source[start..<end]
            }
            #expect(read(bytes, cuts: [bytes.count / 2]) == read(bytes))
        }
    }
}
