// The server's bounds that may change while it runs, shared by all listeners.

import Synchronization

package final class ServerBounds: Sendable {
    private let state: Mutex<(documentBytes: Int64, uploads: Int)>

    package init(_ settings: ServerSettings) {
        state = Mutex((settings.documentBytesMax, settings.uploadsMax))
    }

    /// The largest document, in bytes.
    var documentBytesMax: Int64 { state.withLock { $0.documentBytes } }
    /// Uploads at once.
    var uploadsMax: Int { state.withLock { $0.uploads } }

    package func adopt(documentBytesMax: Int64, uploadsMax: Int) {
        state.withLock { $0 = (documentBytesMax, uploadsMax) }
    }
}
