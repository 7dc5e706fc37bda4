// One screen that answers "why": the state, what went wrong, the ways, what comes next, who must act.

import RelayAPI
import RelayCore

enum WhyText {
    static func lines(_ view: WhyView, _ language: Language, _ console: Console) -> [String] {
        let words = WhyWords(language: language)
        var facts = Facts()
        facts.add(words[.document], view.id.description, .bold)
        facts.add(words[.name], view.documentId)
        facts.add(words[.sender], view.sender.text)
        facts.add(words[.priority], Amount.priority(view.priority))
        var lines = facts.lines(console.style)
        for recipient in view.recipients {
            lines += [""] + self.recipient(recipient, view, words, console)
        }
        return lines
    }

    private static func recipient(
        _ one: WhyRecipient, _ view: WhyView, _ words: WhyWords, _ console: Console
    ) -> [String] {
        let time = console.time
        func moment(_ at: Instant) -> String {
            "\(time.text(at)) (\(words.distance(at, from: time.now)))"
        }
        var facts = Facts()
        facts.add(words[.to], one.recipient.text, .bold)
        facts.add(
            words[.state], "\(words.state(one.state)), \(words[.since]) \(moment(one.since))",
            Style.tone(one.state))
        facts.add(words[.why], words.why(one))
        facts.add(words[.mustAct], words.act(one, view), one.act == .nobody ? .good : .waiting)
        facts.add(words[.lastError], one.lastError.map { words.mishap($0, moment) })
        facts.add(words[.nextTry], one.nextTryAt.map(moment))
        facts.add(words[.due], one.dueAt.map(moment))
        facts.add(words[.expires], one.state.isOver ? nil : moment(view.expiresAt))
        facts.add(words[.tries], words.tries(one))
        facts.add(words[.detour], one.detour.map { words.detour($0) })
        let head = facts.lines(console.style)
        guard !one.routes.isEmpty else { return head }
        var table = Table(words[.way], words[.itsState], words[.remark])
        for hop in one.routes {
            table.add(
                .init(hop.relay.text), .init(words.hop(hop.code), tone(hop.code)),
                .init(hop.order.map { "\($0.by): \($0.reason)" } ?? hop.detail ?? ""))
        }
        return head + table.lines(console.style).map { "  " + $0 }
    }

    private static func tone(_ code: HopCode) -> Style.Tone {
        switch code {
        case .chosen, .ready: .good
        case .busy, .connecting, .awaited: .waiting
        case .down, .paused, .drained, .refused, .onPath, .unknown: .bad
        }
    }
}

extension DeliveryStatus {
    /// Whether nothing more happens to it by itself.
    fileprivate var isOver: Bool {
        switch self {
        case .delivered, .collected, .failed, .cancelled: true
        case .incoming, .queued, .attempting, .held, .relayed: false
        }
    }
}
