// The record of a delivery: every state, and what the store notes beside it.
//
// One message per state, so that a state has the fields it can have and no others; a record without
// a state that this version knows is a fault, since nothing could be done with the delivery.

package import RelayCore
import SwiftProtobuf

/// A delivery as it is stored.
package struct StoredDelivery: Hashable, Sendable {
    package let delivery: Delivery
    /// When the record was made: its age in the queue, however often it has been tried since.
    package let arrivedAt: Instant
    /// The time of its timer row, which was made with the retention of that day.
    package let timer: Instant?

    package init(_ delivery: Delivery, arrivedAt: Instant, timer: Instant?) {
        self.delivery = delivery
        self.arrivedAt = arrivedAt
        self.timer = timer
    }
}

extension Records {
    /// The bytes of a record, without document and recipient, which are the record's key.
    package static func encode(_ stored: StoredDelivery) throws(MessageFault) -> [UInt8] {
        let delivery = stored.delivery
        var record = DeliveryRecord()
        record.part = UInt32(delivery.part.rawValue)
        record.priority = UInt32(delivery.priority.rawValue)
        record.kind = UInt32(delivery.kind.rawValue)
        record.sequence = delivery.sequence
        record.expiresAt = delivery.expiresAt.milliseconds
        record.path = delivery.path.map(\.text)
        record.round = delivery.round
        record.attempts = delivery.attempts
        record.refusedBy = delivery.refusedBy.map(\.text)
        record.detour = delivery.detour?.description ?? ""
        record.holdsBody = delivery.holdsBody
        for kind in Receipt.Kind.allCases {
            if let mark = MarkRecord(delivery.mark(of: kind), kind) { record.marks.append(mark) }
        }
        if let custodian = delivery.custodian { record.custodian = custodian.text }
        record.state = DeliveryRecord.OneOf_State(delivery.state)
        record.arrivedAt = stored.arrivedAt.milliseconds
        if let drill = delivery.drill { record.drill.set(drill.id.bytes) }
        if let timer = stored.timer { record.timer = timer.milliseconds }
        if let dueAt = delivery.dueAt {
            record.dueAt = dueAt.milliseconds
            record.dueStage = DeliveryRecord.DueStage(delivery.dueStage)
        }
        return try bytes(of: record)
    }

    package static func delivery(
        _ bytes: [UInt8], key: DeliveryKey
    ) throws(MessageFault) -> StoredDelivery {
        let record: DeliveryRecord = try message(in: bytes)
        var delivery = Delivery(
            document: key.document, recipient: key.recipient,
            part: try Field.value(record.part, "part"),
            priority: try Field.value(record.priority, "priority"),
            kind: try Field.value(record.kind, "kind"), sequence: record.sequence,
            expiresAt: try Field.instant(record.expiresAt, "expires_at"),
            path: try Field.relays(record.path, "path"), round: record.round,
            attempts: record.attempts,
            refusedBy: try Field.relays(record.refusedBy, "refused_by"),
            holdsBody: record.holdsBody,
            received: try record.mark(.received), collected: try record.mark(.collected),
            failed: try record.mark(.failed),
            custodian: record.custodian.isEmpty
                ? nil : try Field.relay(record.custodian, "custodian"),
            dueAt: record.hasDueAt ? try Field.instant(record.dueAt, "due_at") : nil,
            dueStage: try record.readDueStage(), state: try record.readState(),
            drill: try Field.drill(record.drill))
        delivery.detour = try record.readDetour()
        return StoredDelivery(
            delivery, arrivedAt: try Field.instant(record.arrivedAt, "arrived_at"),
            timer: record.hasTimer ? try Field.instant(record.timer, "timer") : nil)
    }
}

/// From messages to the core's values; each field is checked where it is read.
extension DeliveryRecord {
    fileprivate func mark(_ kind: Receipt.Kind) throws(MessageFault) -> Delivery.Mark {
        // No mark of this kind is the same as `.none`: nothing was owed yet.
        for mark in marks where mark.kind == UInt32(kind.rawValue) {
            return try mark.mark()
        }
        return .none
    }

    fileprivate func readDueStage() throws(MessageFault) -> Delivery.DueStage {
        guard hasDueAt else { return .none }
        switch dueStage.told {
        case 0: return .warn(at: try Field.instant(dueStage.warnAt, "due_stage.warn_at"))
        case 1: return .warned
        case 2: return .missed
        default: throw .field("due_stage")
        }
    }

    fileprivate func readDetour() throws(MessageFault) -> Detour? {
        if detour.isEmpty { return nil }
        guard let detour = Detour(detour) else { throw .field("detour") }
        return detour
    }

    fileprivate func readState() throws(MessageFault) -> Delivery.State {
        switch state {
        case .queued(let queued): return try queued.state()
        case .attempting(let attempting):
            return .attempting(
                lane: try Field.lane(attempting.lane), hop: try Field.relay(attempting.hop, "hop"),
                since: try Field.instant(attempting.since, "since"))
        case .held(let held):
            return .held(
                by: held.by, reason: held.reason, since: try Field.instant(held.at, "at"))
        case .relayed(let relayed): return try relayed.state()
        case .delivered(let ended): return .delivered(at: try Field.instant(ended.at, "at"))
        case .collected(let ended): return .collected(at: try Field.instant(ended.at, "at"))
        case .failed(let ended):
            return .failed(
                reason: try Field.value(ended.failure, "failure"),
                at: try Field.instant(ended.at, "at"))
        case .cancelled(let cancelled):
            return .cancelled(
                by: cancelled.by, reason: cancelled.reason,
                at: try Field.instant(cancelled.at, "at"))
        case nil: throw .field("state")
        }
    }
}

extension DeliveryRecord.DueStage {
    fileprivate init(_ stage: Delivery.DueStage) {
        self.init()
        switch stage {
        case .none: break
        case .warn(let at): warnAt = at.milliseconds
        case .warned: told = 1
        case .missed: told = 2
        }
    }
}

/// From the core's state to the message of that state.
extension DeliveryRecord.OneOf_State {
    fileprivate init(_ state: Delivery.State) {
        switch state {
        case .queued(let lane, let since, let notBefore):
            self = .queued(
                .with {
                    $0.lane = lane.description
                    $0.since = since.milliseconds
                    if let notBefore { $0.notBefore = notBefore.milliseconds }
                })
        case .attempting(let lane, let hop, let since):
            self = .attempting(
                .with {
                    $0.lane = lane.description
                    $0.hop = hop.text
                    $0.since = since.milliseconds
                })
        case .held(let by, let reason, let since):
            self = .held(DeliveryRecord.Stopped(by: by, reason: reason, at: since))
        case .relayed(let hop, let at, let due):
            self = .relayed(
                .with {
                    $0.hop = hop.text
                    $0.at = at.milliseconds
                    if let due { $0.due = due.milliseconds }
                })
        case .delivered(let at): self = .delivered(.with { $0.at = at.milliseconds })
        case .collected(let at): self = .collected(.with { $0.at = at.milliseconds })
        case .failed(let reason, let at):
            self = .failed(
                .with {
                    $0.at = at.milliseconds
                    $0.failure = UInt32(reason.rawValue)
                })
        case .cancelled(let by, let reason, let at):
            self = .cancelled(DeliveryRecord.Stopped(by: by, reason: reason, at: at))
        }
    }
}

extension DeliveryRecord.Queued {
    fileprivate func state() throws(MessageFault) -> Delivery.State {
        .queued(
            lane: try Field.lane(lane), since: try Field.instant(since, "since"),
            notBefore: hasNotBefore ? try Field.instant(notBefore, "not_before") : nil)
    }
}

extension DeliveryRecord.Relayed {
    fileprivate func state() throws(MessageFault) -> Delivery.State {
        .relayed(
            hop: try Field.relay(hop, "hop"), at: try Field.instant(at, "at"),
            due: hasDue ? try Field.instant(due, "due") : nil)
    }
}

extension DeliveryRecord.Stopped {
    fileprivate init(by: String, reason: String, at: Instant) {
        self.init()
        self.by = by
        self.reason = reason
        self.at = at.milliseconds
    }
}

extension MarkRecord {
    fileprivate init?(_ mark: Delivery.Mark, _ kind: Receipt.Kind) {
        self.init()
        self.kind = UInt32(kind.rawValue)
        switch mark {
        case .none:
            return nil
        case .owed(let since, let again):
            at = since.milliseconds
            self.again = again.milliseconds
        case .made(let document, let at):
            receipt.set(document.bytes)
            self.at = at.milliseconds
        }
    }

    fileprivate func mark() throws(MessageFault) -> Delivery.Mark {
        let at = try Field.instant(at, "mark.at")
        // Owed as long as there is no receipt.
        if receipt.isEmpty {
            return .owed(since: at, again: try Field.instant(again, "mark.again"))
        }
        guard let document = DocumentID(bytes: receipt) else { throw .field("mark.receipt") }
        return .made(document, at: at)
    }
}
