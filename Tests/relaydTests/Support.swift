// Real relays for one test each: a directory of their own, certificates of their own, free ports;
// all of them are ended and the directory is gone when the test is over.

import FoundationEssentials
import NIOCore
import NIOPosix
import OpenSSL
import RelayAPI
import RelayCore
import RelayFleet
import RelayStore
import Synchronization
import Testing

/// Runs `work` with a site; ends every relay of it, whatever happened.
func withBench<Value>(_ work: (Bench) async throws -> Value) async throws -> Value {
    // Short, since the path of a socket is.
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    let folder = "\(FileManager.default.temporaryDirectory.path)/tram-\(name)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let bench = Bench(site: try Site(in: folder, program: Programs.relayd()))
    defer { bench.end() }
    return try await work(bench)
}

final class Bench: Sendable {
    let site: Site
    private let daemons = Mutex<[Daemon]>([])

    init(site: Site) { self.site = site }

    func end() { for daemon in daemons.withLock({ $0 }) { daemon.kill() } }

    /// A relay that is laid out and configured, and not started.
    func relay(
        _ code: String, _ setup: Setup = Setup(),
        certificate: CertificateAuthority.Request? = nil, issuer: CertificateAuthority? = nil
    ) throws -> Daemon {
        let daemon = try site.relay(code, certificate: certificate, issuer: issuer)
        daemons.withLock { $0.append(daemon) }
        try daemon.configure(setup.text(for: daemon))
        return daemon
    }

    /// Two relays that know each other: A dials, B listens. A has a route to everything by B.
    func pair(
        a: Setup = Setup(), b: Setup = Setup(), start: Bool = true
    ) async throws -> (a: Daemon, b: Daemon) {
        let port = try FreePorts.take(1)[0]
        var (setupA, setupB) = (a, b)
        setupA.peers.append(.init("H88.2", role: "hub", port: port))
        setupA.routes.append("{to: \"*\", via: [H88.2]}")
        setupB.listen = port
        setupB.peers.append(.init("H99.1", role: "hub", port: nil))
        setupB.routes.append("{to: H99, via: [H99.1]}")
        let (a, b) = (try relay("H99.1", setupA), try relay("H88.2", setupB))
        guard start else { return (a, b) }
        try await b.start()
        try await a.start()
        try await linked(a, to: b)
        return (a, b)
    }

    func linked(_ one: Daemon, to other: Daemon) async throws {
        try await until("a link between \(one.code) and \(other.code)") {
            try await one.client.peers().contains { $0.code == other.code && $0.state == .up }
        }
    }
}

/// What stands in a configuration file, as far as tests want it otherwise.
struct Setup {
    struct Peer {
        let text: String
        init(_ code: String, role: String, port: Int?) {
            let addresses = port.map { "\"127.0.0.1:\($0)\"" } ?? ""
            text = "  - {code: \(code), role: \(role), addresses: [\(addresses)]}\n"
        }
    }

    var organisations: [String] = []
    var mapSize = "256 MiB"
    var reserve = "8 MiB"
    var documentSize = "64 MiB"
    var listen: Int?
    var peers: [Peer] = []
    var routes: [String] = []
    /// Entries of `receipts.speakers`.
    var speakers: [String] = []
    var deadline = "10 s"
    var retention = "3 d"
    var lifetime = "30 d"
    var keepalive = "1 s"
    /// More keys of `retry`.
    var retry = ""
    /// The section of that name, whole.
    var deadlines = ""
    /// More keys of `api`.
    var api = ""

    func text(for daemon: Daemon) -> String {
        let home = daemon.directory
        let served =
            organisations.isEmpty
            ? "" : "\n  organisations: [\(organisations.joined(separator: ", "))]"
        return """
            relay:
              code: \(daemon.code)
              data: \(daemon.dataPath)\(served)
            store: {mapSize: \(mapSize), reserve: \(reserve)}
            api:
              socket: \(daemon.socketPath)
            \(api)
            tls: {certificate: \(home)/cert.pem, key: \(home)/key.pem, trust: \(home)/ca.pem}
            receipts: {deadline: \(deadline), speakers: [\(speakers.joined(separator: ", "))]}
            retry: {base: 100 ms, cap: 1 s, returnAfter: 1 s, keepalive: \(keepalive)\(retry)}
            retention: \(retention)
            lifetime: \(lifetime)
            limits: {documentSize: \(documentSize)}
            \(deadlines)
            listen: [\(listen.map { "\"127.0.0.1:\($0)\"" } ?? "")]
            peers:\(peers.isEmpty ? " []" : "")
            \(peers.map(\.text).joined())routes:\(routes.isEmpty ? " []" : "")
            \(routes.map { "  - \($0)\n" }.joined())
            """
    }
}

/// Waits until `condition` holds.
func until(
    _ what: String, atMost limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw FleetError("waited \(limit) in vain for \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

func organisation(_ text: String) throws -> OrganisationCode {
    try #require(OrganisationCode(text))
}

/// The problem that `work` is refused with.
func refusal<Answer>(of work: () async throws -> Answer) async throws -> Problem {
    do {
        _ = try await work()
    } catch ClientError.problem(let problem) {
        return problem
    }
    throw FleetError("it was accepted")
}

/// What is in a relay's store while it is down.
struct StoredState {
    /// Bodies that belong to no document yet.
    let hasUploads: Bool
    let bodyBytes: UInt64
    /// Where counters, indexes, bodies and records disagree.
    let discrepancies: [String]
    var isSound: Bool { discrepancies.isEmpty }

    init(of daemon: Daemon) throws {
        let ledger = try LMDBLedger(
            StoreSettings(
                directory: daemon.dataPath, relay: daemon.code, mapBytes: 4 << 30,
                reserveBytes: StoreSettings.reserveBytesMin, retention: .days(3)))
        // With the limit of none nothing is swept, and it tells whether there is something to
        // sweep.
        hasUploads = try ledger.write { (transaction) throws(LedgerFailure) in
            try transaction.sweepUploads(
                untouchedSince: Instant(milliseconds: .max), limit: 0)
        }
        bodyBytes = try ledger.reader.usage().bodyBytes
        let check = try ledger.reader.checkCounts()
        discrepancies = check.discrepancies + check.bodiesMissing.map { "no body of \($0)" }
    }
}

/// One request written by hand, byte by byte as it stands.
enum Raw {
    struct Answer {
        let status: Int
        let text: String
    }

    /// Sends `request`, then `body`; closes at once when `cuts`, and else reads to the end of the
    /// answer.
    static func send(
        _ line: String = "POST /v1/documents", to daemon: Daemon, headers: [String] = [],
        body: [UInt8] = [], cuts: Bool = false
    ) async throws -> Answer {
        let collected = Mutex<[UInt8]>([])
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.pipeline.addHandler(
                    Collecting { bytes in collected.withLock { $0 += bytes } })
            }
            .connect(unixDomainSocketPath: daemon.socketPath).get()
        let head =
            (["\(line) HTTP/1.1", "Host: localhost", "Connection: close"] + headers)
            .joined(separator: "\r\n") + "\r\n\r\n"
        var bytes = ByteBuffer(string: head)
        bytes.writeBytes(body)
        try await channel.writeAndFlush(bytes).get()
        if cuts { try await channel.close().get() }
        try await channel.closeFuture.get()
        let text = String(decoding: collected.withLock { $0 }, as: UTF8.self)
        let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return Answer(status: status ?? 0, text: text)
    }
}

private final class Collecting: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let take: @Sendable ([UInt8]) -> Void

    init(_ take: @escaping @Sendable ([UInt8]) -> Void) { self.take = take }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(Array(unwrapInboundIn(data).readableBytesView))
    }
}
