// Memos on a link: written between small frames and offers, read within a rate.
//
// They are the only frames that a peer could send without end, for nothing here has to be answered
// before the next: so what comes faster than its rate is dropped unread, and so is what does not
// find room on the way out. Whoever asked hears silence.

package import RelayCore

extension LinkMachine {
    /// `Action.say`. Nothing happens when the link is not up, or the peer does not understand it.
    package mutating func say(_ memo: Memo) {
        switch phase {
        case .greeting, .closed: return
        case .up(let agreement), .draining(let agreement, _):
            guard agreement.features.contains(memo.feature),
                memos.count < WireLimits.memoBytesMax
            else { return }
        }
        FrameWriter.append(memo, to: &memos)
    }

    mutating func heard(
        _ frame: Frame, _ type: FrameType, at now: Tick, _ events: inout [LinkEvent]
    ) throws(LinkFault) {
        guard quotas.take(type, at: now) else { return }
        switch type {
        case .trace:
            hear(type, try TraceMessage(of: frame, type), &events) {
                (message) throws(MessageFault) in .trace(try RouteTrace(checking: message))
            }
        case .traceAnswer:
            hear(type, try TraceAnswerMessage(of: frame, type), &events) {
                (message) throws(MessageFault) in
                .traceAnswer(try RouteTrace.Answer(checking: message))
            }
        case .audit:
            hear(type, try AuditMessage(of: frame, type), &events) {
                (message) throws(MessageFault) in
                .auditQuestion(try Audit.Question(checking: message))
            }
        case .auditAnswer:
            hear(type, try AuditAnswerMessage(of: frame, type), &events) {
                (message) throws(MessageFault) in
                .auditAnswer(try Audit.Answer(checking: message))
            }
        default: preconditionFailure("a frame '\(type)' is no memo")
        }
    }

    private func hear<Kind>(
        _ type: FrameType, _ message: Kind, _ events: inout [LinkEvent],
        _ read: (Kind) throws(MessageFault) -> Memo
    ) {
        do throws(MessageFault) {
            events.append(.heard(try read(message)))
        } catch {
            events.append(.unfitMemo(type, error))
        }
    }
}

/// How many memos of each kind are still read.
struct MemoQuotas: Hashable, Sendable {
    private var traces = Quota(atOnce: WireLimits.tracesAtOnce)
    private var traceAnswers = Quota(atOnce: WireLimits.traceAnswersAtOnce)
    private var audits = Quota(atOnce: WireLimits.auditsAtOnce)
    private var auditAnswers = Quota(atOnce: WireLimits.auditsAtOnce)

    mutating func take(_ type: FrameType, at now: Tick) -> Bool {
        switch type {
        case .trace: traces.take(perSecond: WireLimits.tracesPerSecond, at: now)
        case .traceAnswer: traceAnswers.take(perSecond: WireLimits.traceAnswersPerSecond, at: now)
        case .audit: audits.take(perSecond: WireLimits.auditsPerSecond, at: now)
        case .auditAnswer: auditAnswers.take(perSecond: WireLimits.auditsPerSecond, at: now)
        default: true
        }
    }
}

/// So many at once, and so many in each second after that.
struct Quota: Hashable, Sendable {
    private let full: Int64
    /// In thousandths, so that a millisecond is worth something.
    private var left: Int64
    private var at = Tick(milliseconds: 0)

    init(atOnce: Int) {
        full = Int64(atOnce) * 1_000
        left = full
    }

    mutating func take(perSecond: Int, at now: Tick) -> Bool {
        // Bounded, so that a link that was idle for years does not overflow.
        let passed = min(max((now - at).milliseconds, 0), full)
        left = min(full, left + passed * Int64(perSecond))
        at = now
        guard left >= 1_000 else { return false }
        left -= 1_000
        return true
    }
}
