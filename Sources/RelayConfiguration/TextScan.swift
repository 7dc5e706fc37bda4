// A look at the text before the YAML library sees it.
//
// Guarantees: what passes is bounded in size, nesting cost and alias expansion, and holds no
// control characters. The bounds must hold whatever the text means, so they count what could be
// YAML syntax without asking whether it stands in a comment or in quotes; no sensible file comes
// near them. Leaves to others: everything that needs to know YAML.

struct TextScan {
    private let findings: Findings
    private var line = 1
    private var column = 1
    private var previous: Unicode.Scalar = "\n"
    private var brackets = 0
    private var anchors = 0
    private var aliases = 0
    private var complexKeys = 0
    private var isSound = true

    /// Whether the text may be given to the YAML library. What is wrong goes to `findings`.
    static func passes(_ text: String, findings: Findings) -> Bool {
        guard text.utf8.count <= Bounds.fileBytesMax else {
            findings.refuse(
                Findings.wholeFile,
                "has \(text.utf8.count) bytes; at most \(Bounds.fileBytesMax) are read",
                at: .start)
            return false
        }
        var scan = TextScan(findings: findings)
        scan.run(text.unicodeScalars)
        return scan.isSound
    }

    private init(findings: Findings) { self.findings = findings }

    private mutating func run(_ text: String.UnicodeScalarView) {
        var place = text.startIndex
        while place < text.endIndex {
            let scalar = text[place]
            text.formIndex(after: &place)
            let next = place < text.endIndex ? text[place] : "\n"
            check(scalar, before: next)
            previous = scalar
            if scalar == "\n" {
                line += 1
                column = 1
                brackets = 0
            } else {
                column += 1
            }
        }
        // Nothing can be expanded that was not named.
        if anchors > 0, aliases > Bounds.aliasesMax {
            refuse(
                "has \(aliases) aliases (*name); anchors and aliases are not used here, so write "
                    + "each value out, and put text with * or & in quotes", at: .start)
        }
    }

    private mutating func check(_ scalar: Unicode.Scalar, before next: Unicode.Scalar) {
        switch scalar {
        case "[", "{":
            brackets += 1
            if brackets == Bounds.bracketsPerLineMax + 1 {
                refuse(
                    "more than \(Bounds.bracketsPerLineMax) brackets ([ or {) in one line; spread "
                        + "the list over several lines")
            }
        // Counted wherever they stand. Both are needed for an expansion, and one side of them
        // alone, such as stars in comments, is nothing to refuse.
        case "&": if startsName(next) { anchors += 1 }
        case "*": if startsName(next) { aliases += 1 }
        // Within a word or behind one, as in a comment's question, it is text in every context.
        case "?":
            guard !Self.isWord(previous) else { return }
            complexKeys += 1
            if complexKeys == Bounds.complexKeysMax + 1 {
                refuse(
                    "more than \(Bounds.complexKeysMax) complex keys (? key); every key here is "
                        + "one word")
            }
        case "\r":
            if next != "\n" { refuse("a carriage return without a line feed; end lines with LF") }
        case "\t", "\n": break
        default:
            if Shown.isControl(scalar) {
                let code = String(scalar.value, radix: 16, uppercase: true)
                let digits = String(repeating: "0", count: max(0, 4 - code.count)) + code
                refuse("the control character U+\(digits) is not allowed; remove it")
            }
        }
    }

    /// Whether `&` or `*` can begin an anchor or alias here: a name follows, and no word runs up to
    /// it (inside a word the character is plain text in every context of YAML).
    private func startsName(_ next: Unicode.Scalar) -> Bool {
        !Self.isWord(previous) && (Self.isWord(next) || next == "-" || next == "_")
    }

    private mutating func refuse(_ message: String, at place: Place? = nil) {
        isSound = false
        findings.refuse(
            Findings.wholeFile, message, at: place ?? Place(line: line, column: column))
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }
}
