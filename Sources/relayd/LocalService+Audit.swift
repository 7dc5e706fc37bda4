// The books of the relay, as the API asks for them: by day and relay, checked, and compared.

import RelayAPI
import RelayCore
import RelayEngine
import RelayStore

extension LocalService {
    func audit(_ day: Day?, page: PageRequest) async throws(Problem) -> AuditPage {
        let after = try Self.auditCursor(page.after)
        let rows = try await reading { try $0.tallies(of: day, after: after, limit: page.limit) }
        let last = rows.count == page.limit ? rows.last : nil
        return AuditPage(
            rows: rows.map(AuditRow.init),
            next: last.map { "\($0.day.number)~\($0.relay?.text ?? "")" })
    }

    func auditCheck() async throws(Problem) -> AuditCheck {
        let clock = clock
        let until = clock.tick + Self.checkPatience
        let found = try await reading { try $0.checkTallies { clock.tick >= until } }
        guard !found.isIncomplete else {
            throw Problem(
                .unavailable,
                "The store holds more than can be checked in "
                    + "\(Self.checkPatience.milliseconds / 1_000) s beside the relay's work; "
                    + "try again when it is quiet, or check a copy.")
        }
        return AuditCheck(
            deliveries: found.deliveries, handOvers: found.handOvers,
            discrepancies: found.discrepancies)
    }

    /// A snapshot keeps pages from being used again, so it must not stay for long.
    private static var checkPatience: Interval { .seconds(30) }

    func auditCompare(
        with peer: RelayCode, _ day: Day?
    ) async throws(Problem) -> AuditComparison {
        let day = day ?? Day(inVietnam: clock.now)
        let health = await engine.inspect { $0.peers.all[peer] }
        guard let health = health ?? nil else {
            throw Problem(.notFound, "\(peer) is no peer of this relay.")
        }
        guard let link = health.current else {
            var result = AuditComparison(peer: peer, day: day.description, state: .down)
            if !health.lastError.isEmpty { result.why = health.lastError }
            return result
        }
        guard link.features.contains(.audit) else {
            return AuditComparison(peer: peer, day: day.description, state: .tooOld)
        }
        let auditing = Auditing(
            desk: auditDesk, bodies: bodies, peer: peer, link: link, day: day, clock: clock)
        do {
            return try await auditing.compare()
        } catch ReadFailure.busy {
            throw Problem(.unavailable, "Too many readers of the store at once; try again.")
        } catch {
            throw Problem(.internalError, "The store could not be read: \(error)")
        }
    }

    private static func auditCursor(
        _ text: String?
    ) throws(Problem) -> (day: Day, relay: RelayCode?)? {
        guard let text else { return nil }
        let parts = text.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]),
            parts[1].isEmpty || RelayCode(String(parts[1])) != nil
        else {
            throw Problem(
                .invalidRequest, field: "after",
                "'\(text)' is no cursor; take the 'next' of the page before.")
        }
        return (Day(number: number), RelayCode(String(parts[1])))
    }
}
