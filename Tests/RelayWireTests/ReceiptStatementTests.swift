// The bytes that receipts sign: written in one way only, and read in no other.

import RelayCore
import Testing

@testable import RelayWire

@Suite("Receipt statements")
struct ReceiptStatementTests {
    private func statement(
        kind: Receipt.Kind = .received, reference: String = "H26.1.2,2026/05/04,12/CV-UBND",
        path: [String] = ["A", "HUB-1"], size: UInt64 = 4_096
    ) -> Receipt.Statement {
        Receipt.Statement(
            kind: kind, document: Sample.document, sender: Sample.organisation("000.00.00.H26"),
            recipient: Sample.organisation("H26.1.2"), reference: reference,
            digest: Sample.digest, size: size,
            submittedAt: Instant(milliseconds: 1_777_852_800_123),
            at: Instant(milliseconds: 1_777_852_860_007), relay: Sample.relay("B"),
            path: path.map(Sample.relay), failure: kind == .failed ? Self.failure : nil)
    }

    private static let failure = Receipt.Failure(
        reason: .expired, custody: Sample.relay("HUB-1"), attempts: 12, rounds: 3,
        expiresAt: Instant(milliseconds: 1_777_852_860_000))

    private static let text =
        #"{"at":"2026-05-04T00:01:00.007Z","#
        + #""document":"0190f3c5-6f1a-8abc-9def-0123456789ab","#
        + #""documentId":"H26.1.2,2026/05/04,12/CV-UBND","kind":"received","#
        + #""path":["A","HUB-1"],"recipient":"H26.1.2","relay":"B","sender":"000.00.00.H26","#
        + #""sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","#
        + #""size":4096,"submittedAt":"2026-05-04T00:00:00.123Z","version":1}"#

    private static let failed =
        #"{"at":"2026-05-04T00:01:00.007Z","attempts":12,"custody":"HUB-1","#
        + #""document":"0190f3c5-6f1a-8abc-9def-0123456789ab","#
        + #""documentId":"H26.1.2,2026/05/04,12/CV-UBND","#
        + #""expiresAt":"2026-05-04T00:01:00.000Z","kind":"failed","path":[],"#
        + #""reason":"expired","recipient":"H26.1.2","relay":"B","rounds":3,"#
        + #""sender":"000.00.00.H26","#
        + #""sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","#
        + #""size":4096,"submittedAt":"2026-05-04T00:00:00.123Z","version":1}"#

    @Test("a statement of failure has members of its own, in their places")
    func failure() throws {
        let statement = statement(kind: .failed, path: [])
        let bytes = ReceiptStatement.encode(statement)
        #expect(String(decoding: bytes, as: UTF8.self) == Self.failed)
        #expect(try ReceiptStatement.decode(bytes) == statement)
    }

    @Test(
        "a statement of failure cannot be read as a good one, nor a good one as a failure",
        arguments: [
            (#""failed""#, #""received""#, ReceiptStatement.Fault.field("kind")),
            (#""failed""#, #""collected""#, .field("kind")),
            (#""attempts":12,"#, "", .expected("document", at: 32)),
            (#""custody":"HUB-1","#, "", .expected("custody", at: 46)),
            (#""expiresAt":"2026-05-04T00:01:00.000Z","#, "", .expected("expiresAt", at: 159)),
            (#""reason":"expired","#, "", .expected("reason", at: 224)),
            (#""expired""#, #""bored""#, .field("reason")),
            (#""rounds":3,"#, "", .expected("rounds", at: 277)),
            (#""rounds":3"#, #""rounds":4294967296"#, .field("rounds")),
        ])
    func mistaken(old: String, new: String, fault: ReceiptStatement.Fault) throws {
        let range = try #require(Self.failed.firstRange(of: old))
        let text = Self.failed.replacingCharacters(in: range, with: new)
        #expect(throws: fault) { try ReceiptStatement.decode(Array(text.utf8)) }
        let good = Self.text.replacing(#""kind":"received""#, with: #""kind":"failed""#)
        #expect(throws: ReceiptStatement.Fault.field("kind")) {
            try ReceiptStatement.decode(Array(good.utf8))
        }
    }

    @Test("a statement is written as canonical JSON")
    func canonical() throws {
        #expect(String(decoding: ReceiptStatement.encode(statement()), as: UTF8.self) == Self.text)
        #expect(try ReceiptStatement.decode(Array(Self.text.utf8)) == statement())
    }

    @Test(
        "a statement comes back as it was",
        arguments: [
            "", "12/CV", "Số 12/CV-UBND ngày 4 tháng 5", "\"\\/\u{7F}", "\u{0}\u{1}\u{1F}",
            "\u{8}\t\n\u{C}\r", "𝄞 \u{2028}", "e\u{301}", String(repeating: "\u{1}", count: 600),
        ])
    func roundTrip(reference: String) throws {
        for kind in Receipt.Kind.allCases {
            for path in [[], ["A"], Array(repeating: "H", count: 16)] {
                let before = statement(
                    kind: kind, reference: reference, path: path, size: (1 << 53) - 1)
                let bytes = ReceiptStatement.encode(before)
                let after = try ReceiptStatement.decode(bytes)
                #expect(after == before)
                // `==` of strings takes "é" in one character and in two for the same.
                #expect(Array(after.reference.utf8) == Array(before.reference.utf8))
            }
        }
    }

    @Test("a time that no RFC 3339 text can hold is written as the nearest that one can")
    func impossibleTimes() throws {
        let before = statement()
        let odd = Receipt.Statement(
            kind: before.kind, document: before.document, sender: before.sender,
            recipient: before.recipient, reference: before.reference, digest: before.digest,
            size: before.size, submittedAt: Instant(milliseconds: .min),
            at: Instant(milliseconds: .max), relay: before.relay, path: before.path)
        let after = try ReceiptStatement.decode(ReceiptStatement.encode(odd))
        #expect(after.submittedAt == Instant(milliseconds: 0))
        #expect(after.at == Instant(milliseconds: 253_402_300_799_999))
    }

    @Test("strings are escaped as RFC 8785 has it, and only where they must be")
    func escapes() {
        var json = CanonicalWriter()
        json.string("\u{8}\t\n\u{C}\r\u{0}\u{1F}\"\\/é𝄞\u{7F}")
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #""\b\t\n\f\r\u0000\u001f\"\\/é𝄞"# + "\u{7F}\"")
    }

    /// What is replaced in the canonical text, by what, and how that is refused.
    static let breakages: [(String, String, ReceiptStatement.Fault)] = [
        (#"{"at""#, #" {"at""#, .expected("at", at: 0)),
        (#"{"at""#, #"{ "at""#, .expected("at", at: 0)),
        (#":"received""#, #":"sent""#, .field("kind")),
        (#":"received""#, #":1"#, .expected("kind", at: 136)),
        ("00:01:00.007Z", "00:01:00.007+00:00", .field("at")),
        ("00:00:00.123Z", "00:00:00Z", .field("submittedAt")),
        ("0190f3c5", "0190F3C5", .expected("form", at: 49)),
        ("0190f3c5", "0190f3cx", .field("document")),
        ("ba7816bf", "BA7816BF", .expected("form", at: 236)),
        ("ba7816bf", "ba7816b", .field("sha256")),
        ("4096", "04096", .expected("size", at: 309)),
        ("4096", "4096.0", .expected("submittedAt", at: 313)),
        ("4096", "-4096", .expected("size", at: 309)),
        ("4096", "9007199254740992", .field("size")),
        ("4096", "99999999999999999", .expected("size", at: 309)),
        (#"H26.1.2,"#, #"\u00481,"#, .expected("documentId", at: 102)),
        (#"12/CV"#, #"12\/CV"#, .expected("documentId", at: 120)),
        (#"12/CV"#, #"\u000a"#, .expected("documentId", at: 122)),
        (#"12/CV"#, #"\u001F"#, .expected("documentId", at: 122)),
        (#"12/CV"#, "\n", .expected("documentId", at: 117)),
        (#"["A","HUB-1"]"#, #"["A","HUB-1",]"#, .expected("path", at: 167)),
        (#"["A","HUB-1"]"#, #"["A" ,"HUB-1"]"#, .expected("path", at: 157)),
        (#"["A","HUB-1"]"#, #"["A","H B"]"#, .field("path")),
        (#""relay":"B","#, "", .expected("relay", at: 188)),
        (#""relay":"B""#, #""relay":"""#, .field("relay")),
        (#""sender":"000"#, #""sender":"/000"#, .field("sender")),
        (#""recipient":"H"#, #""recipient":" H"#, .field("recipient")),
        (#""version":1"#, #""version":2"#, .otherVersion(2)),
        (#""version":1}"#, #""version":1} "#, .trailing(at: 367)),
        (#""version":1}"#, #""version":1"#, .expected("}", at: 366)),
        (#""version":1}"#, #""version":1,"x":1}"#, .expected("}", at: 366)),
    ]

    @Test("whatever differs from the canonical form is refused", arguments: breakages)
    func broken(old: String, new: String, fault: ReceiptStatement.Fault) throws {
        let range = try #require(Self.text.firstRange(of: old))
        let text = Self.text.replacingCharacters(in: range, with: new)
        #expect(throws: fault) { try ReceiptStatement.decode(Array(text.utf8)) }
    }

    @Test("no truncation of a statement is a statement")
    func truncations() {
        for kind in Receipt.Kind.allCases {
            let bytes = ReceiptStatement.encode(statement(kind: kind))
            for count in 0..<bytes.count {
                #expect(throws: ReceiptStatement.Fault.self) {
                    try ReceiptStatement.decode(Array(bytes[..<count]))
                }
            }
        }
    }

    @Test("every other byte makes another statement, or none")
    func singleBytes() {
        for kind in [Receipt.Kind.received, .failed] { singleBytes(of: statement(kind: kind)) }
    }

    private func singleBytes(of statement: Receipt.Statement) {
        let bytes = ReceiptStatement.encode(statement)
        var believed = 0
        for place in bytes.indices {
            // Each bit, a digit, a letter, what ends a string, and what is no UTF-8.
            let others = (0..<8).map { bytes[place] ^ 1 << $0 } + Array(#"0Ff"\ "#.utf8) + [0xFF]
            for byte in others where byte != bytes[place] {
                var other = bytes
                other[place] = byte
                guard let decoded = try? ReceiptStatement.decode(other) else { continue }
                believed += 1
                if decoded == statement || ReceiptStatement.encode(decoded) != other {
                    Issue.record("byte \(place) as \(byte) went unnoticed")
                }
            }
        }
        // A digit of the size, a letter of a code: other statements, which no signature covers.
        #expect(believed > 100)
    }

    @Test("invalid UTF-8 is refused")
    func invalidUTF8() {
        var bytes = ReceiptStatement.encode(statement(reference: "x"))
        let place = bytes.firstIndex(of: UInt8(ascii: "x")) ?? 0
        bytes[place] = 0xC3
        #expect(throws: ReceiptStatement.Fault.self) { try ReceiptStatement.decode(bytes) }
    }

    @Test("bytes beyond the bound are not looked at")
    func tooLong() {
        #expect(throws: ReceiptStatement.Fault.tooLong(8_193)) {
            try ReceiptStatement.decode([UInt8](repeating: 0x20, count: 8_193))
        }
    }
}

extension String {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }
            .map { $0..<index($0, offsetBy: text.count) }
    }

    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
