// What the ledger in memory holds, and the elementary changes of it, each of which can be undone.

package import RelayCore

package struct MemoryDisk {
    package internal(set) var envelopes: [DocumentID: Envelope] = [:]
    package internal(set) var deliveries: [DeliveryKey: Delivery] = [:]
    /// By document, in order of recipients.
    package internal(set) var recipients: [DocumentID: [OrganisationCode]] = [:]
    package internal(set) var bodies: [DocumentID: [UInt8]] = [:]
    package internal(set) var uploads: [UploadID: Upload] = [:]
    package internal(set) var submissions: [SubmissionKey: [DocumentID]] = [:]
    package internal(set) var receipts: [ReceiptKey: DocumentID] = [:]
    package internal(set) var history: [DocumentID: [Happening]] = [:]
    /// Of applications: numbers without gaps, up to `lastAnnouncement`.
    package internal(set) var announcements: [Announcement] = []
    package internal(set) var lastAnnouncement: UInt64 = 0
    package internal(set) var orders: [RelayCode: PeerOrder] = [:]
    package internal(set) var drills: [DrillID: DrillRecord] = [:]
    package internal(set) var drillReports: [DrillID: [UInt8]] = [:]
    var queue: [Lane: SortedList<QueueEntry>] = [:]
    var timers = SortedList<TimerEntry>()
    /// Deliveries in each state.
    package internal(set) var counts: [StateName: Int] = [:]
    /// Test documents of each drill; receipts for them are not counted here.
    package internal(set) var tests: [DrillID: Tally] = [:]
    package internal(set) var accepted = 0
    package internal(set) var forgotten = 0
    /// The same by class.
    package internal(set) var balance = Balance()
    /// And by day and relay.
    package internal(set) var tallies = TallyBook()
    /// When each record was made.
    package internal(set) var arrivals: [DeliveryKey: Instant] = [:]
    var lastSequence: UInt64 = 0
    /// Of all bodies.
    package internal(set) var bytes: UInt64 = 0

    package struct Upload: Hashable, Sendable {
        package var bytes: [UInt8]
        package var touched: Instant
    }

    /// Puts one thing back as it was.
    enum Undo {
        case envelope(DocumentID, Envelope?)
        case delivery(DeliveryKey, Delivery?)
        case recipients(DocumentID, [OrganisationCode]?)
        case body(DocumentID, [UInt8]?)
        case upload(UploadID, Upload?)
        case submission(SubmissionKey, [DocumentID]?)
        case receipt(ReceiptKey, DocumentID?)
        case history(DocumentID, [Happening]?)
        case announced
        case unannounced([Announcement])
        case order(RelayCode, PeerOrder?)
        case queued(QueueRow, DeliveryKey)
        case unqueued(QueueRow, DeliveryKey)
        case timed(TimerEntry)
        case untimed(TimerEntry)
        case counters(Counters)
        case arrived(TallyPlace, Tally?)
        case handed(TallyPlace, HandedTally?)
        case drill(DrillID, DrillRecord?)
        case drillReport(DrillID, [UInt8]?)
        case arrival(DeliveryKey, Instant?)
    }

    struct Counters {
        let counts: [StateName: Int]
        let tests: [DrillID: Tally]
        let accepted: Int
        let forgotten: Int
        let balance: Balance
        let lastSequence: UInt64
        let lastAnnouncement: UInt64
        let bytes: UInt64
    }

    var counters: Counters {
        Counters(
            counts: counts, tests: tests, accepted: accepted, forgotten: forgotten,
            balance: balance,
            lastSequence: lastSequence, lastAnnouncement: lastAnnouncement, bytes: bytes)
    }

    mutating func roll(back undo: [Undo]) {
        for step in undo.reversed() {
            switch step {
            case .envelope(let key, let value): envelopes[key] = value
            case .delivery(let key, let value): deliveries[key] = value
            case .recipients(let key, let value): recipients[key] = value
            case .body(let key, let value): bodies[key] = value
            case .upload(let key, let value): uploads[key] = value
            case .submission(let key, let value): submissions[key] = value
            case .receipt(let key, let value): receipts[key] = value
            case .history(let key, let value): history[key] = value
            case .announced: announcements.removeLast()
            case .unannounced(let swept): announcements.insert(contentsOf: swept, at: 0)
            case .order(let key, let value): orders[key] = value
            case .queued(let row, let key): _ = removeRow(row, key)
            case .unqueued(let row, let key): insertRow(row, key)
            case .timed(let timer): _ = timers.remove(timer)
            case .untimed(let timer): timers.insert(timer)
            case .arrived(let place, let tally): tallies.arrived[place] = tally
            case .handed(let place, let tally): tallies.handed[place] = tally
            case .drill(let id, let record): drills[id] = record
            case .drillReport(let id, let report): drillReports[id] = report
            case .arrival(let key, let time): arrivals[key] = time
            case .counters(let former):
                counts = former.counts
                tests = former.tests
                accepted = former.accepted
                forgotten = former.forgotten
                balance = former.balance
                lastSequence = former.lastSequence
                lastAnnouncement = former.lastAnnouncement
                bytes = former.bytes
            }
        }
    }

    mutating func insertRow(_ row: QueueRow, _ key: DeliveryKey) {
        queue[row.lane, default: SortedList()].insert(QueueEntry(row: row, key: key))
    }

    mutating func removeRow(_ row: QueueRow, _ key: DeliveryKey) -> Bool {
        let removed = queue[row.lane]?.remove(QueueEntry(row: row, key: key)) ?? false
        if queue[row.lane]?.isEmpty ?? false { queue[row.lane] = nil }
        return removed
    }
}

/// A row of the queue, in the order in which rows lie within their lane.
struct QueueEntry: Comparable {
    let row: QueueRow
    let key: DeliveryKey

    static func < (a: Self, b: Self) -> Bool {
        if a.row.place != b.row.place { return a.row.place.rawValue < b.row.place.rawValue }
        if a.row.priority != b.row.priority { return a.row.priority > b.row.priority }
        if a.row.sequence != b.row.sequence { return a.row.sequence < b.row.sequence }
        return a.key < b.key
    }
}

struct TimerEntry: Comparable {
    let time: Instant
    let key: DeliveryKey

    static func < (a: Self, b: Self) -> Bool {
        a.time != b.time ? a.time < b.time : a.key < b.key
    }
}

extension MemoryDisk {
    package func deliveries(of document: DocumentID) -> [Delivery] {
        (recipients[document] ?? []).compactMap {
            deliveries[DeliveryKey(document: document, recipient: $0)]
        }
    }

    /// Rows of the queue of one delivery.
    package func queueRows(of key: DeliveryKey) -> [QueueRow] {
        queue.values.flatMap { $0.elements.filter { $0.key == key }.map(\.row) }
    }

    package func timerRows(of key: DeliveryKey) -> [Instant] {
        timers.elements.filter { $0.key == key }.map(\.time)
    }

    /// What an application of an organisation sees in its inbox, oldest first.
    package func inbox(of organisation: OrganisationCode) -> [DeliveryKey] {
        deliveries.values.filter { $0.recipient == organisation && $0.isInInbox }
            .sorted { $0.sequence < $1.sequence }.map(\.key)
    }
}
