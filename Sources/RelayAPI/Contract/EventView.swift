// The feed of events: what a document-management system follows instead of asking for each
// document.

package import RelayCore

/// One event. Numbers only rise, in the order in which things became durable.
package struct EventView: Codable, Hashable, Sendable {
    package var number: UInt64
    package var at: Instant
    /// A fixed word, as in a document's history.
    package var what: String
    package var document: DocumentID
    /// The sender's own id of the document.
    package var documentId: String?
    package var recipient: OrganisationCode?
    /// The other relay, where there was one.
    package var relay: RelayCode?
    package var detail: String?

    package init(number: UInt64, at: Instant, what: String, document: DocumentID) {
        self.number = number
        self.at = at
        self.what = what
        self.document = document
    }
}

package struct EventList: Codable, Hashable, Sendable {
    package var events: [EventView]
    /// To be given as `after` next time. Also when there are no events: some may have been looked
    /// at that were not asked for.
    package var next: UInt64
    /// The oldest that is kept, and the last that there is.
    package var oldest: UInt64
    package var last: UInt64

    package init(events: [EventView], next: UInt64, oldest: UInt64, last: UInt64) {
        self.events = events
        self.next = next
        self.oldest = oldest
        self.last = last
    }
}

/// Which events are wanted, and how long to wait for them.
package struct EventRequest: Hashable, Sendable {
    /// The `next` of the answer before; nil to begin with the oldest that is kept.
    package var after: UInt64?
    package var limit = APILimits.pageDefault
    /// When there is none yet, so long for the first one; 0 not to wait.
    package var waitSeconds = 0
    /// Only these; all when empty.
    package var what: [String] = []

    package init(after: UInt64? = nil) { self.after = after }
}

extension EventRequest {
    package init(_ query: Query) throws(Problem) {
        self.init()
        after = try query.number("after", in: 0...UInt64(Int64.max))
        if let limit = try query.number("limit", in: 1...UInt64(APILimits.pageMax)) {
            self.limit = Int(limit)
        }
        if let wait = try query.number("wait", in: 0...UInt64(APILimits.eventWaitSecondsMax)) {
            waitSeconds = Int(wait)
        }
        what = (query["what"] ?? "").split(separator: ",").map(String.init)
    }

    package var query: Query {
        var query = Query()
        query["after"] = after.map { String($0) }
        query["limit"] = String(limit)
        if waitSeconds > 0 { query["wait"] = String(waitSeconds) }
        if !what.isEmpty { query["what"] = what.joined(separator: ",") }
        return query
    }
}
