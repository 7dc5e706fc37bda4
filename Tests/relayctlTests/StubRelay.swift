// A relay with one of everything, for the commands' tests, and a way to run a command against it.

import ArgumentParser
import Foundation
import Logging
import NIOCore
import RelayAPI
import RelayCore
import RelayTrust
import Synchronization
import Testing

@testable import relayctl

final class StubRelay: RelayService {
    static let id = DocumentID(high: 0x0190_F3C5_6F1A_8ABC, low: 0x9DEF_0123_4567_89AB)
    static let body = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })

    struct State: Sendable {
        var request: SubmitRequest?
        var problem: Problem?
        var isKnown = false
        var spoilsBody = false
        var health = HealthView(
            canTakeIn: true, canForward: true, reasons: [], relay: relay("AGENCY-A"),
            version: "1.0", startedAt: Instant(milliseconds: 0))
        var entries = 3
        var orders: [QueueOrder] = []
        var answer = OrderAnswer(order: .hold, dryRun: false, asOf: Instant(milliseconds: 0))
        var why = Samples.why
    }
    let state = Mutex(State())
    func change(_ work: (inout sending State) -> Void) { state.withLock { work(&$0) } }
    func read<Value: Sendable>(_ work: (State) -> Value) -> Value { state.withLock { work($0) } }

    private func check() throws(Problem) {
        if let problem = read({ $0.problem }) { throw problem }
    }

    func submit(
        _ request: SubmitRequest, body: UploadBody
    ) async throws(Problem) -> RelayAPI.Submission {
        try check()
        var digest = BodyDigest()
        var size: Int64 = 0
        for try await piece in body {
            digest.update(Array(piece.readableBytesView))
            size += Int64(piece.readableBytes)
        }
        let sha256 = digest.finish()
        change { $0.request = request }
        let answer = SubmitAnswer(
            id: Self.id, state: .queued, recipients: request.recipients, sha256: sha256,
            size: size)
        return read { $0.isKnown } ? .known(answer) : .created(answer)
    }

    func document(_ id: DocumentID) async throws(Problem) -> DocumentView? {
        try check()
        return id == Self.id ? Samples.document : nil
    }

    func queue(
        _ filter: QueueFilter, late: Bool, page: PageRequest
    ) async throws(Problem) -> QueuePage {
        try check()
        let first = page.after.flatMap { Int($0) } ?? 0
        let count = late ? 0 : read { $0.entries }
        let last = min(first + page.limit, count)
        return QueuePage(
            entries: (first..<last).map { Samples.queueEntry($0) },
            next: last < count ? String(last) : nil)
    }

    func order(
        _ order: QueueOrder, by giver: OperatorIdentity
    ) async throws(Problem) -> OrderAnswer {
        try check()
        change { $0.orders.append(order) }
        var answer = read { $0.answer }
        answer.order = order.order
        answer.dryRun = order.dryRun
        // A filter's order takes two parts.
        if order.ids == nil, order.after == nil { answer.next = "1~H26" }
        return answer
    }

    func why(_ id: DocumentID) async throws(Problem) -> WhyView? {
        try check()
        return id == Self.id ? read { $0.why } : nil
    }

    func order(
        _ order: PeerOrderRequest, about peer: RelayCode, by giver: OperatorIdentity
    ) async throws(Problem) -> PeerOrderAnswer? {
        try check()
        return peer == relay("HUB-1")
            ? PeerOrderAnswer(
                peer: peer, order: order.order, changed: order.reason != "again") : nil
    }

    func queueShape() async throws(Problem) -> QueueShape { Samples.shape }
    func queueForecast() async throws(Problem) -> QueueForecast { Samples.forecast }

    func inbox(
        of organisation: OrganisationCode?, page: PageRequest
    ) async throws(Problem) -> InboxPage {
        InboxPage(entries: [Samples.inboxEntry], next: nil)
    }

    func inboxBody(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> (facts: BodyFacts, bytes: OutgoingBody)? {
        try check()
        var digest = BodyDigest()
        digest.update(Self.body)
        let sha256 = digest.finish()
        guard id == Self.id else { return nil }
        var bytes = Self.body
        if read({ $0.spoilsBody }) { bytes[50_000] ^= 1 }
        let facts = BodyFacts(
            size: Int64(bytes.count), sha256: sha256, mediaType: "application/pdf")
        return (facts, OutgoingBody(bytes: bytes))
    }

    func collect(
        _ id: DocumentID, recipient: OrganisationCode?
    ) async throws(Problem) -> InboxEntry? {
        var entry = Samples.inboxEntry
        entry.collectedAt = Instant(milliseconds: 60_000)
        return entry
    }

    func receipt(
        _ id: DocumentID, recipient: OrganisationCode?, kind: ReceiptKind
    ) async throws(Problem) -> [UInt8]? {
        kind == .received ? [0x30, 0x00] : nil
    }

    func peers() async throws(Problem) -> [PeerView] { Samples.peers }

    func routes(for code: OrganisationCode?) async throws(Problem) -> [RouteView] {
        code?.text == "H99" ? [] : Samples.routes
    }

    func trace(_ request: TraceRequest) async throws(Problem) -> TraceView {
        request.code.text == "H99" ? Samples.noWay : Samples.trace
    }

    func health() async throws(Problem) -> HealthView { read { $0.health } }
    func configuration() async throws(Problem) -> ConfigurationView {
        try check()
        return Samples.configuration
    }
    func reload() async throws(Problem) -> ConfigurationView { try await configuration() }

    func counts() async throws(Problem) -> CountsView { Samples.counts }

    func metrics() async throws(Problem) -> [MetricFamily] { [] }

    func events(_ request: EventRequest) async throws(Problem) -> EventList {
        try check()
        return try Samples.events(request)
    }
}

/// What a command printed and how it ended.
struct Outcome {
    var out: String
    var err: String
    var exit: Exit?
}

struct Bench: Sendable {
    let relay: StubRelay
    let socket: String
    let folder: String
    var operatorSocketName = "operator.sock"
    var operatorSocket: String { "\(folder)/\(operatorSocketName)" }

    /// What stands on standard input, and what is answered to a question; nil: nobody is there.
    var input: [String] = []
    var answer: String?

    /// Runs `relayctl` with these arguments. The zone is UTC+7, the time one hour after the epoch.
    func run(_ arguments: String..., json: Bool = false) async throws -> Outcome {
        try await runAll(arguments, json: json)
    }

    func runAll(_ arguments: [String], json: Bool = false) async throws -> Outcome {
        let out = Mutex("")
        let err = Mutex("")
        let lines = Mutex(input[...])
        var prepared = Console(
            format: json ? .json : .text, style: Style(isColoured: false), time: Samples.time,
            out: { line in out.withLock { $0 += line + "\n" } },
            err: { line in err.withLock { $0 += line + "\n" } })
        prepared.line = { () -> String? in lines.withLock { $0.popFirst() } }
        if let answer {
            prepared.ask = { (question: String) -> String? in
                err.withLock { $0 += question + "\n" }
                return answer
            }
        }
        let console = prepared
        let command = try Relayctl.parseAsRoot(arguments)
        let exit: Exit?
        if let command = command as? any RelayCommand {
            let isOrder = command is any OperatorCommand
            let client = RelayClient(
                .unix(path: isOrder ? operatorSocket : socket), operatorName: "an")
            defer { client.close() }
            exit = await Manners.exit(console) {
                guard isOrder else { return try await command.work(client, console) }
                try await Manners.asOperator { try await command.work(client, console) }
            }
        } else {
            let offline = try #require(command as? any OfflineCommand)
            exit = await Manners.exit(console) { try await offline.work(console) }
        }
        return Outcome(out: out.withLock { $0 }, err: err.withLock { $0 }, exit: exit)
    }
}

func withBench(_ work: @escaping @Sendable (Bench) async throws -> Void) async throws {
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    let folder = "\(FileManager.default.temporaryDirectory.path)/ctl-\(name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let relay = StubRelay()
    let socket = "\(folder)/s"
    let (ready, signal) = AsyncStream<Void>.makeStream()
    let server = RelayServer(
        service: relay,
        settings: ServerSettings(
            unixSocket: .init(path: socket),
            operatorSocket: .init(path: "\(folder)/operator.sock", mode: 0o600)),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        onReady: { _ in signal.finish() })
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            // It ends by being cancelled.
            try? await server.run()
            signal.finish()
        }
        for await _ in ready {}
        defer { tasks.cancelAll() }
        try await work(Bench(relay: relay, socket: socket, folder: folder))
    }
}

func code(_ text: String) -> OrganisationCode {
    guard let code = OrganisationCode(text) else { preconditionFailure("\(text) is no code") }
    return code
}

func relay(_ text: String) -> RelayCode {
    guard let code = RelayCode(text) else { preconditionFailure("\(text) is no code") }
    return code
}
