// The books compared with a peer's: the figures of a day, and every delivery that one of the two
// says has passed between them, held against the records of the other.
//
// Reads in pages on short snapshots here, asks in pages there; ends within `Auditing.patience`.

import RelayAPI
import RelayCore
import RelayEngine
import RelayStore

struct Auditing {
    let desk: AuditDesk
    let bodies: Bodies
    let peer: RelayCode
    let link: LinkUp
    let day: Day
    let clock: SystemClock

    /// Below the time that a client waits for an answer.
    private static let patience = Interval.seconds(45)
    /// Differences that are listed; the rest is counted.
    private static let listedMax = 1_000
    /// Records end at both relays at one time, by two clocks: what is about to end is left out.
    private static let margin = Interval.hours(1)

    /// Ends early with whatever went wrong with the peer.
    private enum Interruption: Error {
        case silent
        case tooLong
    }

    func compare() async throws -> AuditComparison {
        var result = AuditComparison(peer: peer, day: day.description, state: .compared)
        let (reader, peer, day) = (bodies, peer, day)
        result.here = AuditFigures(try await reader.result { try $0.figures(of: peer, on: day) })
        do {
            let until = clock.tick + Self.patience
            guard case .figures(let there) = await ask(.figures(day)) else {
                throw Interruption.silent
            }
            result.there = AuditFigures(there)
            try await checkHanded(until, &result)
            try await checkTaken(until, &result)
        } catch Interruption.silent {
            result.state = .silent
        } catch Interruption.tooLong {
            result.state = .tooLong
        }
        return result
    }

    private func ask(_ asked: Audit.Asked) async -> Audit.Told? {
        await desk.ask(asked, of: peer, on: link.link)
    }

    /// What we handed over, and they do not know.
    private func checkHanded(_ until: Tick, _ result: inout AuditComparison) async throws {
        var after: Audit.Cursor?
        repeat {
            let (cursor, peer, day) = (after, peer, day)
            let page = try await bodies.result {
                try $0.handed(to: peer, on: day, after: cursor, limit: Audit.keysMax)
            }
            let lasting = page.entries.filter { isLasting($0.delivery) }
            if !lasting.isEmpty {
                guard case .known(let states) = await ask(.known(lasting.map(\.key))),
                    states.count == lasting.count
                else { throw Interruption.silent }
                for (entry, state) in zip(lasting, states) where state == nil {
                    note(entry.key, entry.delivery?.state.name, by: .here, &result)
                }
                result.compared += lasting.count
            }
            after = page.next
            guard clock.tick < until else { throw Interruption.tooLong }
        } while after != nil
    }

    /// What they handed over, and we do not know.
    private func checkTaken(_ until: Tick, _ result: inout AuditComparison) async throws {
        var after: Audit.Cursor?
        repeat {
            guard case .handed(let entries, let next) = await ask(.handed(day, after: after))
            else { throw Interruption.silent }
            // A cursor that stands still would never end.
            guard next == nil || next != after else { throw Interruption.silent }
            let (keys, peer) = (entries.map(\.key), peer)
            let states = try await bodies.result { try $0.states(of: keys, from: peer) }
            // A record that has gone there may have gone here as well.
            for (entry, state) in zip(entries, states) where state == nil && entry.state != nil {
                note(entry.key, entry.state, by: .there, &result)
            }
            result.compared += entries.count
            after = next
            guard clock.tick < until else { throw Interruption.tooLong }
        } while after != nil
    }

    private func isLasting(_ delivery: Delivery?) -> Bool {
        guard let delivery else { return false }
        return delivery.forgottenAt > clock.now + Self.margin
    }

    private func note(
        _ key: DeliveryKey, _ state: StateName?, by side: AuditDifference.Side,
        _ result: inout AuditComparison
    ) {
        result.differing += 1
        guard result.differences.count < Self.listedMax else { return }
        result.differences.append(
            AuditDifference(
                id: key.document, recipient: key.recipient, handedBy: side, state: state?.status))
    }
}

extension AuditFigures {
    init(_ figures: Audit.Figures) {
        self.init(
            takenDocuments: Int(clamping: figures.takenDocuments),
            takenReceipts: Int(clamping: figures.takenReceipts),
            handedDocuments: Int(clamping: figures.handedDocuments),
            handedReceipts: Int(clamping: figures.handedReceipts))
    }
}

extension AuditRow {
    init(_ row: TallyRow) {
        self.init(
            day: row.day.description, relay: row.relay, documents: TallyView(row.documents),
            receipts: TallyView(row.receipts),
            handedDocuments: HandedView(row.handedDocuments),
            handedReceipts: HandedView(row.handedReceipts))
    }
}

extension HandedView {
    fileprivate init(_ tally: HandedTally) {
        self.init(
            deliveries: Int(clamping: tally.deliveries), bytes: Int64(clamping: tally.bytes))
    }
}
