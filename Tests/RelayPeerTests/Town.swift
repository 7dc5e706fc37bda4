// Relays of one test, each a peer service on 127.0.0.1 with its own certificate, keeper and log;
// and an authority that gives them what they ask for. Everything is stopped when the test ends.

import Foundation
import Logging
import NIOCore
import NIOPosix
import RelayCore
import Synchronization
import Testing

@testable import OpenSSL
@testable import RelayPeer

struct Relay: Sendable {
    let code: RelayCode
    let service: PeerService
    let keeper: Keeper
    let log: Journal<String>
    let addresses: [PeerSettings.Address]

    var address: PeerSettings.Address { addresses[0] }

    func logged(_ words: String...) async throws {
        try await log.wait("\(code) logging \(words)") { lines in
            lines.contains { line in words.allSatisfy { line.contains($0) } }
        }
    }
}

final class Town: Sendable {
    private let relays = Mutex<[Relay]>([])
    private let others = Mutex<[any Channel]>([])

    static func run(_ body: (Town) async throws -> Void) async throws {
        let town = Town()
        do {
            try await body(town)
            await town.close()
        } catch {
            await town.close()
            throw error
        }
    }

    /// A relay that listens. Its peers are known by their names alone, unless they have a pin.
    func relay(
        _ text: String, peers: [String: [PeerSettings.Address]] = [:],
        pins: [String: SHA256Digest] = [:], context: TLSContext, keeper: Keeper = Keeper(),
        _ adjust: (inout PeerSettings) -> Void = { _ in }
    ) async throws -> Relay {
        let peers = peers.map { name, addresses in
            (code(name), PeerSettings.Peer(addresses: addresses, pin: pins[name]))
        }
        var settings = PeerSettings(
            relay: code(text), boot: UInt64(text.utf8.first ?? 0),
            listen: [PeerSettings.Address(host: "127.0.0.1", port: 0)],
            peers: Dictionary(uniqueKeysWithValues: peers), context: context)
        adjust(&settings)
        let log = Journal<String>()
        let start = ContinuousClock.now
        let service = PeerService(
            settings, delegate: keeper, logger: Logger(label: text) { _ in LogRecorder(log) },
            clock: {
                Tick(milliseconds: Int64((ContinuousClock.now - start) / .milliseconds(1)))
            })
        keeper.serve(service)
        let relay = Relay(
            code: settings.relay, service: service, keeper: keeper, log: log,
            addresses: try await service.listen())
        relays.withLock { $0.append(relay) }
        return relay
    }

    /// Closed at the end.
    func look(after channel: any Channel) { others.withLock { $0.append(channel) } }

    private func close() async {
        await withTaskGroup { group in
            for relay in relays.withLock({ $0 }) {
                group.addTask { await relay.service.stop(patience: .zero) }
            }
        }
        for channel in others.withLock({ $0 }) { try? await channel.close() }
    }
}

extension Town {
    /// Two relays that trust each other, and the link between them.
    func pair(
        _ adjust: (inout PeerSettings) -> Void = { _ in }
    ) async throws -> (a: Relay, b: Relay, link: (a: LinkUp, b: LinkUp)) {
        let authority = try Authority()
        let b = try await relay(
            "B", peers: ["A": []], context: authority.context(for: "B"), adjust)
        let a = try await relay(
            "A", peers: ["B": [b.address]], context: authority.context(for: "A"), adjust)
        a.service.dial(b.code)
        let up = (try await a.keeper.linkUp(with: b.code), try await b.keeper.linkUp(with: a.code))
        return (a, b, up)
    }
}

struct LogRecorder: LogHandler {
    private let lines: Journal<String>
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    init(_ lines: Journal<String>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }
        lines.append("\(event.message)" + facts.map { " \($0.key)=\($0.value)" }.joined())
    }
}

/// A certificate authority of one test.
struct Authority {
    static let day: Int64 = 86_400
    let issuer: CertificateAuthority
    let now: Int64

    init() throws {
        now = Int64(Date().timeIntervalSince1970)
        issuer = try CertificateAuthority(
            name: "Authority", notBefore: now - 10 * Self.day, notAfter: now + 10 * Self.day)
    }

    var trust: TrustStore { get throws { try TrustStore(anchors: [issuer.certificate]) } }

    /// An identity of these relays, valid from and to so many days from now.
    func identity(
        _ names: String..., from: Int64 = -1, to: Int64 = 1
    ) throws -> Identity {
        try issuer.issue(
            CertificateAuthority.Request(
                name: "Relay", uris: names.map { "tram:\($0)" },
                notBefore: now + from * Self.day, notAfter: now + to * Self.day))
    }

    func context(for name: String) throws -> TLSContext { try context(identity(name)) }

    /// A context that may also present nothing, or trust somebody else.
    func context(
        _ identity: Identity?, trust: TrustStore? = nil, offering name: String? = "tram/1",
        versions: ClosedRange<TLSVersion> = .tls13 ... .tls13
    ) throws -> TLSContext {
        try TLSContext(
            presenting: identity, trust: trust ?? self.trust, offering: name, versions: versions)
    }
}

extension Identity {
    var pin: SHA256Digest? { SHA256Digest(bytes: certificate.publicKeyDigest) }
}

// MARK: - Documents

/// What a test states itself and is therefore there.
func required<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("the test itself is wrong") }
    return value
}

func code(_ text: String) -> RelayCode { required(RelayCode(text)) }

/// Bytes that differ from seed to seed and from place to place.
func pattern(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let block = (0..<min(count, 4_099)).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 32)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += block.prefix(count - bytes.count) }
    return bytes
}

extension Relay {
    /// Begins to hand a document over.
    ///
    /// - Parameter digest: what the envelope says; the body's own unless given.
    func forward(
        _ number: UInt64, _ body: [UInt8], on link: LinkUp, document: DocumentID? = nil,
        digest: SHA256Digest? = nil, isKept: Bool = true
    ) -> Transfer {
        let document =
            document ?? DocumentID(high: UInt64(code.text.utf8.first ?? 0), low: number)
        if isKept { keeper.keep(body, as: document) }
        let own = required(SHA256Digest(bytes: SHA256.digest(body)))
        let now = Instant(milliseconds: 1_777_852_800_000)
        let envelope = Envelope(
            document: document, kind: .document, origin: code,
            sender: required(OrganisationCode(code.text)),
            recipients: [required(OrganisationCode("H26"))], size: UInt64(body.count),
            digest: digest ?? own, submittedAt: now, expiresAt: now + .days(30))
        let transfer = Transfer(
            id: TransferID(number), link: link.link, envelope: envelope,
            recipients: envelope.recipients, path: [code], round: 1)
        service.perform([(link.link, .forward(transfer))])
        return transfer
    }
}
