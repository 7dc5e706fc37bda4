// Markup as bytes: elements on lines of their own, text escaped, data in base64. Its owner takes
// the bytes away from time to time, so that data of any length passes through a small buffer.

struct MarkupOutput {
    private var buffer: [UInt8] = []
    private var depth = 0
    private var base64 = Base64()

    private static let dataName = "edXML:ContentTransferEncoded"

    mutating func raw(_ text: String) {
        buffer.append(contentsOf: text.utf8)
    }

    /// An opening tag; `attributes` is markup already.
    mutating func open(_ name: String, _ attributes: String = "") {
        raw(lineStart + "<" + name + attributes + ">")
        depth += 1
    }

    mutating func close(_ name: String) {
        depth -= 1
        raw(lineStart + "</" + name + ">")
    }

    mutating func leaf(_ name: String, _ text: String) {
        raw(lineStart + (text.isEmpty ? "<\(name)/>" : "<\(name)>\(escaped(text))</\(name)>"))
    }

    /// The element of an attachment's data; it declares the prefix, since it stands outside the
    /// envelope.
    mutating func beginData() {
        raw(lineStart + "<\(Self.dataName) xmlns:edXML=\"\(Place.namespace)\">")
    }

    mutating func data(_ bytes: ArraySlice<UInt8>) {
        base64.encode(bytes, into: &buffer)
    }

    mutating func endData() {
        base64.finish(into: &buffer)
        raw("</\(Self.dataName)>")
    }

    /// The bytes written since the last call.
    mutating func take() -> [UInt8] {
        let bytes = buffer
        buffer.removeAll()
        return bytes
    }

    private var lineStart: String { "\n" + String(repeating: "  ", count: depth) }

    /// Text for an element's content. Characters that XML 1.0 has no way to write become U+FFFD; a
    /// carriage return is written by number, or readers would take it for a line end.
    private func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: escaped += "&amp;"
            case 0x3C: escaped += "&lt;"
            case 0x3E: escaped += "&gt;"
            case 0x0D: escaped += "&#13;"
            case 0x09, 0x0A: escaped.unicodeScalars.append(scalar)
            case 0..<0x20, 0xFFFE, 0xFFFF: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
