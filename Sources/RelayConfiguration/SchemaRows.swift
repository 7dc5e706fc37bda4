// The rest of the schema, and the list of all of it.
//
// Guarantees: what is declared is in the list (a key that is not would be unknown in every file
// that gives it, which the tests that give every key would show).

import RelayCore

extension Schema {
    /// What one document, one link or one application may take.
    enum Limits {
        static let documentSize = DefaultedField(
            "limits.documentSize",
            .size(
                Extent(
                    64 << 10, because: "the smallest signed PDF would not pass",
                    to: 1 << 40, because: "a larger body would block a link for days")),
            default: "2 GiB")
        static let recipients = DefaultedField(
            "limits.recipients",
            .count(
                Extent(
                    1, because: "a document has a recipient",
                    to: RelayCore.Limits.recipientsMax,
                    because: "an offer with all recipients must fit into one frame")),
            default: "1000")
        static let inFlightPerLink = DefaultedField(
            "limits.inFlightPerLink",
            .count(
                Extent(
                    1, because: "nothing would move",
                    to: 1_024, because: "each one holds memory at both ends")),
            default: "64")
        static let inFlightTotal = DefaultedField(
            "limits.inFlightTotal",
            .count(
                Extent(
                    1, because: "nothing would move",
                    to: 65_536, because: "each one holds memory here")),
            default: "1024")
        static let uploads = DefaultedField(
            "limits.uploads",
            .count(
                Extent(
                    1, because: "nothing could be submitted",
                    to: 4_096, because: "each one holds a file descriptor and a buffer")),
            default: "64")
    }

    /// What applications may hand over.
    enum Submit {
        static let incomplete = DefaultedField(
            "submit.incomplete",
            .word(["refuse": .refuse, "accept": Configuration.Submit.Incomplete.accept]),
            default: "refuse")
    }

    /// The two logs: of the program, and of what happened to documents.
    enum Log {
        static let level = DefaultedField(
            "log.level",
            .word([
                "trace": .trace, "debug": .debug, "info": Configuration.Log.Level.info,
                "notice": .notice, "warning": .warning, "error": .error, "critical": .critical,
            ]),
            default: "info")
        static let format = DefaultedField(
            "log.format", .word(["text": .text, "json": Configuration.Log.Format.json]),
            default: "text")
        static let delivery = Field(
            "log.delivery", .deliveryLog, without: "delivery.log in relay.data")

        static let declared: [any Declared] = [level, format, delivery]
    }

    /// Every key, in the order of the reference.
    static let rows: [SchemaRow] = (declared + Deadlines.declared + Log.declared).map(\.row)

    private static let declared: [any Declared] = [
        Relay.code, Relay.organisations, Relay.data,
        Store.mapSize, Store.reserve,
        API.socket, API.socketMode, API.operatorSocket, API.operatorSocketMode,
        API.port, API.tokenFile,
        listen,
        TLS.certificate, TLS.key, TLS.trust, TLS.minimum,
        Receipts.certificate, Receipts.key, Receipts.trust, Receipts.deadline,
        Receipts.speakers, Receipts.speakerOrganisations, Receipts.speakerRelays,
        Peers.all, Peers.code, Peers.addresses, Peers.pin, Peers.role, Peers.organisations,
        Peers.Limits.documents, Peers.Limits.bytes, Peers.Limits.windows, Peers.Limits.urgent,
        Routes.all, Routes.to, Routes.via, Routes.relay, Routes.priority, Routes.weight,
        Retry.base, Retry.cap, Retry.connectTimeout, Retry.returnAfter, Retry.keepalive,
        Retry.ownBase, Retry.ownCap,
        lifetime, retention, eventRetention,
        Limits.documentSize, Limits.recipients, Limits.inFlightPerLink, Limits.inFlightTotal,
        Limits.uploads,
        Submit.incomplete,
    ]

    /// The same, for the reader.
    static let keys = KeyTable(rows, secrets: "api.tcp.tokenFile, tls.key, receipts.key")
}
