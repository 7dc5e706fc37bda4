// Everything that the file says, key by key, before it is known to be complete.
//
// Guarantees: what could be read has been read, whatever else is wrong, so that the rules between
// keys can report in the same run. What is nil here was required, and its absence is reported.

import RelayCore

struct Draft {
    // What has a default is never nil. Lists hold what was right in them.
    var code: RelayCode?
    var organisations: [Item<OrganisationCode>]
    var data: String?
    var store: Configuration.Store
    var socket: String?
    var socketMode: UInt32
    var operatorSocket: String?
    var operatorSocketMode: UInt32
    var tcp: (isGiven: Bool, port: UInt16?, tokenFile: String?)
    var listen: [Item<HostAndPort>]
    var tls: (certificate: String?, key: String?, trust: String?)
    var minimum: Configuration.TLS.Version
    var receipts: (certificate: String?, key: String?, trust: String?)
    var deadline: Interval
    var speakers: [Speaker]
    var peers: [Peer]
    var routes: [Route]
    var retry: Configuration.Retry
    var lifetime: Interval
    var retention: Interval
    var eventRetention: Interval
    var limits: Configuration.Limits
    var incomplete: Configuration.Submit.Incomplete
    var deadlines: Deadlines
    var level: Configuration.Log.Level
    var format: Configuration.Log.Format
    var delivery: Configuration.DeliveryLog?

    /// An entry of `receipts.speakers`.
    struct Speaker {
        let organisations: [Item<OrganisationPattern>]
        let relays: [Item<RelayCode>]
    }

    struct Peer {
        /// The key of the peer, such as `peers[0]`.
        let key: String
        let code: RelayCode?
        let addresses: [Item<HostAndPort>]
        let pin: SHA256Digest?
        let role: Configuration.Peer.Role?
        /// Nil when they were not given.
        let organisations: [Item<OrganisationCode>]?
        let limits: Configuration.Peer.Limits

        /// Whose documents the peer may hand over, with the default of an agency.
        var ownOrganisations: [OrganisationCode] {
            guard role == .agency else { return [] }
            if let organisations { return organisations.map(\.value) }
            return code.flatMap { OrganisationCode($0.text) }.map { [$0] } ?? []
        }
    }

    struct Route {
        /// The key of the route, such as `routes[0]`.
        let key: String
        let to: OrganisationPattern?
        let hops: [Hop]

        var via: [Item<RelayCode>] { hops.map(\.relay) }
    }

    struct Hop {
        let relay: Item<RelayCode>
        let priority: Int
        let weight: Int
        /// Whether a weight stands without a priority: a share of nothing.
        let isWeightAlone: Bool
    }
}

// MARK: - Reading

extension Draft {
    /// Asks for every key there is, so that everything that is wrong is found in one reading.
    /// `file` names the file that paths are relative to.
    init(_ root: Section, file: String) {
        func path(_ field: Field<String>, in section: Section) -> String? {
            section.value(field).map { Path.resolved($0, beside: file) }
        }
        // In the order of the reference. Every key is asked for exactly once, since asking reports.
        let relay = root.section("relay")
        code = relay.value(Schema.Relay.code)
        data = path(Schema.Relay.data, in: relay)
        organisations =
            relay.list(Schema.Relay.organisations)
            ?? code.flatMap { OrganisationCode($0.text) }
            .map { [Item(value: $0, key: "relay.code")] } ?? []

        let store = root.section("store")
        self.store = Configuration.Store(
            mapSize: store.value(Schema.Store.mapSize), reserve: store.value(Schema.Store.reserve))

        let api = root.section("api")
        socket = path(Schema.API.socket, in: api)
        socketMode = api.value(Schema.API.socketMode)
        operatorSocket = path(Schema.API.operatorSocket, in: api)
        operatorSocketMode = api.value(Schema.API.operatorSocketMode)
        let tcp = api.section("tcp")
        // Required keys of an optional section: asked for only when the section is there.
        self.tcp =
            tcp.isGiven
            ? (true, tcp.value(Schema.API.port), path(Schema.API.tokenFile, in: tcp))
            : (false, nil, nil)
        listen = root.list(Schema.listen) ?? []

        let tls = root.section("tls")
        self.tls = (
            path(Schema.TLS.certificate, in: tls), path(Schema.TLS.key, in: tls),
            path(Schema.TLS.trust, in: tls)
        )
        minimum = tls.value(Schema.TLS.minimum)

        let receipts = root.section("receipts")
        self.receipts = (
            path(Schema.Receipts.certificate, in: receipts),
            path(Schema.Receipts.key, in: receipts), path(Schema.Receipts.trust, in: receipts)
        )
        deadline = receipts.value(Schema.Receipts.deadline)
        speakers = receipts.sections(Schema.Receipts.speakers).map(Speaker.init)

        peers = root.sections(Schema.Peers.all).map(Peer.init)
        routes = root.sections(Schema.Routes.all).map(Route.init)
        retry = Configuration.Retry(root.section("retry"))
        lifetime = root.value(Schema.lifetime)
        retention = root.value(Schema.retention)
        eventRetention = root.value(Schema.eventRetention)
        limits = Configuration.Limits(root.section("limits"))
        incomplete = root.section("submit").value(Schema.Submit.incomplete)
        deadlines = Deadlines(root.section("deadlines"), file: file)

        let log = root.section("log")
        level = log.value(Schema.Log.level)
        format = log.value(Schema.Log.format)
        delivery = log.value(Schema.Log.delivery)?.resolved(beside: file)
    }
}

extension Draft.Speaker {
    init(_ section: Section) {
        organisations = section.list(Schema.Receipts.speakerOrganisations) ?? []
        relays = section.list(Schema.Receipts.speakerRelays) ?? []
    }
}

extension Draft.Peer {
    init(_ section: Section) {
        key = section.path
        code = section.value(Schema.Peers.code)
        addresses = section.list(Schema.Peers.addresses) ?? []
        pin = section.value(Schema.Peers.pin)
        role = section.value(Schema.Peers.role)
        organisations = section.list(Schema.Peers.organisations)
        limits = Configuration.Peer.Limits(section.section("limits"))
    }
}

extension Draft.Route {
    init(_ section: Section) {
        key = section.path
        to = section.value(Schema.Routes.to)
        var hops: [Draft.Hop] = []
        for item in section.mixedList(Schema.Routes.via) ?? [] {
            let next = (hops.last?.priority ?? 0) + 1
            switch item {
            case .value(let relay):
                hops.append(
                    Draft.Hop(relay: relay, priority: next, weight: 1, isWeightAlone: false))
            case .section(let section):
                let relay = section.value(Schema.Routes.relay)
                let priority = section.value(Schema.Routes.priority)
                let weight = section.value(Schema.Routes.weight)
                guard let relay else { continue }
                hops.append(
                    Draft.Hop(
                        relay: Item(value: relay, key: "\(section.path).relay"),
                        priority: priority ?? next, weight: weight ?? 1,
                        isWeightAlone: weight != nil && priority == nil))
            }
        }
        self.hops = hops
    }
}

extension Configuration.Peer.Limits {
    init(_ section: Section) {
        self.init()
        documents = section.value(Schema.Peers.Limits.documents)
        bytes = section.value(Schema.Peers.Limits.bytes)
        windows = (section.list(Schema.Peers.Limits.windows) ?? []).map(\.value)
        urgent = section.value(Schema.Peers.Limits.urgent)
    }
}

extension Configuration.Retry {
    init(_ section: Section) {
        self.init(
            base: section.value(Schema.Retry.base), cap: section.value(Schema.Retry.cap),
            connectTimeout: section.value(Schema.Retry.connectTimeout),
            returnAfter: section.value(Schema.Retry.returnAfter),
            keepalive: section.value(Schema.Retry.keepalive),
            ownBase: section.value(Schema.Retry.ownBase),
            ownCap: section.value(Schema.Retry.ownCap))
    }
}

extension Configuration.Limits {
    init(_ section: Section) {
        self.init(
            documentSize: section.value(Schema.Limits.documentSize),
            recipients: section.value(Schema.Limits.recipients),
            inFlightPerLink: section.value(Schema.Limits.inFlightPerLink),
            inFlightTotal: section.value(Schema.Limits.inFlightTotal),
            uploads: section.value(Schema.Limits.uploads))
    }
}

extension Configuration.DeliveryLog {
    fileprivate func resolved(beside file: String) -> Self {
        if case .file(let path) = self { .file(Path.resolved(path, beside: file)) } else { self }
    }
}

// MARK: - Sockets

extension Draft {
    /// The path of the socket for applications.
    func socket(in data: String) -> String { socket ?? Path.joined(data, "relayd.sock") }

    /// The path of the socket for operators.
    func operatorSocket(in data: String) -> String {
        operatorSocket ?? Path.joined(Path.directory(of: socket(in: data)), "operator.sock")
    }
}

// MARK: - The whole

extension Draft {
    /// The configuration, when nothing required is missing.
    func configuration(file: String, places: [String: Place]) -> Configuration? {
        guard let code, let data, let certificate = tls.certificate, let key = tls.key,
            let trust = tls.trust
        else { return nil }
        // A list that lost an item is no list that anybody asked for.
        let peers = peers.compactMap(\.configuration)
        let routes = routes.compactMap(\.configuration)
        guard peers.count == self.peers.count, routes.count == self.routes.count,
            !tcp.isGiven || (tcp.port != nil && tcp.tokenFile != nil)
        else { return nil }
        return Configuration(
            file: file,
            relay: .init(code: code, organisations: organisations.map(\.value), data: data),
            store: store,
            api: .init(
                socket: socket(in: data), socketMode: socketMode,
                operatorSocket: operatorSocket(in: data), operatorSocketMode: operatorSocketMode,
                tcp: tcp.port.flatMap { port in
                    tcp.tokenFile.map { Configuration.API.TCP(port: port, tokenFile: $0) }
                }),
            listen: listen.map(\.value),
            tls: .init(certificate: certificate, key: key, trust: trust, minimum: minimum),
            receipts: .init(
                certificate: receipts.certificate ?? certificate, key: receipts.key ?? key,
                trust: receipts.trust ?? trust,
                speakers: speakers.map {
                    .init(
                        organisations: $0.organisations.map(\.value), relays: $0.relays.map(\.value)
                    )
                }, deadline: deadline),
            peers: peers, routes: routes, retry: retry, lifetime: lifetime, retention: retention,
            eventRetention: eventRetention, limits: limits,
            submit: .init(incomplete: incomplete), deadlines: deadlines.configuration,
            log: .init(
                level: level, format: format,
                delivery: delivery ?? .file(Path.joined(data, "delivery.log"))),
            places: places)
    }
}

extension Draft.Peer {
    fileprivate var configuration: Configuration.Peer? {
        guard let code, let role else { return nil }
        return Configuration.Peer(
            code: code, addresses: addresses.map(\.value), pin: pin, role: role,
            organisations: ownOrganisations, limits: limits)
    }
}

extension Draft.Route {
    fileprivate var configuration: Configuration.Route? {
        guard let to, !hops.isEmpty else { return nil }
        let hops = hops.map {
            RouteHop($0.relay.value, priority: $0.priority, weight: $0.weight)
        }
        return Configuration.Route(to: to, hops: hops, isImplied: false)
    }
}
