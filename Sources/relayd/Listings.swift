// Listings of the store in the words of the API: filters and cursors.

import RelayAPI
import RelayCore
import RelayStore

extension ListingFilter {
    /// What a filter of the API leaves in, at this time.
    init(_ filter: QueueFilter, at now: Instant) throws(Problem) {
        self.init()
        recipient = filter.destination
        sender = filter.sender
        priority = filter.priority.flatMap { Priority(rawValue: UInt8($0)) }
        // One more millisecond: what is just as old as asked for is meant.
        arrivedBefore = filter.olderThan.map { now + .milliseconds(1 - $0 * 1_000) }
        guard let status = filter.state else { return }
        guard let name = StateName.allCases.first(where: { $0.status == status }) else {
            throw Problem(
                .invalidRequest, field: "state",
                "No delivery is listed as '\(status.rawValue)'; the states are "
                    + StateName.allCases.map(\.status.rawValue).joined(separator: ", ") + ".")
        }
        states = [name]
    }
}

extension ListingCursor {
    /// In a form that needs no escaping in a URI.
    var text: String { "\(sequence)~\(recipient)" }

    /// Nil for no text; throws when it is no cursor.
    init?(parsing text: String?) throws(Problem) {
        guard let text else { return nil }
        guard let cursor = ListingCursor(text.replacing("~", with: ":")) else {
            throw Problem(
                .invalidRequest, field: "after",
                "'\(text)' is no cursor; take the 'next' of the page before.")
        }
        self = cursor
    }
}
