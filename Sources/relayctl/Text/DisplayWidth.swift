// How many columns a text takes on a terminal, and texts made safe to print there.
//
// A letter with its marks is one character, whether composed or not: "ộ" takes one column in both
// forms. Letters of the East Asian wide ranges and most emoji take two.

enum DisplayWidth {
    static func of(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// The text with spaces around it, so that it takes so many columns. Longer ones stay as they
    /// are.
    static func pad(_ text: String, to width: Int, right: Bool) -> String {
        let spaces = String(repeating: " ", count: max(0, width - of(text)))
        return right ? spaces + text : text + spaces
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        let isWide = wide.contains { $0.contains(first.value) }
        return isWide || character.unicodeScalars.contains { $0.value == 0xFE0F } ? 2 : 1
    }

    /// The wide and full-width ranges of UAX 11, in blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
        0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}

/// Texts that came from outside hold no orders for the terminal when they are printed.
enum Clean {
    static func text(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append("\u{FFFD}")
            // Marks that turn the direction of what follows make a name look like another.
            case .format: if scalar.value == 0x200D { scalars.append(scalar) }
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
