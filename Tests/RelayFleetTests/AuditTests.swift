// Books of four real relays: they balance, both ends agree, and what one end has lost is found.

import Foundation
import RelayAPI
import RelayCore
import RelayFleet
import RelayStore
import Testing

@Suite(.serialized) struct AuditTests {
    private let directory = NSTemporaryDirectory() + "tram-audit-\(UUID().uuidString.prefix(8))"

    @Test(
        "the books of both ends agree, and a record that one end lacks is named",
        .timeLimit(.minutes(2)))
    func books() async throws {
        let fleet = try Fleet.prepare(in: directory, program: Programs.relayd())
        defer {
            for daemon in fleet.all { daemon.kill() }
            try? FileManager.default.removeItem(atPath: directory)
        }
        try await fleet.start()
        let ids = try await send(3, fleet)
        try await settled(ids, fleet)
        for daemon in fleet.all {
            let page = try await daemon.client.audit()
            #expect(page.rows.allSatisfy { $0.balances }, "\(daemon.code)")
            let check = try await daemon.client.auditCheck()
            #expect(check.discrepancies.isEmpty && check.deliveries > 0 || daemon === fleet.hub2)
        }
        let today = try await fleet.agencyA.client.audit().rows
        #expect(today.first { $0.relay == nil }?.documents.accepted == 3)
        #expect(today.first { $0.relay?.text == "HUB-1" }?.handedDocuments.deliveries == 3)
        let agreed = try await fleet.agencyA.client.auditCompare(with: fleet.hub1.code)
        #expect(agreed.state == .compared && agreed.differing == 0)
        #expect(agreed.compared >= 6)
        #expect(agreed.here?.handedDocuments == 3 && agreed.there?.takenDocuments == 3)
        try await losing(ids[1], fleet)
    }

    private func send(_ count: Int, _ fleet: Fleet) async throws -> [DocumentID] {
        var ids: [DocumentID] = []
        let b = try #require(OrganisationCode(Fleet.codeB))
        for number in 0..<count {
            var request = SubmitRequest(mediaType: "text/plain")
            request.sender = OrganisationCode(Fleet.codeA)
            request.recipients = [b]
            request.idempotencyKey = "audit-\(number)"
            let bytes = [UInt8]("letter \(number)".utf8)
            request.size = Int64(bytes.count)
            switch try await fleet.agencyA.client.submit(request, body: OutgoingBody(bytes: bytes))
            {
            case .created(let answer), .known(let answer): ids.append(answer.id)
            }
        }
        return ids
    }

    private func settled(_ ids: [DocumentID], _ fleet: Fleet) async throws {
        for _ in 0..<300 {
            var isDone = true
            for id in ids {
                let state = try await fleet.agencyA.client.document(id).recipients.first?.state
                if state != .delivered { isDone = false }
            }
            let queued = try await fleet.hub1.client.queueShape().rows
            if isDone && queued.isEmpty { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the documents did not arrive")
    }

    /// The hub comes back with a store in which one document is missing, as after an old copy was
    /// put in its place: its own books balance, and only the comparison shows it.
    private func losing(_ id: DocumentID, _ fleet: Fleet) async throws {
        fleet.hub1.terminate()
        do {
            let ledger = try LMDBLedger(
                StoreSettings(
                    directory: fleet.hub1.dataPath, relay: fleet.hub1.code, mapBytes: 1 << 30,
                    reserveBytes: StoreSettings.reserveBytesMin, retention: .days(3)))
            let key = DeliveryKey(
                document: id, recipient: try #require(OrganisationCode(Fleet.codeB)))
            try ledger.write { (transaction) throws(LedgerFailure) in
                for delivery in try transaction.known(of: .delivery(key)).deliveries {
                    try transaction.apply(.forget(delivery))
                }
            }
        }
        let down = try await fleet.agencyA.client.auditCompare(with: fleet.hub1.code)
        #expect(down.state == .down)
        try await fleet.hub1.start()
        var found = down
        for _ in 0..<100 where found.state != .compared {
            try await Task.sleep(for: .milliseconds(200))
            found = try await fleet.agencyA.client.auditCompare(with: fleet.hub1.code)
        }
        #expect(found.differing == 1)
        #expect(found.differences.map(\.id) == [id])
        #expect(found.differences.first?.handedBy == .here)
        #expect(found.differences.first?.state == .delivered)
        #expect(try await fleet.hub1.client.auditCheck().discrepancies.isEmpty)
    }
}
