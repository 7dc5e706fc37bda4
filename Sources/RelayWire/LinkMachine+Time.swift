// What time alone does to a link: keep-alive, silence, stalled transfers.
//
// There is one wake-up for all of it, however many transfers run. Vital times are kept to the
// millisecond; stalls are looked for now and then, since a few seconds more or less change nothing.

package import RelayCore

extension LinkMachine {
    /// When `tick` is wanted next; nil once the link is closed.
    package var wake: Tick? {
        switch phase {
        case .greeting(let deadline): return deadline
        case .closed: return nil
        case .up, .draining:
            var vital = min(heardAt + settings.silenceMax, nextPing)
            if let pace, outgoing.waitsForPace { vital = min(vital, pace.freeAt) }
            return outgoing.isEmpty && incoming.isEmpty ? vital : min(vital, nextCheck)
        }
    }

    /// Time has passed.
    package mutating func tick(_ now: Tick) -> [LinkEvent] {
        var events: [LinkEvent] = []
        switch phase {
        case .closed:
            break
        case .greeting(let deadline):
            if deadline <= now { fallSilent("no HELLO came in time", &events) }
        case .up, .draining:
            if heardAt + settings.silenceMax <= now {
                fallSilent("nothing was heard from the peer in time", &events)
                break
            }
            if nextPing <= now { ping(at: now) }
            if nextCheck <= now { check(at: now, &events) }
        }
        return events
    }

    /// Once in every silent `keepAlive`, also while PINGs remain without an answer.
    private var nextPing: Tick { max(pingAt, heardAt + settings.keepAlive) }

    private mutating func ping(at now: Tick) {
        pings += 1
        pingAt = now + settings.keepAlive
        FrameWriter.append(.ping, PingMessage(token: pings), to: &control)
    }

    private mutating func fallSilent(_ reason: String, _ events: inout [LinkEvent]) {
        close(LinkEnd(cause: .silent, reason: reason), saying: .silence, &events)
    }

    /// In the past after an idle time, so that the first transfer begins with a look that finds
    /// nothing.
    private var nextCheck: Tick {
        checkedAt + .milliseconds(settings.stallAfter.milliseconds / WireLimits.stallChecks)
    }

    /// Gives up what has not moved, and reminds the peer of what has to wait.
    private mutating func check(at now: Tick, _ events: inout [LinkEvent]) {
        checkedAt = now
        let stalled = now + .milliseconds(-settings.stallAfter.milliseconds)
        // What waits for its pace does not wait for the peer.
        if pace != nil { outgoing.excuseWaiting(at: now) }
        for transfer in outgoing.unmoved(since: stalled) {
            if let answers = outgoing.giveUp(transfer, with: .unknown, control: &control) {
                events.append(.attempted(transfer, answers))
            }
        }
        for offer in incoming.giveUp(unmovedSince: stalled, control: &control, at: now) {
            events.append(.cut(offer))
        }
        let pause = settings.stallAfter.milliseconds / WireLimits.reminders
        if remindedAt + .milliseconds(pause) <= now {
            remindedAt = now
            incoming.remind(control: &control)
        }
    }
}
