// Names of organisations and relays.
//
// Guarantees: a value of these types is never empty, is bounded, and holds only characters that are
// safe in a log line, a file name, a certificate's URI and an index key. Leaves to others: whether
// the code exists (the directory), and who may use it (RelayTrust).

/// The code of an organisation, as it stands in `OrganId` of an edXML document.
///
/// Two grammars are in force (QCVN 102:2016 `000.00.00.H26`, Decision 20/2020 `H26.1.2`) and real
/// traffic has others, so the check is loose: 1 to 50 characters of `A-Z a-z 0-9 . - _`, beginning
/// and ending with a letter or digit. Looked up strictly: case counts.
package struct OrganisationCode: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    /// Nil when `text` is not a code; `Code.rule` says what is allowed, in words.
    package init?(_ text: String) {
        guard Code.isValid(text) else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// The code of a relay: the agency's own code, or a name such as `HUB-1`. It stands in the relay's
/// certificate as the URI `tram:CODE`.
package struct RelayCode: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard Code.isValid(text) else { return nil }
        self.text = text
    }

    /// Reads the URI that stands for a relay in its certificate; nil for any other URI.
    package init?(identity uri: String) {
        guard uri.hasPrefix(Self.identityScheme) else { return nil }
        self.init(String(uri.dropFirst(Self.identityScheme.count)))
    }

    /// The URI that stands for this relay among the subject's alternative names of its certificate
    /// (RFC 5280 section 4.2.1.6).
    package var identity: String { Self.identityScheme + text }

    private static let identityScheme = "tram:"

    package var description: String { text }
    package static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// The grammar that both kinds of code share.
package enum Code {
    /// The rule in words, for messages to people.
    package static let rule =
        "1 to \(Limits.codeLengthMax) letters (A-Z, a-z), digits, dots, hyphens and underscores, "
        + "beginning and ending with a letter or digit"

    package static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= Limits.codeLengthMax
        else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
