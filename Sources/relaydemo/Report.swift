// The tables at the end of the demo.

import FoundationEssentials
import RelayAPI
import RelayCore
import RelayFleet

/// How long it took from the kill of hub 1 until the backup carried documents, as A's delivery log
/// has it: the first line `relayed` to HUB-2 after the kill.
struct Failover {
    let milliseconds: Int64?

    /// A killed process leaves its connections closed; only silence takes longer to be noticed.
    var words: String {
        switch milliseconds {
        case nil: "never"
        case let some? where some < 100:
            "\(some) ms; the kill closed the link, so A knew at once"
        case let some?: "\(some) ms"
        }
    }

    init(_ fleet: Fleet, killedAt: Instant) throws {
        let log = try String(contentsOfFile: fleet.agencyA.deliveryLogPath, encoding: .utf8)
        milliseconds = log.split(separator: "\n").lazy
            .filter { $0.contains(" relayed ") && $0.contains("relay=HUB-2") }
            .compactMap { Timestamp.instant(String($0.prefix { $0 != " " })) }
            .first { $0 >= killedAt }
            .map { ($0 - killedAt).milliseconds }
    }
}

struct Report {
    let fleet: Fleet
    let comparison: Comparison
    let allCollected: Bool
    let repeats: Int
    let failover: Failover
    let elapsed: Duration

    func show() async throws {
        let c = comparison
        say("")
        row("documents accepted by A", c.accepted)
        row("MiB of edXML", c.bytes >> 20)
        row("submissions repeated without an answer", repeats)
        row("in B's inbox exactly once", c.inInboxOnce)
        row("missing", c.missing.count)
        row("double", c.double.count)
        row("altered", c.altered.count)
        row("unknown to the sender", c.unknown.count)
        row("receipts at A, verified offline", c.receiptsVerified)
        row("without a verified receipt", c.unverified.count)
        say(label("collected by B, second receipt at A") + (allCollected ? "all" : "NOT ALL"))
        say(
            label("from the kill of HUB-1 to the backup") + failover.words)
        say(label("time in all") + "\(elapsed.components.seconds) s")
        try await conservation()
        say(c.isWhole && allCollected ? "\nNothing was lost, nothing is double." : "\nNOT WHOLE.")
    }

    /// Accepted is the sum of the states, on every relay; receipts are documents too.
    private func conservation() async throws {
        say("\nconservation: accepted = the sum of the states, receipts included")
        let names = [
            "relay", "accepted", "queued", "attempt.", "held", "relayed", "delivered",
            "collected", "failed", "cancelled", "balance",
        ]
        say(names.map(cell).joined())
        for daemon in fleet.all {
            let n = try await daemon.client.counts()
            let numbers = [
                n.accepted, n.queued, n.attempting, n.held, n.relayed, n.delivered, n.collected,
                n.failed, n.cancelled,
            ]
            say(
                cell(daemon.code.text) + numbers.map { cell("\($0)") }.joined()
                    + cell(n.balances ? "yes" : "NO"))
        }
    }

    private func row(_ name: String, _ number: Int) { say(label(name) + "\(number)") }

    private func label(_ name: String) -> String { pad(name, 42) }
    private func cell(_ text: String) -> String { pad(text, 11) }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
