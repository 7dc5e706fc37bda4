// What a drill does to one connection: ends it, or puts a gate between it and its socket.

import NIOCore
import RelayCore

extension LinkHandler {
    /// Takes what faults there are now for this connection. False when it has been ended by one.
    @discardableResult
    func meetFaults() -> Bool {
        guard let faults = service.faults else {
            passGate(.open)
            return true
        }
        switch faults.effect(on: ends) {
        case nil: passGate(.open)
        case .hung: passGate(.shut)
        case .slow(let slowness): passGate(.slow(slowness))
        case .refused(let reason), .untrusted(let reason):
            // Before anybody is known there is nobody to refuse; a certificate is looked at last.
            guard peer != nil else { break }
            if machine == nil { refuse(reason) } else { close(reason: reason) }
            return false
        }
        return true
    }

    private var ends: Faults.Ends {
        let peer = peer ?? expected
        return Faults.Ends(
            peer: peer, addresses: peer.flatMap { service.settings.peers[$0]?.addresses } ?? [],
            dialled: dialledAddress, host: remoteHost)
    }
}
