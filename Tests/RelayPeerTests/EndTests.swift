// How links end: by silence, by a peer that takes nothing, and in order; and that nothing remains
// of them.

import NIOCore
import NIOPosix
import RelayCore
import Synchronization
import Testing

@testable import OpenSSL
@testable import RelayPeer

@Suite("ends") struct EndTests {
    /// A linked to B over a wire that a test can cut.
    private func wired(
        _ town: Town, isNarrow: Bool = false, _ adjust: (inout PeerSettings) -> Void = { _ in }
    ) async throws -> (a: Relay, b: Relay, wire: Wire, link: (a: LinkUp, b: LinkUp)) {
        let authority = try Authority()
        let b = try await town.relay(
            "B", peers: ["A": []], context: authority.context(for: "B"), adjust)
        let wire = try await Wire(to: b.address, town, isNarrow: isNarrow)
        let a = try await town.relay(
            "A", peers: ["B": [wire.address]], context: authority.context(for: "A"), adjust)
        a.service.dial(b.code)
        let up = (try await a.keeper.linkUp(with: b.code), try await b.keeper.linkUp(with: a.code))
        return (a, b, wire, up)
    }

    /// The sockets of a relay that are open now.
    private func sockets(of relay: Relay) -> [any Channel] {
        relay.service.state.withLock { $0.connections.values.map(\.channel) }
    }

    @Test("an idle link stays, and one that hangs is noticed by both ends")
    func silence() async throws {
        try await Town.run { town in
            let (a, b, wire, link) = try await wired(town) {
                $0.keepalive = .milliseconds(200)
                $0.deadAfter = .seconds(3)
            }
            // Longer than a silent peer is believed.
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            try await loop.scheduleTask(in: .seconds(4)) {}.futureResult.get()
            #expect(a.keeper.linkEvents.count == 1 && b.keeper.linkEvents.count == 1)
            let start = ContinuousClock.now
            wire.freeze()
            let reason = "nothing was heard from the peer in time"
            #expect(try await a.keeper.linkDown(link.a.link) == reason)
            #expect(try await b.keeper.linkDown(link.b.link) == reason)
            #expect(ContinuousClock.now - start < .seconds(15))
            try await a.logged("link down", "peer=B", reason)
            try await b.logged("link down", "peer=A", reason)
        }
    }

    @Test("a peer that takes no bytes any more is given up, with its socket")
    func takesNothing() async throws {
        try await Town.run { town in
            let (a, _, wire, link) = try await wired(town, isNarrow: true) {
                $0.places = 500
                $0.keepalive = .milliseconds(200)
                // The other end does not notice, so all that happens here is this end's doing.
                $0.deadAfter = $0.relay == code("A") ? .seconds(2) : .minutes(10)
            }
            let sockets = sockets(of: a)
            try #require(sockets.count == 1)
            let closed = Journal<Bool>()
            sockets[0].closeFuture.whenComplete { _ in closed.append(true) }
            wire.freeze()
            // Far more than the system's buffers hold.
            let body = pattern(60_000, seed: 1)
            let transfers = (UInt64(1)...500).map { a.forward($0, body, on: link.a) }
            for transfer in transfers {
                #expect(try await a.keeper.answer(to: transfer) == .unknown)
            }
            // What the connection does not take is not even read.
            #expect(a.keeper.reads.entries.count < transfers.count)
            _ = try await a.keeper.linkDown(link.a.link)
            try await closed.wait("the socket being closed") { !$0.isEmpty }
        }
    }

    @Test("a cut is noticed at once")
    func cut() async throws {
        try await Town.run { town in
            let (a, b, wire, link) = try await wired(town)
            wire.cut()
            _ = try await a.keeper.linkDown(link.a.link)
            _ = try await b.keeper.linkDown(link.b.link)
        }
    }

    @Test("stopping lets a running transfer finish, whichever end stops", arguments: ["A", "B"])
    func drains(_ stopping: String) async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            let relay = stopping == "A" ? a : b
            let other = stopping == "A" ? b : a
            b.keeper.hold(after: 3)
            let body = pattern(10 << 20, seed: 1)
            let transfer = a.forward(1, body, on: link.a)
            try await b.keeper.holding.wait("a piece held") { !$0.isEmpty }
            let start = ContinuousClock.now
            async let stopped: Void = relay.service.stop(patience: .seconds(20))
            try await other.logged("peer is stopping", "the relay is stopping")
            b.keeper.release()
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
            #expect(b.keeper.has(body, as: transfer))
            await stopped
            #expect(ContinuousClock.now - start < .seconds(15))
            _ = try await a.keeper.linkDown(link.a.link)
            _ = try await b.keeper.linkDown(link.b.link)
            #expect(relay.service.state.withLock { $0.connections.isEmpty })
        }
    }

    @Test("stopping ends when a running transfer fails, too", arguments: ["A", "B"])
    func drainsFailure(_ stopping: String) async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            b.keeper.hold(after: 3)
            let transfer = a.forward(1, pattern(10 << 20, seed: 1), on: link.a)
            try await b.keeper.holding.wait("a piece held") { !$0.isEmpty }
            let start = ContinuousClock.now
            let (relay, other) = stopping == "A" ? (a, b) : (b, a)
            async let stopped: Void = relay.service.stop(patience: .seconds(20))
            try await other.logged("peer is stopping", "the relay is stopping")
            b.keeper.fillUp(after: 0)
            b.keeper.release()
            #expect(try await a.keeper.answer(to: transfer) == .busy(after: .seconds(5)))
            await stopped
            #expect(ContinuousClock.now - start < .seconds(15))
        }
    }

    @Test("stopping does not wait longer than it may, and says why it ended")
    func patience() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            b.keeper.hold(after: 3)
            let transfer = a.forward(1, pattern(10 << 20, seed: 1), on: link.a)
            try await b.keeper.holding.wait("a piece held") { !$0.isEmpty }
            let start = ContinuousClock.now
            await a.service.stop(patience: .seconds(2))
            let took = ContinuousClock.now - start
            #expect(took >= .seconds(1) && took < .seconds(10))
            #expect(try await a.keeper.answer(to: transfer) == .unknown)
            #expect(try await b.keeper.linkDown(link.b.link) == "the relay has stopped")
            #expect(sockets(of: a).isEmpty)
        }
    }

    @Test("stopping ends dials, handshakes and listening at once")
    func stopsAll() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let dead = try await Stranger.dead(town)
            let mute = try await Stranger.silent(town)
            let b = try await town.relay(
                "B", peers: ["A": [mute, mute], "C": [dead]], context: authority.context(for: "B"))
            let strangers = [
                try await Stranger(to: b.address, town), try await Stranger(to: b.address, town),
            ]
            b.service.dial(code("A"))
            b.service.dial(code("C"))
            let start = ContinuousClock.now
            await b.service.stop(patience: .seconds(20))
            #expect(ContinuousClock.now - start < .seconds(5))
            for stranger in strangers { try await stranger.closed() }
            _ = try await b.keeper.dialFailed(code("A"))
            _ = try await b.keeper.dialFailed(code("C"))
            b.service.dial(code("A"))
            await #expect(throws: (any Error).self) { _ = try await Stranger(to: b.address, town) }
            // A second stop has nothing to do.
            await b.service.stop(patience: .seconds(20))
        }
    }

    @Test("a task that is cancelled still stops in order")
    func cancelled() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            let task = Task { await a.service.stop(patience: .seconds(20)) }
            task.cancel()
            await task.value
            #expect(try await b.keeper.linkDown(link.b.link) == "everything was finished")
            #expect(sockets(of: a).isEmpty)
        }
    }

    @Test("nothing remains of a service whose links and dials have ended")
    func released() async throws {
        let released = Journal<String>()
        try await Town.run { town in
            let authority = try Authority()
            let nobody = try await Stranger.nobody()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"),
                keeper: Keeper { released.append("B") })
            let a = try await town.relay(
                "A", peers: ["B": [b.address], "C": [nobody]], context: authority.context(for: "A"),
                keeper: Keeper { released.append("A") })
            a.service.dial(code("C"))
            _ = try await a.keeper.dialFailed(code("C"))
            a.service.dial(b.code)
            let link = try await a.keeper.linkUp(with: b.code)
            let transfer = a.forward(1, pattern(600_000, seed: 1), on: link)
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
            let stranger = try await Stranger(to: b.address, town)
            stranger.say([1, 2, 3])
        }
        try await released.wait("both let go", seconds: 5) { $0.count == 2 }
    }
}
