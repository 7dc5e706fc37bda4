// The configuration of a relay: one file, read once into this value.
//
// Guarantees: a value of this type keeps every bound of `Docs/Configuration.md`, and its parts fit
// each other. Reading asks the machine nothing but the file itself; `checkFiles` then looks at the
// files that it names. Leaves to others: what is done with it.

package import RelayCore

package struct Configuration: Sendable, Equatable {
    /// The file as it was named by the caller.
    package var file: String
    package var relay: Relay
    package var store: Store
    package var api: API
    /// Where peers may dial us. Empty for an agency that cannot be dialled.
    package var listen: [HostAndPort]
    package var tls: TLS
    package var receipts: Receipts
    package var peers: [Peer]
    /// As they stand in the file; `effectiveRoutes` has the implied ones too.
    package var routes: [Route]
    package var retry: Retry
    /// How long a document that cannot be delivered is tried, and its id remembered.
    package var lifetime: Interval
    /// How long a body stays after nothing needs it any more.
    package var retention: Interval
    /// How long events are kept for applications to read.
    package var eventRetention: Interval
    package var limits: Limits
    package var submit: Submit
    package var deadlines: Deadlines
    package var log: Log
    /// Where each key was given, for what is found out about it later.
    let places: [String: Place]

    package struct Relay: Sendable, Equatable {
        /// The name in this relay's certificate, `tram:CODE`.
        package var code: RelayCode
        /// The organisations whose documents end here.
        package var organisations: [OrganisationCode]
        /// The directory of everything that the relay keeps.
        package var data: String
    }

    package struct Store: Sendable, Equatable {
        /// The most that the store may grow to, in bytes.
        package var mapSize: UInt64
        /// What only receipts, acknowledgements and removals may use of that, in bytes.
        package var reserve: UInt64
    }

    package struct API: Sendable, Equatable {
        /// The path of the Unix socket.
        package var socket: String
        /// The permission bits of the socket.
        package var socketMode: UInt32
        /// The path of the Unix socket on which operators give orders.
        package var operatorSocket: String
        package var operatorSocketMode: UInt32
        /// The same API on 127.0.0.1, for those who have the token.
        package var tcp: TCP?

        package struct TCP: Sendable, Equatable {
            package var port: UInt16
            package var tokenFile: String
        }
    }

    package struct TLS: Sendable, Equatable {
        /// The certificate chain of this relay, its own first (PEM).
        package var certificate: String
        package var key: String
        /// The certification authorities that peers' chains must end in (PEM).
        package var trust: String
        package var minimum: Version

        package enum Version: String, Sendable {
            case tls12 = "1.2"
            case tls13 = "1.3"
        }
    }

    package struct Receipts: Sendable, Equatable {
        /// The certificate chain that signs this relay's receipts (PEM).
        package var certificate: String
        package var key: String
        /// The certification authorities that others' receipts must end in (PEM).
        package var trust: String
        package var speakers: [Speaker]
        /// Without a verified receipt in this time, the origin sends a document again.
        package var deadline: Interval
    }

    /// Who may sign receipts for these organisations.
    package struct Speaker: Sendable, Equatable {
        package var organisations: [OrganisationPattern]
        package var relays: [RelayCode]
    }

    package struct Peer: Sendable, Equatable {
        package var code: RelayCode
        /// In the order in which they are tried. Empty when the peer dials us.
        package var addresses: [HostAndPort]
        /// The SHA-256 of the peer's public key, when not every certificate in its name will do.
        package var pin: SHA256Digest?
        package var role: Role
        /// Whose documents an agency may hand over; empty for a hub, which is not bound so.
        package var organisations: [OrganisationCode]
        package var limits: Limits

        package enum Role: String, Sendable {
            case hub
            case agency
        }

        /// What the peer is sent, and when.
        package struct Limits: Sendable, Equatable {
            package var documents: Rate?
            /// Of bodies, in a second.
            package var bytes: UInt64?
            package var windows: [DayWindow] = []
            /// Priorities from this on are not held back.
            package var urgent = Int(Priority.express.rawValue)
        }
    }

    package struct Route: Sendable, Equatable {
        package var to: OrganisationPattern
        /// Never empty.
        package var hops: [RouteHop]
        /// Whether the route follows from an agency's own organisations and is not in the file.
        package var isImplied: Bool

        /// Peers in the order of preference.
        package var via: [RelayCode] { RelayCore.Route(hops).relays }
    }

    package struct Retry: Sendable, Equatable {
        /// Back-off of a link: the shortest and the longest wait.
        package var base: Interval
        package var cap: Interval
        package var connectTimeout: Interval
        /// How long a preferred hop must be up before traffic returns to it.
        package var returnAfter: Interval
        /// How often an idle link is asked for a sign of life.
        package var keepalive: Interval
        /// Back-off of a document that itself was refused for the time being.
        package var ownBase: Interval
        package var ownCap: Interval

        /// How many signs of life may be missing.
        package static let keepaliveMissesMax: Int64 = 3
        /// After this time without a sign of life a link counts as dead.
        package var deadAfter: Interval {
            .milliseconds(keepalive.milliseconds * Self.keepaliveMissesMax)
        }
    }

    package struct Limits: Sendable, Equatable {
        /// The largest document, in bytes.
        package var documentSize: UInt64
        /// Recipients of one document.
        package var recipients: Int
        /// Deliveries on the wire, to one next hop and in all.
        package var inFlightPerLink: Int
        package var inFlightTotal: Int
        /// Submissions that are being uploaded at once.
        package var uploads: Int
    }

    package struct Submit: Sendable, Equatable {
        package var incomplete: Incomplete

        /// What becomes of an edXML document that lists an attachment without bringing it.
        package enum Incomplete: String, Sendable {
            case refuse
            case accept
        }
    }

    package struct Deadlines: Sendable, Equatable {
        /// The file of working days and holidays.
        package var calendar: String?
        /// With that file's days once it was read, as `load` does.
        package var rules: DeadlineRules
    }

    package struct Log: Sendable, Equatable {
        package var level: Level
        package var format: Format
        package var delivery: DeliveryLog

        /// The words are those of swift-log.
        package enum Level: String, Sendable {
            case trace, debug, info, notice, warning, error, critical
        }

        package enum Format: String, Sendable {
            case text, json
        }
    }

    /// Where the delivery log goes.
    package enum DeliveryLog: Sendable, Equatable {
        case standardOutput
        case file(String)
    }
}
