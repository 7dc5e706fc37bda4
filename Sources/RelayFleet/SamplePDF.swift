// PDF files of a wanted size, made from a seed: the same seed gives the same bytes.
//
// Real enough that a viewer opens them (ISO 32000-1: header, objects, cross-reference table,
// trailer): one page with a line of text, and a stream of noise that brings the file to its size
// and does not compress, as scanned letters don't.

/// Noise and choices that can be repeated (SplitMix64).
package struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

package enum SamplePDF {
    /// The smallest size that can be asked for, in bytes.
    package static let bytesMin = 2_048

    /// A PDF of exactly `size` bytes.
    ///
    /// - Parameter text: ASCII without parentheses or backslashes.
    package static func make(size: Int, text: String, seed: UInt64) -> [UInt8] {
        precondition(size >= bytesMin, "a PDF of the demo has at least \(bytesMin) bytes")
        // The numbers in the file have as many digits as its size needs; the noise fills the rest.
        var filler = size
        while true {
            let pdf = assemble(text: text, filler: filler, seed: seed)
            if pdf.count == size { return pdf }
            filler -= pdf.count - size
            precondition(filler >= 0, "the frame of the PDF is larger than the wanted size")
        }
    }

    private static func assemble(text: String, filler: Int, seed: UInt64) -> [UInt8] {
        let content = "BT /F1 14 Tf 72 760 Td (\(text)) Tj ET"
        let objects: [[UInt8]] = [
            Array("<< /Type /Catalog /Pages 2 0 R >>".utf8),
            Array("<< /Type /Pages /Kids [3 0 R] /Count 1 >>".utf8),
            Array(
                ("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                    + "/Resources << /Font << /F1 5 0 R >> >> >>").utf8),
            stream(Array(content.utf8)),
            Array("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".utf8),
            stream(noise(filler, seed: seed)),
        ]
        var pdf = Array("%PDF-1.4\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 0x0A]
        var offsets: [Int] = []
        for (number, object) in objects.enumerated() {
            offsets.append(pdf.count)
            pdf += Array("\(number + 1) 0 obj\n".utf8) + object + Array("\nendobj\n".utf8)
        }
        let start = pdf.count
        pdf += Array("xref\n0 \(objects.count + 1)\n0000000000 65535 f \n".utf8)
        for offset in offsets { pdf += Array("\(padded(offset)) 00000 n \n".utf8) }
        pdf += Array(
            ("trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\n"
                + "startxref\n\(padded(start))\n%%EOF\n").utf8)
        return pdf
    }

    private static func stream(_ bytes: [UInt8]) -> [UInt8] {
        Array("<< /Length \(padded(bytes.count)) >>\nstream\n".utf8) + bytes
            + Array("\nendstream".utf8)
    }

    /// Ten digits, so that the frame's size does not depend on the filler's.
    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
    }

    private static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var numbers = SeededNumbers(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var number = numbers.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: number))
                number >>= 8
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
