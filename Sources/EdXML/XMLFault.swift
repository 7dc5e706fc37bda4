// One error or warning of libxml2, and what the reader makes of it. libxml2's own text is quoted,
// bounded, where it helps; for the faults that occur in practice there are plainer words.

internal import CLibXML2

struct XMLFault {
    enum Verdict {
        case ignore
        /// Broken rules of namespaces, in words.
        case warn(String, Position)
        case refuse(EdXMLError)
    }

    let verdict: Verdict

    init(_ error: xmlError) {
        let line = unsafe max(1, Int(error.line))
        let column = unsafe Int(error.int2)
        let position = Position(line: line, column: column > 0 ? column : nil)
        let message = unsafe Self.text(error.message)
        if unsafe error.level == XML_ERR_WARNING || error.level == XML_ERR_NONE {
            verdict = .ignore
        } else if unsafe error.domain == Int32(XML_FROM_NAMESPACE.rawValue) {
            // Well-formed XML that breaks the rules of namespaces: producers in use write
            // xlink:href without binding the prefix. One warning for each prefix is enough.
            let isUnbound = unsafe error.code == Int32(XML_NS_ERR_UNDEFINED_NAMESPACE.rawValue)
            if isUnbound, let prefix = unsafe error.str1 {
                let name = unsafe String(cString: prefix)
                verdict = .warn("the prefix \(String(quoting: name.utf8)) is not bound", position)
            } else {
                verdict = .warn("line \(line): \(message)", position)
            }
        } else {
            let code = unsafe xmlParserErrors(UInt32(bitPattern: error.code))
            verdict = .refuse(Self.refusal(code, message, at: position))
        }
    }

    /// Plain words for the faults that occur in practice, libxml2's own for the rest.
    private static func refusal(
        _ code: xmlParserErrors, _ message: String, at position: Position
    ) -> EdXMLError {
        switch code {
        case XML_ERR_NO_MEMORY:
            EdXMLError(.outOfMemory, at: position, "the XML parser has no memory left")
        case XML_ERR_INVALID_ENCODING,
            XML_ERR_INVALID_CHAR where message.hasPrefix("Input is not proper UTF-8"):
            EdXMLError(.encoding, at: position, "bytes that are not UTF-8: expected UTF-8")
        case XML_ERR_UNDECLARED_ENTITY:
            EdXMLError(
                .notWellFormed, at: position,
                "\(message): expected &amp; &lt; &gt; &quot; &apos; or characters by number")
        case XML_ERR_DOCUMENT_END:
            EdXMLError(
                .notWellFormed, at: position,
                "something follows the root element: expected the end of the document")
        default:
            EdXMLError(.notWellFormed, at: position, "not well-formed XML: \(message)")
        }
    }

    /// libxml2's sentence without its line end; what is not printable is replaced.
    private static func text(_ message: UnsafePointer<CChar>?) -> String {
        guard let message = unsafe message else { return "unknown fault" }
        let characters = unsafe String(cString: message).prefix { $0 != "\n" }
            .map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } ? $0 : "." }
        return String(characters).bounded(to: 200)
    }
}
