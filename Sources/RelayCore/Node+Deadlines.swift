// Deadlines: told before they are missed, and once they are, once each. The record holds what has
// been told, and its timer row what is told next, so no restart tells it twice or forgets it.

extension Delivery {
    /// What has been told of the deadline.
    package enum DueStage: Hashable, Sendable {
        /// There is no deadline.
        case none
        /// Nothing yet; the warning comes then.
        case warn(at: Instant)
        /// It was warned of, or there was no time for that.
        case warned
        case missed
    }

    /// Whether the deadline still matters here: this relay holds the document, or it is the origin
    /// and has no receipt. A document that was given up is told of as failed.
    package var isAwaited: Bool {
        switch state {
        case .queued, .attempting, .held: true
        case .relayed: part.isOrigin
        case .delivered, .collected, .failed, .cancelled: false
        }
    }

    /// When something is to be told of the deadline; nil when nothing is.
    var dueStep: Instant? {
        guard isAwaited, let dueAt else { return nil }
        return switch dueStage {
        case .warn(let at): min(at, dueAt)
        case .warned: dueAt
        case .none, .missed: nil
        }
    }

    /// The stage that the deadline has come to; nil when nothing is to be told now. Past the
    /// deadline no warning is given any more.
    func dueStage(at now: Instant) -> DueStage? {
        guard let dueAt, let step = dueStep, step <= now else { return nil }
        return dueAt <= now ? .missed : .warned
    }
}

/// What this run has told of deadlines, and what receipts told it: for metrics.
package struct DeadlineCounts: Hashable, Sendable {
    package var near: UInt64 = 0
    package var missed: UInt64 = 0
    /// Of verified receipts: arrived by the deadline, and after it.
    package var met: UInt64 = 0
    package var late: UInt64 = 0

    package init() {}
}

extension Node {
    /// False when there is nothing to tell. What else the timer was for comes up in the next turn.
    mutating func tellDeadline(
        of delivery: Delivery, _ moment: Moment, _ decision: inout Decision
    ) -> Bool {
        guard let dueAt = delivery.dueAt, let stage = delivery.dueStage(at: moment.now)
        else { return false }
        var told = delivery
        told.dueStage = stage
        put(told, was: delivery, &decision)
        let isMissed = stage == .missed
        if isMissed { deadlines.missed += 1 } else { deadlines.near += 1 }
        decision.happened(
            isMissed ? .deadlineMissed : .deadlineNear, to: told, at: moment.now,
            detail: "due \(dueAt.inVietnam)")
        return true
    }

    /// What a receipt says of the deadline, for the history: empty without one.
    mutating func judge(_ delivery: Delivery, arrivedAt time: Instant) -> String {
        guard let dueAt = delivery.dueAt else { return "" }
        if time <= dueAt { deadlines.met += 1 } else { deadlines.late += 1 }
        return time <= dueAt ? " in time" : " after its deadline"
    }
}

extension Instant {
    /// Deadlines are kept and read in one zone.
    package var inVietnam: String {
        Timestamp.local(
            self, secondsFromUTC: Int(WorkCalendar.zone.milliseconds / 1_000))
    }
}
