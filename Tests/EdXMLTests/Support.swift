// What the tests share: reading in one go or in pieces, the fixtures, a small document made to
// measure, and a generator that repeats. All names and codes are fictitious.

import EdXML
import Foundation
import Testing

typealias Outcome = Result<EdXMLHeader, EdXMLError>

/// Reads a document, fed in pieces that end at `cuts` (ascending), libxml2 getting `pieceBytes` at
/// a time.
func read(
    _ bytes: [UInt8], cuts: [Int] = [], limits: EdXMLLimits = EdXMLLimits(),
    pieceBytes: Int = 16_384
) -> Outcome {
    Result { () throws(EdXMLError) in
        var reader = try EdXMLReader(limits: limits, pieceBytes: pieceBytes)
        var start = 0
        for cut in cuts + [bytes.count] {
            try reader.feed(Array(bytes[start..<cut]))
            start = cut
        }
        return try reader.finish()
    }
}

func read(_ text: String, limits: EdXMLLimits = EdXMLLimits()) -> Outcome {
    read(Array(text.utf8), limits: limits)
}

extension Outcome {
    /// The refusal's kind; nil when the document was read.
    var kind: EdXMLError.Kind? {
        if case .failure(let error) = self { error.kind } else { nil }
    }

    var error: EdXMLError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

enum Fixture {
    static let names: [String] = {
        let folder = Bundle.module.bundleURL.appending(path: "Fixtures").path()
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return all.filter { $0.hasSuffix(".edxml") }.sorted()
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        let url = Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: name)
        return try [UInt8](Data(contentsOf: url))
    }
}

/// A short document with gaps to fill.
enum Small {
    static let namespace = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
    static let from = "<From><OrganId>H99.1</OrganId></From>"
    static let to = "<To><OrganId>H99.2</OrganId></To>"

    static func document(
        header: String = from + to, more: String = "", manifest: String = "", data: String = "",
        prologue: String = ""
    ) -> String {
        """
        \(prologue)<edXML xmlns="\(namespace)"><edXMLEnvelope><edXMLHeader>\
        <MessageHeader>\(header)</MessageHeader>\(more)</edXMLHeader>\
        <edXMLBody><edXMLManifest>\(manifest)</edXMLManifest></edXMLBody></edXMLEnvelope>\
        <AttachmentEncoded>\(data)</AttachmentEncoded></edXML>
        """
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
