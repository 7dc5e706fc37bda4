// One section of the file: asks for keys, reports what is missing, of the wrong kind, or unknown.
//
// Guarantees: every key in the file is either declared in the schema or reported; whatever is asked
// for and is not right is reported once. Leaves to others: which keys belong together.

struct Section {
    /// The section's path as in messages, `peers[0]`, and as in the schema, `peers[]`.
    let path: String
    private let pattern: String
    private let keys: KeyTable
    private let members: [String: Element]
    private let findings: Findings
    /// Whether the section was given at all.
    let isGiven: Bool
    /// Whether missing keys are worth a report: not when what was given is no section.
    private let isComplete: Bool

    /// The file itself.
    init(file: Element, keys: KeyTable, findings: Findings) {
        self.init(path: "", pattern: "", element: file, keys: keys, findings: findings)
    }

    private init(
        path: String, pattern: String, element: Element, keys: KeyTable, findings: Findings
    ) {
        self.path = path
        self.pattern = pattern
        self.keys = keys
        self.findings = findings
        isGiven = true
        var members: [String: Element] = [:]
        if case .mapping(let given) = element.content {
            let names = keys.names[pattern] ?? []
            for member in given {
                if names.contains(member.name) {
                    members[member.name] = member.value
                    findings.note(Self.join(path, member.name), at: member.place)
                } else {
                    Self.reportUnknown(member, in: path, among: names, of: keys, to: findings)
                }
            }
        }
        self.members = members
        isComplete = true
    }

    /// A section without members: one that was not given, where every key has its default or is
    /// missing, or one whose place something else takes, which has been reported.
    private init(
        without path: String, pattern: String, isGiven: Bool, keys: KeyTable, findings: Findings
    ) {
        self.path = path
        self.pattern = pattern
        self.keys = keys
        self.findings = findings
        self.isGiven = isGiven
        isComplete = !isGiven
        members = [:]
    }
}

extension Section {
    /// The names of the known keys that were given.
    var givenNames: Set<String> { Set(members.keys) }
}

// MARK: - Values

/// An item of a list, and its key, such as `listen[1]`.
struct Item<Value: Sendable>: Sendable {
    let value: Value
    let key: String
}

/// An item of a list in which sections may stand too.
enum MixedItem<Value: Sendable> {
    case value(Item<Value>)
    case section(Section)
}

extension Section {
    /// Nil when the key was not given, or was not right, which has then been reported; so has a
    /// required key that is missing.
    func value<Value>(_ field: Field<Value>) -> Value? {
        let (key, element) = find(field.path)
        guard let element else {
            if field.without == nil {
                reportMissing(key, "\(field.kind.name): \(field.kind.allowed)")
            }
            return nil
        }
        return read(element, as: field.kind, key: key)
    }

    /// The default when the key was not given, and when it was not right, which has then been
    /// reported.
    func value<Value>(_ field: DefaultedField<Value>) -> Value {
        let (key, element) = find(field.path)
        guard let element else { return field.fallback }
        return read(element, as: field.kind, key: key) ?? field.fallback
    }

    /// The items that are right; the others have been reported. Nil when the key was not given.
    func list<Value>(_ field: ListField<Value>) -> [Item<Value>]? {
        elements(of: field)?.compactMap { key, element in
            read(element, as: field.kind, key: key).map { Item(value: $0, key: key) }
        }
    }

    /// As `list`; an item that is a section is handed out as one.
    func mixedList<Value>(_ field: MixedListField<Value>) -> [MixedItem<Value>]? {
        elements(of: field.list)?.compactMap { key, element in
            if case .mapping = element.content {
                return .section(
                    Section(
                        path: key, pattern: "\(field.list.path)[]", element: element, keys: keys,
                        findings: findings))
            }
            return read(element, as: field.list.kind, key: key)
                .map { .value(Item(value: $0, key: key)) }
        }
    }

    /// What was given as items, each with its key; nil when the list was not given.
    private func elements<Value>(
        of field: ListField<Value>
    ) -> [(key: String, element: Element)]? {
        let (key, element) = find(field.path)
        let wanted = "a list, each item \(field.kind.name): \(field.kind.allowed)"
        guard let element else {
            if field.without == nil { reportMissing(key, wanted) }
            return nil
        }
        guard let elements = items(element, key: key, wanted: wanted, most: field.most) else {
            return []
        }
        if elements.count < field.least {
            findings.refuse(key, "is an empty list; it needs at least \(field.least)")
        }
        return elements.enumerated().map { number, element in
            let key = "\(key)[\(number)]"
            findings.note(key, at: element.place)
            return (key, element)
        }
    }

    private func read<Value>(_ element: Element, as kind: Kind<Value>, key: String) -> Value? {
        switch element.content {
        case .refused:
            // The key counts as faulty, or rules that look at it would report consequences.
            findings.markFaulty(key)
            return nil
        case .text(let text, _) where !element.isEmpty:
            if case .value(let value) = kind.read(text) {
                // What is found out about the value later points at the value.
                findings.note(key, at: element.place)
                return value
            }
            if let message = kind.refusal(of: text) {
                findings.refuse(key, message, at: element.place)
            }
            return nil
        case .text:
            findings.refuse(
                key, "has no value; give \(kind.name) (\(kind.allowed)) or remove the key")
            return nil
        case .list, .mapping:
            // "[::1]:4600" without quotes is a list to YAML.
            let quotes = Value.self == HostAndPort.self ? "; an IPv6 address needs quotes" : ""
            findings.refuse(
                key, "is \(element.kind); it takes \(kind.name): \(kind.allowed)\(quotes)",
                at: element.place)
            return nil
        }
    }
}

// MARK: - Sections inside

extension Section {
    /// The section of this name, which holds nothing when it was not given.
    func section(_ name: String) -> Section {
        let key = Self.join(path, name)
        let inner = Self.join(pattern, name)
        guard let element = members[name] else {
            return Section(
                without: key, pattern: inner, isGiven: !isComplete, keys: keys, findings: findings)
        }
        switch element.content {
        case .mapping:
            return Section(
                path: key, pattern: inner, element: element, keys: keys, findings: findings)
        case .refused: findings.markFaulty(key)
        case .text, .list:
            let names = (keys.names[inner] ?? []).joined(separator: ", ")
            findings.refuse(
                key, "holds \(element.kind); it takes the keys \(names), indented below it",
                at: element.isEmpty ? nil : element.place)
        }
        return Section(
            without: key, pattern: inner, isGiven: true, keys: keys, findings: findings)
    }

    /// The sections in a list, less those that are none.
    func sections(_ group: GroupField) -> [Section] {
        let (key, element) = find(group.path)
        guard let element else { return [] }
        let names = (keys.names["\(group.path)[]"] ?? []).joined(separator: ", ")
        let wanted = "a list, each item with the keys \(names)"
        guard let elements = items(element, key: key, wanted: wanted, most: group.most) else {
            return []
        }
        return elements.enumerated().compactMap { number, element in
            let key = "\(key)[\(number)]"
            findings.note(key, at: element.place)
            switch element.content {
            case .refused:
                findings.markFaulty(key)
                return nil
            case .mapping:
                return Section(
                    path: key, pattern: "\(group.path)[]", element: element, keys: keys,
                    findings: findings)
            case .text, .list:
                findings.refuse(key, "is \(element.kind); it takes the keys \(names)")
                return nil
            }
        }
    }

    /// The elements of a list; nil when it is none, or too long, which has been reported.
    private func items(_ element: Element, key: String, wanted: String, most: Int) -> [Element]? {
        switch element.content {
        case .list(let elements) where elements.count <= most: return elements
        case .list(let elements):
            findings.refuse(key, "has \(elements.count) items; at most \(most) are allowed")
        case .refused: findings.markFaulty(key)
        case .text where element.isEmpty:
            findings.refuse(key, "has no value; give \(wanted), or [] for none")
        case .text, .mapping:
            findings.refuse(key, "is \(element.kind); it takes \(wanted)", at: element.place)
        }
        return nil
    }
}

// MARK: - Keys

extension Section {
    /// The key as in messages, and what was given for it.
    private func find(_ declared: String) -> (key: String, element: Element?) {
        let name = declared.split(separator: ".").last.map(String.init) ?? declared
        // A key asked of the wrong section would silently have its default for ever.
        precondition(Self.join(pattern, name) == declared, "\(declared) is not in \(pattern)")
        return (Self.join(path, name), members[name])
    }

    /// Reports once per section that is there; one that is not a section has been reported itself.
    private func reportMissing(_ key: String, _ wanted: String) {
        if isComplete {
            findings.refuse(key, "is missing; it takes \(wanted)")
        } else {
            findings.markFaulty(key)
        }
    }

    /// An unknown key is an error and never ignored: a misspelt limit would not limit anything. The
    /// hint is the nearest name; else where the name belongs; else what there is.
    private static func reportUnknown(
        _ member: Member, in path: String, among names: [String], of keys: KeyTable,
        to findings: Findings
    ) {
        let hint: String
        if let near = Suggestion.nearest(to: member.name, among: names) {
            hint = "did you mean \(near)?"
        } else if let homes = keys.homes(of: member.name) {
            hint = "it belongs under \(homes)"
        } else if let secrets = keys.secrets, Secrets.isSecretName(member.name) {
            hint = "a secret is given by the path of its file only: \(secrets)"
        } else {
            hint = "known here: \(names.joined(separator: ", "))"
        }
        findings.refuse(
            join(path, Shown.name(member.name)), "is not a known key here; \(hint)",
            at: member.place)
    }

    private static func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }
}
