// What a store is opened with, and why it may refuse to be opened.

package import RelayCore

package struct StoreSettings: Hashable, Sendable {
    /// An existing directory on a local file system, for this store alone.
    package var directory: String
    /// Whose store it is. The store of another relay is not opened.
    package var relay: RelayCode
    /// The most the store can grow to, in bytes. Address space; the file grows as it is needed.
    package var mapBytes: Int
    /// Bytes, of the map and of the file system, that new documents are not given: receipts,
    /// acknowledgements and removals live on them.
    package var reserveBytes: Int
    /// How long a body stays after nothing needs it any more (`Settings.retention`).
    package var retention: Interval
    /// Readers at one time. Each reads for milliseconds; 126 is what LMDB gives when not asked.
    package var readersMax = 126
    /// How old the measurement of free room may be.
    package var measureEvery = Duration.seconds(1)

    /// The least reserve: a commit rewrites some hundred pages of the trees before it frees as
    /// many.
    package static let reserveBytesMin = 4 << 20

    package init(
        directory: String, relay: RelayCode, mapBytes: Int, reserveBytes: Int, retention: Interval
    ) {
        precondition(reserveBytes >= Self.reserveBytesMin && mapBytes > 2 * reserveBytes)
        self.directory = directory
        self.relay = relay
        self.mapBytes = mapBytes
        self.reserveBytes = reserveBytes
        self.retention = retention
    }
}

/// Why a store was not opened. Nothing in it was changed.
package enum StoreRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Written by a newer relay, whose records this one cannot read.
    case newerSchema(found: UInt16, known: UInt16, directory: String)
    case otherRelay(found: String, asked: RelayCode, directory: String)
    /// Another process, or this one, has it open.
    case inUse(directory: String)
    case failed(String)

    package var description: String {
        switch self {
        case .newerSchema(let found, let known, let directory):
            "the store in \(directory) has schema \(found), and this relay knows \(known): "
                + "it was written by a newer version; install that one, or restore a copy "
                + "from before the upgrade"
        case .otherRelay(let found, let asked, let directory):
            "the store in \(directory) belongs to relay \(found), not to \(asked): "
                + "correct the relay's code or the store's directory in the configuration"
        case .inUse(let directory):
            "the store in \(directory) is in use: another relayd is running on it; stop that one, "
                + "or give this one a directory of its own"
        case .failed(let text):
            text
        }
    }
}
