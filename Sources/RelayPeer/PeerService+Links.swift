// The links by their numbers: what the engine wants of each, and what becomes of them.

import Logging
import NIOCore
import OpenSSL
package import RelayCore
import Synchronization

/// How one connection came to its end.
struct LinkEnding {
    let link: LinkID
    /// Nil when it did not come so far as to say.
    let peer: RelayCode?
    let isDialledHere: Bool
    let wasUp: Bool
    let from: SocketAddress?
    let reason: String

    fileprivate var words: Logger.Metadata {
        [
            "peer": "\(peer?.text ?? "unknown")", "link": "\(link.number)",
            "from": "\(from.map(Words.of) ?? "unknown")", "reason": "\(reason)",
        ]
    }
}

// MARK: - What the engine wants

extension PeerService {
    /// Carries out what one turn decided: the commands of each link in order, in one go.
    package func perform(_ commands: [(link: LinkID, command: LinkCommand)]) {
        var byLink: [LinkID: [LinkCommand]] = [:]
        for (link, command) in commands { byLink[link, default: []].append(command) }
        for (link, commands) in byLink {
            // When the link is gone the engine will hear of it, which ends its transfers.
            connection(of: link)?.execute { $0.perform(commands) }
        }
    }

    /// These pieces are durable.
    package func stored(_ pieces: [Piece]) {
        for piece in pieces { carrier(of: piece)?.execute { $0.stored(piece) } }
    }

    /// These pieces were not taken.
    package func notStored(_ pieces: [Piece]) {
        for piece in pieces { carrier(of: piece)?.execute { $0.notStored(piece) } }
    }

    private func connection(of link: LinkID) -> Connection? {
        state.withLock { $0.links.contains(link) ? $0.connections[link] : nil }
    }

    private func carrier(of piece: Piece) -> Connection? {
        state.withLock { state in state.uploads[piece.upload].flatMap { state.connections[$0] } }
    }
}

// MARK: - What becomes of links

extension PeerService {
    func linkUp(_ up: LinkUp) {
        state.withLock { state in
            state.links.insert(up.link)
            state.strangers.remove(up.link)
        }
        traffic(of: up.peer).ups.add(1, ordering: .relaxed)
        logger.info(
            "link up",
            metadata: [
                "peer": "\(up.peer)", "link": "\(up.link.number)",
                "dialled": up.isDialledHere ? "here" : "there",
            ])
        delegate.post(.linkUp(up))
    }

    func ended(_ ending: LinkEnding) {
        state.withLock { state in
            state.links.remove(ending.link)
            state.uploads = state.uploads.filter { $0.value != ending.link }
        }
        if ending.wasUp {
            if let peer = ending.peer { traffic(of: peer).downs.add(1, ordering: .relaxed) }
            logger.warning("link down", metadata: ending.words)
            delegate.post(.linkDown(ending.link, reason: ending.reason))
        } else if !ending.isDialledHere {
            turnedAway(ending)
        }
        // A dial that failed is its dialler's to tell: there may be other addresses.
    }

    /// Somebody came and proved nothing.
    private func turnedAway(_ ending: LinkEnding) {
        let tick = tick
        guard let omitted = state.withLock({ $0.refusals.admit(at: tick) }) else { return }
        var words = ending.words
        if omitted > 0 { words["omitted"] = "\(omitted)" }
        logger.warning("connection turned away", metadata: words)
        if let peer = ending.peer { delegate.post(.peerRefused(peer, reason: ending.reason)) }
    }

    func noteCertificate(_ certificate: Certificate, of peer: RelayCode) {
        state.withLock {
            $0.certificatesEnd[peer] = Instant(milliseconds: certificate.notAfter * 1_000)
        }
    }

    func remember(_ upload: UploadID, on link: LinkID) {
        state.withLock { $0.uploads[upload] = link }
    }

    func forget(_ upload: UploadID, on link: LinkID) {
        state.withLock { if $0.uploads[upload] == link { $0.uploads[upload] = nil } }
    }
}
