// Every bound of the relay that is not configuration, each with its reason.

package enum Limits {
    /// The longest organisation or relay code, in bytes. Decision 20/2020 allows 35 characters and
    /// databases in use hold 50.
    package static let codeLengthMax = 50

    /// The longest edXML DocumentId, in UTF-8 bytes: databases in use hold 200 characters, and a
    /// Vietnamese letter takes up to three bytes.
    package static let referenceBytesMax = 600

    /// The longest file name, in UTF-8 bytes: what file systems take.
    package static let nameBytesMax = 255

    /// The longest media type, in bytes: RFC 6838 allows 127 on each side of the slash.
    package static let mediaTypeBytesMax = 255

    /// The longest idempotency key, in bytes: a UUID, or a digest, with room for a prefix.
    package static let idempotencyKeyBytesMax = 200

    /// Recipients of one document. Letters to all communes of a province have some hundreds; an
    /// offer with all of them must fit into one frame.
    package static let recipientsMax = 1_000

    /// Relays on the way of one document. Agency, hub, backup hub, agency is four; a longer path is
    /// a routing mistake.
    package static let hopsMax = 16

    /// Next hops of one route. A lane's name holds those excluded, and is part of an LMDB key,
    /// which has at most 511 bytes.
    package static let routeHopsMax = 6

    /// The longest time that a document may still have to live when it is offered: ten years, as
    /// the configuration allows, and ten days for clocks that differ.
    package static let lifetimeMax = Interval.days(3_660)

    /// Bytes of one stored and transferred piece of a body: 64 pages of 4,096 bytes less LMDB's
    /// page header of 16, so that a piece fills its overflow pages exactly.
    package static let pieceBytes = 64 * 4_096 - 16

    /// Bodies up to this size travel inside their OFFER: one round trip less, and still well below
    /// what may delay a document of higher priority behind it.
    package static let inlineBytesMax = 65_536

    /// Entries of the feed of applications that are kept, whatever their age: at most some 600 MB,
    /// and two months of a relay that ends 40,000 documents a day.
    package static let announcementsMax = 5_000_000

    /// Entries of the feed that are forgotten in one turn: a millisecond or two.
    package static let announcementsSweptMax = 1_000

    /// The longest name of an operator, in UTF-8 bytes: login names have 32, and those of a
    /// directory of users may be mail addresses.
    package static let operatorBytesMax = 64

    /// The longest reason for an order, in UTF-8 bytes: with the operator's name and user it must
    /// fit into `reasonBytesMax`, uncut.
    package static let orderReasonBytesMax = 200

    /// The longest reason or error text that is stored, in UTF-8 bytes.
    package static let reasonBytesMax = 300

    /// Faults of one drill: more at once nobody follows in a report.
    package static let drillFaultsMax = 8

    /// The longest drill: a day shows every hour's traffic once.
    package static let drillLeaseMax = Interval.hours(24)

    /// The shortest drill: three keep-alives pass before anything can be noticed.
    package static let drillLeaseMin = Interval.seconds(10)

    /// The longest title of a drill, in UTF-8 bytes: one line of a report.
    package static let drillTitleBytesMax = 200

    /// Test documents of one drill: what an agency's relay carries in a day.
    package static let drillDocumentsMax = 100_000

    /// The largest test document, in bytes: real ones are smaller, but for one in a thousand.
    package static let drillDocumentBytesMax: UInt64 = 100 << 20

    /// What a slow link adds to each output at most: beyond that it is a dead one.
    package static let drillDelayMax = Interval.seconds(10)
}
