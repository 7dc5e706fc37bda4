// Why a document was refused: a kind that a program can switch on, the place when it is known, and
// a reason in plain words that says what was expected. It never quotes the text of a field, since
// fields may hold personal data; it may quote names of elements and the document's first bytes.

package struct EdXMLError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable, CaseIterable {
        /// No byte, or white space only.
        case empty
        /// Something stands before the XML declaration or before the first `<`.
        case junkBeforeDeclaration
        /// Not UTF-8, or another encoding is declared.
        case encoding
        /// The rules of XML 1.0 are broken.
        case notWellFormed
        /// The document ends before its root element does.
        case truncated
        /// A document type declaration, and with it any declaration of entities.
        case documentType
        /// Well-formed, but another root, another namespace, or no message header.
        case notEdXML
        case missingSender
        case missingRecipient
        case tooManyRecipients
        /// Two different values where the document's meaning needs one.
        case contradiction
        case fieldTooLong
        case tooDeep
        case tooManyAttributes
        case tooManyAttachments
        case tooManyReferences
        /// One tag, comment or instruction is longer than the reader holds.
        case markupTooLong
        /// More different names than the reader holds.
        case tooManyNames
        /// The parser could not get memory. Not the document's fault: try again.
        case outOfMemory
    }

    package let kind: Kind
    /// Counted from 1; nil when the fault has no one place.
    package let line: Int?
    /// Counted from 1, in bytes of the line; nil when unknown.
    package let column: Int?
    /// What is wrong and what is expected, in at most 300 bytes.
    package let reason: String

    init(_ kind: Kind, at position: Position? = nil, _ reason: String) {
        self.kind = kind
        line = position?.line
        column = position?.column
        self.reason = reason.bounded(to: Bounds.messageBytesMax)
    }

    package var description: String {
        switch (line, column) {
        case (let line?, let column?): "line \(line), column \(column): \(reason)"
        case (let line?, nil): "line \(line): \(reason)"
        default: reason
        }
    }
}

/// A place in the document, both counted from 1.
struct Position: Equatable {
    var line: Int
    var column: Int?
}

extension String {
    /// The text itself, or its beginning with an ellipsis, in at most `limit` bytes of UTF-8. Cuts
    /// between characters.
    func bounded(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var kept = ""
        var bytes = 0
        for character in self {
            let next = character.utf8.count
            guard bytes + next <= limit - 3 else { break }
            kept.append(character)
            bytes += next
        }
        return kept + "…"
    }

    /// The first bytes of a document as they may be shown: printable ASCII, the rest as `.`.
    init(quoting bytes: some Collection<UInt8>) {
        let shown = bytes.prefix(Bounds.quoteBytesMax).map { byte in
            (0x20...0x7E).contains(byte) ? byte : 0x2E
        }
        self.init(decoding: shown, as: UTF8.self)
    }
}
