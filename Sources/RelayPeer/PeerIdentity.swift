// Which peers a certificate can stand for. Its chain is verified by then.
//
// A peer with a pin is known by its key alone, any other by the URI `tram:CODE`. Reasons name
// relays and nothing else of a certificate: its subject may hold a citizen's number.

import OpenSSL
import RelayCore

struct PeerIdentity {
    private let peers: [RelayCode: PeerSettings.Peer]
    /// The relays that it names, in order.
    private let names: [RelayCode]
    private let candidates: Set<RelayCode>

    /// Names shown of one certificate; a relay has one.
    private static let namesMax = 3

    init(of certificate: Certificate, among peers: [RelayCode: PeerSettings.Peer]) {
        let key = SHA256Digest(bytes: certificate.publicKeyDigest)
        let named = Set(certificate.subjectURIs.compactMap(RelayCode.init(identity:)))
        self.peers = peers
        names = named.sorted()
        candidates = Set(
            peers.filter { code, peer in
                peer.pin.map { $0 == key } ?? named.contains(code)
            }.keys)
    }

    /// The configured peer that it stands for or, believed or not, names.
    var claimed: RelayCode? { candidates.min() ?? names.first { peers[$0] != nil } }

    /// The peer on the other side, or why it is turned away.
    ///
    /// - Parameter expected: the peer that was dialled; nil when it came to us.
    func judged(expecting expected: RelayCode?) -> Result<RelayCode, PeerError> {
        guard let peer = expected ?? candidates.min(), candidates.contains(peer) else {
            return .failure(PeerError(text: expected.map(reason(against:)) ?? reason))
        }
        return .success(peer)
    }

    private func reason(against expected: RelayCode) -> String {
        if peers[expected]?.pin != nil { return "its key is not the one pinned for \(expected)" }
        if names.isEmpty { return "its certificate names no relay (no URI tram:CODE)" }
        return "its certificate is for \(nameList), not for \(expected), which was dialled"
    }

    private var reason: String {
        if names.isEmpty {
            return "its certificate names no relay (no URI tram:CODE), and its key is not pinned"
        }
        return names.contains { peers[$0] != nil }
            ? "its certificate is for \(nameList), with another key than the pinned one"
            : "its certificate is for \(nameList), which is no configured peer"
    }

    private var nameList: String {
        let shown = names.prefix(Self.namesMax).map(\.identity).joined(separator: ", ")
        return names.count > Self.namesMax ? shown + " and others" : shown
    }
}
