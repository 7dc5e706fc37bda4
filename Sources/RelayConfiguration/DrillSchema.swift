// Every key of a drill scenario, with its kind, default and bounds: what `Schema` is for the
// configuration file. The reference in Docs/Drills.md must say the same.

import RelayCore

enum DrillSchema {
    static let drill = Field("drill", .drillName)
    static let vietnamese = Field("title.vi", .title)
    static let english = Field("title.en", .title)
    static let lease = Field(
        "lease",
        .duration(
            Extent(
                RelayCore.Limits.drillLeaseMin,
                because: "three keep-alives pass before anything can be noticed",
                to: RelayCore.Limits.drillLeaseMax,
                because: "whoever started it must still be there when it ends")))

    /// What goes wrong. Which keys a fault may have depends on its word; `DrillDraft` checks that.
    enum Faults {
        static let all = GroupField(path: "faults", most: RelayCore.Limits.drillFaultsMax)
        static let fault = Field("faults[].fault", .faultWord)
        static let peer = Field("faults[].peer", .drillPeer, without: "none")
        static let route = DefaultedField(
            "faults[].route", .pattern(mayBeAny: true), default: "*")
        static let address = Field(
            "faults[].address",
            .count(
                Extent(
                    1, because: "the first address of a peer is 1", to: Bounds.addressesMax,
                    because: "a peer has no more addresses")),
            without: "all of the peer's")
        static let network = Field("faults[].network", .network, without: "none")
        static let delay = Field(
            "faults[].delay",
            .duration(
                Extent(
                    .milliseconds(1), because: "less cannot be told from the network's own",
                    to: RelayCore.Limits.drillDelayMax, because: "beyond that a link is dead")),
            without: "none")
        static let rate = Field("faults[].rate", .byteRate, without: "none")
        static let after = DefaultedField(
            "faults[].after",
            .duration(
                Extent(
                    .milliseconds(0), because: "a duration is not negative",
                    to: RelayCore.Limits.drillLeaseMax, because: "no drill lasts longer")),
            default: "0 ms")
        static let duration = Field(
            "faults[].for",
            .duration(
                Extent(
                    .seconds(1), because: "less is not noticed",
                    to: RelayCore.Limits.drillLeaseMax, because: "no drill lasts longer")))
    }

    enum Traffic {
        static let carried = DefaultedField(
            "traffic.carried", .word(["real": false, "test": true]), default: "real")
        static let documents = DefaultedField(
            "traffic.documents",
            .count(
                Extent(
                    1, because: "without any there is nothing to see",
                    to: RelayCore.Limits.drillDocumentsMax,
                    because: "more would crowd out real ones")),
            default: "100")
        static let size = DefaultedField(
            "traffic.size",
            .size(
                Extent(
                    1, because: "a document has contents",
                    to: RelayCore.Limits.drillDocumentBytesMax,
                    because: "more would crowd out real ones")),
            default: "8 KiB")
        static let rate = DefaultedField("traffic.rate", .documentRate, default: "10/s")
        static let to = ListField(
            "traffic.to", of: .organisationCode, least: 1,
            most: RelayCore.Limits.recipientsMax, without: "everybody with an agency or route")
        static let priority = DefaultedField(
            "traffic.priority",
            .count(
                Extent(
                    0, because: "0 is normal", to: Int(Priority.expressTimed.rawValue),
                    because: "4 is the highest (hỏa tốc hẹn giờ)")),
            default: "0")
    }

    /// Every drill has guards: what is not given has its default.
    enum Guards {
        static let backlog = DefaultedField(
            "guards.backlog",
            .count(
                Extent(
                    1, because: "documents pass through the queue",
                    to: 10_000_000, because: "more is an outage by itself")),
            default: "5000")
        static let oldest = DefaultedField(
            "guards.oldest",
            .duration(
                Extent(
                    .seconds(1), because: "documents pass through the queue",
                    to: RelayCore.Limits.drillLeaseMax, because: "no drill lasts longer")),
            default: "30 m")
        static let deadlinesAtRisk = DefaultedField(
            "guards.deadlinesAtRisk",
            .count(
                Extent(
                    0, because: "fewer than none there are not",
                    to: 10_000_000, because: "more is an outage by itself")),
            default: "0")
    }

    enum Objectives {
        private static let time = Kind<Interval>.duration(
            Extent(
                .milliseconds(1), because: "nothing happens at once",
                to: RelayCore.Limits.drillLeaseMax, because: "no drill lasts longer"))
        static let detect = Field("objectives.detect", time, without: "none")
        static let reroute = Field("objectives.reroute", time, without: "none")
        static let drain = Field("objectives.drain", time, without: "none")
        static let giveBack = Field("objectives.return", time, without: "none")
        // Said in the file so that the report can show it; there is nothing to choose.
        private static let none = Kind<Int>.count(
            Extent(
                0, because: "fewer than none there are not",
                to: 0, because: "a relay that may lose or double documents needs no drill"))
        static let lost = DefaultedField("objectives.lost", none, default: "0")
        static let duplicates = DefaultedField("objectives.duplicates", none, default: "0")
    }

    /// Every key, in the order of the reference.
    static let rows: [SchemaRow] = declared.map(\.row)

    private static let declared: [any Declared] = [
        drill, vietnamese, english, lease,
        Faults.all, Faults.fault, Faults.peer, Faults.route, Faults.address, Faults.network,
        Faults.delay, Faults.rate, Faults.after, Faults.duration,
        Traffic.carried, Traffic.documents, Traffic.size, Traffic.rate, Traffic.to,
        Traffic.priority,
        Guards.backlog, Guards.oldest, Guards.deadlinesAtRisk,
        Objectives.detect, Objectives.reroute, Objectives.drain, Objectives.giveBack,
        Objectives.lost, Objectives.duplicates,
    ]

    static let keys = KeyTable(rows)
}
