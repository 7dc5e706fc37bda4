// What has passed between this relay and one peer since the start, over all its links: counted
// where the bytes pass, without a lock.

package import RelayCore
import Synchronization

/// Bytes are those of the protocol, before encryption.
final class PeerTraffic: Sendable {
    let received = Atomic<UInt64>(0)
    let sent = Atomic<UInt64>(0)
    let ups = Atomic<UInt64>(0)
    let downs = Atomic<UInt64>(0)

    var figures: PeerFigures {
        PeerFigures(
            bytesReceived: received.load(ordering: .relaxed),
            bytesSent: sent.load(ordering: .relaxed), linkUps: ups.load(ordering: .relaxed),
            linkDowns: downs.load(ordering: .relaxed))
    }
}

package struct PeerFigures: Hashable, Sendable {
    package let bytesReceived: UInt64
    package let bytesSent: UInt64
    /// Links that came about, and that ended.
    package let linkUps: UInt64
    package let linkDowns: UInt64
}

extension PeerService {
    /// Of every peer that there was a link to.
    package var figures: [RelayCode: PeerFigures] {
        state.withLock { $0.traffic }.mapValues(\.figures)
    }

    /// Asked for once by each link.
    func traffic(of peer: RelayCode) -> PeerTraffic {
        state.withLock { state in
            if let traffic = state.traffic[peer] { return traffic }
            let traffic = PeerTraffic()
            state.traffic[peer] = traffic
            return traffic
        }
    }
}
