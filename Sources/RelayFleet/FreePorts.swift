// Ports of 127.0.0.1 that nobody listens on.

import NIOCore
import NIOPosix

package enum FreePorts {
    /// Asks the system for `count` different free ports. They are free now; whoever binds them at
    /// once gets them, for the system hands out others first.
    package static func take(_ count: Int) throws -> [Int] {
        let group = MultiThreadedEventLoopGroup.singleton
        var channels: [any Channel] = []
        defer { for channel in channels { try? channel.close().wait() } }
        for _ in 0..<count {
            channels.append(
                try ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).wait())
        }
        return channels.compactMap { $0.localAddress?.port }
    }
}
