// What an operator decides, as the core needs it. RelayConfiguration checks the bounds.

package struct Settings: Hashable, Sendable {
    package var relay: RelayCode
    /// Served here: documents for them enter the inbox, applications submit in their name.
    package var organisations: Set<OrganisationCode>
    package var peers: [RelayCode: PeerTerms]
    package var routes: RouteTable
    package var lifetime = Interval.days(30)
    /// Without a verified receipt in this time the origin sends again.
    package var receiptDeadline = Interval.hours(2)
    /// How long a body stays after nothing needs it any more.
    package var retention = Interval.days(3)
    /// How long the feed of applications goes back.
    package var announcementsKept = Interval.days(30)
    /// Back-off of a link.
    package var retryBase = Interval.milliseconds(500)
    package var retryCap = Interval.seconds(30)
    /// How long a preferred hop must be up before traffic returns to it.
    package var returnAfter = Interval.seconds(60)
    /// A document's own retry, after all hops refused it.
    package var ownRetryBase = Interval.seconds(60)
    package var ownRetryCap = Interval.hours(1)
    package var documentBytesMax: UInt64 = 2 << 30
    package var inFlightPerLink = 64
    package var inFlightTotal = 1_024
    package var deadlines = DeadlineRules()

    package init(
        relay: RelayCode, organisations: Set<OrganisationCode>, peers: [RelayCode: PeerTerms],
        routes: RouteTable
    ) {
        self.relay = relay
        self.organisations = organisations
        self.peers = peers
        self.routes = routes
    }
}

package struct PeerTerms: Hashable, Sendable {
    package let role: Role
    /// For an agency: the only senders whose documents it may hand over.
    package let organisations: Set<OrganisationCode>
    /// Whether this relay can dial it; otherwise it dials us.
    package let isDiallable: Bool
    package var limits = LinkLimits()

    package enum Role: Hashable, Sendable {
        case hub
        case agency
    }

    package init(role: Role, organisations: Set<OrganisationCode>, isDiallable: Bool) {
        self.role = role
        self.organisations = organisations
        self.isDiallable = isDiallable
    }
}
