// An authority of one test, the relays it certifies, and the statements they sign.

import Foundation
import OpenSSL
import RelayCore

@testable import RelayTrust

struct Office {
    static let day: Int64 = 86_400
    let issuer: CertificateAuthority
    /// Seconds since 1970.
    let now = Int64(Date().timeIntervalSince1970)

    init() throws {
        issuer = try CertificateAuthority(
            name: "Office", notBefore: now - 400 * Self.day, notAfter: now + 400 * Self.day)
    }

    init(issuer: CertificateAuthority) { self.issuer = issuer }

    var instant: Instant { Instant(milliseconds: now * 1_000) }
    var trust: TrustStore { get throws { try TrustStore(anchors: [issuer.certificate]) } }

    /// An identity of these relays, valid from and to so many days from now.
    func identity(
        _ names: String..., from: Int64 = -1, to: Int64 = 1,
        usages: [CertificateAuthority.Usage] = [], key: PrivateKey? = nil
    ) throws -> Identity {
        try issuer.issue(
            CertificateAuthority.Request(
                name: "Relay", uris: names.map { "tram:\($0)" },
                notBefore: now + from * Self.day, notAfter: now + to * Self.day, usages: usages),
            key: key)
    }

    func verifier(_ speakers: Speakers = .sameCode) throws -> ReceiptVerifier {
        ReceiptVerifier(trust: try trust, speakers: speakers)
    }
}

/// What a test states itself and is therefore there.
func required<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("the test itself is wrong") }
    return value
}

func relay(_ text: String) -> RelayCode { required(RelayCode(text)) }
func organisation(_ text: String) -> OrganisationCode { required(OrganisationCode(text)) }

func statement(
    by signer: String = "H26.1.2", for recipient: String = "H26.1.2",
    reference: String = "000.00.00.H26,2026/05/04,12/CV-UBND", path: [String] = ["A", "HUB-1"],
    failure: Receipt.Failure? = nil
) -> Receipt.Statement {
    Receipt.Statement(
        kind: failure == nil ? .received : .failed,
        document: required(DocumentID("0190f3c5-6f1a-8abc-9def-0123456789ab")),
        sender: organisation("000.00.00.H26"), recipient: organisation(recipient),
        reference: reference,
        digest: required(
            SHA256Digest(
                hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        size: 4_096, submittedAt: Instant(milliseconds: 1_777_852_800_123),
        at: Instant(milliseconds: 1_777_852_860_007), relay: relay(signer),
        path: path.map(relay), failure: failure)
}

extension Result where Success == CheckedReceipt, Failure == ReceiptError {
    var error: String? {
        if case .failure(let error) = self { "\(error)" } else { nil }
    }
}

/// The program of the package `openssl`: shares libcrypto with us, and none of our code.
enum Program {
    static let path = "/usr/bin/openssl"
    static let isPresent = FileManager.default.isExecutableFile(atPath: path)

    struct Answer {
        let status: Int32
        let output: [UInt8]
        let errors: String
    }

    /// `openssl cms -verify`, as Docs/Receipts.md gives it.
    static func verify(_ receipt: [UInt8], anchor: Certificate) throws -> Answer {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "tram-trust-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(receipt).write(to: folder.appending(path: "letter.p7s"))
        try Data(anchor.pem().utf8).write(to: folder.appending(path: "ca.pem"))
        let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = [
            "cms", "-verify", "-inform", "DER", "-in", "letter.p7s", "-CAfile", "ca.pem",
        ]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Answer(
            status: process.terminationStatus, output: Array(try Data(contentsOf: output)),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }
}
