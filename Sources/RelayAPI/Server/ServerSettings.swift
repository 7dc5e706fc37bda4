// What the server must be told: where to listen, and its bounds.

/// Configuration of the local API. The defaults are those of the configuration file.
package struct ServerSettings: Sendable {
    package var unixSocket: UnixSocket?
    /// A socket of its own for those who give orders; without it nobody can.
    package var operatorSocket: UnixSocket?
    package var loopback: Loopback?
    /// The largest document, in bytes.
    package var documentBytesMax: Int64 = 2 * 1_024 * 1_024 * 1_024
    /// Uploads at once. Each holds some hundred KiB in memory.
    package var uploadsMax = 256
    /// Connections at once, for each listener. More wait to be accepted.
    package var connectionsMax = 1_024
    /// A connection on which nothing moves for this long is closed, in milliseconds.
    package var idleMilliseconds: Int64 = 60_000
    /// How long running requests may go on after the order to stop, in milliseconds.
    package var drainMilliseconds: Int64 = 8_000

    package init(
        unixSocket: UnixSocket?, operatorSocket: UnixSocket? = nil, loopback: Loopback? = nil
    ) {
        self.unixSocket = unixSocket
        self.operatorSocket = operatorSocket
        self.loopback = loopback
    }

    package struct UnixSocket: Sendable {
        package var path: String
        /// Permission bits; who may write to the socket may use the API.
        package var mode: Int

        package init(path: String, mode: Int = 0o660) {
            self.path = path
            self.mode = mode
        }
    }

    /// A port of 127.0.0.1; 0 takes a free one.
    package struct Loopback: Sendable {
        package var port: Int
        package var token: BearerToken

        package init(port: Int, token: BearerToken) {
            self.port = port
            self.token = token
        }
    }
}

/// Where the server listens, once it does.
package struct ListeningAddresses: Hashable, Sendable {
    package var socketPath: String?
    package var operatorSocketPath: String?
    package var port: Int?
}

/// Why the server cannot start.
package enum ServerStartError: Error, CustomStringConvertible {
    case nowhereToListen
    case pathTooLong(String)
    case inUse(String)
    case notASocket(String)
    case failed(String, String)

    package var description: String {
        switch self {
        case .nowhereToListen:
            "neither a socket nor a port is configured for the local API"
        case .pathTooLong(let path):
            "the socket path \(path) is longer than \(APILimits.socketPathBytesMax) bytes"
        case .inUse(let path):
            "another server listens on \(path); stop it first"
        case .notASocket(let path):
            "\(path) exists and is not a socket; remove it or configure another path"
        case .failed(let place, let reason):
            "cannot listen on \(place): \(reason)"
        }
    }
}
