// What is refused, why, and where: each refusal has its kind, its line, and words that say what is
// expected instead.

import EdXML
import Testing

@Suite("Refusals")
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var kind: EdXMLError.Kind
        var line: Int?
        var words: String
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "junk-before-declaration", kind: .junkBeforeDeclaration, line: 1, words: "4242<"),
        Case(
            name: "blank-before-declaration", kind: .junkBeforeDeclaration, line: 2,
            words: "white space stands before the XML declaration"),
        Case(name: "end-tag", kind: .notWellFormed, line: 40, words: "Code line 37 and Kode"),
        Case(
            name: "after-root", kind: .notWellFormed, line: 119, words: "follows the root element"),
        Case(name: "doctype", kind: .documentType, line: 2, words: "<!DOCTYPE"),
        Case(name: "undefined-entity", kind: .notWellFormed, line: 50, words: "'nbsp'"),
        Case(name: "other-namespace", kind: .notEdXML, line: 2, words: "QCVN_102_2016"),
        Case(name: "other-root", kind: .notEdXML, line: 1, words: "html"),
        Case(name: "no-header", kind: .notEdXML, line: nil, words: "MessageHeader"),
        Case(name: "no-sender", kind: .missingSender, line: nil, words: "From/OrganId"),
        Case(name: "no-recipient", kind: .missingRecipient, line: nil, words: "To/OrganId"),
        Case(
            name: "status-no-addressee", kind: .missingRecipient, line: nil,
            words: "ResponseFor/OrganId"),
        Case(name: "two-senders", kind: .contradiction, line: 17, words: "From/OrganId"),
        Case(name: "declared-encoding", kind: .encoding, line: 1, words: "WINDOWS-1258"),
        Case(name: "latin-1", kind: .encoding, line: 18, words: "not UTF-8"),
        Case(name: "truncated", kind: .truncated, line: 79, words: "ends before"),
    ]

    @Test("a malformed document is refused with kind, line and words", arguments: cases)
    func malformed(_ expected: Case) throws {
        let outcome = try read(Fixture.bytes("malformed-\(expected.name).edxml"))
        let error = try #require(outcome.error)
        #expect(error.kind == expected.kind)
        #expect(error.line == expected.line)
        #expect(error.reason.contains(expected.words), "\(error.reason)")
        #expect(error.description.contains(error.reason))
        #expect(error.description.hasPrefix(expected.line.map { "line \($0)" } ?? error.reason))
    }

    @Test("every malformed fixture is in the table above")
    func complete() {
        let files = Fixture.names.filter { $0.hasPrefix("malformed-") }
        #expect(files == Self.cases.map { "malformed-\($0.name).edxml" }.sorted())
    }

    @Test("nothing, white space and a byte order mark alone are empty")
    func empty() {
        #expect(read([]).kind == .empty)
        #expect(read(" \r\n\t ").kind == .empty)
        #expect(read([0xEF, 0xBB, 0xBF]).kind == .empty)
        #expect(read(String(repeating: "\n", count: 100_000)).kind == .empty)
    }

    @Test("junk after much white space is found with its line")
    func lateJunk() {
        let error = read(String(repeating: "\n", count: 40_000) + "  junk<edXML/>").error
        #expect(error?.kind == .junkBeforeDeclaration)
        #expect(error?.line == 40_001 && error?.column == 3)
    }

    @Test("other files are refused at their first byte, and unprintable bytes are not repeated")
    func otherFiles() {
        #expect(read("%PDF-1.7 ...").kind == .junkBeforeDeclaration)
        #expect(read("{\"a\": 1}").kind == .junkBeforeDeclaration)
        let error = read([0x50, 0x4B, 0x03, 0x04, 0x1B, 0x5B]).error
        #expect(error?.kind == .junkBeforeDeclaration)
        #expect(error?.reason.contains("\"PK....[\"") == false)
        #expect(error?.reason.contains("\"PK...[\"") == true)
    }

    @Test("UTF-16 and UTF-32 are refused as such, with and without a mark")
    func wideEncodings() {
        let text = Small.document(prologue: "<?xml version=\"1.0\"?>")
        let little = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let wide = text.unicodeScalars.flatMap { [UInt8($0.value & 0xFF), 0, 0, 0] }
        #expect(read(little).kind == .encoding)
        #expect(read([0xFF, 0xFE] + little).kind == .encoding)
        #expect(read(big).kind == .encoding)
        #expect(read([0xFE, 0xFF] + big).kind == .encoding)
        #expect(read(wide).kind == .encoding)
    }

    @Test("UTF-8 and ASCII may be declared in any case and quotes, other encodings may not")
    func declaredEncodings() {
        func outcome(_ declaration: String) -> EdXMLError.Kind? {
            read(Small.document(prologue: declaration)).kind
        }
        #expect(outcome("<?xml version='1.0' encoding='utf-8' standalone='yes'?>") == nil)
        #expect(outcome("<?xml version=\"1.0\"\n encoding = \"US-ASCII\" ?>\n") == nil)
        #expect(outcome("<?xml version='1.0' standalone='no'?>") == nil)
        for name in ["UTF-16", "ISO-8859-1", "UTF-7", "latin1", "EBCDIC-CP-US", "x"] {
            #expect(outcome("<?xml version='1.0' encoding='\(name)'?>") == .encoding)
        }
        #expect(outcome("<?xml version='1.0' encoding=''?>") != nil)
        let padding = String(repeating: " ", count: 2_000)
        #expect(
            outcome("<?xml version='1.0'\(padding)encoding='UTF-16'?>") == .markupTooLong)
    }

    @Test("a limit on recipients is kept, and repeated ones do not count")
    func recipientLimit() throws {
        var limits = EdXMLLimits()
        limits.recipientsMax = 3
        func outcome(_ codes: [Int]) -> Outcome {
            let to = codes.map { "<To><OrganId>H99.\($0)</OrganId></To>" }.joined()
            return read(Small.document(header: Small.from + to), limits: limits)
        }
        try #expect(outcome([1, 2, 3, 3, 2]).get().recipients.count == 3)
        let error = try #require(outcome([1, 2, 3, 4]).error)
        #expect(error.kind == .tooManyRecipients)
        #expect(error.line == 1 && error.reason.contains("more than 3"))
    }

    @Test("the limit on recipients holds for a status message, and not for what a letter answers")
    func respondentLimit() {
        var limits = EdXMLLimits()
        limits.recipientsMax = 2
        let answers = (1...3).map { "<ResponseFor><OrganId>H99.\($0)</OrganId></ResponseFor>" }
        let header = Small.from + Small.to + answers.joined()
        #expect(read(Small.document(header: header), limits: limits).kind == nil)
        let status = header + "<StatusCode>01</StatusCode>"
        #expect(read(Small.document(header: status), limits: limits).kind == .tooManyRecipients)
    }

    @Test("limits on attachments, references, attributes and depth are kept")
    func otherLimits() {
        var limits = EdXMLLimits()
        limits.attachmentsMax = 2
        limits.referencesMax = 2
        limits.attributesMax = 3
        limits.depthMax = 6
        func outcome(_ text: String) -> EdXMLError.Kind? { read(text, limits: limits).kind }
        let attachment = "<Attachment/>"
        let reference = "<Reference/>"
        #expect(outcome(Small.document(data: attachment + attachment)) == nil)
        #expect(
            outcome(Small.document(data: attachment + attachment + attachment))
                == .tooManyAttachments)
        #expect(outcome(Small.document(manifest: reference + reference)) == nil)
        #expect(
            outcome(Small.document(manifest: reference + reference + reference))
                == .tooManyReferences)
        #expect(outcome(Small.document(data: "<x a='' b='' c=''/>")) == nil)
        #expect(outcome(Small.document(data: "<x a='' b='' xmlns:c='d'/>")) == nil)
        #expect(outcome(Small.document(data: "<x a='' b='' c='' d=''/>")) == .tooManyAttributes)
        #expect(
            outcome(Small.document(data: "<x xmlns:a='b' xmlns:c='d' e='' f=''/>"))
                == .tooManyAttributes)
        #expect(outcome(Small.document(data: "<x><x><x><x/></x></x></x>")) == nil)
        #expect(outcome(Small.document(data: "<x><x><x><x><x/></x></x></x></x>")) == .tooDeep)
    }

    @Test("a field that is too long is named with its limit")
    func longFields() throws {
        let code = String(repeating: "H", count: 51)
        let sender = read(
            Small.document(header: "<From><OrganId>\(code)</OrganId></From>" + Small.to))
        #expect(sender.kind == .fieldTooLong)
        #expect(sender.error?.reason == "From/OrganId is longer than 50 bytes")
        let subject = String(repeating: "ộ", count: 834)
        let long = read(
            Small.document(header: Small.from + Small.to + "<Subject>\(subject)</Subject>"))
        #expect(long.error?.reason == "MessageHeader/Subject is longer than 2500 bytes")
    }

    @Test("two different values are refused where they decide, two equal ones are not")
    func contradictions() {
        func outcome(_ header: String, more: String = "") -> EdXMLError.Kind? {
            read(Small.document(header: Small.from + Small.to + header, more: more)).kind
        }
        #expect(outcome("<DocumentId>a</DocumentId><DocumentId>b</DocumentId>") == .contradiction)
        #expect(outcome("<DocumentId>a</DocumentId><DocumentId> a</DocumentId>") == nil)
        #expect(outcome("<StatusCode>01</StatusCode><StatusCode>02</StatusCode>") == .contradiction)
        #expect(outcome("<From><OrganId>H99.7</OrganId></From>") == .contradiction)
        #expect(outcome("", more: "<MessageHeader/>") == .contradiction)
        #expect(outcome("", more: "<Status/>") == .contradiction)
        let type = "<Bussiness><BussinessDocType>0</BussinessDocType></Bussiness>"
        let other = type.replacing("0", with: "1")
        #expect(
            outcome("", more: "<TraceHeaderList>\(type)\(other)</TraceHeaderList>")
                == .contradiction)
    }

    @Test("the usual prefix bound to another namespace is not ours")
    func reboundPrefix() throws {
        let text = try String(decoding: Fixture.bytes("document-new.edxml"), as: UTF8.self)
            .replacing("xmlns:edXML=\"\(Small.namespace)\"", with: "xmlns:edXML=\"urn:other\"")
        #expect(read(text).kind == .notEdXML)
        #expect(read("<edXML:edXML/>").kind == .notEdXML)
    }

    @Test("after an error every call repeats it")
    func sticky() throws {
        var reader = try EdXMLReader()
        let junk = Array("junk".utf8) + [UInt8](repeating: 0x20, count: 20_000)
        var errors: [EdXMLError] = []
        for _ in 0..<2 {
            do throws(EdXMLError) { try reader.feed(junk) } catch { errors.append(error) }
        }
        do throws(EdXMLError) { try reader.feed(Array(Small.document().utf8)) } catch {
            errors.append(error)
        }
        do throws(EdXMLError) { _ = try reader.finish() } catch { errors.append(error) }
        #expect(errors.count == 4)
        #expect(errors.allSatisfy { $0 == errors[0] && $0.kind == .junkBeforeDeclaration })
    }

    @Test("a reason is never longer than 300 bytes")
    func reasonBounded() {
        let name = String(repeating: "ộ", count: 15_000)
        let root = read("<\(name)/>").error
        let mismatch = read("<edXML xmlns='\(Small.namespace)'><a></\(name)></edXML>").error
        #expect(root?.kind == .notEdXML)
        #expect(mismatch?.kind == .notWellFormed)
        for error in [root, mismatch] { #expect((error?.reason.utf8.count ?? 999) <= 300) }
    }
}
