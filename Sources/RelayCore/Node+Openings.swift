// Which lanes may send now, and how many each.
//
// Free places of links are shared out evenly among the lanes that want them: those with urgent
// documents first, and among equals those that have waited longest. Three things hold documents
// back though their link is up: no place is left for their priority, the link's hours, its rate.

/// A lane with something in its `ready` place.
package struct Waiting: Hashable, Sendable {
    /// The highest priority there, as far as known.
    package var priority: Priority
    /// Its place in the line of lanes; it goes to the end whenever it is given places.
    package var number: UInt64
}

/// Room for deliveries of one lane on the link chosen for it.
package struct Opening: Hashable, Sendable {
    package let lane: Lane
    package let hop: RelayCode
    package let places: Int
    /// What is less urgent stays where it is.
    package let atLeast: Priority
}

/// Why documents wait though the link is up.
package enum Hold: Hashable, Sendable {
    /// Outside the hours of the link, until then.
    case hours(Tick)
    /// As many as its rate allows have gone, until then.
    case rate(Tick)

    package var until: Tick {
        switch self {
        case .hours(let tick), .rate(let tick): tick
        }
    }
}

extension Node {
    package mutating func openings(at moment: Moment) -> [Opening] {
        heldUntil = nil
        guard !backlog.isEmpty, active.count < settings.inFlightTotal else { return [] }
        var waiting: [RelayCode: [(lane: Lane, waits: Waiting)]] = [:]
        for (lane, waits) in backlog {
            guard let hop = peers.hop(for: lane, routes: settings.routes, at: moment.tick)
            else { continue }
            waiting[hop, default: []].append((lane, waits))
        }
        var used = active.count
        var openings: [Opening] = []
        for (hop, lanes) in waiting.sorted(by: { $0.key < $1.key }) {
            guard let link = peers.current(hop) else { continue }
            let order = lanes.sorted { one, other in
                (other.waits.priority, one.waits.number) < (one.waits.priority, other.waits.number)
            }
            var given = 0
            for (place, (lane, waits)) in order.enumerated() {
                guard
                    let (atLeast, free) = room(
                        for: lane, waits.priority, on: link, (used, given), moment)
                else { continue }
                let share = max(1, free / (order.count - place))
                openings.append(Opening(lane: lane, hop: hop, places: share, atLeast: atLeast))
                let last = takeWait()
                backlog[lane]?.number = last
                given += share
                used += share
            }
        }
        return openings
    }

    /// How many of a lane may go now, and how urgent they must be; nil when none may.
    private mutating func room(
        for lane: Lane, _ highest: Priority, on link: LinkUp, _ taken: (used: Int, given: Int),
        _ moment: Moment
    ) -> (atLeast: Priority, places: Int)? {
        let limits = peers.limits(of: link.peer)
        let hold = peers.hold(on: link.peer, lane, given: taken.given, at: moment)
        if let hold, highest < limits.urgent {
            heldUntil = min(heldUntil ?? hold.until, hold.until)
            return nil
        }
        for step in Priority.steps {
            let atLeast = hold == nil ? step : max(step, limits.urgent)
            guard highest >= atLeast else { return nil }
            let free = freePlaces(on: link, atLeast: atLeast, taken)
            guard free > 0 else { continue }
            guard atLeast < limits.urgent,
                let allowed = peers.allowed(by: link.peer, at: moment.tick)
            else { return (atLeast, free) }
            return (atLeast, min(free, allowed - taken.given))
        }
        return nil
    }

    /// Half of all places goes to whoever asks first; the other half is shared out among the links,
    /// so that slow ones can't take the places of the others. What is express is not held to that:
    /// places are kept for it.
    private func freePlaces(
        on link: LinkUp, atLeast: Priority, _ taken: (used: Int, given: Int)
    ) -> Int {
        let running = activeOn[link.link, default: 0] + taken.given
        let onLink = atLeast.places(of: min(link.places, settings.inFlightPerLink)) - running
        let most = min(onLink, atLeast.places(of: settings.inFlightTotal) - taken.used)
        guard atLeast < .express else { return most }
        let half = settings.inFlightTotal / 2
        let own = max(1, half / max(1, links.count)) - running
        return min(most, max(own, half - taken.used))
    }

    /// Notes that a lane has something to send.
    mutating func enqueue(_ lane: Lane, _ priority: Priority) {
        if let waiting = backlog[lane] {
            backlog[lane]?.priority = max(waiting.priority, priority)
        } else {
            backlog[lane] = Waiting(priority: priority, number: takeWait())
        }
    }

    private mutating func takeWait() -> UInt64 {
        defer { nextWait += 1 }
        return nextWait
    }

    /// The turn has asked the ledger for an opening's deliveries.
    package mutating func drew(_ count: Int, for opening: Opening) {
        guard count < opening.places else { return }
        progress += 1
        guard let less = Priority(rawValue: opening.atLeast.rawValue &- 1) else {
            backlog[opening.lane] = nil
            return
        }
        // Nothing so urgent is left; what is not was not looked at.
        backlog[opening.lane]?.priority = less
    }
}

extension Priority {
    /// From the least urgent: each has places that those before it cannot take.
    static let steps: [Priority] = [.normal, .urgent, .express]

    /// How many of so many places documents of this priority may hold together with those below:
    /// a sixteenth is kept for what is express, and another for what is urgent, so that none of
    /// these waits for a place behind large bodies.
    func places(of all: Int) -> Int {
        let kept = (all + 15) / 16
        return switch self {
        case .express, .expressTimed: all
        case .urgent, .veryUrgent: max(min(all, 1), all - kept)
        case .normal: max(min(all, 1), all - (all > 2 ? 2 * kept : kept))
        }
    }
}
