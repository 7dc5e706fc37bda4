// What is counted while the relay works and stands nowhere else: things that happened, deliveries
// by peer, submissions refused. One lock for each turn, never one for each document.

import RelayAPI
import RelayCore
import Synchronization

final class Figures: Sendable {
    struct State {
        /// By the number of the happening.
        var happenings = [UInt64](repeating: 0, count: 256)
        /// Deliveries that a peer has handed over, and that it has taken. Peers are configured, so
        /// there are few.
        var received: [RelayCode: UInt64] = [:]
        var sent: [RelayCode: UInt64] = [:]
        var refusals: [Problem.Kind: UInt64] = [:]
    }

    private let state = Mutex(State())

    var current: State { state.withLock { $0 } }

    /// What a turn brought.
    func note(_ happenings: [Happening]) {
        guard !happenings.isEmpty else { return }
        state.withLock { state in
            for happening in happenings {
                state.happenings[Int(happening.what.rawValue)] += 1
                guard let peer = happening.relay else { continue }
                switch happening.what {
                case .received, .delivered: state.received[peer, default: 0] += 1
                case .relayed: state.sent[peer, default: 0] += 1
                default: break
                }
            }
        }
    }

    func noteRefusal(_ kind: Problem.Kind) {
        state.withLock { $0.refusals[kind, default: 0] += 1 }
    }
}
