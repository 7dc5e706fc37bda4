// `GET /v1/events`: the store's feed in the words of the API, and the patience of those who follow
// it.

import RelayAPI
import RelayCore
import RelayStore
import ServiceLifecycle

struct EventFeed: Sendable {
    let bodies: Bodies
    let bell: EventBell

    /// Entries looked at for one answer, when only some kinds are wanted: some ten milliseconds.
    private static let examinedMax = 20_000

    func events(_ request: EventRequest) async throws(Problem) -> EventList {
        let wanted = try Self.words(request.what)
        let end = ContinuousClock.now + .seconds(request.waitSeconds)
        var after = request.after
        while true {
            let rings = bell.rings
            let list = try await page(request, wanted, after)
            after = list.next
            let left = end - .now
            // What was not looked at yet is for the next request, which need not wait for it.
            guard list.events.isEmpty, list.next == list.last, left > .zero else { return list }
            guard await bell.wait(since: rings, atMost: left) else {
                throw Problem(
                    .unavailable,
                    "\(APILimits.eventWaitersMax) requests wait for events already; "
                        + "ask without wait, or later.")
            }
            if Task.isCancelled || Task.isShuttingDownGracefully { return list }
        }
    }

    /// What there is now.
    private func page(
        _ request: EventRequest, _ wanted: Set<Happening.What>, _ after: UInt64?
    ) async throws(Problem) -> EventList {
        var list = EventList(events: [], next: after ?? 0, oldest: 1, last: 0)
        var examined = 0
        while examined < Self.examinedMax {
            let start = list.next
            let limit = wanted.isEmpty ? request.limit : StoreReader.pageMax
            let page = try await bodies.answer { reader in
                try reader.announcements(after: start, limit: limit)
            }
            (list.oldest, list.last) = (page.oldest, page.last)
            if after != nil || examined > 0 { try Self.check(page, start) }
            list.next = max(start, page.oldest - 1)
            for entry in page.announcements {
                guard list.events.count < request.limit else { return list }
                list.next = entry.number
                if wanted.isEmpty || wanted.contains(entry.happening.what) {
                    list.events.append(EventView(entry))
                }
            }
            examined += page.announcements.count
            if page.announcements.count < limit || list.events.count == request.limit { break }
        }
        return list
    }

    /// Nothing that was asked for is passed over in silence.
    private static func check(_ page: AnnouncementPage, _ after: UInt64) throws(Problem) {
        guard !page.continues(after: after) else { return }
        var problem = Problem(
            .gone, field: "after",
            after > page.last
                ? "There is no event \(after) yet: the last one is \(page.last). Was the store "
                    + "restored from a copy? Compare the documents, then go on after \(page.last)."
                : "Of the events after \(after), those before \(page.oldest) are not kept any "
                    + "more. Compare the documents, then go on after \(page.oldest - 1).")
        problem.oldest = page.oldest
        throw problem
    }

    private static func words(_ words: [String]) throws(Problem) -> Set<Happening.What> {
        let known = Happening.What.allCases.filter(\.isForApplications)
        var wanted: Set<Happening.What> = []
        for word in words {
            guard let what = known.first(where: { $0.word == word }) else {
                throw Problem(
                    .invalidRequest, field: "what",
                    "No event is called '\(word)'; there are "
                        + known.map(\.word).joined(separator: ", ") + ".")
            }
            wanted.insert(what)
        }
        return wanted
    }
}

extension EventView {
    init(_ entry: Announcement) {
        let happening = entry.happening
        self.init(
            number: entry.number, at: happening.at, what: happening.what.word,
            document: happening.document)
        documentId = entry.reference.isEmpty ? nil : entry.reference
        recipient = happening.recipient
        relay = happening.relay
        detail = happening.detail.isEmpty ? nil : happening.detail
    }
}
