// One transaction of the ledger in memory.

package import RelayCore

package final class MemoryTransaction: LedgerTransaction {
    private let ledger: MemoryLedger
    var undo: [MemoryDisk.Undo] = []
    /// Records that were put or forgotten, in order.
    private(set) var changes: [Change] = []

    package struct Change {
        package let former: Delivery?
        /// Nil when it was forgotten.
        package let next: Delivery?
    }

    init(_ ledger: MemoryLedger) {
        self.ledger = ledger
        undo.append(.counters(ledger.disk.counters))
    }

    func rollBack() {
        ledger.disk.roll(back: undo)
        undo = []
    }

    var disk: MemoryDisk {
        _read { yield ledger.disk }
        _modify { yield &ledger.disk }
    }
}

// MARK: - Reading

extension MemoryTransaction {
    package func inventory() throws(LedgerFailure) -> Inventory {
        let lanes = disk.queue.mapValues { list in
            list.elements.map(\.row.priority).max() ?? .normal
        }
        let owed = disk.drills.values.filter { disk.drillReports[$0.drill] == nil }
            .sorted { $0.drill < $1.drill }
        return Inventory(
            lanes: lanes, lastSequence: disk.lastSequence, orders: disk.orders, drills: owed)
    }

    package func known(of subject: Subject) throws(LedgerFailure) -> Known {
        let known = told(of: subject)
        return ledger.sabotage.alterKnown?(subject, known) ?? known
    }

    private func told(of subject: Subject) -> Known {
        var known = Known()
        switch subject {
        case .nothing: break
        case .backlog: known.backlog = backlog()
        case .delivery(let key):
            known.envelope = disk.envelopes[key.document]
            if let delivery = disk.deliveries[key] { known.deliveries = [delivery] }
        case .document(let document):
            let staged = UInt64(disk.uploads[UploadID(document)]?.bytes.count ?? 0)
            known.stagedBytes = staged - staged % UInt64(Limits.pieceBytes)
            known.envelope = disk.envelopes[document]
            guard known.envelope != nil else { break }
            known.hasBody = disk.bodies[document] != nil
            known.deliveries = disk.deliveries(of: document)
        case .submission(let submission):
            var found: Set<DocumentID> = []
            for key in submission.keys { found.formUnion(disk.submissions[key] ?? []) }
            let earlier = found.sorted().compactMap { disk.envelopes[$0] }
            known.earlier =
                earlier.filter { $0.digest == submission.digest }
                + earlier.filter { $0.digest != submission.digest }
        case .balance(let destination, let drill):
            known.drill = drill.flatMap { disk.tests[DrillID($0)] }
            known.balance = disk.balance
            known.waiting = disk.queue.reduce(0) { sum, lane in
                sum + (lane.key.destination == destination ? UInt64(lane.value.count) : 0)
            }
        }
        return known
    }

    package func ready(
        in lane: Lane, atLeast least: Priority, limit: Int
    ) throws(LedgerFailure) -> [DeliveryKey] {
        guard let rows = disk.queue[lane] else { return [] }
        func mayGo(_ entry: QueueEntry) -> Bool {
            entry.row.place == .ready && entry.row.priority >= least
        }
        if ledger.sabotage.readsBackwards {
            return rows.elements.filter(mayGo).reversed().prefix(limit).map(\.key)
        }
        return rows.elements.prefix(limit).prefix(while: mayGo).map(\.key)
    }

    package func leased(limit: Int) throws(LedgerFailure) -> [DeliveryKey] {
        var keys: [DeliveryKey] = []
        for (_, rows) in disk.queue.sorted(by: { $0.key < $1.key }) where keys.count < limit {
            keys += rows.elements.filter { $0.row.place == .leased }
                .prefix(limit - keys.count).map(\.key)
        }
        return keys
    }

    package func due(at now: Instant, limit: Int) throws(LedgerFailure) -> [DeliveryKey] {
        disk.timers.elements.prefix(limit).prefix { $0.time <= now }.map(\.key)
    }

    package func nextTimer() throws(LedgerFailure) -> Instant? { disk.timers.first?.time }
}

// MARK: - Records

extension MemoryTransaction {
    package func apply(_ write: Write) throws(LedgerFailure) {
        guard let alter = ledger.sabotage.alterWrite else { return try perform(write) }
        for altered in alter(write) { try perform(altered) }
    }

    private func perform(_ write: Write) throws(LedgerFailure) {
        switch write {
        case .file(let envelope):
            guard disk.envelopes[envelope.document] == nil
            else { throw .broken("\(envelope.document) is filed a second time") }
            set(envelope.document, envelope)
        case .put(let delivery, let former): try put(delivery, was: former)
        case .bind(let upload, let envelope): try bind(upload, to: envelope)
        case .discard(let upload): set(upload, nil)
        case .releaseBody(let document): set(body: nil, of: document)
        case .remember(let key, let envelope):
            let former = disk.submissions[key]
            undo.append(.submission(key, former))
            disk.submissions[key] = (former ?? []) + [envelope.document]
        case .keep(let key, let receipt):
            undo.append(.receipt(key, disk.receipts[key]))
            disk.receipts[key] = receipt
        case .happened where !ledger.keepsHistory: break
        case .happened(let happening):
            let former = disk.history[happening.document]
            undo.append(.history(happening.document, former))
            tallyHanded(happening)
            disk.history[happening.document] = (former ?? []) + [happening]
        case .announce(let happening): announce(happening)
        case .order(let peer, let order):
            undo.append(.order(peer, disk.orders[peer]))
            disk.orders[peer] = order
        case .drill(let record):
            undo.append(.drill(record.drill, disk.drills[record.drill]))
            disk.drills[record.drill] = record
        case .reportDrill(let drill, let report):
            undo.append(.drillReport(drill, disk.drillReports[drill]))
            disk.drillReports[drill] = report
        case .forget(let delivery): try forget(delivery)
        }
    }

    private func backlog() -> Backlog {
        var backlog = Backlog()
        for rows in disk.queue.values {
            for entry in rows.elements {
                guard let delivery = disk.deliveries[entry.key] else { continue }
                if delivery.drill == nil, delivery.kind != .receipt { backlog.queued += 1 }
                if delivery.drill == nil {
                    backlog.add(
                        1, due: DuePlace(priority: delivery.priority, dueAt: delivery.dueAt))
                }
                backlog.add(
                    delivery.recipient, sequence: delivery.sequence,
                    arrivedAt: disk.arrivals[entry.key] ?? Instant(milliseconds: 0),
                    isTest: delivery.drill != nil)
            }
        }
        return backlog
    }

    /// By class; each drill's test documents have an account of their own.
    private func count(_ former: Delivery?, _ next: Delivery?) {
        guard let delivery = next ?? former else { return }
        guard let drill = delivery.drill else {
            disk.balance[delivery.kind].count(from: former, to: next)
            return
        }
        guard delivery.kind != .receipt else { return }
        disk.tests[drill, default: Tally()].count(from: former, to: next)
    }

    private func put(_ delivery: Delivery, was former: Delivery?) throws(LedgerFailure) {
        let key = delivery.key
        guard disk.deliveries[key] == former
        else { throw .broken("\(key.document) is not what the relay believed it to be") }
        undo.append(.delivery(key, former))
        disk.deliveries[key] = delivery
        if former == nil {
            disk.accepted += 1
            disk.lastSequence = max(disk.lastSequence, delivery.sequence)
            let listed = disk.recipients[key.document]
            undo.append(.recipients(key.document, listed))
            disk.recipients[key.document] = ((listed ?? []) + [key.recipient]).sorted()
        }
        if let former {
            disk.counts[former.state.name, default: 0] -= 1
        }
        disk.counts[delivery.state.name, default: 0] += 1
        count(former, delivery)
        try moveRows(from: former, to: delivery)
        try tally(from: former, to: delivery)
        changes.append(Change(former: former, next: delivery))
    }

    private func moveRows(from former: Delivery?, to next: Delivery?) throws(LedgerFailure) {
        let retention = ledger.retention
        let (oldRow, newRow) = (former.flatMap(row), next.flatMap(row))
        if oldRow != newRow {
            if let oldRow, let former {
                guard disk.removeRow(oldRow, former.key)
                else { throw .broken("\(former.document) has lost its queue row") }
                undo.append(.unqueued(oldRow, former.key))
            }
            if let newRow, let next {
                disk.insertRow(newRow, next.key)
                undo.append(.queued(newRow, next.key))
            }
        }
        let (old, new) = (former?.timer(retention: retention), next?.timer(retention: retention))
        if old != new {
            if let old, let former {
                let entry = TimerEntry(time: old, key: former.key)
                guard disk.timers.remove(entry)
                else { throw .broken("\(former.document) has lost its timer") }
                undo.append(.untimed(entry))
            }
            if let new, let next {
                let entry = TimerEntry(time: new, key: next.key)
                disk.timers.insert(entry)
                undo.append(.timed(entry))
            }
        }
    }

    private func row(of delivery: Delivery) -> QueueRow? {
        guard let alter = ledger.sabotage.alterQueueRow else { return delivery.queueRow }
        return alter(delivery, delivery.queueRow)
    }

    private func forget(_ delivery: Delivery) throws(LedgerFailure) {
        let key = delivery.key
        guard disk.deliveries[key] == delivery
        else { throw .broken("\(key.document) is not what the relay believed it to be") }
        undo.append(.delivery(key, delivery))
        disk.deliveries[key] = nil
        disk.counts[delivery.state.name, default: 0] -= 1
        count(delivery, nil)
        disk.forgotten += 1
        try moveRows(from: delivery, to: nil)
        try tally(from: delivery, to: nil)
        for kind in Receipt.Kind.allCases {
            let receipt = ReceiptKey(delivery: key, kind: kind)
            undo.append(.receipt(receipt, disk.receipts[receipt]))
            disk.receipts[receipt] = nil
        }
        changes.append(Change(former: delivery, next: nil))
        let listed = disk.recipients[key.document] ?? []
        undo.append(.recipients(key.document, listed))
        let rest = listed.filter { $0 != key.recipient }
        disk.recipients[key.document] = rest.isEmpty ? nil : rest
        if rest.isEmpty { try forget(document: key.document) }
    }

    private func forget(document: DocumentID) throws(LedgerFailure) {
        try tallyForgotten(document)
        set(body: nil, of: document)
        for (key, documents) in disk.submissions where documents.contains(document) {
            undo.append(.submission(key, documents))
            let rest = documents.filter { $0 != document }
            disk.submissions[key] = rest.isEmpty ? nil : rest
        }
        undo.append(.history(document, disk.history[document]))
        disk.history[document] = nil
        set(document, nil)
    }

    private func set(_ document: DocumentID, _ envelope: Envelope?) {
        undo.append(.envelope(document, disk.envelopes[document]))
        disk.envelopes[document] = envelope
    }
}

// MARK: - The feed of applications

extension MemoryTransaction {
    private func announce(_ happening: Happening) {
        undo.append(.announced)
        disk.lastAnnouncement += 1
        disk.announcements.append(
            Announcement(
                number: disk.lastAnnouncement, happening: happening,
                reference: disk.envelopes[happening.document]?.reference ?? ""))
    }

    package func announcements(
        after number: UInt64, limit: Int
    ) throws(LedgerFailure) -> AnnouncementPage {
        let all = disk.announcements
        let oldest = all.first?.number ?? disk.lastAnnouncement + 1
        let passed = number < oldest ? 0 : Int(clamping: number - oldest + 1)
        return AnnouncementPage(
            announcements: Array(all.dropFirst(passed).prefix(limit)), oldest: oldest,
            last: disk.lastAnnouncement)
    }

    package func sweepAnnouncements(
        before time: Instant, keeping countMax: Int, limit: Int
    ) throws(LedgerFailure) -> Bool {
        // What is too many, and what is too old behind it.
        let excess = max(0, disk.announcements.count - countMax)
        let aged = disk.announcements.dropFirst(excess).prefix { $0.happening.at < time }.count
        let swept = min(limit, excess + aged)
        undo.append(.unannounced(Array(disk.announcements.prefix(swept))))
        disk.announcements.removeFirst(swept)
        return swept == limit && limit > 0
    }
}

// MARK: - Bodies

extension MemoryTransaction {
    package func append(_ piece: Piece, at now: Instant) throws(LedgerFailure) -> Bool {
        var staged = disk.uploads[piece.upload]?.bytes ?? []
        let offset = Int(clamping: piece.offset)
        if offset < staged.count {
            let end = min(staged.count, offset + Limits.pieceBytes)
            if staged[offset..<end] == piece.bytes[...] {
                set(piece.upload, MemoryDisk.Upload(bytes: staged, touched: now))
                return true
            }
            // Other bytes under this id: what is staged is of no use to whoever sends them.
            set(piece.upload, nil)
            staged = []
        }
        guard offset == staged.count else { return false }
        guard disk.bytes + UInt64(piece.bytes.count) <= ledger.capacityBytes else { throw .noRoom }
        staged += piece.bytes
        set(piece.upload, MemoryDisk.Upload(bytes: staged, touched: now))
        return true
    }

    package func sweepUploads(
        untouchedSince time: Instant, limit: Int
    ) throws(LedgerFailure) -> Bool {
        let stale = disk.uploads.filter { $0.value.touched < time }.keys.sorted { $0.id < $1.id }
        for upload in stale.prefix(limit) { set(upload, nil) }
        return stale.count > limit
    }

    private func bind(_ upload: UploadID, to envelope: Envelope) throws(LedgerFailure) {
        let bytes = disk.uploads[upload]?.bytes ?? []
        guard UInt64(bytes.count) == envelope.size
        else { throw .broken("a body of \(envelope.document) is not as long as it says") }
        set(upload, nil)
        if disk.bodies[envelope.document] == nil { set(body: bytes, of: envelope.document) }
    }

    private func set(_ upload: UploadID, _ next: MemoryDisk.Upload?) {
        let former = disk.uploads[upload]
        undo.append(.upload(upload, former))
        disk.uploads[upload] = next
        disk.bytes -= UInt64(former?.bytes.count ?? 0)
        disk.bytes += UInt64(next?.bytes.count ?? 0)
    }

    private func set(body next: [UInt8]?, of document: DocumentID) {
        let former = disk.bodies[document]
        undo.append(.body(document, former))
        disk.bodies[document] = next
        disk.bytes -= UInt64(former?.count ?? 0)
        disk.bytes += UInt64(next?.count ?? 0)
    }
}
