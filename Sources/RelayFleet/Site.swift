// A directory with a certificate authority of its own, in which relays are set up: certificate, key
// and trust of each in a directory of its own, as an administrator would lay them out.
//
// Starts nothing, and writes no configuration: that differs from fleet to fleet and from test to
// test.

import Foundation
package import OpenSSL
import RelayCore
package import RelayTrust

package struct Site: Sendable {
    package let directory: String
    package let authority: CertificateAuthority
    private let program: String
    private static let hour: Int64 = 3_600

    /// - Parameters:
    ///   - directory: made when it is missing, for its owner alone.
    ///   - program: the path of `relayd`.
    package init(in directory: String, program: String) throws {
        self.directory = directory
        self.program = program
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let now = Self.now
        authority = try CertificateAuthority(
            name: "Demo authority", notBefore: now - Self.hour, notAfter: now + 24 * Self.hour)
    }

    package static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    /// What stands in a relay's certificate unless a test wants it otherwise.
    package static func request(for code: String) -> CertificateAuthority.Request {
        CertificateAuthority.Request(
            name: code, uris: ["tram:" + code], notBefore: now - hour, notAfter: now + 24 * hour)
    }

    /// Lays out `cert.pem`, `key.pem` and `ca.pem` for a relay.
    ///
    /// - Parameters:
    ///   - request: what its certificate says; by default what it should.
    ///   - issuer: who issues it; by default the site's authority.
    ///   - room: the network it will run in; by default the machine's own.
    package func relay(
        _ code: String, certificate request: CertificateAuthority.Request? = nil,
        issuer: CertificateAuthority? = nil, room: Room? = nil
    ) throws -> Daemon {
        guard let relay = RelayCode(code) else { throw FleetError("\(code) is no code") }
        let home = directory + "/" + code
        try FileManager.default.createDirectory(
            atPath: home, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let daemon = Daemon(relay, in: home, program: program, room: room)
        try certify(daemon, request ?? Self.request(for: code), issuer: issuer)
        try Data(authority.certificate.pem().utf8).write(to: URL(filePath: home + "/ca.pem"))
        return daemon
    }

    /// Gives a relay another certificate and key, as at a renewal.
    package func certify(
        _ daemon: Daemon, _ request: CertificateAuthority.Request,
        issuer: CertificateAuthority? = nil
    ) throws {
        let identity = try (issuer ?? authority).issue(request)
        let home = daemon.directory
        try Data(identity.certificate.pem().utf8).write(to: URL(filePath: home + "/cert.pem"))
        let key = home + "/key.pem"
        if FileManager.default.fileExists(atPath: key) {
            try FileManager.default.removeItem(atPath: key)
        }
        try identity.key.write(pemFile: key)
    }

    /// Checks receipts offline, with nothing but the authority's certificate.
    package func verifier() throws -> ReceiptVerifier {
        ReceiptVerifier(
            trust: try TrustStore(anchors: [authority.certificate]), speakers: .sameCode)
    }
}

/// Where the programs are that belong to the one that is running.
package enum Programs {
    /// `relayd` in the directory of the build's products, where the tests' program is too, or the
    /// one that TRAM_RELAYD names: figures are taken with a release build.
    package static func relayd() throws -> String {
        if let named = ProcessInfo.processInfo.environment["TRAM_RELAYD"] { return named }
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: own).deletingLastPathComponent().path + "/relayd"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw FleetError("there is no relayd beside \(own); build the whole package first")
        }
        return path
    }
}
