// Why a connection did not come about or came to its end, in a few words for logs and `peers list`.

import NIOCore
import NIOPosix

/// A reason in words.
struct PeerError: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

enum Words {
    static func of(_ error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "no connection within the time-out"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { of($0.error) } ?? "its name has no address"
        case let error as IOError: ofSystem(error.errnoCode) ?? "\(error)"
        default: "\(error)"
        }
    }

    static func of(_ address: SocketAddress) -> String {
        guard let host = address.ipAddress, let port = address.port else { return "unknown" }
        return PeerSettings.Address(host: host, port: port).description
    }

    /// The numbers are Linux's (errno(3)); any other is shown as NIO words it.
    private static func ofSystem(_ number: CInt) -> String? {
        switch number {
        case 32, 104: "the connection was reset"
        case 98: "the address is in use"
        case 99: "it is no address of this machine"
        case 101: "the network is unreachable"
        case 110: "no answer from its address"
        case 111: "the connection was refused"
        case 113: "its host is unreachable"
        default: nil
        }
    }
}
