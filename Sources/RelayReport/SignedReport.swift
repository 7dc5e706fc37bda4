// A signed report inside a file: the page, the JSON form, or the bare signature. Finding it proves
// nothing; it is the signature that is verified (RelayTrust), and what is inside it that counts.

import FoundationEssentials

package enum SignedReport {
    /// What the element with the signature is called in a page.
    static let mark = "signed-report"

    /// The JSON form: the report as people and programs read it, and beside it what proves it.
    package struct File: Codable, Sendable {
        package var report: DrillReport
        /// CMS SignedData in DER with the report's canonical JSON inside, in base64.
        package var signature: String

        package init(_ report: DrillReport, signature: [UInt8]) {
            self.report = report
            self.signature = Data(signature).base64EncodedString()
        }
    }

    /// The JSON form, as the relay keeps it.
    package static func file(
        _ report: DrillReport, signature: [UInt8]
    ) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(File(report, signature: signature)))
    }

    /// What a file shows besides its signature.
    package enum Form: Sendable {
        case page
        case json(DrillReport)
        case bare
    }

    /// The signature that a file holds, and in which form.
    package static func find(in file: [UInt8]) throws(ReportFault) -> (signature: [UInt8], Form) {
        // DER of a SEQUENCE.
        if file.first == 0x30 { return (file, .bare) }
        guard let text = String(validating: file, as: UTF8.self) else { throw .noSignature }
        if text.hasPrefix("<!DOCTYPE html>") {
            let opening = "<pre id=\"\(mark)\">"
            guard let rest = text.split(separator: opening, maxSplits: 1).dropFirst().first,
                let shown = rest.split(separator: "</pre>", maxSplits: 1).first,
                let signature = Base64.bytes(shown)
            else { throw .noSignature }
            return (signature, .page)
        }
        let read: File
        do {
            read = try JSONDecoder().decode(File.self, from: Data(file))
        } catch {
            throw .noSignature
        }
        guard let signature = Base64.bytes(read.signature[...]) else { throw .noSignature }
        return (signature, .json(read.report))
    }

    /// Whether what a file shows is what was signed.
    package static func agrees(
        _ file: [UInt8], _ form: Form, with report: DrillReport, signature: [UInt8]
    ) -> Bool {
        switch form {
        case .bare: true
        case .json(let shown): shown == report
        case .page: Array(DrillPage(report, signature: signature).html.utf8) == file
        }
    }
}

enum Base64 {
    /// In lines of 76 characters.
    static func lines(_ bytes: [UInt8]) -> String {
        let text = Array(Data(bytes).base64EncodedString().utf8)
        return stride(from: 0, to: text.count, by: 76).map { start in
            String(decoding: text[start..<min(start + 76, text.count)], as: UTF8.self)
        }.joined(separator: "\n")
    }

    static func bytes(_ text: Substring) -> [UInt8]? {
        let plain = String(text.filter { !$0.isWhitespace })
        return Data(base64Encoded: plain).map { [UInt8]($0) }
    }
}
