// What an operator orders about one delivery, with who gave it and why.

package struct Order: Hashable, Sendable {
    package let what: What
    /// Bounded by those who make it; in histories as it stands here.
    package let by: String
    package let reason: String

    package enum What: Hashable, Sendable {
        /// Stays where it is until it is released.
        case hold
        case release
        /// Forgets its own retry time and refusals; at the origin of one that was passed on, sends
        /// it again.
        case retry
        /// Nil: by the configured route again.
        case reroute(Detour?)
        /// Withdrawn by whoever sent it.
        case cancel
        /// Given up as if its lifetime had ended.
        case expire
    }

    package init(_ what: What, by: String, reason: String) {
        self.what = what
        self.by = by
        self.reason = reason
    }

    var detail: String { "\(by): \(reason)" }
}

/// How one delivery departs from its route, by an operator's order. It never breaks the rules that
/// stop loops, and where the hop that is preferred can't be used, the route holds.
package enum Detour: Hashable, Sendable {
    /// By this peer first, be it on the route or not.
    case via(RelayCode)
    /// By this hop only when no other is usable.
    case avoiding(RelayCode)
}

extension Detour: CustomStringConvertible {
    /// `+HOP` or `~HOP`, as in the name of a lane.
    package var description: String {
        switch self {
        case .via(let hop): "+" + hop.text
        case .avoiding(let hop): "~" + hop.text
        }
    }

    /// Reads what `description` gives; nil for anything else.
    package init?(_ text: String) {
        guard let hop = RelayCode(String(text.dropFirst())) else { return nil }
        switch text.utf8.first {
        case UInt8(ascii: "+"): self = .via(hop)
        case UInt8(ascii: "~"): self = .avoiding(hop)
        default: return nil
        }
    }
}

/// What an order does to a delivery.
package enum Effect: Hashable, Sendable {
    case changed(Delivery)
    /// It is so already.
    case unchanged
    /// Not in this state.
    case notPossible
}
