// A ledger as plainly as it can be said: dictionaries, and every answer by looking at everything.

import RelayCore

struct Model {
    struct Upload {
        var pieces: [[UInt8]]
        var touched: Instant

        var length: Int { pieces.reduce(0) { $0 + $1.count } }
    }

    let retention: Interval
    var envelopes: [DocumentID: Envelope] = [:]
    var orders: [RelayCode: PeerOrder] = [:]
    var deliveries: [DeliveryKey: Delivery] = [:]
    /// When each record was made.
    var arrivals: [DeliveryKey: Instant] = [:]
    var history: [DocumentID: [Happening]] = [:]
    var uploads: [UploadID: Upload] = [:]
    var bodies: Set<DocumentID> = []
    var remembered: [SubmissionKey: [DocumentID]] = [:]
    var lastSequence: UInt64 = 0
    var announcements: [Announcement] = []
    var lastAnnouncement: UInt64 = 0

    init(retention: Interval) { self.retention = retention }

    mutating func apply(_ write: Write) {
        switch write {
        case .file(let envelope): envelopes[envelope.document] = envelope
        case .put(let delivery, let former):
            precondition(deliveries[delivery.key] == former, "the driver puts what is not so")
            deliveries[delivery.key] = delivery
            if former == nil { arrivals[delivery.key] = delivery.state.entered }
            lastSequence = max(lastSequence, delivery.sequence)
        case .bind(let upload, let envelope):
            uploads[upload] = nil
            bodies.insert(envelope.document)
        case .discard(let upload): uploads[upload] = nil
        case .releaseBody(let document): bodies.remove(document)
        case .remember(let key, let envelope):
            remembered[key, default: []].append(envelope.document)
        case .keep, .drill, .reportDrill: break
        case .happened(let happening): history[happening.document, default: []].append(happening)
        case .order(let peer, let order): orders[peer] = order
        case .announce(let happening):
            lastAnnouncement += 1
            announcements.append(
                Announcement(
                    number: lastAnnouncement, happening: happening,
                    reference: envelopes[happening.document]?.reference ?? ""))
        case .forget(let delivery): forget(delivery)
        }
    }

    private mutating func forget(_ delivery: Delivery) {
        let document = delivery.document
        deliveries[delivery.key] = nil
        arrivals[delivery.key] = nil
        guard !deliveries.keys.contains(where: { $0.document == document }) else { return }
        envelopes[document] = nil
        history[document] = nil
        bodies.remove(document)
        for key in remembered.keys { remembered[key]?.removeAll { $0 == document } }
    }

    mutating func append(_ piece: Piece, at now: Instant) -> Bool {
        let index = Int(piece.offset) / Limits.pieceBytes
        if let upload = uploads[piece.upload], Int(piece.offset) < upload.length {
            if upload.pieces[index] == piece.bytes {
                uploads[piece.upload]?.touched = now
                return true
            }
            uploads[piece.upload] = nil
        }
        var upload = uploads[piece.upload] ?? Upload(pieces: [], touched: now)
        guard upload.length == Int(piece.offset) else { return false }
        if !piece.bytes.isEmpty { upload.pieces.append(piece.bytes) }
        upload.touched = now
        uploads[piece.upload] = upload
        return true
    }

    mutating func sweep(untouchedSince time: Instant) {
        for (id, upload) in uploads where upload.touched < time { uploads[id] = nil }
    }
}

extension Model {
    mutating func sweepAnnouncements(before time: Instant, keeping countMax: Int, limit: Int) {
        for _ in 0..<limit {
            guard let first = announcements.first,
                first.happening.at < time || announcements.count > countMax
            else { return }
            announcements.removeFirst()
        }
    }

    func feed(after number: UInt64, limit: Int) -> AnnouncementPage {
        AnnouncementPage(
            announcements: Array(announcements.filter { $0.number > number }.prefix(limit)),
            oldest: announcements.first?.number ?? lastAnnouncement + 1, last: lastAnnouncement)
    }
}

// MARK: - Answers

extension Model {
    /// What the records and histories add up to, with nothing forgotten.
    var tallies: TallyBook {
        var book = TallyBook()
        for (key, delivery) in deliveries {
            _ = book.move(nil, (delivery, arrivals[key] ?? delivery.state.entered))
        }
        for (document, happenings) in history {
            guard let envelope = envelopes[document] else { continue }
            for happening in happenings { book.note(happening, of: envelope) }
        }
        return book
    }

    var inventory: Inventory {
        var lanes: [Lane: Priority] = [:]
        for row in deliveries.values.compactMap(\.queueRow) {
            lanes[row.lane] = max(lanes[row.lane] ?? row.priority, row.priority)
        }
        return Inventory(lanes: lanes, lastSequence: lastSequence, orders: orders)
    }

    func ready(in lane: Lane) -> [DeliveryKey] {
        queued.filter { $0.row.lane == lane && $0.row.place == .ready }
            .sorted {
                $0.row.priority != $1.row.priority
                    ? $0.row.priority > $1.row.priority : $0.row.sequence < $1.row.sequence
            }
            .map(\.key)
    }

    var leased: Set<DeliveryKey> {
        Set(queued.filter { $0.row.place == .leased }.map(\.key))
    }

    private var queued: [(row: QueueRow, key: DeliveryKey)] {
        deliveries.values.compactMap { delivery in delivery.queueRow.map { ($0, delivery.key) } }
    }

    /// Earliest first; at one time, by key.
    func due(at now: Instant) -> [DeliveryKey] {
        timers.filter { $0.time <= now }
            .sorted { ($0.time, $0.key) < ($1.time, $1.key) }
            .map(\.key)
    }

    var nextTimer: Instant? { timers.map(\.time).min() }

    private var timers: [(time: Instant, key: DeliveryKey)] {
        deliveries.values.compactMap { delivery in
            delivery.timer(retention: retention).map { ($0, delivery.key) }
        }
    }

    func known(ofDocument document: DocumentID) -> Known {
        var known = Known()
        known.envelope = envelopes[document]
        known.deliveries = deliveries.values.filter { $0.document == document }
            .sorted { $0.key < $1.key }
        known.hasBody = bodies.contains(document)
        let length = uploads[UploadID(document)]?.length ?? 0
        known.stagedBytes = UInt64(length - length % Limits.pieceBytes)
        return known
    }

    func earlier(than submission: Submission) -> [Envelope] {
        let documents = Set(submission.keys.flatMap { remembered[$0] ?? [] }).sorted()
        let found = documents.compactMap { envelopes[$0] }
        return found.filter { $0.digest == submission.digest }
            + found.filter { $0.digest != submission.digest }
    }
}
