// Four relays on loopback, with certificates of their own: agencies A and B, which dial and cannot be
// dialled, hub 1 that both prefer, and hub 2 as its backup.

import Foundation
import OpenSSL
package import RelayCore
package import RelayTrust

package struct Fleet: Sendable {
    package let agencyA: Daemon
    package let agencyB: Daemon
    package let hub1: Daemon
    package let hub2: Daemon
    /// Checks receipts offline, with nothing but the authority's certificate.
    package let verifier: ReceiptVerifier

    package static let codeA = "H99.1"
    package static let codeB = "H88.2"

    package var all: [Daemon] { [agencyA, hub1, hub2, agencyB] }

    /// How the relays of a fleet behave; short times, so that a drill takes seconds.
    package struct Times: Sendable {
        package var receiptDeadlineSeconds = 10
        package var returnAfterSeconds = 5
        package init() {}
    }

    /// Writes certificates and configurations below `directory`; starts nothing.
    package static func prepare(
        in directory: String, program: String, times: Times = Times()
    ) throws -> Fleet {
        let hour: Int64 = 3_600
        let now = Int64(Date().timeIntervalSince1970)
        let authority = try CertificateAuthority(
            name: "Demo authority", notBefore: now - hour, notAfter: now + 24 * hour)
        func daemon(_ code: String) throws -> Daemon {
            guard let relay = RelayCode(code) else { throw FleetError("\(code) is no code") }
            let home = directory + "/" + code
            let files = FileManager.default
            try files.createDirectory(
                atPath: home + "/data", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            let request = CertificateAuthority.Request(
                name: code, uris: ["tram:" + code], notBefore: now - hour,
                notAfter: now + 24 * hour)
            let identity = try authority.issue(request)
            try Data(identity.certificate.pem().utf8).write(to: URL(filePath: home + "/cert.pem"))
            try identity.key.write(pemFile: home + "/key.pem")
            try Data(authority.certificate.pem().utf8).write(to: URL(filePath: home + "/ca.pem"))
            return Daemon(relay, in: home, program: program)
        }
        let trust = try TrustStore(anchors: [authority.certificate])
        let fleet = Fleet(
            agencyA: try daemon(codeA), agencyB: try daemon(codeB), hub1: try daemon("HUB-1"),
            hub2: try daemon("HUB-2"),
            verifier: ReceiptVerifier(trust: trust, speakers: .sameCode))
        let ports = try FreePorts.take(2)
        try FleetConfiguration(fleet, hubPorts: ports, times: times).write()
        return fleet
    }

    package func start() async throws {
        for daemon in all { try await daemon.start() }
    }

    /// Ends all of them; returns the exit codes of those that were running.
    @discardableResult
    package func stop() -> [RelayCode: Int32] {
        var codes: [RelayCode: Int32] = [:]
        for daemon in all { codes[daemon.code] = daemon.terminate() }
        return codes
    }
}
