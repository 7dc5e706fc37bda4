// The listings: queue, shape, inbox, peers, routes; and health and counts.
//
// One line for one thing, so that they can be counted, sorted and searched with the usual tools.
// The longest column, usually the reason, stands last.

import RelayAPI
import RelayCore

enum ListText {
    /// In the order of the queue.
    static func queue(_ entries: [QueueEntry], _ console: Console) -> [String] {
        var table = Table(
            "ID", "TO", "STATE", "FROM", ">PRIORITY", ">SIZE", ">AGE", "DUE", ">TRIES", "NEXT HOP",
            "NEXT TRY", "WHY")
        for entry in entries {
            table.add(
                .init(entry.id.description), .init(entry.destination.text),
                .init(entry.state.rawValue, Style.tone(entry.state)), .init(entry.sender.text),
                .init(entry.priority), .init(Amount.bytes(entry.size)),
                .init(console.time.age(entry.queuedAt)),
                .init(entry.dueAt.map(console.time.distance)), .init(entry.attempts),
                .init(entry.nextHop?.text), .init(entry.nextTryAt.map(console.time.distance)),
                .init(entry.why?.words ?? ""))
        }
        return table.lines(console.style)
    }

    /// Ages across, destinations down; the sum first, as what a glance is for.
    static func shape(_ shape: QueueShape, _ console: Console) -> [String] {
        let ends = shape.ages.map { end in
            "><" + Amount.span(.seconds(end)).split(separator: " ").joined()
        }
        var table = Table(titles: ["TO", ">TOTAL"] + ends + [">OLDER", "OLDEST"])
        for row in shape.rows {
            let counts = row.counts.map { Table.Cell($0 == 0 ? "." : String($0)) }
            table.add(
                [.init(row.destination.text), .init(row.total)] + counts
                    + [.init(row.oldest.map { console.time.age($0) })])
        }
        return table.lines(console.style)
    }

    /// In the order in which they are kept, by organisation and id.
    static func inbox(_ entries: [InboxEntry], _ console: Console) -> [String] {
        var table = Table(
            "ID", "FOR", "FROM", "KIND", ">PRIORITY", ">SIZE", "RECEIVED", "DUE", "NAME")
        for entry in entries {
            table.add(
                .init(entry.id.description), .init(entry.recipient.text),
                .init(entry.sender.text), .init(entry.kind.rawValue), .init(entry.priority),
                .init(Amount.bytes(entry.size)), .init(console.time.text(entry.receivedAt)),
                .init(console.time.text(entry.dueAt)),
                .init(entry.documentId ?? entry.fileName ?? ""))
        }
        return table.lines(console.style)
    }

    /// `FOR` is how long the link has been in its state.
    static func peers(_ peers: [PeerView], _ console: Console) -> [String] {
        var table = Table(
            "CODE", "ROLE", "STATE", ">FOR", ">QUEUED", ">IN FLIGHT", "CERTIFICATE UNTIL",
            "ADDRESSES", "NEXT TRY", "HELD BACK", "LAST ERROR")
        for peer in peers {
            table.add(
                .init(peer.code.text), .init(peer.role),
                .init(peer.state.rawValue, Style.tone(peer.state)),
                .init(console.time.age(peer.since)), .init(peer.queued), .init(peer.inFlight),
                .init(console.time.text(peer.certificateExpiresAt)),
                .init(peer.addresses.joined(separator: ", ")),
                .init(peer.nextTryAt.map(console.time.distance)),
                .init(
                    peer.heldBack.map { held in
                        held.code + (peer.heldUntil.map { " " + console.time.distance($0) } ?? "")
                    }),
                .init(peer.lastError.map { "\($0.words) (\($0.code))" } ?? ""))
        }
        return table.lines(console.style)
    }

    /// One line for each next hop, in order of preference; the arrow marks those taken now, with
    /// the share of each where they share.
    static func routes(_ routes: [RouteView], _ console: Console) -> [String] {
        var table = Table("TO", "NOW", "VIA", "STATE", "WHY")
        for route in routes {
            let hops = route.via.isEmpty ? [nil] : route.via.map(Optional.some)
            for (place, hop) in hops.enumerated() {
                let isChosen = (hop?.share ?? 0) > 0 || hop != nil && hop?.relay == route.chosen
                table.add(
                    .init(place == 0 ? route.to : ""), .init(isChosen ? "→" : ""),
                    .init(hop.map { $0.relay.text + ($0.share.map { " \($0) %" } ?? "") }),
                    .init(hop?.state.rawValue, hop.map { Style.tone($0.state) } ?? .bad),
                    .init(hop?.why?.words ?? (hop == nil ? "no next hop is configured" : "")))
            }
        }
        return table.lines(console.style)
    }

    /// Reasons stand also when all is well, for what is about to stop it.
    static func health(_ health: HealthView, _ console: Console) -> [String] {
        func answer(_ can: Bool) -> (String, Style.Tone) { can ? ("yes", .good) : ("no", .bad) }
        let (takes, takesTone) = answer(health.canTakeIn)
        let (forwards, forwardsTone) = answer(health.canForward)
        var facts = Facts()
        facts.add("Relay", health.relay.text, .bold)
        facts.add("Version", health.version)
        facts.add(
            "Running since",
            "\(console.time.text(health.startedAt)) (\(console.time.age(health.startedAt)))")
        facts.add("Takes in", takes, takesTone)
        facts.add("Forwards", forwards, forwardsTone)
        for reason in health.reasons {
            facts.add("Because", "\(reason.words) (\(reason.code))")
        }
        return facts.lines(console.style)
    }

    static func configuration(_ view: ConfigurationView, _ console: Console) -> [String] {
        func keys(_ effect: ConfigurationChangeView.Effect) -> String {
            view.changes.filter { $0.effect == effect }.map(\.key).joined(separator: ", ")
        }
        var facts = Facts()
        facts.add("File", view.file, .bold)
        facts.add(
            "In force since",
            "\(console.time.text(view.loadedAt)) (\(console.time.age(view.loadedAt)))")
        for (name, words) in [
            ("Changed", keys(.now)), ("For new links", keys(.newLinks)),
            ("At the next start", view.atNextStart.joined(separator: ", ")),
        ] where !words.isEmpty {
            facts.add(name, words)
        }
        if let refusedAt = view.refusedAt {
            facts.add("Last refused", console.time.text(refusedAt), .bad)
            for error in view.errors ?? [] { facts.add("Because", error) }
        }
        return facts.lines(console.style)
    }

    /// The states in the order of a document's life, and the verdict below.
    static func counts(_ counts: CountsView, _ console: Console) -> [String] {
        var table = Table("STATE", ">DOCUMENTS")
        table.add(.init("accepted", .bold), .init(counts.accepted))
        for (name, count) in [
            ("queued", counts.queued), ("attempting", counts.attempting), ("held", counts.held),
            ("relayed", counts.relayed), ("delivered", counts.delivered),
            ("collected", counts.collected), ("failed", counts.failed),
            ("cancelled", counts.cancelled),
        ] {
            table.add(.init(name), .init(count))
        }
        let verdict =
            counts.balances
            ? console.style.paint("accepted = the sum of all states", .good)
            : console.style.paint(
                "accepted is \(counts.accepted), the sum of all states \(counts.sum)", .bad)
        return table.lines(console.style) + ["", verdict]
    }
}
