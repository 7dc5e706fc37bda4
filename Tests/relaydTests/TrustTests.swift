// Peers whose certificates do not hold: no link, the reason at both ends, and nothing personal in
// logs.

import OpenSSL
import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite struct TrustTests {
    enum Fault: CaseIterable {
        case otherAuthority, expired, notYetValid, otherIdentity, noIdentity

        /// What the reason says, at the end that refuses or in the alert it sends (RFC 8446 section
        /// 6.2).
        var words: [String] {
            switch self {
            case .otherAuthority: ["an authority that is not configured", "unknown_ca"]
            case .expired: ["the certificate has expired", "certificate_expired"]
            case .notYetValid: ["the certificate is not valid yet", "bad_certificate"]
            case .otherIdentity: ["its certificate is for tram:X9.9"]
            case .noIdentity: ["its certificate names no relay"]
            }
        }
    }

    /// Who has the faulty certificate: the one that dials, or the one that is dialled.
    enum Side: CaseIterable { case dialling, dialled }

    @Test(
        "a peer with a faulty certificate is turned away, and both ends say why",
        arguments: Fault.allCases, Side.allCases)
    func faulty(fault: Fault, side: Side) async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair(start: false)
            try spoil(side == .dialling ? a : b, fault, bench.site)
            try await b.start()
            try await a.start()
            let file = try PlainFile(1, size: 10_000)
            let id = try await file.submit(to: a).answer.id

            // The one that dials knows whom it dialled, and shows why there is no link.
            try await until("the reason at the dialling end") {
                try await a.client.peers().first?.lastError != nil
            }
            let peer = try #require(try await a.client.peers().first)
            let reason = try #require(peer.lastError).words
            #expect(peer.state != .up)
            #expect(fault.words.contains { reason.contains($0) }, "A shows: \(reason)")
            try await until("the reason in both logs") {
                a.programLog.contains("no link") && b.programLog.contains("turned away")
            }
            let turnedAway = b.programLog.split(separator: "\n").first {
                $0.contains("turned away")
            }
            #expect(
                fault.words.contains { turnedAway?.contains($0) == true },
                "B logs: \(turnedAway ?? "-")")
            // Who it was that dialled is known when its chain holds and it names a peer.
            if side == .dialled, [.otherIdentity, .noIdentity].contains(fault) {
                try await until("the reason at the dialled end") {
                    let shown = try await b.client.peers().first?.lastError?.words
                    return fault.words.contains { shown?.contains($0) == true }
                }
            }
            #expect(try await a.client.document(id).recipients.first?.state == .queued)
            let why = try await a.client.document(id).recipients.first?.why
            #expect(why?.code == "no-link" && why?.words.contains("H88.2") == true)
            #expect(try await b.client.counts().accepted == 0)

            // With a good certificate everything goes its way.
            let mended = side == .dialling ? a : b
            mended.terminate()
            try bench.site.certify(mended, Site.request(for: mended.code.text))
            try await mended.start()
            try await until("the document at B") {
                try await b.client.inbox().entries.map(\.id) == [id]
            }
        }
    }

    private func spoil(_ daemon: Daemon, _ fault: Fault, _ site: Site) throws {
        let hour: Int64 = 3_600
        var request = Site.request(for: daemon.code.text)
        switch fault {
        case .otherAuthority:
            let other = try CertificateAuthority(
                name: "Another authority", notBefore: Site.now - hour, notAfter: Site.now + hour)
            return try site.certify(daemon, request, issuer: other)
        case .expired:
            request.notBefore = Site.now - 2 * hour
            request.notAfter = Site.now - hour
        case .notYetValid:
            request.notBefore = Site.now + hour
        case .otherIdentity: request.uris = ["tram:X9.9"]
        case .noIdentity: request.uris = []
        }
        try site.certify(daemon, request)
    }

    @Test("logs hold no subject line, no name of a signer, and no subject of a certificate")
    func logs() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair(start: false)
            for daemon in [a, b] {
                var request = Site.request(for: daemon.code.text)
                request.name = "Marker Certificate Name"
                try bench.site.certify(daemon, request)
            }
            try await b.start()
            try await a.start()
            let letter = Letter(subject: "MARKER-SUBJECT", text: "MARKER-TEXT")
                .replacing("Sender", "MARKER-PARTY")
            let id = try await letter.submit(to: a) { $0.fileName = "MARKER-FILE.xml" }.answer.id
            try await until("the document at B") {
                try await b.client.inbox().entries.map(\.id) == [id]
            }
            _ = try await b.client.collect(id)
            try await until("the second receipt") {
                try await a.client.document(id).recipients.first?.state == .collected
            }
            _ = try await refusal {
                try await letter.replacing("MARKER-PARTY", "MARKER-OTHER").submit(to: a)
            }
            let broken = letter.replacing("</edXML:Subject>", "</edXML:MARKER>")
            _ = try await refusal { try await broken.submit(to: a) }
            // A certificate that nobody trusts has a name, too.
            let stranger = try CertificateAuthority(
                name: "Marker Authority", notBefore: Site.now - 60, notAfter: Site.now + 60)
            a.terminate()
            var request = Site.request(for: a.code.text)
            request.name = "Marker Certificate Name"
            try bench.site.certify(a, request, issuer: stranger)
            try await a.start()
            try await until("the refusal") { b.programLog.contains("turned away") }
            for daemon in [a, b] {
                let logs = try daemon.programLog + daemon.deliveryLog()
                #expect(logs.contains("\(id)") && logs.contains("link up"))
                for line in logs.split(separator: "\n") {
                    #expect(!line.lowercased().contains("marker"), "\(line)")
                }
            }
        }
    }
}
