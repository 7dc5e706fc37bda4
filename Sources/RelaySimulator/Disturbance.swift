// What goes wrong in a run. Each is planned beforehand, apart from the work.

package import RelayCore

package struct Disturbance: Hashable, Sendable, CustomStringConvertible {
    package let at: Int64
    /// How long it lasts; 0 for what happens at once.
    package let lasts: Int64
    package let what: What

    package enum What: Hashable, Sendable {
        /// Every connection between two relays breaks.
        case cut(Int, Int)
        /// Connections between two relays swallow everything, and nobody is told.
        case silence(Int, Int)
        /// Nothing can be dialled either, while it lasts.
        case partition(Int, Int, isSilent: Bool)
        case slow(Int, Int, bytesPerMillisecond: Int)
        /// The process dies in its next turn, at this step.
        case crash(Int, Relay.Fate)
        /// The process dies at once, and stays away; when silent, its peers are not told.
        case outage(Int, isSilent: Bool)
        /// No room but for the reserve, or not even for the next piece.
        case full(Int, isSudden: Bool)
        case clock(Int, by: Interval)
        /// The relay takes no signature for good, as when its list of trusted issuers is wrong.
        case distrust(Int)
        /// A fault of a drill, injected at this relay.
        case drill(Int, Fault)
        /// The relay takes another configuration, drawn from this seed, for a while.
        case reload(Int, seed: UInt64)
    }

    package init(at time: Int64, lasts: Int64, _ what: What) {
        at = time
        self.lasts = lasts
        self.what = what
    }

    package var description: String {
        let words =
            switch what {
            case .cut(let one, let other): "cut \(one)-\(other)"
            case .silence(let one, let other): "silence \(one)-\(other)"
            case .partition(let one, let other, let isSilent):
                "partition \(one)-\(other)\(isSilent ? " silently" : "")"
            case .slow(let one, let other, let speed): "slow \(one)-\(other) to \(speed) B/ms"
            case .crash(let relay, let fate): "crash \(relay) \(fate)"
            case .outage(let relay, let isSilent): "outage \(relay)\(isSilent ? " silently" : "")"
            case .full(let relay, let isSudden): "full \(relay)\(isSudden ? " suddenly" : "")"
            case .clock(let relay, let by): "clock \(relay) by \(by.milliseconds) ms"
            case .distrust(let relay): "distrust \(relay)"
            case .reload(let relay, let seed): "reload \(relay) from \(seed)"
            case .drill(let relay, let fault):
                "drill \(relay) \(fault.kind.word)" + (fault.peer.map { " \($0)" } ?? "")
            }
        return Trace.clock(at) + " " + words + (lasts > 0 ? " for \(lasts) ms" : "")
    }
}

extension World {
    package func arrangeDisturbances(_ disturbances: [Disturbance]) {
        for disturbance in disturbances { agenda.add(.disturb(disturbance), at: disturbance.at) }
    }

    func disturb(_ disturbance: Disturbance) {
        trace.note(11, at: now, "*** \(disturbance)")
        switch disturbance.what {
        case .cut(let one, let other): breakAll(one, other)
        case .silence(let one, let other): silenceAll(one, other)
        case .partition(let one, let other, let isSilent):
            network.setCut(true, one, other)
            if isSilent { silenceAll(one, other) } else { breakAll(one, other) }
        case .slow(let one, let other, let speed): network.setSpeed(speed, one, other)
        case .crash(let relay, let fate): relays[relay].fate = fate
        case .outage(let relay, let isSilent): die(relay, isSilent: isSilent)
        case .full(let relay, let isSudden): fill(relay, isSudden: isSudden)
        case .clock(let relay, let by):
            relays[relay].skew = .milliseconds(
                relays[relay].skew.milliseconds + by.milliseconds)
        case .distrust(let relay): distrusting.insert(relay)
        case .drill(let relay, let fault): begin(fault, at: relay)
        case .reload(let relay, let seed):
            reconfigure(relay, Plan.other(topology.sites[relay].settings, seed: seed))
        }
        if disturbance.lasts > 0 { arrange(.calm(disturbance), in: disturbance.lasts) }
    }

    func calm(_ disturbance: Disturbance) {
        trace.note(12, at: now, "*** over: \(disturbance)")
        switch disturbance.what {
        case .partition(let one, let other, _): network.setCut(false, one, other)
        case .slow(let one, let other, _): network.setSpeed(nil, one, other)
        case .outage(let relay, _): restart(relay)
        case .full(let relay, _): empty(relay)
        case .distrust(let relay): distrusting.remove(relay)
        case .drill(let relay, let fault): end(fault, at: relay)
        case .reload(let relay, _): reconfigure(relay, topology.sites[relay].settings)
        case .cut, .silence, .crash, .clock: break
        }
    }

    func fill(_ relay: Int, isSudden: Bool) {
        let ledger = relays[relay].ledger
        // A reserve of 64 KiB holds many receipts. Suddenly full: the ledger still believes that
        // there is room for one piece.
        ledger.reserveBytes = isSudden ? 0 : 65_536
        ledger.capacityBytes = ledger.disk.bytes + 65_536
        if !isSudden { ledger.reserveBytes += 1 }
    }

    func empty(_ relay: Int) {
        relays[relay].ledger.capacityBytes = .max
        relays[relay].ledger.reserveBytes = 0
    }

    func breakAll(_ one: Int, _ other: Int) {
        for number in network.between(one, other) {
            breakConnection(number, reason: "connection reset")
        }
    }

    func silenceAll(_ one: Int, _ other: Int) {
        for number in network.between(one, other) {
            network.silence(number, end: 0)
            network.silence(number, end: 1)
        }
    }
}
