// What the tests share: certificates made on the spot, two TLS sessions joined without a network,
// a folder that goes away, and the openssl program as a second opinion.

import Foundation
import Testing

@testable import OpenSSL

/// A certificate authority and what it issues around a fixed moment, so that no test depends on
/// what it is given by another one.
struct Authority {
    static let now = Int64(Date().timeIntervalSince1970)
    static let day: Int64 = 86_400

    let issuer: CertificateAuthority

    init(_ name: String = "Test authority") throws {
        issuer = try CertificateAuthority(
            name: name, notBefore: Self.now - 3_650 * Self.day,
            notAfter: Self.now + 3_650 * Self.day)
    }

    init(issuer: CertificateAuthority) { self.issuer = issuer }

    var trust: TrustStore { get throws { try TrustStore(anchors: [issuer.certificate]) } }

    /// An identity valid from `from` to `to` days from now.
    func identity(
        _ name: String = "H26", from: Int64 = -1, to: Int64 = 1,
        usages: [CertificateAuthority.Usage] = [], key: PrivateKey? = nil
    ) throws -> Identity {
        try issuer.issue(
            CertificateAuthority.Request(
                name: "Relay of \(name)", uris: ["tram:\(name)"], dnsNames: ["relay.test"],
                notBefore: Self.now + from * Self.day, notAfter: Self.now + to * Self.day,
                usages: usages), key: key)
    }

    func context(
        _ identity: Identity? = nil, trust: TrustStore? = nil, offering name: String? = "tram/1",
        versions: ClosedRange<TLSVersion> = .tls13 ... .tls13
    ) throws -> TLSContext {
        try TLSContext(
            presenting: identity ?? self.identity(), trust: trust ?? self.trust, offering: name,
            versions: versions)
    }
}

/// A session behind a reference, as the link that owns one holds it.
final class End {
    private var session: TLSSession

    init(_ context: TLSContext, as role: TLSSession.Role) throws {
        session = try TLSSession(context, as: role)
    }

    var peer: TLSPeer? { session.peer }
    var refusedCertificate: Certificate? { session.refusedCertificate }
    var receivedBytes: Int { session.receivedBytes }
    var pendingCiphertextBytes: Int { session.pendingCiphertextBytes }

    func handshake() -> TLSOutcome { session.handshake() }
    func receive(_ bytes: [UInt8]) { session.receive(bytes) }
    func receiveEnd() -> TLSOutcome { session.receiveEnd() }
    func write(_ bytes: [UInt8]) -> TLSOutcome { session.write(bytes) }
    func close() { session.close() }
    func takeCiphertext(atMost count: Int) -> [UInt8] { session.takeCiphertext(atMost: count) }

    func read(into bytes: inout [UInt8], atMost count: Int) -> TLSOutcome {
        session.read(into: &bytes, atMost: count)
    }

    /// Everything that can be read now, and why it ended.
    func readAll() -> (bytes: [UInt8], outcome: TLSOutcome) {
        var bytes: [UInt8] = []
        while true {
            let outcome = read(into: &bytes, atMost: 65_536)
            if outcome != .complete { return (bytes, outcome) }
        }
    }
}

/// Two sessions joined by two queues of bytes.
final class Pair {
    let client: End
    let server: End
    /// The most bytes that one step carries; 1 is the worst network.
    var step = Int.max

    init(client: TLSContext, server: TLSContext) throws {
        self.client = try End(client, as: .client)
        self.server = try End(server, as: .server)
    }

    /// Two relays of one authority, connected.
    static func connected(step: Int = .max) throws -> Pair {
        let authority = try Authority()
        let context = try authority.context()
        let pair = try Pair(client: context, server: context)
        pair.step = step
        let (client, server) = pair.handshake()
        try #require(client == .complete)
        try #require(server == .complete)
        return pair
    }

    /// Runs until neither side gets any further.
    func handshake() -> (client: TLSOutcome, server: TLSOutcome) {
        var client = self.client.handshake()
        var server = TLSOutcome.incomplete
        while true {
            let sent = carryToServer()
            server = self.server.handshake()
            let answered = carryToClient()
            client = self.client.handshake()
            if sent + answered == 0 { return (client, server) }
        }
    }

    /// Both answer the number of bytes carried.
    @discardableResult
    func carryToServer() -> Int { Self.carry(from: client, to: server, step: step) }

    @discardableResult
    func carryToClient() -> Int { Self.carry(from: server, to: client, step: step) }

    private static func carry(from: End, to: End, step: Int) -> Int {
        let bytes = from.takeCiphertext(atMost: step)
        to.receive(bytes)
        return bytes.count
    }
}

/// Bytes that differ from seed to seed, and from place to place: they repeat after 4,099, a prime,
/// so that no record or buffer begins with the same.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    let block = (0..<min(count, 4_099)).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 32)
    }
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += block.prefix(count - bytes.count) }
    return bytes
}

/// A folder of its own for one test, removed with everything in it.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("tram-openssl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

/// The program of the package `openssl`, which shares libcrypto with us but none of our code.
enum Program {
    static let path = "/usr/bin/openssl"
    static let isPresent = FileManager.default.isExecutableFile(atPath: path)

    struct Answer {
        let status: Int32
        let output: [UInt8]
        let errors: String
    }

    static func run(_ arguments: String..., in folder: String) throws -> Answer {
        try run(arguments, in: folder)
    }

    static func run(_ arguments: [String], in folder: String) throws -> Answer {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        // Files rather than pipes: nobody waits for anybody, however much is said.
        let output = URL(fileURLWithPath: folder).appendingPathComponent(UUID().uuidString)
        let errors = output.appendingPathExtension("errors")
        try Data().write(to: output)
        try Data().write(to: errors)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Answer(
            status: process.terminationStatus,
            output: try Files.read(output.path, bytesMax: 1 << 20),
            errors: String(decoding: try Files.read(errors.path, bytesMax: 1 << 20), as: UTF8.self))
    }
}
