// The query of a request: strictly read, and written by the client in the same form.
//
// Every parameter at most once, none that the endpoint does not know, every escape valid. `+` means
// itself, since the values are codes and cursors, not forms.

import RelayCore

package struct Query: Hashable, Sendable {
    private var values: [String: String] = [:]

    package init() {}

    /// Throws `invalidRequest`, naming the parameter.
    package init(parsing text: String?, for endpoint: Endpoint) throws(Problem) {
        for part in (text ?? "").split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves.first.flatMap(PercentCoding.decode),
                let value = PercentCoding.decode(halves.count == 2 ? halves[1] : "")
            else {
                throw Problem(.invalidRequest, "The query has a broken escape: \(printable(part)).")
            }
            guard endpoint.parameters.contains(name) else {
                let known = endpoint.parameters.joined(separator: ", ")
                throw Problem(
                    .invalidRequest, field: name,
                    "\(printable(name)) is not a parameter of this endpoint. "
                        + (known.isEmpty ? "It has none." : "It knows: \(known)."))
            }
            guard values[name] == nil else {
                throw Problem(.invalidRequest, field: name, "\(name) is given twice.")
            }
            values[name] = value
        }
    }

    package subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// What goes behind the path: empty, or `?` and the parameters in order of their names.
    package var text: String {
        let parts = values.sorted { $0.key < $1.key }
            .map { PercentCoding.encode($0.key) + "=" + PercentCoding.encode($0.value) }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    func organisation(_ name: String) throws(Problem) -> OrganisationCode? {
        guard let text = self[name] else { return nil }
        guard let code = OrganisationCode(text) else {
            throw Problem(
                .invalidRequest, field: name, "\(printable(text)) is not a code: \(Code.rule).")
        }
        return code
    }

    func number<Number: FixedWidthInteger>(
        _ name: String, _ range: ClosedRange<Number>
    ) throws(Problem) -> Number? {
        guard let text = self[name] else { return nil }
        guard let number = Number(text), range.contains(number) else {
            throw Problem(
                .invalidRequest, field: name,
                "\(name) is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func status(_ name: String) throws(Problem) -> DeliveryStatus? {
        guard let text = self[name] else { return nil }
        guard let status = DeliveryStatus(rawValue: text) else {
            let known = DeliveryStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(
                .invalidRequest, field: name,
                "\(printable(text)) is not a state. Known are: \(known).")
        }
        return status
    }

    func number(
        _ name: String, in range: ClosedRange<UInt64>
    ) throws(Problem) -> UInt64? {
        guard let text = self[name] else { return nil }
        guard let number = UInt64(text), range.contains(number) else {
            throw Problem(
                .invalidRequest, field: name,
                "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not "
                    + "\(printable(text)).")
        }
        return number
    }

    /// `true` or `false`; absent is false.
    func flag(_ name: String) throws(Problem) -> Bool {
        switch self[name] {
        case nil, "false": return false
        case "true": return true
        case let text?:
            throw Problem(
                .invalidRequest, field: name,
                "\(name) is true or false, not \(printable(text)).")
        }
    }

    /// The page that is asked for; the cursor is opaque here, and only its size and characters are
    /// checked.
    func page() throws(Problem) -> PageRequest {
        var page = PageRequest()
        if let text = self["limit"] {
            guard let limit = Int(text), (1...APILimits.pageMax).contains(limit) else {
                throw Problem(
                    .invalidRequest, field: "limit",
                    "limit is a number from 1 to \(APILimits.pageMax).")
            }
            page.limit = limit
        }
        if let cursor = self["after"] {
            guard Cursor.isValid(cursor) else {
                throw Problem(
                    .invalidRequest, field: "after",
                    "after takes the value of next from the page before, unchanged.")
            }
            page.after = cursor
        }
        return page
    }
}

/// Which part of a listing is wanted.
package struct PageRequest: Hashable, Sendable {
    /// The `next` of the page before; nil for the first.
    package var after: String?
    /// From 1 to `APILimits.pageMax`.
    package var limit = APILimits.pageDefault

    package init(after: String? = nil, limit: Int = APILimits.pageDefault) {
        self.after = after
        self.limit = limit
    }
}

/// Cursors are keys of the store in text form. A page holds what comes after its cursor in key
/// order, so an entry that was there throughout is listed exactly once, whatever comes and goes
/// around it.
package enum Cursor {
    package static func isValid(_ text: String) -> Bool {
        (1...APILimits.cursorBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy(PercentCoding.isUnreserved)
    }
}
