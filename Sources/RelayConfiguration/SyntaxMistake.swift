// A mistake of YAML's syntax in words that help.
//
// Guarantees: the place is in the file, and is where the mistake begins rather than where the
// library noticed it, as far as that can be told.

import Yams

struct SyntaxMistake {
    let place: Place
    let message: String

    /// - Parameter lines: the text, for a look at the line that is meant.
    init(_ error: any Error, in lines: [[Unicode.Scalar]]) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let noticed = Self.place(mark, in: lines)
            let began = context.map { Self.place($0.mark, in: lines) }
            let isOpen = Self.hints[problem]?.isOpen ?? false
            place = isOpen ? began ?? noticed : noticed
            message =
                Self.knownCause(problem, context: context?.text, at: noticed, in: lines)
                ?? Self.words(problem, context: context?.text, began: began, at: place)
        case YamlError.reader(let problem, _, _, _):
            place = .start
            message = "is not valid YAML: \(problem)"
        default:
            place = .start
            message = "cannot be read as YAML: \(error)"
        }
    }

    /// What usually helps, by the library's words; `isOpen` where something was begun and not
    /// ended, so that the beginning is what to look at.
    private static let hints: [String: (text: String, isOpen: Bool)] = [
        "mapping values are not allowed in this context":
            ("look for a wrong indent, or for text with \": \" that needs quotes", false),
        "could not find expected ':'":
            ("this line is neither a key with a colon nor an item of a list", true),
        "found unexpected end of stream": ("a closing quote is missing", true),
        "did not find expected ',' or ']'": (address, false),
        "did not find expected ',' or '}'": (address, false),
        "did not find expected node content": (address, false),
        "found character that cannot start any token": ("put the text in quotes", false),
    ]

    private static let address =
        "a bracket is open, or an address such as \"[::1]:4600\" needs quotes"

    private static func words(
        _ problem: String, context: String?, began: Place?, at place: Place
    ) -> String {
        var words = "is not valid YAML: \(problem)"
        if let context { words += " \(context)" }
        if let began, began.line != place.line { words += " that begins in line \(began.line)" }
        if let hint = hints[problem] { words += "; \(hint.text)" }
        return words
    }

    /// The whole message, where the cause is plain.
    private static func knownCause(
        _ problem: String, context: String?, at place: Place, in lines: [[Unicode.Scalar]]
    ) -> String? {
        let line = lines.indices.contains(place.line - 1) ? lines[place.line - 1] : []
        let indent = line.prefix(place.column)
        if indent.contains("\t"), indent.allSatisfy({ $0 == " " || $0 == "\t" }) {
            return "a tab indents this line; YAML indents with spaces only"
        }
        if context == "while scanning an alias" {
            return "a * that stands alone must be in quotes: \"*\""
        }
        if problem == "but found another document" {
            return "a second document begins here (---); one file holds one configuration"
        }
        return nil
    }

    /// The library counts one more line at the end of a text than there is.
    private static func place(_ mark: Mark, in lines: [[Unicode.Scalar]]) -> Place {
        guard mark.line > lines.count, let last = lines.last else {
            return Place(line: mark.line, column: mark.column)
        }
        return Place(line: lines.count, column: last.count + 1)
    }
}
