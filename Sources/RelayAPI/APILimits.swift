// Every bound of the local API that is not configuration, each with its reason.

package enum APILimits {
    /// The longest path and query of a request, in bytes: the longest endpoint with a cursor, a
    /// code and a state is below 600.
    package static let targetBytesMax = 2_048

    /// The longest header field, in bytes. `Tram-To` with 1,000 codes of 50 characters must fit.
    package static let headerBytesMax = 64 * 1_024

    /// All header fields of one request together, in bytes.
    package static let headersBytesMax = 96 * 1_024

    /// Header fields of one request: recipients may come one to a field, and some fields go with
    /// them.
    package static let headersMax = 1_100

    /// Bytes of a refused upload that are still read so that the connection stays usable; beyond
    /// them the connection is closed.
    package static let drainBytesMax = 1_024 * 1_024

    /// Entries of one page of a listing when the client does not say.
    package static let pageDefault = 100

    /// Entries of one page at most: an entry takes up to 2 KiB of JSON, and an answer is built in
    /// memory.
    package static let pageMax = 1_000

    /// The longest cursor, in bytes. It is a key of the store, in hexadecimal or the like.
    package static let cursorBytesMax = 400

    /// The longest that an answer waits for an event, in seconds: below the idle time after which a
    /// connection is closed.
    package static let eventWaitSecondsMax = 50

    /// Requests that wait for an event at one time. Each holds a connection; there are a few
    /// applications on a machine, and each needs one.
    package static let eventWaitersMax = 256

    /// The largest JSON answer that the client takes, in bytes: a page, or a document with 1,000
    /// recipients and the history of each.
    package static let answerBytesMax = 16 * 1_024 * 1_024

    /// The largest receipt that either end handles, in bytes. One with its chain has under 10 KiB.
    package static let receiptBytesMax = 1_024 * 1_024

    /// The largest JSON of a request, in bytes: an order on `orderIDsMax` documents, with room.
    package static let requestBytesMax = 64 * 1_024

    /// Documents named in one order. Whoever has more sends several.
    package static let orderIDsMax = 1_000

    /// Deliveries that one order by filter looks at before it answers; whoever gave it goes on
    /// from there. Some seconds of work, well below what a connection waits for an answer.
    package static let orderPageMax = 5_000

    /// Deliveries that an order's answer tells of one by one; the others are in its counts.
    package static let orderExamplesMax = 20

    /// The longest bearer token, in bytes.
    package static let tokenBytesMax = 512

    /// The shortest bearer token, in bytes: 128 bits in hexadecimal.
    package static let tokenBytesMin = 32

    /// Connections that wait to be accepted. The kernel caps it at `net.core.somaxconn`.
    package static let backlog = 1_024

    /// Idle connections that one client keeps for later requests.
    package static let idleConnectionsMax = 16

    /// The longest path of a Unix socket, in bytes: `sun_path` has 108 with the closing zero, and
    /// the server binds to the path with `.new` at its end first.
    package static let socketPathBytesMax = 103

    /// Bytes that are read from a file and handed to a connection at a time.
    package static let pieceBytes = 256 * 1_024

    /// A signed report of a drill, in bytes.
    package static let drillReportBytesMax = 1 << 20
}
