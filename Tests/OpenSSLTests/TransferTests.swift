// Plaintext through a connected pair: sizes, pieces, amounts, damage, and the two kinds of end.

import Testing

@testable import OpenSSL

@Suite("transfer")
struct TransferTests {
    @Test(
        "bytes of any size arrive in both directions",
        arguments: [
            0, 1, 2, 17, 1_000, 16_383, 16_384, 16_385, 65_536, 100_003, 1 << 20,
        ])
    func sizes(_ count: Int) throws {
        let pair = try Pair.connected()
        let up = pattern(count, seed: 1)
        let down = pattern(count, seed: 2)
        #expect(pair.client.write(up) == .complete)
        #expect(pair.server.write(down) == .complete)
        pair.carryToServer()
        pair.carryToClient()
        let server = pair.server.readAll()
        let client = pair.client.readAll()
        #expect(server.bytes == up)
        #expect(client.bytes == down)
        #expect(server.outcome == .incomplete)
        #expect(client.outcome == .incomplete)
    }

    @Test("records cut into single bytes are put together again")
    func fragments() throws {
        let pair = try Pair.connected(step: 1)
        let sent = pattern(3_000)
        #expect(pair.client.write(sent) == .complete)
        var received: [UInt8] = []
        while pair.carryToServer() > 0 { received += pair.server.readAll().bytes }
        #expect(received == sent)
    }

    @Test("a reader with little room gets everything in the end")
    func smallReads() throws {
        let pair = try Pair.connected()
        let sent = pattern(5_000)
        #expect(pair.client.write(sent) == .complete)
        pair.carryToServer()
        var received: [UInt8] = []
        while pair.server.read(into: &received, atMost: 7) == .complete {}
        #expect(received == sent)
    }

    @Test("the caller's memory is filled in place, after what is there already")
    func inPlace() throws {
        let pair = try Pair.connected()
        #expect(pair.client.write([1, 2, 3]) == .complete)
        pair.carryToServer()
        var received: [UInt8] = [9]
        #expect(pair.server.read(into: &received, atMost: 3) == .complete)
        #expect(pair.server.read(into: &received, atMost: 3) == .incomplete)
        #expect(received == [9, 1, 2, 3])
    }

    @Test("nothing is taken before the handshake is complete")
    func early() throws {
        let context = try Authority().context()
        let client = try End(context, as: .client)
        #expect(client.write([1]) == .incomplete)
        #expect(client.readAll().outcome == .incomplete)
        #expect(client.pendingCiphertextBytes == 0)
    }

    @Test("one changed bit in transit ends the session, and both ends know")
    func damage() throws {
        let pair = try Pair.connected()
        #expect(pair.client.write(pattern(100)) == .complete)
        var bytes = pair.client.takeCiphertext(atMost: .max)
        bytes[50] ^= 1
        pair.server.receive(bytes)
        let (read, outcome) = pair.server.readAll()
        #expect(read.isEmpty)
        guard case .failed(.protocolViolation) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        pair.carryToClient()
        #expect(pair.client.readAll().outcome == .failed(.alert(TLSAlert(number: 20))))
    }

    @Test("64 MiB pass at a speed that no disk reaches")
    func speed() throws {
        let pair = try Pair.connected()
        let piece = pattern(256 << 10)
        var received: [UInt8] = []
        var total = 0
        let elapsed = try ContinuousClock().measure {
            for _ in 0..<256 {
                guard pair.client.write(piece) == .complete else { break }
                pair.carryToServer()
                received.removeAll(keepingCapacity: true)
                while pair.server.read(into: &received, atMost: 256 << 10) == .complete {}
                try #require(received.count == piece.count)
                total += received.count
            }
        }
        #expect(total == 64 << 20)
        #expect(received == piece)
        let seconds =
            Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        print("TLS 1.3, one thread for both ends: \(Int(64 / seconds)) MiB/s")
    }

    @Test("close-notify is an end by agreement, after all bytes before it")
    func closes() throws {
        let pair = try Pair.connected()
        #expect(pair.client.write([1, 2, 3]) == .complete)
        pair.client.close()
        pair.client.close()
        #expect(pair.client.write([4]) == .closed)
        pair.carryToServer()
        let end = pair.server.readAll()
        #expect(end.bytes == [1, 2, 3])
        #expect(end.outcome == .closed)
        #expect(pair.server.receiveEnd() == .closed)
    }

    @Test("after one side has closed, the other may still send, and then closes too")
    func halfClosed() throws {
        let pair = try Pair.connected()
        pair.client.close()
        pair.carryToServer()
        #expect(pair.server.readAll().outcome == .closed)
        #expect(pair.server.write([5, 6]) == .complete)
        pair.server.close()
        pair.carryToClient()
        let end = pair.client.readAll()
        #expect(end.bytes == [5, 6])
        #expect(end.outcome == .closed)
        #expect(pair.client.receiveEnd() == .closed)
    }

    @Test("an end without close-notify is reported as a cut")
    func truncated() throws {
        let pair = try Pair.connected()
        #expect(pair.client.write(pattern(40_000)) == .complete)
        let bytes = pair.client.takeCiphertext(atMost: 20_000)
        pair.server.receive(bytes)
        let read = pair.server.readAll()
        #expect(read.bytes == Array(pattern(40_000).prefix(read.bytes.count)))
        #expect(read.bytes.count == 16_384)
        #expect(pair.server.receiveEnd() == .failed(.truncated))
        #expect(pair.server.readAll().outcome == .failed(.truncated))
    }

    @Test("an end in the middle of the handshake is a cut too")
    func cutHandshake() throws {
        let context = try Authority().context()
        let client = try End(context, as: .client)
        #expect(client.handshake() == .incomplete)
        #expect(client.receiveEnd() == .failed(.truncated))
    }

    @Test("what waits to be sent can be taken in pieces")
    func pieces() throws {
        let pair = try Pair.connected()
        #expect(pair.client.write(pattern(1_000)) == .complete)
        let announced = pair.client.pendingCiphertextBytes
        #expect(announced > 1_000)
        let first = pair.client.takeCiphertext(atMost: 10)
        #expect(first.count == 10)
        #expect(pair.client.pendingCiphertextBytes == announced - 10)
        pair.server.receive(first)
        pair.carryToServer()
        #expect(pair.client.pendingCiphertextBytes == 0)
        #expect(pair.server.readAll().bytes == pattern(1_000))
    }

    @Test("sessions outlive the variable that held their context")
    func contextLifetime() throws {
        let pair = try {
            let authority = try Authority()
            return try Pair(client: authority.context(), server: authority.context())
        }()
        let (client, server) = pair.handshake()
        #expect(client == .complete)
        #expect(server == .complete)
    }
}
