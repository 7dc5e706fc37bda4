// The kinds of value that a key can take: how each is written, read and explained.
//
// Guarantees: reading is total and bounded; a message says what is wrong and what is allowed.
// Leaves to others: rules that bind several keys (`CrossChecks`), and what the machine says to the
// value (`checkFiles`).

import RelayCore

/// What reading a value comes to.
enum Reading<Value: Sendable>: Sendable {
    case value(Value)
    /// Not of this kind at all; the kind says what is allowed.
    case unlike
    /// Of this kind and yet not allowed, for the reason given.
    case refused(String)
}

/// A kind of value.
struct Kind<Value: Sendable>: Sendable {
    /// With its article, for messages, and without, for the reference: `a size`.
    let name: String
    /// What is allowed, in words.
    let allowed: String
    /// The least and the most, for the reference; empty when `allowed` says all.
    var bounds: String = ""
    let read: @Sendable (String) -> Reading<Value>

    /// The message for a text that is refused; nil when it is not.
    func refusal(of text: String) -> String? {
        switch read(text) {
        case .value: nil
        case .unlike: "\(Shown.value(text)) is not \(name); allowed: \(allowed)"
        case .refused(let message): message
        }
    }

    /// The name without its article.
    var noun: String {
        name.hasPrefix("an ") ? String(name.dropFirst(3)) : String(name.dropFirst(2))
    }
}

// MARK: - Codes

extension Kind where Value == RelayCode {
    static var relayCode: Self {
        Kind(name: "a relay code", allowed: Code.rule) { text in
            RelayCode(text).map(Reading.value) ?? .unlike
        }
    }
}

extension Kind where Value == OrganisationCode {
    static var organisationCode: Self {
        Kind(name: "an organisation code", allowed: Code.rule) { text in
            text == "*"
                ? .refused("* is not allowed here; name each organisation")
                : OrganisationCode(text).map(Reading.value) ?? .unlike
        }
    }
}

extension Kind where Value == OrganisationPattern {
    /// `mayBeAny` is false where `*` would let one relay speak for everybody.
    static func pattern(mayBeAny: Bool) -> Self {
        let name = "a code or prefix"
        let allowed = mayBeAny ? "\"*\", or a code or prefix of \(Code.rule)" : Code.rule
        return Kind(name: mayBeAny ? "a code, prefix or \"*\"" : name, allowed: allowed) { text in
            if text == "*" {
                return mayBeAny
                    ? .value(.any)
                    : .refused("* would let one relay sign for everybody; name codes or prefixes")
            }
            if text.hasSuffix(".") || text.hasSuffix(".*") {
                let stem = text.prefix { $0 != "*" }
                return .refused(
                    "\(Shown.value(text)) is not \(name); a prefix is written without an ending: "
                        + "\(stem.hasSuffix(".") ? String(stem.dropLast()) : String(stem))")
            }
            if OrganisationPattern.isPartOfOldCode(text) {
                return .refused(
                    "\(Shown.value(text)) is the left part of an old code, which has level 1 on "
                        + "the right; write old codes out, such as 000.00.11.H53")
            }
            return OrganisationCode(text).map { .value(.code($0)) } ?? .unlike
        }
    }
}

// MARK: - One of a few words

extension Kind {
    /// One of these words, and no other.
    static func word(_ words: KeyValuePairs<String, Value>) -> Self {
        let names = words.map(\.key)
        let list = names.joined(separator: ", ")
        let table = Dictionary(uniqueKeysWithValues: words.map { ($0.key, $0.value) })
        return Kind(name: "a word", allowed: list, bounds: "one of \(list)") { text in
            if let value = table[text] { return .value(value) }
            let hint = Suggestion.phrase(for: text, among: names)
            return .refused("\(Shown.value(text)) is not one of \(list)\(hint)")
        }
    }
}

// MARK: - Addresses and keys of peers

extension Kind where Value == HostAndPort {
    /// Where the relay listens: also every address of the machine, also a port of the system's.
    static var listenAddress: Self {
        address(
            allowed: "host:port, such as 0.0.0.0:4600 or \"[::]:4600\"; port 0 lets the system "
                + "choose"
        ) { _ in nil }
    }

    /// Where a peer is dialled.
    static var peerAddress: Self {
        address(
            allowed: "host:port, such as hub1.example.vn:4600, 192.0.2.7:4600 or "
                + "\"[2001:db8::7]:4600\""
        ) { address in
            if address.isWildcard {
                "\(address) stands for every address of a machine and cannot be dialled"
            } else if address.port == 0 {
                "port 0 cannot be dialled; allowed: 1 to 65535"
            } else {
                nil
            }
        }
    }

    private static func address(
        allowed: String, objection: @escaping @Sendable (HostAndPort) -> String?
    ) -> Self {
        Kind(name: "an address", allowed: allowed) { text in
            guard let address = HostAndPort(text) else {
                return text.contains(":")
                    ? .unlike
                    : .refused("\(Shown.value(text)) has no port; allowed: \(allowed)")
            }
            return objection(address).map(Reading.refused) ?? .value(address)
        }
    }
}
