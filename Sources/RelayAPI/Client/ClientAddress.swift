// Where the relay is: a Unix socket, or a port of this machine with a token. No other host, since
// the API speaks plain HTTP and a token must not leave the machine in the clear.

package enum ClientAddress: Sendable, CustomStringConvertible {
    case unix(path: String)
    case loopback(port: Int, token: BearerToken)

    package var description: String {
        switch self {
        case .unix(let path): "socket \(path)"
        case .loopback(let port, _): "http://127.0.0.1:\(port)"
        }
    }

    /// Reads `http://127.0.0.1:PORT` or `http://localhost:PORT`; nil for anything else.
    package static func port(ofURL text: String) -> Int? {
        for start in ["http://127.0.0.1:", "http://localhost:"] where text.hasPrefix(start) {
            var rest = text.dropFirst(start.count)
            if rest.last == "/" { rest = rest.dropLast() }
            guard let port = Int(rest), (1...65_535).contains(port), rest.first != "+" else {
                return nil
            }
            return port
        }
        return nil
    }
}

package struct ClientTimeouts: Sendable {
    /// For one connection to open, in milliseconds.
    package var connectMilliseconds: Int64 = 5_000
    /// How long nothing may move in either direction, in milliseconds. Above what a commit takes on
    /// a busy disk.
    package var idleMilliseconds: Int64 = 60_000

    package init() {}
}
