// Every key of the configuration file, with its kind, default and bounds, and why they are so.
//
// This is the one list: what is not here is an unknown key, and Docs/Configuration.md must say the
// same. A bound is written with its reason, since the reason is part of the message. Keys are only
// added: one that is in a release keeps its name and meaning, and new ones have a default that
// leaves old files as they are.

import RelayCore

enum Schema {
    /// Who this relay is.
    enum Relay {
        static let code = Field("relay.code", .relayCode)
        // Codes and not prefixes: what ends here must be said, not implied.
        static let organisations = ListField(
            "relay.organisations", of: .organisationCode, most: Bounds.organisationsMax,
            without: "[relay.code]")
        static let data = Field("relay.data", .path)
    }

    /// How much the relay may keep. The store itself rounds to pages.
    enum Store {
        static let mapSize = DefaultedField(
            "store.mapSize",
            .size(
                Extent(
                    16 << 20, because: "below that not even the reserve and one document fit",
                    to: 16 << 40,
                    because: "a process has 128 TiB of addresses, and copies are opened beside it")),
            default: "64 GiB")
        static let reserve = DefaultedField(
            "store.reserve",
            .size(
                Extent(
                    4 << 20, because: "receipts and removals of a full store need that much",
                    to: 64 << 30, because: "more would only be lost to documents")),
            default: "256 MiB")
    }

    /// The local API. Its TCP side is always 127.0.0.1, so only the port is asked for.
    enum API {
        static let socket = Field("api.socket", .path, without: "relayd.sock in relay.data")
        static let socketMode = DefaultedField("api.socketMode", .socketMode, default: "0660")
        // Beside the other, so that relayctl finds it when it is told one of them.
        static let operatorSocket = Field(
            "api.operatorSocket", .path, without: "operator.sock beside api.socket")
        static let operatorSocketMode = DefaultedField(
            "api.operatorSocketMode", .socketMode, default: "0600")
        static let port = Field("api.tcp.port", .port)
        static let tokenFile = Field("api.tcp.tokenFile", .path)
    }

    /// Where peers dial in.
    static let listen = ListField(
        "listen", of: .listenAddress, most: Bounds.listenMax, without: "[]")

    /// The links to peers. Certificates are required on both sides, so nothing here is optional.
    enum TLS {
        static let certificate = Field("tls.certificate", .path)
        static let key = Field("tls.key", .path)
        static let trust = Field("tls.trust", .path)
        static let minimum = DefaultedField(
            "tls.minimum", .word(["1.3": .tls13, "1.2": Configuration.TLS.Version.tls12]),
            default: "1.3")
    }

    /// Receipts: signed with the identity of the links unless another is given.
    enum Receipts {
        static let certificate = Field("receipts.certificate", .path, without: "tls.certificate")
        static let key = Field("receipts.key", .path, without: "tls.key")
        static let trust = Field("receipts.trust", .path, without: "tls.trust")
        static let deadline = DefaultedField(
            "receipts.deadline",
            .duration(
                Extent(
                    .seconds(1), because: "a receipt has to come through every relay on the way",
                    to: .days(7), because: "an official document is due on the next working day")),
            default: "2 h")
        static let speakers = GroupField(path: "receipts.speakers", most: Bounds.speakersMax)
        static let speakerOrganisations = ListField(
            "receipts.speakers[].organisations", of: .pattern(mayBeAny: false), least: 1,
            most: Bounds.organisationsMax)
        static let speakerRelays = ListField(
            "receipts.speakers[].relays", of: .relayCode, least: 1,
            most: Bounds.relaysPerSpeakerMax)
    }

    /// The relays that are spoken to. Nobody else gets past the handshake.
    enum Peers {
        static let all = GroupField(path: "peers", most: Bounds.peersMax)
        static let code = Field("peers[].code", .relayCode)
        static let addresses = ListField(
            "peers[].addresses", of: .peerAddress, most: Bounds.addressesMax, without: "[]")
        static let pin = Field("peers[].pin", .pin, without: "none")
        // Required, because either default would be a risk to somebody: as a hub a peer may write
        // in the name of others, and as an agency it may not pass on what hubs pass on.
        static let role = Field(
            "peers[].role", .word(["hub": .hub, "agency": Configuration.Peer.Role.agency]))
        static let organisations = ListField(
            "peers[].organisations", of: .organisationCode, most: Bounds.organisationsMax,
            without: "[code] for an agency")

        /// What it is sent, and when. Urgent documents pass all the same.
        enum Limits {
            static let documents = Field(
                "peers[].limits.documents",
                .rate(
                    Extent(
                        1, because: "nothing would move",
                        to: 100_000, because: "no link carries more, so it would limit nothing")),
                without: "no limit")
            // The other side gives up what stands still for a minute.
            static let bytes = Field(
                "peers[].limits.bytes",
                .bytesPerSecond(
                    Extent(
                        64 << 10, because: "a piece of 256 KiB must pass within seconds",
                        to: 1 << 40, because: "no link carries more, so it would limit nothing")),
                without: "no limit")
            static let windows = ListField(
                "peers[].limits.windows", of: .window, most: Bounds.windowsMax,
                without: "[], the whole day")
            static let urgent = DefaultedField(
                "peers[].limits.urgent",
                .count(
                    Extent(
                        1, because: "nothing would be held back",
                        to: 4, because: "that is the highest priority there is")),
                default: "3")
        }
    }

    /// Next hops by organisation.
    enum Routes {
        static let all = GroupField(path: "routes", most: Bounds.routesMax)
        static let to = Field("routes[].to", .pattern(mayBeAny: true))
        static let via = MixedListField(
            list: ListField("routes[].via", of: .relayCode, least: 1, most: Bounds.hopsMax))
        static let relay = Field("routes[].via[].relay", .relayCode)
        static let priority = Field(
            "routes[].via[].priority",
            .count(
                Extent(
                    1, because: "the preferred hops have 1",
                    to: 100, because: "a route has six hops")),
            without: "after those before it")
        static let weight = Field(
            "routes[].via[].weight",
            .count(
                Extent(
                    1, because: "a hop that is to get nothing is left out",
                    to: 100, because: "shares are dealt out in sixteenths")),
            without: "1")
    }

    /// Patience: of links (base to keepalive) and of single documents (own...). The bounds keep the
    /// promise of a failover in seconds within reach, and leave room for tests at their lower end.
    enum Retry {
        static let base = DefaultedField(
            "retry.base",
            .duration(
                Extent(
                    .milliseconds(10), because: "a peer that just came up must not be flooded",
                    to: .minutes(1), because: "one lost packet should not cost more")),
            default: "500 ms")
        static let cap = DefaultedField(
            "retry.cap",
            .duration(
                Extent(
                    .milliseconds(100), because: "a dead peer must not be dialled all the time",
                    to: .hours(1), because: "a peer that is back should be noticed")),
            default: "30 s")
        static let connectTimeout = DefaultedField(
            "retry.connectTimeout",
            .duration(
                Extent(
                    .milliseconds(100), because: "a distant peer needs as much to answer",
                    to: .minutes(1), because: "the backup route waits for it")),
            default: "5 s")
        static let returnAfter = DefaultedField(
            "retry.returnAfter",
            .duration(
                Extent(
                    .milliseconds(0), because: "a duration is not negative",
                    to: .days(1), because: "the backup route should not become the usual one")),
            default: "60 s")
        static let keepalive = DefaultedField(
            "retry.keepalive",
            .duration(
                Extent(
                    .milliseconds(100), because: "idle links must not keep the machine busy",
                    to: .seconds(60), because: "a dead link must be noticed, after three of these")),
            default: "5 s")
        static let ownBase = DefaultedField(
            "retry.ownBase",
            .duration(
                Extent(
                    .milliseconds(10), because: "a peer that refused needs time to recover",
                    to: .hours(1), because: "an urgent document cannot wait longer")),
            default: "60 s")
        static let ownCap = DefaultedField(
            "retry.ownCap",
            .duration(
                Extent(
                    .milliseconds(100), because: "a refused document must not be sent all the time",
                    to: .days(1), because: "a document is due on the next working day")),
            default: "1 h")
    }

    /// Also how long ids are remembered against duplicates, so it must not end before others stop
    /// sending again.
    static let lifetime = DefaultedField(
        "lifetime",
        .duration(
            Extent(
                .minutes(1), because: "no document would survive an outage",
                to: .days(3_650), because: "archives keep documents, relays carry them")),
        default: "30 d")

    /// For an application that was away: what happened meanwhile.
    static let eventRetention = DefaultedField(
        "eventRetention",
        .duration(
            Extent(
                .hours(1), because: "an application may be restarted",
                to: .days(3_650), because: "archives keep documents, relays carry them")),
        default: "30 d")

    /// For a look at what was sent, and for sending again on an operator's word.
    static let retention = DefaultedField(
        "retention",
        .duration(
            Extent(
                .milliseconds(0), because: "a duration is not negative",
                to: .days(3_650), because: "archives keep documents, relays carry them")),
        default: "3 d")
}
