// Whether a disk agrees with itself: every row follows from a record, and every record has its
// rows.

import RelayCore

extension MemoryDisk {
    func hasRow(_ row: QueueRow, _ key: DeliveryKey) -> Bool {
        queue[row.lane]?.contains(QueueEntry(row: row, key: key)) ?? false
    }

    /// Lanes with something that may go.
    var readyLanes: Set<Lane> {
        var lanes: Set<Lane> = []
        for (lane, rows) in queue where rows.first?.row.place == .ready {
            lanes.insert(lane)
        }
        return lanes
    }

    /// Whether something of the lane is being handed over.
    func isMoving(_ lane: Lane) -> Bool { queue[lane]?.last?.row.place == .leased }

    /// What is wrong, in words.
    func fault(retention: Interval) -> String? {
        var rows = 0
        var alarms = 0
        var states: [StateName: Int] = [:]
        for (key, delivery) in deliveries {
            states[delivery.state.name, default: 0] += 1
            if let row = delivery.queueRow {
                rows += 1
                if !hasRow(row, key) { return "\(key.document) has lost its queue row" }
            }
            if let time = delivery.timer(retention: retention) {
                alarms += 1
                if !timers.contains(TimerEntry(time: time, key: key)) {
                    return "\(key.document) has lost its timer"
                }
            }
            if delivery.needsBody && bodies[key.document] == nil {
                return "\(key.document) is \(delivery.state.name) without its body"
            }
            if envelopes[key.document] == nil { return "\(key.document) has no envelope" }
        }
        let queued = queue.values.reduce(0) { $0 + $1.count }
        if queued != rows { return "\(queued) queue rows for \(rows) records" }
        if timers.count != alarms {
            return "\(timers.count) timers for \(alarms) records"
        }
        for state in StateName.allCases where states[state, default: 0] != counts[state, default: 0]
        {
            let (counted, there) = (counts[state, default: 0], states[state, default: 0])
            return "\(counted) counted in \(state), \(there) there"
        }
        let numbers = announcements.map(\.number)
        if numbers != Array((lastAnnouncement + 1 - UInt64(numbers.count))..<lastAnnouncement + 1) {
            return "the feed has a gap before \(lastAnnouncement)"
        }
        if let fault = tallyFault() { return fault }
        let kept =
            bodies.values.reduce(0) { $0 + $1.count }
            + uploads.values.reduce(0) { $0 + $1.bytes.count }
        return UInt64(kept) == bytes ? nil : "\(bytes) bytes counted, \(kept) there"
    }
}

extension MemoryDisk {
    /// Where the tallies are not what records and histories add up to.
    private func tallyFault() -> String? {
        var book = TallyBook()
        for (key, delivery) in deliveries {
            guard let time = arrivals[key] else { return "\(key.document) has no arrival" }
            _ = book.move(nil, (delivery, time))
        }
        for (document, happenings) in history {
            guard let envelope = envelopes[document] else { continue }
            for happening in happenings { book.note(happening, of: envelope) }
        }
        guard Set(book.arrived.keys) == Set(tallies.arrived.keys),
            Set(book.handed.keys) == Set(tallies.handed.keys)
        else { return "tallies of other days or relays than there are" }
        for (place, tally) in tallies.arrived
        where tally.states != book.arrived[place]?.states || !tally.isConserved {
            return "the tally of \(place) is off"
        }
        for (place, tally) in tallies.handed
        where tally.deliveries - tally.forgotten != book.handed[place]?.deliveries {
            return "the tally of hand-overs \(place) is off"
        }
        return nil
    }
}

extension Delivery {
    /// The column B of the table in `Delivery.swift`.
    fileprivate var needsBody: Bool {
        switch state {
        case .queued, .attempting, .held: true
        case .relayed: part.isOrigin
        case .delivered: isInInbox
        case .collected, .failed, .cancelled: false
        }
    }
}
