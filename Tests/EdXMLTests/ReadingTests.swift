// The documents and status messages that occur: every fixture gives the header that a person reads
// in it, and nothing that is personal.

import EdXML
import Testing

@Suite("Reading")
struct ReadingTests {
    @Test("a new document gives its sender, recipients, codes and attachment")
    func newDocument() throws {
        let header = try read(Fixture.bytes("document-new.edxml")).get()
        #expect(header.kind == .document)
        #expect(header.sender == "H99.1")
        #expect(header.recipients == ["H99.2", "000.00.99.X01"])
        #expect(header.documentId == "H99.1,2026/03/02,12/TN-VP")
        #expect(header.respondsTo == nil && header.statusCode == nil && header.timestamp == nil)
        #expect(header.priority == 1)
        #expect(header.bussinessDocType == 0 && header.bussinessDocumentId == nil)
        #expect(header.codeNumber == "12" && header.codeNotation == "TN-VP")
        #expect(header.promulgationDate == "2026/03/02")
        #expect(header.subject == "V/v diễn tập trao đổi văn bản điện tử & biên nhận")
        #expect(header.documentTypeName == "Công văn")
        let attachment = try #require(header.attachments.first)
        #expect(header.attachments.count == 1)
        #expect(attachment.contentId == "letter-1" && attachment.name == "văn bản.pdf")
        #expect(attachment.contentType == "application/pdf" && attachment.encodedBytes == 76)
        #expect(header.references.map(\.contentId) == ["letter-1"])
        #expect(header.references.map(\.name) == ["văn bản.pdf"])
        #expect(header.missingAttachments.isEmpty && header.warnings.isEmpty)
    }

    @Test(
        "the same document with other prefixes gives the same header",
        arguments: ["document-default-prefix.edxml", "document-other-prefix.edxml"])
    func prefixes(_ name: String) throws {
        try #expect(read(Fixture.bytes(name)) == read(Fixture.bytes("document-new.edxml")))
    }

    @Test("a replacement, a recall and an update give their type and the document they concern")
    func businessTypes() throws {
        let replacement = try read(Fixture.bytes("document-replace.edxml")).get()
        #expect(replacement.bussinessDocType == 3)
        #expect(replacement.bussinessDocumentId == nil)
        let recall = try read(Fixture.bytes("document-revoke.edxml")).get()
        #expect(recall.bussinessDocType == 1)
        #expect(recall.bussinessDocumentId == "H99.1,2026/03/02,12/TN-VP")
        #expect(recall.respondsTo == "H99.2,2026/02/20,7/TN")
        #expect(recall.kind == .document)
        #expect(recall.recipients == ["H99.2", "000.00.99.X01"])
        let update = try read(Fixture.bytes("document-update.edxml")).get()
        #expect(update.bussinessDocType == 2)
        #expect(update.bussinessDocumentId == "H99.1,2026/03/02,12/TN-VP")
        #expect(
            update.recipients == ["H99.2", "000.00.99.X01"], "changed receivers are no recipients")
    }

    @Test(
        "a status message goes to the organisation it answers",
        arguments: ["01", "02", "03", "04", "05", "06", "13", "15", "16"])
    func status(_ code: String) throws {
        let header = try read(Fixture.bytes("status-\(code).edxml")).get()
        #expect(header.kind == .status)
        #expect(header.statusCode == code)
        // 13 is the sender's, all others are the recipient's.
        #expect(header.sender == (code == "13" ? "H99.1" : "H99.2"))
        #expect(header.recipients == [code == "13" ? "H99.2" : "H99.1"])
        #expect(header.documentId == nil)
        #expect(header.respondsTo == "H99.1,2026/03/02,12/TN-VP")
        #expect(header.timestamp == "2026/03/02 09:30:00")
        #expect(header.attachments.isEmpty && header.references.isEmpty)
        #expect(header.warnings.isEmpty)
    }

    @Test("a status message with Status in place of MessageHeader is one too")
    func statusVariant() throws {
        let header = try read(Fixture.bytes("status-variant.edxml")).get()
        #expect(header.kind == .status)
        #expect(header.statusCode == "1")
        #expect(header.recipients == ["H99.1"])
        #expect(header.warnings == ["MessageHeader/StatusCode is not of two digits"])
    }

    @Test("the .NET producer's order, attributes, line ends and gaps are read")
    func dotnet() throws {
        let bytes = try Fixture.bytes("document-dotnet.edxml")
        #expect(bytes.starts(with: [0xEF, 0xBB, 0xBF]) && bytes.contains(0x0D))
        let header = try read(bytes).get()
        #expect(header.sender == "000.00.99.X01")
        #expect(header.recipients == ["H99.2"])
        #expect(header.documentId == "0b7f6f0e-1111-4222-8333-444455556666")
        #expect(header.codeNumber == "012")
        #expect(header.codeNotation == "TN-VP", "a comment does not cut the text")
        #expect(header.documentTypeName == "Công văn")
        #expect(header.promulgationDate == "02/03/2026")
        #expect(header.priority == nil)
        #expect(header.subject == nil)
        #expect(header.attachments.map(\.contentId) == ["a", "c", "d"])
        #expect(header.attachments.map(\.encodedBytes) == [76, 0, 12])
        #expect(header.references.map(\.contentId) == ["a", "b", "c", ""])
        #expect(header.missingAttachments.map(\.contentId) == ["b", "c"])
        #expect(
            header.warnings == [
                "line 18: a recipient occurs twice",
                "line 21: MessageHeader/Subject is the word null, taken as absent",
                "line 48: attachment 3 is not valid base64",
                "MessageHeader/Subject is absent",
                "2 of 4 references have no data",
                "1 of 3 attachments are not in the manifest",
                "OtherInfo/Priority is not one of 0...4, taken as absent",
                "PromulgationInfo/PromulgationDate is not of the form yyyy/MM/dd",
            ])
    }

    @Test("unbound prefixes, which producers in use write, are accepted with a warning for each")
    func unboundPrefixes() throws {
        var header = try read(Fixture.bytes("document-unbound-prefix.edxml")).get()
        #expect(
            header.warnings == ["the prefix xlink is not bound", "the prefix edXML is not bound"])
        header.warnings = []
        #expect(try read(Fixture.bytes("document-new.edxml")) == .success(header))
    }

    @Test("nothing personal is kept, whatever the fixture")
    func personalData() throws {
        var seen = 0
        for name in Fixture.names {
            let bytes = try Fixture.bytes(name)
            if String(decoding: bytes, as: UTF8.self).contains("PERSONAL-") { seen += 1 }
            let outcome = String(describing: read(bytes))
            #expect(!outcome.contains("PERSONAL-"), "\(name)")
            #expect(!outcome.contains("personal@"), "\(name)")
            #expect(!outcome.contains("Not A Person"), "\(name)")
        }
        #expect(seen > 20)
    }
}

@Suite("Leniency")
struct LeniencyTests {
    @Test("what is absent is warned of and not made up")
    func absent() throws {
        let header = try read(Small.document()).get()
        #expect(header.documentId == nil && header.subject == nil && header.codeNumber == nil)
        #expect(header.bussinessDocType == 0)
        #expect(
            header.warnings == [
                "MessageHeader/DocumentId is absent", "Code/CodeNumber is absent",
                "Code/CodeNotation is absent", "PromulgationInfo/PromulgationDate is absent",
                "MessageHeader/Subject is absent",
                "Bussiness/BussinessDocType is absent, taken as 0 (new)",
            ])
    }

    @Test("a status message without code, document or time is still one, with warnings")
    func bareStatus() throws {
        let text = Small.document()
            .replacing("MessageHeader>", with: "Status>")
            .replacing("To>", with: "ResponseFor>")
        let header = try read(text).get()
        #expect(header.kind == .status && header.statusCode == nil)
        #expect(header.recipients == ["H99.2"])
        #expect(
            header.warnings == [
                "ResponseFor/DocumentId is absent", "MessageHeader/StatusCode is absent",
                "MessageHeader/Timestamp is absent",
            ])
    }

    @Test("To in a status message is not looked at")
    func statusWithTo() throws {
        let answer =
            "<ResponseFor><OrganId>H99.3</OrganId></ResponseFor><StatusCode>03</StatusCode>"
        let header = try read(Small.document(header: Small.from + Small.to + answer)).get()
        #expect(header.recipients == ["H99.3"])
        #expect(header.warnings.contains { $0.contains("names To") })
    }

    @Test("priorities 0 to 4 are taken, anything else is absent with a warning")
    func priorities() throws {
        for text in ["0", "1", "2", "3", "4", " 2\n"] {
            let info = "<OtherInfo><Priority>\(text)</Priority></OtherInfo>"
            let header = try read(Small.document(header: Small.from + Small.to + info)).get()
            #expect(header.priority == Int(text.trimmingPrefix(" ").prefix(1)))
            #expect(!header.warnings.contains { $0.contains("Priority") })
        }
        for text in ["5", "-1", "khẩn", "1.0", "99999999999999999999"] {
            let info = "<OtherInfo><Priority>\(text)</Priority></OtherInfo>"
            let header = try read(Small.document(header: Small.from + Small.to + info)).get()
            #expect(header.priority == nil)
            #expect(header.warnings.contains { $0.contains("Priority") }, "\(text)")
        }
    }

    @Test("an unknown business type is kept, one that is no number is 0, both with a warning")
    func businessTypes() throws {
        for (text, number) in [("7", 7), ("mới", 0)] {
            let more =
                "<TraceHeaderList><Bussiness><BussinessDocType>\(text)</BussinessDocType>"
                + "</Bussiness></TraceHeaderList>"
            let header = try read(Small.document(more: more)).get()
            #expect(header.bussinessDocType == number)
            #expect(header.warnings.contains { $0.contains("BussinessDocType") })
        }
    }

    @Test("recipients keep their order and occur once")
    func recipientOrder() throws {
        let codes = ["H99.9", "H99.2", "H99.9", "H99.10", "H99.2", "h99.2"]
        let to = codes.map { "<To><OrganId>\($0)</OrganId></To>" }.joined()
        let header = try read(Small.document(header: to + Small.from)).get()
        #expect(header.recipients == ["H99.9", "H99.2", "H99.10", "h99.2"])
    }

    @Test("a repeated field that does not decide anything counts once, with a warning")
    func repeatedSubject() throws {
        let header = try read(
            Small.document(
                header: Small.from + Small.to + "<Subject>a</Subject><Subject>b</Subject>")
        ).get()
        #expect(header.subject == "a")
        #expect(header.warnings.contains { $0.contains("Subject occurs again") })
    }

    @Test("an element inside a field is left out, its text with it")
    func elementInField() throws {
        let subject = "<Subject>before <b>inside</b>after</Subject>"
        let header = try read(Small.document(header: Small.from + Small.to + subject)).get()
        #expect(header.subject == "before after")
        #expect(header.warnings.contains { $0.contains("holds an element") })
    }

    @Test("elements of other namespaces are not taken for ours")
    func foreignElements() throws {
        let foreign = "<x:OrganId xmlns:x=\"urn:other\">H99.8</x:OrganId>"
        let header = try read(
            Small.document(
                header: "<From>\(foreign)<OrganId>H99.1</OrganId>\(foreign)</From>" + Small.to)
        ).get()
        #expect(header.sender == "H99.1")
    }

    @Test("warnings are bounded in number and length")
    func warningsBounded() throws {
        let attachments = (0..<100).map { _ in
            "<Attachment><ContentTransferEncoded>?</ContentTransferEncoded></Attachment>\n"
        }.joined()
        let header = try read(Small.document(data: attachments)).get()
        #expect(header.warnings.count == 33)
        #expect(header.warnings.last == "further warnings are left out")
        #expect(header.warnings.allSatisfy { $0.utf8.count <= 300 })
    }

    @Test("a text of the longest allowed length is read, white space around it not counted")
    func longestField() throws {
        let subject = String(repeating: "x", count: 2_500)
        let blank = String(repeating: " \n", count: 5_000)
        let header = try read(
            Small.document(
                header: Small.from + Small.to + "<Subject>\(blank)\(subject)\(blank)</Subject>")
        ).get()
        #expect(header.subject == subject)
    }

    @Test("trailing blanks, comments and instructions around the root are fine")
    func miscellany() throws {
        let text = "\n\n<!-- a --><?b c?>\n" + Small.document() + "\n<!-- d -->\n\n"
        #expect(read(text).kind == nil)
    }
}
