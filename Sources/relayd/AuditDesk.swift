// Comparing books with peers: answers what they ask, and asks them.
//
// A peer hears only of what it handed to this relay or took from it, from the store's snapshots, on
// the readers' threads. One question of a peer is at work at a time; another meanwhile is told to
// come again. A question of ours that meets silence is asked again, for memos may be lost.

import RelayCore
import RelayEngine
import RelayPeer
import RelayStore
import Synchronization

final class AuditDesk: Sendable {
    private struct State {
        var peers: PeerService?
        /// Begins anywhere, so that an answer to a former run finds nobody.
        var next = SystemClock.dice()
        var waiting: [UInt64: Waiting] = [:]
        /// Peers with a question at work here.
        var atWork: Set<RelayCode> = []
    }

    private struct Waiting {
        let peer: RelayCode
        let continuation: CheckedContinuation<Audit.Told?, Never>
    }

    private let state = Mutex(State())
    private let bodies: Bodies

    /// How long one question waits, and how often it is asked.
    private static let patience = Duration.seconds(3)
    private static let tries = 3
    /// The pause before a busy peer is asked again.
    private static let pause = Duration.milliseconds(250)
    private static let busyMax = 20

    init(_ bodies: Bodies) { self.bodies = bodies }

    /// The links, which were not there yet when this was made.
    func attach(_ peers: PeerService) { state.withLock { $0.peers = peers } }

    // MARK: - What peers ask

    func heard(_ question: Audit.Question, on link: LinkID, from peer: RelayCode) {
        guard state.withLock({ $0.atWork.insert(peer).inserted }) else {
            say(.auditAnswer(Audit.Answer(number: question.number, told: .busy)), on: link)
            return
        }
        Task {
            let told = (try? await answer(question.asked, for: peer)) ?? .busy
            state.withLock { _ = $0.atWork.remove(peer) }
            say(.auditAnswer(Audit.Answer(number: question.number, told: told)), on: link)
        }
    }

    private func answer(_ asked: Audit.Asked, for peer: RelayCode) async throws -> Audit.Told {
        try await bodies.result { reader in
            switch asked {
            case .figures(let day): return .figures(try reader.figures(of: peer, on: day))
            case .handed(let day, let after):
                let page = try reader.handed(
                    to: peer, on: day, after: after, limit: Audit.keysMax)
                let entries = page.entries.map {
                    Audit.Entry(key: $0.key, state: $0.delivery?.state.name)
                }
                return .handed(entries, next: page.next)
            case .known(let keys): return .known(try reader.states(of: keys, from: peer))
            }
        }
    }

    private func say(_ memo: Memo, on link: LinkID) {
        state.withLock { $0.peers }?.perform([(link, .say(memo))])
    }

    // MARK: - What we ask

    /// Nil when nothing was heard, or the peer stayed busy.
    func ask(_ asked: Audit.Asked, of peer: RelayCode, on link: LinkID) async -> Audit.Told? {
        var tries = 0
        for _ in 0..<Self.busyMax {
            switch await askOnce(asked, of: peer, on: link) {
            case .busy?: try? await Task.sleep(for: Self.pause)
            case let told?: return told
            case nil:
                tries += 1
                if tries == Self.tries || Task.isCancelled { return nil }
            }
        }
        return nil
    }

    private func askOnce(
        _ asked: Audit.Asked, of peer: RelayCode, on link: LinkID
    ) async -> Audit.Told? {
        await withCheckedContinuation { continuation in
            let number = state.withLock { state in
                state.next &+= 1
                state.waiting[state.next] = Waiting(peer: peer, continuation: continuation)
                return state.next
            }
            say(.auditQuestion(Audit.Question(number: number, asked: asked)), on: link)
            Task {
                try? await Task.sleep(for: Self.patience)
                settle(number, of: peer, nil)
            }
        }
    }

    func heard(_ answer: Audit.Answer, from peer: RelayCode) {
        settle(answer.number, of: peer, answer.told)
    }

    /// The first word counts, and only from the peer that was asked.
    private func settle(_ number: UInt64, of peer: RelayCode, _ told: Audit.Told?) {
        let waiting = state.withLock { state -> Waiting? in
            guard state.waiting[number]?.peer == peer else { return nil }
            return state.waiting.removeValue(forKey: number)
        }
        waiting?.continuation.resume(returning: told)
    }
}
