// Which organisations a filter is about: one, or one with all below it.
//
// By whole groups between dots, as routes match: `H26.*` holds `H26` and `H26.1.2`, not `H260`.

package struct OrganisationScope: Hashable, Sendable, CustomStringConvertible {
    package let code: OrganisationCode
    package let includesBelow: Bool

    private static let below = ".*"

    package init(_ code: OrganisationCode, includesBelow: Bool = false) {
        self.code = code
        self.includesBelow = includesBelow
    }

    /// Reads `CODE` or `CODE.*`; nil for anything else.
    package init?(_ text: String) {
        let includesBelow = text.hasSuffix(Self.below)
        let name = includesBelow ? String(text.dropLast(Self.below.count)) : text
        guard let code = OrganisationCode(name) else { return nil }
        self.init(code, includesBelow: includesBelow)
    }

    package static let rule = "a code, or a code and .* for all below it, such as H26.*"

    package func contains(_ organisation: OrganisationCode) -> Bool {
        organisation == code
            || includesBelow && organisation.text.utf8.count > code.text.utf8.count
                && organisation.text.hasPrefix(code.text + ".")
    }

    package var description: String { code.text + (includesBelow ? Self.below : "") }
}
