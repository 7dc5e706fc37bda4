// The queue as the API shows it: entry by entry, and as a shape (destination by age), which tells
// at a glance one sick destination from a busy day.

package import RelayCore

package struct QueuePage: Codable, Hashable, Sendable {
    package var entries: [QueueEntry]
    /// The cursor of the next page; absent on the last.
    package var next: String?

    package init(entries: [QueueEntry], next: String?) {
        self.entries = entries
        self.next = next
    }
}

/// One delivery that is under way.
package struct QueueEntry: Codable, Hashable, Sendable {
    package var id: DocumentID
    package var kind: DocumentKind
    package var sender: OrganisationCode
    /// The recipient.
    package var destination: OrganisationCode
    package var state: DeliveryStatus
    package var priority: Int
    /// Bytes.
    package var size: Int64
    package var queuedAt: Instant
    package var attempts: Int
    package var nextHop: RelayCode?
    package var nextTryAt: Instant?
    package var why: Reason?
    /// By when it should be at its destination.
    package var dueAt: Instant?
    /// Whether it has missed that time, or will; absent without a deadline.
    package var late: Bool?

    package init(
        id: DocumentID, kind: DocumentKind, sender: OrganisationCode,
        destination: OrganisationCode, state: DeliveryStatus, priority: Int, size: Int64,
        queuedAt: Instant, attempts: Int
    ) {
        self.id = id
        self.kind = kind
        self.sender = sender
        self.destination = destination
        self.state = state
        self.priority = priority
        self.size = size
        self.queuedAt = queuedAt
        self.attempts = attempts
    }
}

/// How many deliveries wait for each destination, by how long they have waited.
package struct QueueShape: Codable, Hashable, Sendable {
    /// The upper ends of the age columns, in seconds: 1 min, 5 min, 15 min, 1 h, 4 h, 1 day, 7
    /// days. A row has one more count than there are ends, for what is older than the last.
    package static let ageSeconds: [Int64] = [60, 300, 900, 3_600, 14_400, 86_400, 604_800]

    package var ages: [Int64]
    package var rows: [QueueShapeRow]

    package init(rows: [QueueShapeRow]) {
        ages = Self.ageSeconds
        self.rows = rows
    }

    /// The column of an age.
    package static func column(age: Interval) -> Int {
        ageSeconds.firstIndex { age.milliseconds < $0 * 1_000 } ?? ageSeconds.count
    }
}

package struct QueueShapeRow: Codable, Hashable, Sendable {
    package var destination: OrganisationCode
    /// One count for each age, and one for what is older.
    package var counts: [Int]
    package var total: Int
    /// When the oldest was queued.
    package var oldest: Instant?

    package init(destination: OrganisationCode) {
        self.destination = destination
        counts = Array(repeating: 0, count: QueueShape.ageSeconds.count + 1)
        total = 0
    }

    /// Counts one more delivery.
    package mutating func add(queuedAt: Instant, now: Instant) {
        counts[QueueShape.column(age: now - queuedAt)] += 1
        total += 1
        oldest = min(oldest ?? queuedAt, queuedAt)
    }
}
