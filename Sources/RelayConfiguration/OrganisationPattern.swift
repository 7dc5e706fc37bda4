// Which organisations an entry of the configuration is about.
//
// Guarantees: matching is by whole groups of a code, as documented. Leaves to others: which of
// several entries that match decides (`specificity` says it).

package import RelayCore

/// A code, which also stands for every code below it, or `*` for all.
///
/// Codes of Decision 20/2020 have level 1 on the left, so `H26` matches `H26` and `H26.1.2`: whole
/// groups between dots, not `H260`. Codes that begin with a digit are older (QCVN 102:2016,
/// `000.00.11.H53`, level 1 on the right) or the number of an enterprise; what stands on their left
/// says nothing about who is above whom, so they match exactly or by `*`.
package enum OrganisationPattern: Hashable, Sendable, CustomStringConvertible {
    case any
    case code(OrganisationCode)

    package func matches(_ organisation: OrganisationCode) -> Bool {
        switch self {
        case .any: true
        case .code(let code):
            code == organisation
                || Self.hasLevels(code) && organisation.text.hasPrefix(code.text + ".")
        }
    }

    /// Of several patterns that match, the one with the greatest specificity decides. Two different
    /// patterns that match the same code never have the same.
    package var specificity: Int {
        switch self {
        case .any: 0
        case .code(let code): code.text.utf8.count
        }
    }

    package var description: String {
        switch self {
        case .any: "*"
        case .code(let code): code.text
        }
    }

    /// Whether the text is what an old code begins with: `000`, `000.00` or `000.00.11`. As a
    /// prefix it would gather organisations that have nothing in common.
    static func isPartOfOldCode(_ text: String) -> Bool {
        let groups = text.split(separator: ".", omittingEmptySubsequences: false)
        return zip(groups, [3, 2, 2]).allSatisfy { group, length in
            group.utf8.count == length && group.utf8.allSatisfy(Host.isDigit)
        } && groups.count <= 3
    }

    private static func hasLevels(_ code: OrganisationCode) -> Bool {
        !(code.text.utf8.first.map(Host.isDigit) ?? true)
    }
}
