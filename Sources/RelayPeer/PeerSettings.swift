// What the peer service must be told: who we are, where we listen, who our peers are and how they
// prove it.

package import OpenSSL
package import RelayCore
import RelayWire

package struct PeerSettings: Sendable {
    /// A host name or address, and a port. A port of 0, for listening, takes a free one.
    package struct Address: Hashable, Sendable, CustomStringConvertible {
        package let host: String
        package let port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String {
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    package struct Peer: Sendable {
        /// Tried in order; empty when it dials us.
        package let addresses: [Address]
        /// SHA-256 of the subject public key info; then the certificate's names do not matter.
        package let pin: SHA256Digest?
        /// The most that it is sent of bodies in a second; nil for no bound.
        package var bytesPerSecond: UInt64?

        package init(addresses: [Address], pin: SHA256Digest?) {
            self.addresses = addresses
            self.pin = pin
        }
    }

    package let relay: RelayCode
    /// Drawn anew at each start of the process.
    package let boot: UInt64
    package let listen: [Address]
    package let peers: [RelayCode: Peer]
    package let context: TLSContext
    package var connectTimeout = Interval.seconds(5)
    package var keepalive = Interval.seconds(5)
    package var deadAfter = Interval.seconds(15)
    /// Transfers that we take at once on one link.
    package var places = 64
    package var documentBytesMax: UInt64 = 2 << 30

    /// TLS has to be done by then: a peer that takes connections and says nothing must not hold up
    /// the backup route.
    var handshakeTimeout: Interval { .milliseconds(connectTimeout.milliseconds * 2) }

    /// What a link machine brings along; the peer is not known to a farewell.
    func link(to peer: RelayCode? = nil) -> LinkSettings {
        var link = LinkSettings(relay: relay, boot: boot)
        link.places = places
        link.bytesPerSecond = peer.flatMap { peers[$0]?.bytesPerSecond }
        link.documentBytesMax = documentBytesMax
        link.keepAlive = keepalive
        link.silenceMax = deadAfter
        link.helloWithin = handshakeTimeout
        return link
    }

    package init(
        relay: RelayCode, boot: UInt64, listen: [Address], peers: [RelayCode: Peer],
        context: TLSContext
    ) {
        self.relay = relay
        self.boot = boot
        self.listen = listen
        self.peers = peers
        self.context = context
    }
}
