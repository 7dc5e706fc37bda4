// Where a request came in, which decides what it may ask: applications on their socket or with the
// token on 127.0.0.1, operators on a socket of their own.
//
// Orders are for operators alone, so that a program that submits documents cannot also withdraw
// them.

enum Listener: Sendable {
    case applications(ServerSettings.UnixSocket)
    case operators(ServerSettings.UnixSocket)
    case loopback(ServerSettings.Loopback)

    var socket: ServerSettings.UnixSocket? {
        switch self {
        case .applications(let socket), .operators(let socket): socket
        case .loopback: nil
        }
    }

    /// What clients must show; nil where the file's mode says who may connect.
    var token: BearerToken? {
        if case .loopback(let loopback) = self { loopback.token } else { nil }
    }

    var isForOperators: Bool {
        if case .operators = self { true } else { false }
    }
}

extension ServerSettings {
    /// Those that are configured.
    var listeners: [Listener] {
        [
            unixSocket.map { .applications($0) }, operatorSocket.map { .operators($0) },
            loopback.map { .loopback($0) },
        ].compactMap { $0 }
    }
}
