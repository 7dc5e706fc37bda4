// Orders about links: one event, one answer, after the commit.

import RelayAPI
import RelayCore
import RelayEngine

extension OrderDesk {
    /// Nil when there is no such peer.
    func carryOut(
        _ wanted: PeerOrderRequest, about peer: RelayCode, by giver: OperatorIdentity
    ) async throws(Problem) -> PeerOrderAnswer? {
        let what: PeerOrder.What? =
            switch wanted.order {
            case .pause: .pause
            case .drain: .drain
            case .resume: nil
            }
        let command = PeerCommand(what, by: giver.words, reason: wanted.reason)
        let reply = await callers.reply { caller in
            engine.postIfRoom(.event(.peerOrdered(peer, command, caller: caller)))
        }
        switch reply {
        case .done, .unchanged:
            log(wanted, peer, giver, changed: reply == .done)
            return PeerOrderAnswer(peer: peer, order: wanted.order, changed: reply == .done)
        case .notFound: return nil
        default:
            throw Problem(.unavailable, "The relay did not take the order; give it again.")
        }
    }
}
