// The network between relays: connections that delay, slow down, break, or swallow everything.
//
// A stream loses no single message; it breaks, or it falls silent. Bytes of one connection keep
// their order; those of two may overtake each other.

import RelayCore

package struct Network {
    var connections: [Int: Connection] = [:]
    private var lastConnection = 0
    /// Pairs between which nothing can be dialled.
    private var cut: Set<Pair> = []
    /// Pairs between which everything is slow.
    private var slow: [Pair: Int] = [:]
    /// What stands between a relay and a peer of its, by who dials and who is dialled.
    var barriers: [Course: [Barrier]] = [:]
    /// What one sends to the other goes at this speed, in bytes a millisecond.
    var speeds: [Course: Int] = [:]
    /// What is added to everything that one sends to the other.
    var delays: [Course: Int64] = [:]
    /// What the lines between relays carry when nothing slows them.
    package var usualBytesPerMillisecond = 20_000
    /// From one relay to the other and back.
    package var usualLatency = 1...30

    struct Pair: Hashable {
        let lesser: Int
        let greater: Int

        init(_ one: Int, _ other: Int) {
            lesser = min(one, other)
            greater = max(one, other)
        }
    }

    /// From one relay to another.
    struct Course: Hashable {
        let from: Int
        let to: Int
    }

    /// Why a dial leads nowhere.
    enum Barrier: Hashable {
        /// The answer is no, at once.
        case refuses(reason: String)
        /// Nobody answers; those of these addresses, or none at all when nil.
        case swallows(addresses: Set<Int>?)
    }

    func isCut(_ one: Int, _ other: Int) -> Bool { cut.contains(Pair(one, other)) }

    func bytesPerMillisecond(_ one: Int, _ other: Int) -> Int {
        slow[Pair(one, other)] ?? usualBytesPerMillisecond
    }

    mutating func add(_ connection: Connection) -> Int {
        lastConnection += 1
        connections[lastConnection] = connection
        return lastConnection
    }

    func takesBytes(_ number: Int, from end: Int) -> Bool {
        guard let connection = connections[number], connection.isOpen[end] else { return false }
        return connection.pipes[end].inFlight < Pipe.inFlightMax
    }

    /// Connections between two relays, in order of their making.
    func between(_ one: Int, _ other: Int) -> [Int] {
        connections.filter { Pair($0.value.relays[0], $0.value.relays[1]) == Pair(one, other) }
            .keys.sorted()
    }

    mutating func setCut(_ isCut: Bool, _ one: Int, _ other: Int) {
        if isCut { cut.insert(Pair(one, other)) } else { cut.remove(Pair(one, other)) }
    }

    mutating func setSpeed(_ bytesPerMillisecond: Int?, _ one: Int, _ other: Int) {
        slow[Pair(one, other)] = bytesPerMillisecond
        for number in between(one, other) {
            for end in 0...1 {
                connections[number]?.pipes[end].bytesPerMillisecond =
                    bytesPerMillisecond ?? usualBytesPerMillisecond
            }
        }
    }

    mutating func silence(_ number: Int, end: Int) {
        connections[number]?.pipes[end].swallows = true
    }
}

extension World {
    func send(_ bytes: [UInt8], _ number: Int, from end: Int) {
        guard var pipe = network.connections[number]?.pipes[end] else { return }
        trace.note(9, UInt64(number), UInt64(end), UInt64(bytes.count), at: now)
        if pipe.swallows { return }
        if pipe.kept != nil {
            network.connections[number]?.pipes[end].kept? += bytes
            return
        }
        let course = network.course(of: number, from: end)
        onBytes?(course.from, course.to, bytes.count)
        let begun = max(now, pipe.freeAt)
        pipe.freeAt = begun + Int64(bytes.count / max(1, pipe.bytesPerMillisecond))
        // At times a packet takes its time; what follows on this connection waits for it.
        let isLate = temper == .wild && dice.chance(2)
        let jitter = isExact ? 0 : isLate ? delay(20...400) : delay(0...3)
        let latency =
            pipe.latency + pipe.delay + jitter
            + (network.delays[course] ?? 0)
        pipe.lastArrival = max(pipe.lastArrival, pipe.freeAt + latency)
        pipe.inFlight += bytes.count
        network.connections[number]?.pipes[end] = pipe
        // Where a stream is taken apart is nobody's choice.
        let isSplit = temper == .wild && bytes.count > 1 && dice.chance(10)
        let split = isSplit ? dice.draw(1...bytes.count) : 0
        for part in [bytes.prefix(split), bytes.dropFirst(split)] where !part.isEmpty {
            agenda.add(.arrive(number, end: 1 - end, Array(part)), at: pipe.lastArrival)
        }
    }

    /// One end lets go of a connection; the other notices soon, or, when it is silent, never.
    func abandon(_ number: Int, end: Int, isSilent: Bool) {
        guard let connection = network.connections[number], connection.isOpen[end] else { return }
        network.connections[number]?.isOpen[end] = false
        if isSilent {
            network.silence(number, end: 0)
            network.silence(number, end: 1)
        } else {
            // What was sent before still arrives.
            let time = max(now, connection.pipes[end].lastArrival) + connection.pipes[end].latency
            agenda.add(.broken(number, end: 1 - end, reason: "connection closed"), at: time)
        }
    }

    /// A connection breaks: what is on its way is lost, and both ends are told, each in its time.
    func breakConnection(_ number: Int, reason: String) {
        for end in 0...1 {
            network.silence(number, end: end)
            arrange(.broken(number, end: end, reason: reason), in: delay(1...200))
        }
    }
}
