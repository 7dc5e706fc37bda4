// The configuration file's values in the words of those who use them.

import FoundationEssentials
import OpenSSL
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayPeer
import RelayTrust

extension PeerSettings {
    /// - Parameter boot: what this run of the process calls itself.
    init(_ configuration: Configuration, context: TLSContext, boot: UInt64) {
        let peers = configuration.peers.map { peer in
            var settings = Peer(addresses: peer.addresses.map(Address.init), pin: peer.pin)
            settings.bytesPerSecond = peer.limits.bytes
            return (peer.code, settings)
        }
        self.init(
            relay: configuration.relay.code, boot: boot,
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
            operatorSocket: UnixSocket(
                path: configuration.api.operatorSocket,
                mode: Int(configuration.api.operatorSocketMode)),
            loopback: try configuration.api.tcp.map {
                Loopback(port: Int($0.port), token: try BearerToken(file: $0.tokenFile))
            })
        documentBytesMax = Int64(clamping: configuration.limits.documentSize)
        uploadsMax = configuration.limits.uploads
        // With the links' patience after it, a stop stays below ten seconds.
        drainMilliseconds = 3_000
    }
}

extension ServerBounds {
    func adopt(_ configuration: Configuration) {
        adopt(
            documentBytesMax: Int64(clamping: configuration.limits.documentSize),
            uploadsMax: configuration.limits.uploads)
    }
}

extension Speakers {
    init(_ configuration: Configuration) {
        self.init { configuration.speakers(for: $0) }
    }
}

extension BearerToken {
    /// - Throws: when the file cannot be read, or its first line is no token.
    init(file: String) throws {
        let contents = try Data(contentsOf: URL(filePath: file))
        guard let token = BearerToken(fileContents: contents) else {
            throw TokenError(file: file)
        }
        self = token
    }
}

struct TokenError: Error, CustomStringConvertible {
    let file: String
    var description: String { "the first line of \(file) is no token: \(BearerToken.rule)" }
}
