// What stands before the root element, looked at before libxml2 sees it: a byte order mark, junk,
// and the declared encoding. Only UTF-8 is read, so that libxml2 is never asked to convert
// anything. The rest of the declaration, comments and instructions are left to libxml2.

struct Prologue {
    private var isFirstSlice = true
    private var line = 1
    /// Whether nothing but white space has come so far.
    private(set) var isBlank = true

    /// Looks at the next slice of the document and returns how many of its bytes to leave out (the
    /// byte order mark). The first slice must be full, or the whole document.
    mutating func examine(_ slice: some RandomAccessCollection<UInt8>) throws(EdXMLError) -> Int {
        guard isBlank else { return 0 }
        var mark = 0
        if isFirstSlice {
            isFirstSlice = false
            mark = try Self.byteOrderMark(slice.prefix(4))
        }
        let text = slice.dropFirst(mark)
        var blanks = 0
        var column = 1
        for byte in text {
            guard Self.isWhiteSpace(byte) else { break }
            blanks += 1
            column += 1
            if byte == 0x0A {
                line += 1
                column = 1
            }
        }
        let rest = text.dropFirst(blanks)
        guard let first = rest.first else { return mark }
        isBlank = false
        let position = Position(line: line, column: column)
        guard first == 0x3C else {
            throw EdXMLError(
                .junkBeforeDeclaration, at: position,
                "the document begins with \"\(String(quoting: rest))\": "
                    + "expected <?xml or <edXML with nothing before it")
        }
        guard Self.startsDeclaration(rest) else { return mark }
        guard line == 1, blanks == 0 else {
            throw EdXMLError(
                .junkBeforeDeclaration, at: position,
                "white space stands before the XML declaration: "
                    + "expected <?xml as the very first characters of line 1")
        }
        try Self.checkEncoding(Array(rest.prefix(Bounds.declarationBytesMax)))
        return mark
    }

    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// The length of UTF-8's mark; throws for marks and first bytes of UTF-16 and UTF-32.
    private static func byteOrderMark(_ start: some Collection<UInt8>) throws(EdXMLError) -> Int {
        let bytes = Array(start)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        let isWide =
            bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
            || (bytes.contains(0) && bytes.contains(0x3C))
        guard !isWide else {
            throw EdXMLError(
                .encoding, at: Position(line: 1, column: 1),
                "the document is UTF-16 or UTF-32: expected UTF-8")
        }
        return 0
    }

    private static func startsDeclaration(_ bytes: some Collection<UInt8>) -> Bool {
        guard bytes.starts(with: "<?xml".utf8), let next = bytes.dropFirst(5).first else {
            return false
        }
        return isWhiteSpace(next)
    }

    /// Accepts a declaration that names no encoding, UTF-8, or its subset US-ASCII. A declaration
    /// that is broken otherwise is left for libxml2 to refuse.
    private static func checkEncoding(_ start: [UInt8]) throws(EdXMLError) {
        let text = start.prefix { $0 != 0x3E }
        guard text.count < start.count else {
            // Without its end: cut off, or too long to be looked at.
            guard start.count == Bounds.declarationBytesMax else { return }
            throw EdXMLError(
                .markupTooLong, at: Position(line: 1, column: 1),
                "the XML declaration is longer than \(Bounds.declarationBytesMax) bytes")
        }
        let declaration = String(decoding: text, as: UTF8.self)
        // "encoding" may not occur elsewhere: the only other values are a version, yes and no.
        guard let name = declaration.firstRange(of: "encoding") else { return }
        let parts = declaration[name.upperBound...]
            .split(omittingEmptySubsequences: false) { $0 == "\"" || $0 == "'" }
        guard parts.count >= 2 else { return }
        let encoding = parts[1].uppercased()
        guard ["UTF-8", "UTF8", "US-ASCII", "ASCII"].contains(encoding) else {
            throw EdXMLError(
                .encoding, at: Position(line: 1, column: 1),
                "the declared encoding \(String(quoting: encoding.utf8)) is not supported: "
                    + "expected UTF-8")
        }
    }
}
