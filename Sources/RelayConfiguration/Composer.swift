// From text to a tree, through the node interface of Yams, which knows lines and columns.
//
// Guarantees: what `Element` promises, and that everything wrong with the form of the file is
// reported with its place. A mistake of syntax ends the reading, since nothing after it has a sure
// meaning; all else is collected. Leaves to others: which keys there are.

import Yams

struct Composer {
    private let findings: Findings
    /// Keys that were altered so that the library would go on: where, and their true beginning.
    private var altered: [Place: Unicode.Scalar] = [:]
    /// Anchors that were reported; their aliases turn up with the same place.
    private var anchors: Set<Place> = []

    /// The mapping that the file is, without members when the file is empty. Nil when the file has
    /// no sure meaning, which has then been reported.
    static func mapping(of text: String, findings: Findings) -> Element? {
        // A byte order mark is not part of the first line; the library would indent it by one.
        let text =
            text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        guard TextScan.passes(text, findings: findings) else { return nil }
        var composer = Composer(findings: findings)
        return composer.mapping(of: text)
    }

    private init(findings: Findings) { self.findings = findings }

    private mutating func mapping(of text: String) -> Element? {
        var lines: [[Unicode.Scalar]]?
        var text = text
        while true {
            do {
                // Yams keeps anchors as weak references: the parser must outlive the walk.
                let parser = try Parser(
                    yaml: text, resolver: .basic, constructor: .default, encoding: .utf8)
                let root = try parser.singleRoot()
                return withExtendedLifetime(parser) { rootMapping(root) }
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                var known = lines ?? Self.lines(of: text)
                let place = Place(line: context.mark.line, column: context.mark.column)
                guard alter(&known, at: place) else {
                    findings.refuse(
                        Findings.wholeFile, "a key is given twice in the same section", at: place)
                    return nil
                }
                lines = known
                text = Self.text(of: known)
            } catch {
                let mistake = SyntaxMistake(error, in: lines ?? Self.lines(of: text))
                findings.refuse(Findings.wholeFile, mistake.message, at: mistake.place)
                return nil
            }
        }
    }

    private mutating func rootMapping(_ root: Node?) -> Element? {
        guard let root else { return Element(place: .start, content: .mapping([])) }
        let element = element(root, key: "", depth: 0)
        switch element.content {
        case .mapping: return element
        case .text where element.isEmpty: return Element(place: .start, content: .mapping([]))
        case .refused: return nil
        case .text, .list:
            findings.refuse(
                Findings.wholeFile,
                "the file is \(element.kind); it must be keys and values, such as relay:",
                at: element.place)
            return nil
        }
    }
}

// MARK: - The walk

extension Composer {
    private mutating func element(_ node: Node, key: String, depth: Int) -> Element {
        let place = Self.place(node)
        let name = key.isEmpty ? Findings.wholeFile : key
        func refused(_ message: String) -> Element {
            findings.refuse(name, message, at: place)
            return Element(place: place, content: .refused)
        }
        // An alias is delivered as a copy of what it stands for, anchor and place included, so this
        // refuses both, and never walks into a copy.
        if node.anchor != nil {
            guard anchors.insert(place).inserted else {
                return Element(place: place, content: .refused)
            }
            return refused("anchors and aliases (&name, *name) are not used here; write it out")
        }
        guard depth <= Bounds.nestingMax else {
            return refused("is nested more than \(Bounds.nestingMax) levels deep")
        }
        guard Self.hasNoTag(node) else {
            return refused("tags (!name) are not used here; write the value alone")
        }
        switch node {
        case .scalar(let scalar):
            guard !Secrets.isArmoured(scalar.string) else { return refused(Secrets.armourHint) }
            let isPlain = scalar.style == .plain
            return Element(place: place, content: .text(scalar.string, isPlain: isPlain))
        case .sequence(let sequence):
            let items = sequence.enumerated().map { number, item in
                element(item, key: "\(key)[\(number)]", depth: depth + 1)
            }
            return Element(place: place, content: .list(items))
        case .mapping(let mapping):
            return Element(
                place: place, content: .mapping(members(mapping, key: key, depth: depth)))
        case .alias:
            return refused("anchors and aliases (&name, *name) are not used here; write it out")
        }
    }

    /// The members of a mapping, less those whose key is repeated or no word.
    private mutating func members(
        _ mapping: Node.Mapping, key: String, depth: Int
    ) -> [Member] {
        var members: [Member] = []
        var first: [String: Place] = [:]
        for (keyNode, valueNode) in mapping {
            let keyElement = element(keyNode, key: key, depth: depth + 1)
            switch keyElement.content {
            case .refused: continue
            case .list, .mapping:
                findings.refuse(
                    key.isEmpty ? Findings.wholeFile : key,
                    "a key is \(keyElement.kind); every key here is one word",
                    at: keyElement.place)
                continue
            case .text(let text, _):
                let name = trueName(text, at: keyElement.place)
                let path = key.isEmpty ? Shown.name(name) : "\(key).\(Shown.name(name))"
                if let place = first[name] {
                    findings.refuse(
                        path, "is given twice; first in line \(place.line)", at: keyElement.place)
                    continue
                }
                first[name] = keyElement.place
                let value = element(valueNode, key: path, depth: depth + 1)
                members.append(Member(name: name, place: keyElement.place, value: value))
            }
        }
        return members
    }

    private static func hasNoTag(_ node: Node) -> Bool {
        let tag =
            switch node {
            case .scalar(let scalar): scalar.tag
            case .sequence(let sequence): sequence.tag
            case .mapping(let mapping): mapping.tag
            case .alias(let alias): alias.tag
            }
        // Text in quotes comes with the tag of text, and comparing keys fills in what is implied.
        let implied = ["", "str", "seq", "map"].map { $0.isEmpty ? $0 : "tag:yaml.org,2002:\($0)" }
        return implied.contains(tag.rawValue)
    }

    private static func place(_ node: Node) -> Place {
        node.mark.map { Place(line: $0.line, column: $0.column) } ?? .start
    }
}

// MARK: - Repeated keys

// The library stops at the first key that is given twice. To report every one, and everything else
// that is wrong with the file, the key's first character is exchanged for a private one, the file
// is read again, and the name is set right in the walk. Places stay what they are, because a column
// is a scalar.
extension Composer {
    /// False when the key cannot be altered without a change to what the text means.
    private mutating func alter(_ lines: inout [[Unicode.Scalar]], at place: Place) -> Bool {
        guard altered.count < Bounds.duplicatesMax,
            let stand = Unicode.Scalar(0xE000 + UInt32(altered.count)),
            lines.indices.contains(place.line - 1)
        else { return false }
        var column = place.column - 1
        let line = lines[place.line - 1]
        // In quotes, the name begins behind them.
        if line.indices.contains(column), line[column] == "\"" || line[column] == "'" {
            column += 1
        }
        guard line.indices.contains(column), Self.isSafeToAlter(line[column]) else { return false }
        altered[place] = line[column]
        lines[place.line - 1][column] = stand
        return true
    }

    /// The name as it stands in the file.
    private func trueName(_ name: String, at place: Place) -> String {
        guard let scalar = altered[place] else { return name }
        var scalars = name.unicodeScalars
        scalars.removeFirst()
        scalars.insert(scalar, at: scalars.startIndex)
        return String(scalars)
    }

    /// Letters and digits mean nothing to YAML, wherever they stand in a key.
    private static func isSafeToAlter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic
            || (scalar.value < 0x80 && scalar.properties.numericType != nil)
    }

    /// The lines as the library counts them: `TextScan` leaves no other line ends than LF and CRLF.
    static func lines(of text: String) -> [[Unicode.Scalar]] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    }

    private static func text(of lines: [[Unicode.Scalar]]) -> String {
        var text = String.UnicodeScalarView()
        for (number, line) in lines.enumerated() {
            if number > 0 { text.append("\n") }
            text.append(contentsOf: line)
        }
        return String(text)
    }
}
