// How a key is declared: its path, its kind, and what holds when it is not given.
//
// The reader can only ask for what is declared, the check for unknown keys knows what is declared,
// and a test compares the reference in Docs/Configuration.md with it: one list, three uses.

/// One row of the reference: a key as people see it.
struct SchemaRow: Hashable, Sendable {
    /// With `[]` after a list of sections: `peers[].code`.
    let path: String
    let type: String
    /// The default as it is written in a file, or `required`, or `none`, or where it comes from.
    let fallback: String
    let bounds: String
}

protocol Declared: Sendable {
    var row: SchemaRow { get }
}

/// A key that is required, or has no default of its own.
struct Field<Value: Sendable>: Declared {
    let path: String
    let kind: Kind<Value>
    /// Nil when the key is required; else what holds without it, in words.
    let without: String?

    init(_ path: String, _ kind: Kind<Value>, without: String? = nil) {
        self.path = path
        self.kind = kind
        self.without = without
    }

    var row: SchemaRow {
        SchemaRow(
            path: path, type: kind.noun, fallback: without ?? "required", bounds: kind.bounds)
    }
}

/// A key with a default, which is written as in a file and read in the same way.
struct DefaultedField<Value: Sendable>: Declared {
    let path: String
    let kind: Kind<Value>
    let text: String

    init(_ path: String, _ kind: Kind<Value>, default text: String) {
        self.path = path
        self.kind = kind
        self.text = text
    }

    var fallback: Value {
        guard case .value(let value) = kind.read(text) else {
            preconditionFailure("the default of \(path) is not allowed by its own rule")
        }
        return value
    }

    var row: SchemaRow {
        SchemaRow(path: path, type: kind.noun, fallback: text, bounds: kind.bounds)
    }
}

/// A key that takes a list of values.
struct ListField<Value: Sendable>: Declared {
    let path: String
    let kind: Kind<Value>
    let least: Int
    let most: Int
    /// Nil when the key is required; else what holds without it, in words.
    let without: String?

    init(
        _ path: String, of kind: Kind<Value>, least: Int = 0, most: Int, without: String? = nil
    ) {
        self.path = path
        self.kind = kind
        self.least = least
        self.most = most
        self.without = without
    }

    var row: SchemaRow {
        SchemaRow(
            path: path, type: "list of \(kind.noun)", fallback: without ?? "required",
            bounds: least > 0 ? "\(least) to \(most)" : "at most \(most)")
    }
}

/// A key that takes a list in which each item is a value, or a section that says more of it.
struct MixedListField<Value: Sendable>: Declared {
    let list: ListField<Value>

    var row: SchemaRow {
        let row = list.row
        return SchemaRow(
            path: row.path, type: "\(row.type) or section", fallback: row.fallback,
            bounds: row.bounds)
    }
}

/// A key that takes a list of sections; `[]` follows its path in those of its members.
struct GroupField: Declared {
    let path: String
    let most: Int

    var row: SchemaRow {
        SchemaRow(
            path: path, type: "list of sections", fallback: "[]", bounds: "at most \(most)")
    }
}
