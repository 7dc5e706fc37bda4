// Who gives an order: the name that the operator's program states, and the user that the kernel
// saw.
//
// The first says for whom the program runs (behind `sudo`, or a shared account), the second cannot
// be made up. Both are recorded with the order.

import RelayCore

package struct OperatorIdentity: Hashable, Sendable {
    /// The login name that was stated; empty when none was.
    package let name: String
    /// Of the connection, by the kernel.
    package let user: UInt32?

    package init(name: String, user: UInt32?) {
        self.name = name
        self.user = user
    }

    /// As it stands in histories: `an (uid 1000)`.
    package var words: String {
        switch (name.isEmpty, user) {
        case (false, let user?): "\(name) (uid \(user))"
        case (false, nil): name
        case (true, let user?): "uid \(user)"
        case (true, nil): "unknown"
        }
    }

    /// Whether a text may stand for an operator: 1 to 64 bytes, no control characters. Login names
    /// have at most 32; those of directories may be longer.
    package static func isName(_ text: String) -> Bool {
        (1...Limits.operatorBytesMax).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// Throws `invalidMetadata` when the field is there and holds no name.
    init(_ headers: HeaderFields, user: UInt32?) throws(Problem) {
        var name = ""
        if let raw = try headers.one(HeaderName.operatorName) {
            guard let text = PercentCoding.decode(raw), Self.isName(text) else {
                throw Problem(
                    .invalidMetadata, field: HeaderName.operatorName,
                    "\(HeaderName.operatorName) is the operator's login name: percent-encoded "
                        + "UTF-8 of 1 to \(Limits.operatorBytesMax) bytes, without control "
                        + "characters.")
            }
            name = text
        }
        self.init(name: name, user: user)
    }
}
