// What became of an order, or would: by destination and state, then in one sentence.

import RelayAPI
import RelayCore

enum OrderText {
    static func lines(_ answer: OrderAnswer, _ console: Console) -> [String] {
        var lines: [String] = []
        if !answer.rows.isEmpty {
            var table = Table("TO", "WAS", ">COUNT", ">SIZE")
            if answer.dryRun { table = Table("TO", "IS", ">COUNT", ">SIZE") }
            for row in answer.rows {
                table.add(
                    .init(row.destination.text),
                    .init(row.state.rawValue, Style.tone(row.state)), .init(row.count),
                    .init(Amount.bytes(row.bytes)))
            }
            lines += table.lines(console.style) + [""]
        }
        lines.append(sentence(answer))
        for example in answer.examples {
            let whom = example.recipient.map { " for \($0)" } ?? ""
            switch example.outcome {
            case .notFound: lines.append("\(example.id)\(whom): not found")
            case .notPossible:
                let state = example.state?.rawValue ?? "in another state"
                lines.append("\(example.id)\(whom): not possible, it is \(state)")
            case .done, .unchanged: break
            }
        }
        return lines
    }

    private static func sentence(_ answer: OrderAnswer) -> String {
        let verb = answer.dryRun ? "would be \(done(answer.order))" : done(answer.order)
        var parts = ["\(answer.done) \(verb), \(Amount.bytes(answer.bytes))"]
        if answer.unchanged > 0 {
            parts.append("\(answer.unchanged) \(answer.dryRun ? "are" : "were") so already")
        }
        for (state, count) in answer.notPossible.sorted(by: { $0.key < $1.key }) {
            parts.append("\(count) not possible: \(state)")
        }
        if answer.notFound > 0 { parts.append("\(answer.notFound) not found") }
        return parts.joined(separator: "; ") + "."
    }

    private static func done(_ order: QueueOrder.Kind) -> String {
        switch order {
        case .hold: "held"
        case .release: "released"
        case .retry: "tried at once"
        case .reroute: "rerouted"
        case .cancel: "cancelled"
        case .expire: "expired"
        }
    }

    /// The answer is no when something that was meant is not as ordered.
    static func judge(_ answer: OrderAnswer, _ console: Console) throws {
        let others = answer.notFound + answer.notPossible.values.reduce(0, +)
        guard others == 0 else {
            throw CommandFailure(
                .negative,
                "the order \(answer.dryRun ? "would not be" : "was not") possible for \(others)")
        }
        if answer.done + answer.unchanged == 0 { console.note("Nothing matches.") }
    }
}
