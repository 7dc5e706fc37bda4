// The connections of one client that rest between requests.

import NIOCore
import Synchronization

/// A connection is either here or with one exchange, never both.
final class ConnectionPool: Sendable {
    private struct State {
        var resting: [(connection: ClientConnection, since: NIODeadline)] = []
        var isClosed = false
    }

    /// The relay closes a connection that rests for its own idle time, which is a minute by
    /// default. Well before, ours is not used any more: a request that meets the closing is lost.
    private static let restingMax = TimeAmount.seconds(15)

    private let state = Mutex(State())

    deinit {
        closeAll()
    }

    /// The one that rested for the shortest time, if any can be used.
    func take() -> ClientConnection? {
        state.withLock { state in
            while let (connection, since) = state.resting.popLast() {
                if connection.isOpen, .now() < since + Self.restingMax { return connection }
                connection.close()
            }
            return nil
        }
    }

    /// Keeps a connection whose exchange is complete on both sides.
    func put(_ connection: ClientConnection) {
        let kept = state.withLock { state in
            guard !state.isClosed, state.resting.count < APILimits.idleConnectionsMax,
                connection.isOpen
            else { return false }
            state.resting.append((connection, .now()))
            return true
        }
        if !kept { connection.close() }
    }

    /// From now on nothing is kept.
    func closeAll() {
        let resting = state.withLock { state in
            state.isClosed = true
            defer { state.resting = [] }
            return state.resting
        }
        for (connection, _) in resting { connection.close() }
    }
}
