// The keys of one kind of file, as the reader needs them: which names each section may hold.

struct KeyTable: Sendable {
    /// In the order of the reference, by the section's path with `[]` for an item; the file itself
    /// is the section without a name.
    let names: [String: [String]]
    /// Where secrets belong, for somebody who has put one into the file; nil where none do.
    var secrets: String?

    init(_ rows: [SchemaRow], secrets: String? = nil) {
        var names: [String: [String]] = [:]
        for row in rows {
            var section = ""
            for piece in row.path.split(separator: ".") {
                // An item of a list is a section of its own, under the name of the list.
                let name = piece.hasSuffix("[]") ? piece.dropLast(2) : piece
                if names[section]?.contains(String(name)) != true {
                    names[section, default: []].append(String(name))
                }
                section += section.isEmpty ? "\(piece)" : ".\(piece)"
            }
        }
        self.names = names
        self.secrets = secrets
    }

    /// The sections that hold a key of this name, for one that stands in the wrong place.
    func homes(of name: String) -> String? {
        let homes = names.filter { $0.value.contains(name) && !$0.key.isEmpty }.keys.sorted()
        return homes.isEmpty ? nil : homes.joined(separator: " or ")
    }
}
