// Who is at the other end of a Unix socket, as the kernel says it: nobody can state another user.
//
// The kernel notes the user at `connect`. A program that runs as another user by `sudo` is that
// user here; whom it runs for is what `relayctl` states, and both are recorded.

import Glibc
import NIOCore

/// `struct ucred` of unix(7), which the C library shows to GNU sources only.
struct PeerCredentials {
    let process: Int32
    let user: UInt32
    let group: UInt32

    /// The user id behind a channel; nil when it is no Unix socket, or has gone already.
    static func user(of channel: any Channel) async -> UInt32? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        // Reads three numbers; NIO says "unsafe" because it cannot check that the option has this
        // type.
        let answer: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel(rawValue: SOL_SOCKET),
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        guard let found = try? await answer.get(), found.process > 0 else { return nil }
        return found.user
    }
}
