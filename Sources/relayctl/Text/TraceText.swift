// A trace as a tree: one line for each relay, those behind it indented below it.

import RelayAPI
import RelayCore

enum TraceText {
    static func lines(_ trace: TraceView, _ console: Console) -> [String] {
        var table = Table(
            "RELAY", "NOW", "STATE", ">RTT", ">CLOCK", ">FOR IT", ">QUEUED", "HEALTH", "BALANCE",
            "VERSION", "WHY")
        for (place, step) in trace.steps.enumerated() {
            table.add(
                .init(branch(place, trace.steps) + step.relay.text),
                .init(step.isChosen && step.path.count > 1 ? "→" : ""), state(step),
                .init(step.roundTripMilliseconds.map { "\($0) ms" } ?? ""),
                .init(step.clockOffsetMilliseconds.map(offset) ?? ""),
                .init(step.waiting.map(String.init) ?? ""),
                .init(step.queued.map(String.init) ?? ""), health(step), balance(step),
                .init(step.version ?? ""), .init(step.why?.words ?? ""))
        }
        let verdict =
            trace.reaches
            ? console.style.paint("\(trace.to) is reached", .good)
            : console.style.paint("no way reaches \(trace.to)", .bad)
        return table.lines(console.style) + ["", verdict]
    }

    /// The lines of the tree before a relay's name.
    private static func branch(_ place: Int, _ steps: [TraceStep]) -> String {
        let path = steps[place].path
        guard path.count > 1 else { return "" }
        return (2...path.count).map { depth in
            let parent = path.prefix(depth - 1)
            // Whether another relay follows at this depth, behind the same one.
            let more = steps[(place + 1)...].prefix { $0.path.starts(with: parent) }
                .contains { $0.path.count == depth && $0.path != Array(path.prefix(depth)) }
            if depth == path.count { return more ? "├─ " : "└─ " }
            return more ? "│  " : "   "
        }.joined()
    }

    private static func state(_ step: TraceStep) -> Table.Cell {
        switch step.state {
        case .answered where step.isDestination: .init("destination", .good)
        case .answered where step.path.count == 1: .init("here", .good)
        case .answered: .init("answered", .good)
        case .silent, .down: .init(step.state.rawValue, .bad)
        case .passed, .tooOld, .leftOut: .init(step.state.rawValue, .faint)
        }
    }

    private static func offset(_ milliseconds: Int) -> String {
        (milliseconds > 0 ? "+" : "") + "\(milliseconds) ms"
    }

    private static func health(_ step: TraceStep) -> Table.Cell {
        guard let takesIn = step.takesIn, let forwards = step.forwards else { return .init("") }
        if takesIn && forwards { return .init("ok", .good) }
        let faults = [takesIn ? nil : "takes nothing in", forwards ? nil : "forwards nothing"]
        return .init(faults.compactMap(\.self).joined(separator: ", "), .bad)
    }

    /// Whether the books of that relay balance, as it says itself.
    private static func balance(_ step: TraceStep) -> Table.Cell {
        guard let documents = step.documents, let receipts = step.receipts else {
            return .init("")
        }
        return documents.balances && receipts.balances ? .init("ok", .good) : .init("OFF", .bad)
    }
}
