// What a trace has brought, in the words of the API: the answers as a walk through the tree.

import RelayAPI
import RelayCore

struct Tracing {
    private let report: RouteTrace.Report
    private let answers: [[RelayCode]: RouteTrace.Heard]
    /// Of this relay's own links, which alone it knows the reasons of.
    private let errors: [RelayCode: String]

    init(_ report: RouteTrace.Report, errors: [RelayCode: String]) {
        self.report = report
        self.errors = errors
        answers = Dictionary(report.heard.map { ($0.answer.path, $0) }) { first, _ in first }
    }

    var view: TraceView {
        var steps: [TraceStep] = []
        if let own = report.heard.first { add(own.answer.path, isChosen: true, to: &steps) }
        return TraceView(
            to: report.destination, startedAt: report.startedAt,
            reaches: report.reachesDestination, steps: steps)
    }

    /// A relay that was asked, then those behind it: the path grows with each, so this ends.
    private func add(_ path: [RelayCode], isChosen: Bool, to steps: inout [TraceStep]) {
        guard let relay = path.last else { return }
        guard let heard = answers[path] else {
            steps.append(TraceStep(relay: relay, path: path, state: .silent, isChosen: isChosen))
            return
        }
        var step = TraceStep(relay: relay, path: path, state: .answered, isChosen: isChosen)
        step.fill(from: heard, isHere: path.count == 1)
        steps.append(step)
        for hop in heard.answer.hops {
            let next = path + [hop.relay]
            guard let state = TraceStep.State(hop.status) else {
                add(next, isChosen: hop.isChosen, to: &steps)
                continue
            }
            var step = TraceStep(
                relay: hop.relay, path: next, state: state, isChosen: hop.isChosen)
            if state == .down, path.count == 1, let error = errors[hop.relay], !error.isEmpty {
                step.why = Reason(code: "link", words: error)
            }
            steps.append(step)
        }
    }
}

extension TraceStep {
    fileprivate mutating func fill(from heard: RouteTrace.Heard, isHere: Bool) {
        let answer = heard.answer
        isDestination = answer.isDestination
        at = answer.at
        if !isHere {
            roundTripMilliseconds = Int(clamping: heard.roundTrip.milliseconds)
            clockOffsetMilliseconds = Int(clamping: heard.offset.milliseconds)
        }
        waiting = Int(clamping: answer.waiting)
        queued = Int(clamping: answer.balance.queued)
        takesIn = answer.takesIn
        forwards = answer.forwards
        version = answer.version
        documents = TallyView(answer.balance.documents)
        receipts = TallyView(answer.balance.receipts)
        drill = answer.drill.map { TallyView($0) }
        if answer.hops.isEmpty, !answer.isDestination {
            why = Reason(code: "no-route", words: "no route from there")
        }
    }
}

extension TraceStep.State {
    /// Nil for a hop that was asked: whether it has answered shows elsewhere.
    fileprivate init?(_ status: RouteTrace.Status) {
        switch status {
        case .asked: return nil
        case .down: self = .down
        case .passed: self = .passed
        case .tooOld: self = .tooOld
        case .leftOut: self = .leftOut
        }
    }
}
