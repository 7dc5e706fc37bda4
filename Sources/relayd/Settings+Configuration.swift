// The configuration file's values in the words of those who use them.

import OpenSSL
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayPeer
import RelayTrust

extension Settings {
    init(_ configuration: Configuration) {
        let peers = configuration.peers.map { peer in
            (
                peer.code,
                PeerTerms(
                    role: peer.role == .hub ? .hub : .agency,
                    organisations: Set(peer.organisations),
                    isDiallable: !peer.addresses.isEmpty)
            )
        }
        let routes = configuration.effectiveRoutes.map { ($0.to.description, $0.via) }
        self.init(
            relay: configuration.relay.code,
            organisations: Set(configuration.relay.organisations),
            peers: Dictionary(uniqueKeysWithValues: peers),
            routes: RouteTable(Dictionary(uniqueKeysWithValues: routes)))
        lifetime = configuration.lifetime
        receiptDeadline = configuration.receipts.deadline
        retention = configuration.retention
        retryBase = configuration.retry.base
        retryCap = configuration.retry.cap
        returnAfter = configuration.retry.returnAfter
        ownRetryBase = configuration.retry.ownBase
        ownRetryCap = configuration.retry.ownCap
        documentBytesMax = configuration.limits.documentSize
        inFlightPerLink = configuration.limits.inFlightPerLink
        inFlightTotal = configuration.limits.inFlightTotal
    }
}

extension PeerSettings {
    init(_ configuration: Configuration, context: TLSContext) {
        let peers = configuration.peers.map { peer in
            (
                peer.code,
                Peer(addresses: peer.addresses.map(Address.init), pin: peer.pin)
            )
        }
        self.init(
            relay: configuration.relay.code, boot: SecureRandom.uint64(),
            listen: configuration.listen.map(Address.init),
            peers: Dictionary(uniqueKeysWithValues: peers), context: context)
        connectTimeout = configuration.retry.connectTimeout
        keepalive = configuration.retry.keepalive
        deadAfter = configuration.retry.deadAfter
        places = configuration.limits.inFlightPerLink
        documentBytesMax = configuration.limits.documentSize
    }
}

extension PeerSettings.Address {
    init(_ address: HostAndPort) {
        self.init(host: address.host, port: Int(address.port))
    }
}

extension ServerSettings {
    /// - Throws: when the token file cannot be read or holds no token.
    init(_ configuration: Configuration) throws {
        self.init(
            unixSocket: UnixSocket(
                path: configuration.api.socket, mode: Int(configuration.api.socketMode)),
            loopback: try configuration.api.tcp.map {
                Loopback(port: Int($0.port), token: try BearerToken(file: $0.tokenFile))
            })
        documentBytesMax = Int64(clamping: configuration.limits.documentSize)
        uploadsMax = configuration.limits.uploads
    }
}

extension Speakers {
    init(_ configuration: Configuration) {
        self.init { configuration.speakers(for: $0) }
    }
}
