// One relay of the world: a disk that outlives it, and a process that may die at any step.

package import RelayCore
package import RelayEngine
import RelayWire

package struct Relay {
    package internal(set) var site: Topology.Site
    package let ledger: MemoryLedger
    /// Nil while it is down.
    package var process: Process?
    /// Runs so far; also what its links call the run.
    package var boots: UInt64 = 0
    /// How far its wall clock is ahead of the world's.
    package var skew: Interval
    /// How it dies in its next turn.
    var fate: Fate?
    /// Its links have numbers that are never used again.
    var lastLink: UInt64 = 0

    package var name: String { site.settings.relay.text }

    /// Everything that dies with the process.
    package struct Process {
        package var turn: Turn<MemoryLedger>
        let startedAt: Int64
        var mailbox: [Input] = []
        /// When the next turn is arranged for.
        var turnAt: Int64?
        var links: [LinkID: Link] = [:]
        /// Of a drill.
        var faults: [Fault] = []
    }

    final class Link {
        var machine: LinkMachine
        let connection: Int
        let end: Int
        var isUp = false
        /// When `tick` is arranged for.
        var timeAt: Int64?
        /// Bodies that arrive, by the peer's transfer number: whole, to be summed up at the end.
        var arriving: [UInt64: [UInt8]] = [:]

        init(_ machine: LinkMachine, connection: Int, end: Int) {
            self.machine = machine
            self.connection = connection
            self.end = end
        }

        var peer: RelayCode { machine.peer }
        var isDialledHere: Bool { end == 0 }
    }

    /// At which step of a turn a process dies.
    package enum Fate: Hashable, Sendable {
        case beforeCommit
        /// What was decided is on disk; nothing of it is said or done.
        case afterCommit
        /// After some of the actions.
        case amidActions(Int)
    }
}

/// One connection between two relays: two ends, and a pipe from each.
struct Connection {
    /// By end; end 0 has dialled.
    let relays: [Int]
    /// Which address of the other end was dialled.
    let address: Int
    /// The runs of the two processes it belongs to.
    let boots: [UInt64]
    var links: [LinkID] = []
    var isOpen = [true, true]
    /// What each end sends.
    var pipes: [Pipe]
}

/// Bytes on their way in one direction, in order.
struct Pipe {
    var latency: Int64
    var bytesPerMillisecond: Int
    /// When the sender's side is free again.
    var freeAt: Int64 = 0
    var lastArrival: Int64 = 0
    var inFlight = 0
    /// Takes everything and delivers nothing, and nobody is told.
    var swallows = false
    /// What was sent while a drill keeps the pipe shut; nil while it is open.
    var kept: [UInt8]?
    /// What a drill adds to every byte's way, in milliseconds.
    var delay: Int64 = 0

    /// What a socket's buffers and the network hold before the sender has to wait.
    static let inFlightMax = 600_000
}
