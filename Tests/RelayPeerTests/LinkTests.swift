// Two services over real sockets: links, bodies in both directions, and what can go wrong with a
// body.

import NIOCore
import OpenSSL
import RelayCore
import Synchronization
import Testing

@testable import RelayPeer

@Suite("links") struct LinkTests {
    static let large = 10 << 20

    @Test("a dial leads to one link that both ends know")
    func linksUp() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            #expect(link.a.isDialledHere && !link.b.isDialledHere)
            #expect(link.a.peer == b.code && link.b.peer == a.code)
            #expect(link.a.boot == UInt64(UInt8(ascii: "B")))
            #expect(b.address.port != 0)
            try await a.logged("link up", "peer=B", "dialled=here")
            try await b.logged("link up", "peer=A", "dialled=there")
            #expect(b.service.state.withLock { $0.strangers.isEmpty && $0.links.count == 1 })
            #expect(a.service.certificatesEnd[b.code] != nil)
        }
    }

    @Test("small and large documents travel both ways at once, byte for byte")
    func bothWays() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            var sent: [(from: Relay, to: Relay, Transfer, [UInt8])] = []
            for number in UInt64(1)...20 {
                let size = number <= 2 ? Self.large : number == 3 ? 0 : Int(number) * 1_000
                let (there, back) = (pattern(size, seed: number), pattern(size, seed: number + 99))
                sent.append((a, b, a.forward(number, there, on: link.a), there))
                sent.append((b, a, b.forward(number, back, on: link.b), back))
            }
            for (from, to, transfer, body) in sent {
                #expect(try await from.keeper.answer(to: transfer) == .accepted)
                #expect(to.keeper.has(body, as: transfer))
            }
            #expect(a.keeper.linkEvents.count == 1)
        }
    }

    @Test("64 bodies of several pieces at once")
    func many() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            let bodies = (UInt64(1)...64).map { pattern(400_000 + Int($0) * 5_000, seed: $0) }
            let transfers = bodies.enumerated().map {
                a.forward(UInt64($0.offset + 1), $0.element, on: link.a)
            }
            for (transfer, body) in zip(transfers, bodies) {
                #expect(try await a.keeper.answer(to: transfer) == .accepted)
                #expect(b.keeper.has(body, as: transfer))
            }
            #expect(b.service.state.withLock { $0.uploads.isEmpty })
        }
    }

    @Test("a body goes on where it stopped when the connection was cut")
    func resumes() async throws {
        try await Town.run { town in
            let authority = try Authority()
            let b = try await town.relay(
                "B", peers: ["A": []], context: authority.context(for: "B"))
            let wire = try await Wire(to: b.address, town)
            let a = try await town.relay(
                "A", peers: ["B": [wire.address]], context: authority.context(for: "A"))
            a.service.dial(b.code)
            let first = try await a.keeper.linkUp(with: b.code)
            b.keeper.hold(after: 10)
            let body = pattern(Self.large, seed: 7)
            let transfer = a.forward(1, body, on: first)
            try await b.keeper.commits.wait("ten pieces") { $0.count == 10 }
            wire.cut()
            #expect(try await a.keeper.answer(to: transfer) == .unknown)
            _ = try await a.keeper.linkDown(first.link)
            b.keeper.release()

            a.service.dial(b.code)
            let second = try await a.keeper.events.first("the second link") { event in
                if case .linkUp(let up) = event, up.link != first.link { up } else { nil }
            }
            let staged = b.keeper.staged(transfer.envelope.document)
            let before = a.keeper.reads.entries.count
            let again = a.forward(2, body, on: second, document: transfer.envelope.document)
            #expect(try await a.keeper.answer(to: again) == .accepted)
            #expect(b.keeper.has(body, as: transfer))
            #expect(staged >= 10 * Limits.pieceBytes)
            #expect(a.keeper.reads.entries[before] == UInt64(staged))
        }
    }

    @Test("a body that is not what its offer said is refused, inline and in pieces")
    func digestMismatch() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            let other = SHA256Digest(bytes: SHA256.digest([1]))
            for (number, size) in [(UInt64(1), 100), (2, 600_000)] {
                let body = pattern(size, seed: number)
                let transfer = a.forward(number, body, on: link.a, digest: other)
                #expect(try await a.keeper.answer(to: transfer) == .refused(.digestMismatch))
                let failure = try await b.keeper.failure(of: transfer.envelope.document)
                #expect(failure == .digestMismatch)
                #expect(!b.keeper.has(body, as: transfer))
            }
        }
    }

    @Test("a body is judged only when its last piece is durable, whatever is durable before")
    func lastPiece() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            b.keeper.hold(after: 0)
            let body = pattern(5 * Limits.pieceBytes + 1, seed: 3)
            let transfer = a.forward(1, body, on: link.a)
            // All six are on their way to the store; only then the first become durable.
            try await b.keeper.holding.wait("six pieces held") { $0.count == 6 }
            b.keeper.release()
            #expect(try await a.keeper.answer(to: transfer) == .accepted)
            #expect(b.keeper.has(body, as: transfer))
        }
    }

    @Test("a store that takes no more puts the document off, once")
    func notStored() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            b.keeper.fillUp(after: 3)
            let transfer = a.forward(1, pattern(Self.large, seed: 5), on: link.a)
            #expect(try await a.keeper.answer(to: transfer) == .busy(after: .seconds(5)))
            b.keeper.fillUp(after: .max)
            // The link is as good as before, and takes the next one.
            let next = a.forward(2, pattern(Self.large, seed: 6), on: link.a)
            #expect(try await a.keeper.answer(to: next) == .accepted)
            let failures = b.keeper.events.entries.filter {
                if case .offerFailed = $0 { true } else { false }
            }
            #expect(failures.count == 1)
            #expect(b.service.state.withLock { $0.uploads.isEmpty })
        }
    }

    @Test("a body that cannot be read here is put off, and the other end forgets it")
    func unreadable() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            let inline = a.forward(1, pattern(100, seed: 1), on: link.a, isKept: false)
            let pieces = a.forward(2, pattern(600_000, seed: 2), on: link.a, isKept: false)
            for transfer in [inline, pieces] {
                guard case .later = try await a.keeper.answer(to: transfer) else {
                    Issue.record("not put off")
                    return
                }
            }
            try await a.logged("a body cannot be read")
            #expect(try await b.keeper.failure(of: pieces.envelope.document) == .cut)
            let next = a.forward(3, pattern(600_000, seed: 3), on: link.a)
            #expect(try await a.keeper.answer(to: next) == .accepted)
        }
    }

    @Test("commands for a link that is gone are dropped, and what was on it is unknown")
    func gone() async throws {
        try await Town.run { town in
            let (a, b, link) = try await town.pair()
            b.keeper.hold(after: 0)
            let transfer = a.forward(1, pattern(600_000, seed: 1), on: link.a)
            try await b.keeper.holding.wait("a piece held") { !$0.isEmpty }
            a.service.perform([(link.a.link, .close(reason: "another link is used"))])
            #expect(try await a.keeper.answer(to: transfer) == .unknown)
            #expect(try await a.keeper.linkDown(link.a.link) == "another link is used")
            #expect(try await b.keeper.linkDown(link.b.link) == "another link is used")
            b.keeper.release()
            _ = a.forward(2, [1], on: link.a)
            a.service.dial(b.code)
            let again = try await a.keeper.events.first("the second link") { event in
                if case .linkUp(let up) = event, up.link != link.a.link { up } else { nil }
            }
            let next = a.forward(3, pattern(600_000, seed: 2), on: again)
            #expect(try await a.keeper.answer(to: next) == .accepted)
            let ends = a.keeper.events.entries.filter {
                if case .linkDown = $0 { true } else { false }
            }
            #expect(ends.count == 1)
        }
    }
}
