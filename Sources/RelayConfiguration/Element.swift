// A configuration file as a tree of text, lists and mappings, each with its place.
//
// Guarantees: bounded depth, no aliases, no tags, no duplicate keys, no text that is a certificate
// or key. Values are text as they were written: `0660`, `1.2` and `no` stay what they are, since
// YAML's guesses at numbers and truth values are not asked.

struct Element {
    enum Content {
        /// `isPlain` tells text without quotes, of which the empty text, `~` and `null` mean that
        /// no value was given.
        case text(String, isPlain: Bool)
        case list([Element])
        case mapping([Member])
        /// Something that has been reported already.
        case refused
    }

    let place: Place
    let content: Content

    /// Whether a key stands there without a value.
    var isEmpty: Bool {
        if case .text(let text, isPlain: true) = content {
            ["", "~", "null", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }

    /// What this is, for messages.
    var kind: String {
        switch content {
        case .text: isEmpty ? "nothing" : "text"
        case .list: "a list"
        case .mapping: "keys and values"
        case .refused: "something that is not allowed"
        }
    }
}

struct Member {
    let name: String
    let place: Place
    let value: Element
}
