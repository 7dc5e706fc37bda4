// What relays have written to their logs, as values: the times in them are those of the commits,
// to the millisecond, and reading them costs the relays nothing.

import RelayCore
import RelayFleet

/// A line of a delivery log.
struct DeliveryLine {
    let at: Instant
    let word: Substring
    let document: Substring
    let relay: Substring?

    init?(_ line: Substring) {
        let words = line.split(separator: " ", maxSplits: 5)
        guard words.count >= 3, let at = Timestamp.instant(String(words[0])),
            words[2].hasPrefix("document=")
        else { return nil }
        self.at = at
        word = words[1]
        document = words[2].dropFirst("document=".count)
        relay = words.dropFirst(3).first { $0.hasPrefix("relay=") }?.dropFirst("relay=".count)
    }
}

extension Daemon {
    func deliveryLines() throws -> [DeliveryLine] {
        try deliveryLog().split(separator: "\n").compactMap(DeliveryLine.init)
    }

    /// Lines of the program's log with this message about this peer.
    func programLines(_ message: String, peer: String) -> [(at: Instant, text: Substring)] {
        programLog.split(separator: "\n").compactMap { line in
            guard line.contains(": \(message) "), line.contains(" peer=\(peer)"),
                let at = Timestamp.instant(String(line.prefix { $0 != " " }))
            else { return nil }
            return (at, line)
        }
    }

    /// The first such line at or after `start`; waits for it.
    func awaitLine(
        _ message: String, peer: String, since start: Instant, atMost limit: Duration
    ) async throws -> Instant {
        let deadline = ContinuousClock.now + limit
        while true {
            if let line = programLines(message, peer: peer).first(where: { $0.at >= start }) {
                return line.at
            }
            guard ContinuousClock.now < deadline else {
                throw FleetError("\(code) did not log '\(message)' about \(peer) in \(limit)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The first document passed on to `relay` at or after `start`; waits for it.
    func awaitHandOver(
        to relay: String, since start: Instant, atMost limit: Duration
    ) async throws -> Instant {
        let deadline = ContinuousClock.now + limit
        while true {
            let first = try deliveryLines().first {
                $0.word == "relayed" && $0.relay.map(String.init) == relay && $0.at >= start
            }
            if let first { return first.at }
            guard ContinuousClock.now < deadline else {
                throw FleetError("\(code) handed nothing over to \(relay) in \(limit)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

/// What a sender's delivery log tells of a link that died.
struct Failover {
    /// Documents accepted before the link was known dead, and not yet passed on then.
    var waiting = 0
    /// From "known dead" until the last of these was passed on.
    var slowest = Interval.milliseconds(0)
    /// The most often that one document was passed on.
    var handOversMost = 0

    init(at daemon: Daemon, knownDead: Instant) throws {
        var accepted: [Substring: Instant] = [:]
        var relayed: [Substring: [Instant]] = [:]
        for line in try daemon.deliveryLines() {
            switch line.word {
            case "accepted": accepted[line.document] = line.at
            case "relayed": relayed[line.document, default: []].append(line.at)
            default: break
            }
        }
        for (document, at) in accepted {
            let times = relayed[document] ?? []
            handOversMost = max(handOversMost, times.count)
            guard at <= knownDead, let first = times.first(where: { $0 >= knownDead }),
                !times.contains(where: { $0 < knownDead })
            else { continue }
            waiting += 1
            slowest = max(slowest, first - knownDead)
        }
    }
}
