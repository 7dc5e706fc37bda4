// Memos as frames, and back.
//
// Guarantees: what comes out keeps every bound of Docs/Protocol.md, so the core can index by it and
// add it up. Numbers in tallies are not bounded: they are another relay's, and only shown.

import RelayCore
import SwiftProtobuf

extension FrameWriter {
    static func append(_ memo: Memo, to bytes: inout [UInt8]) {
        switch memo {
        case .trace(let trace): append(.trace, TraceMessage(trace), to: &bytes)
        case .traceAnswer(let answer):
            append(.traceAnswer, TraceAnswerMessage(answer), to: &bytes)
        case .auditQuestion(let question): append(.audit, AuditMessage(question), to: &bytes)
        case .auditAnswer(let answer):
            append(.auditAnswer, AuditAnswerMessage(answer), to: &bytes)
        }
    }
}

// MARK: - Traces

extension TraceMessage {
    init(_ asked: RouteTrace) {
        self.init()
        trace.set(asked.id.id.bytes)
        destination = asked.destination.text
        path = asked.path.map(\.text)
        withinMilliseconds = UInt32(clamping: asked.patience.milliseconds)
        answersMax = UInt32(clamping: asked.answersMax)
        if let id = asked.drill { drill.set(id.bytes) }
    }
}

extension RouteTrace {
    init(checking message: TraceMessage) throws(MessageFault) {
        guard let id = DocumentID(bytes: message.trace) else { throw .field("trace") }
        let drill = DocumentID(bytes: message.drill)
        guard drill != nil || message.drill.isEmpty else { throw .field("drill") }
        guard message.answersMax > 0 else { throw .field("answers_max") }
        self.init(
            id: ID(id), destination: try Field.organisation(message.destination, "destination"),
            path: try Field.path(message.path),
            patience: .milliseconds(Int64(message.withinMilliseconds)),
            answersMax: Int(min(message.answersMax, UInt32(RouteTrace.answersMax))), drill: drill)
    }
}

extension TraceAnswerMessage {
    init(_ answer: RouteTrace.Answer) {
        self.init()
        trace.set(answer.trace.id.bytes)
        path = answer.path.map(\.text)
        at = UInt64(clamping: answer.at.milliseconds)
        isDestination = answer.isDestination
        waiting = answer.waiting
        tallies = [
            TallyMessage(answer.balance.documents, .documents),
            TallyMessage(answer.balance.receipts, .receipts),
        ]
        if let drill = answer.drill { tallies.append(TallyMessage(drill, .drill)) }
        takesIn = answer.takesIn
        forwards = answer.forwards
        version = answer.version
        hops = answer.hops.map { hop in
            var message = TraceHopMessage()
            message.relay = hop.relay.text
            message.status = UInt32(hop.status.rawValue)
            message.isChosen = hop.isChosen
            return message
        }
    }
}

extension RouteTrace.Answer {
    init(checking message: TraceAnswerMessage) throws(MessageFault) {
        guard let id = DocumentID(bytes: message.trace) else { throw .field("trace") }
        let path = try Field.path(message.path)
        guard path.count > 1 else { throw .field("path") }
        guard message.hops.count <= Limits.routeHopsMax,
            Set(message.hops.map(\.relay)).count == message.hops.count
        else { throw .field("hops") }
        var hops: [RouteTrace.Hop] = []
        for hop in message.hops { hops.append(try RouteTrace.Hop(checking: hop)) }
        var tallies: [TallyMessage.Name: Tally] = [:]
        for tally in message.tallies {
            // A class of a later version is passed over.
            guard let name = TallyMessage.Name(rawValue: tally.class) else { continue }
            guard tallies[name] == nil else { throw .field("tallies") }
            tallies[name] = try tally.tally()
        }
        let balance = Balance(
            documents: tallies[.documents] ?? Tally(), receipts: tallies[.receipts] ?? Tally())
        self.init(
            trace: RouteTrace.ID(id), path: path, at: try Field.time(message.at, "at"),
            isDestination: message.isDestination, waiting: message.waiting, balance: balance,
            takesIn: message.takesIn, forwards: message.forwards,
            version: try Field.text(
                message.version.printable, RouteTrace.versionBytesMax, "version"), hops: hops,
            drill: tallies[.drill])
    }
}

extension RouteTrace.Hop {
    init(checking message: TraceHopMessage) throws(MessageFault) {
        self.init(
            relay: try Field.relay(message.relay, "hops"),
            status: try Field.value(message.status, "hops"), isChosen: message.isChosen)
    }
}

// MARK: - Tallies

extension TallyMessage {
    /// What is counted, by its number on the wire.
    enum Name: UInt32 {
        case documents = 1
        case receipts = 2
        case drill = 3
    }

    init(_ tally: Tally, _ name: Name) {
        self.init()
        self.class = name.rawValue
        accepted = tally.accepted
        forgotten = tally.forgotten
        inState = tally.states
    }

    /// One number for each state.
    func tally() throws(MessageFault) -> Tally {
        guard let tally = Tally(accepted: accepted, forgotten: forgotten, states: inState)
        else { throw .field("tallies") }
        return tally
    }
}

extension Field {
    /// Relays that were passed: one at least, each once.
    static func path(_ texts: [String]) throws(MessageFault) -> [RelayCode] {
        guard !texts.isEmpty, texts.count <= Limits.hopsMax, Set(texts).count == texts.count
        else { throw .field("path") }
        return try relays(texts, "path")
    }
}
