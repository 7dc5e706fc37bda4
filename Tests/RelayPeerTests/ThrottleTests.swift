// What strangers can make the relay say is bounded.

import RelayCore
import Testing

@testable import RelayPeer

@Suite("throttle") struct ThrottleTests {
    private func at(_ seconds: Int64) -> Tick { Tick(milliseconds: seconds * 1_000) }

    @Test("so many at once, then one for each pause, and the next one tells what was left out")
    func burstThenPace() {
        var throttle = Throttle(burst: 3, pause: .seconds(2))
        #expect((0..<5).map { _ in throttle.admit(at: at(10)) } == [0, 0, 0, nil, nil])
        #expect(throttle.admit(at: at(11)) == nil)
        #expect(throttle.admit(at: at(12)) == 3)
        #expect(throttle.admit(at: at(13)) == nil)
        #expect(throttle.admit(at: at(14)) == 1)
    }

    @Test("a pause long enough gives the whole burst back, and no more")
    func regained() {
        var throttle = Throttle(burst: 3, pause: .seconds(2))
        for _ in 0..<3 { _ = throttle.admit(at: at(0)) }
        #expect((0..<4).map { _ in throttle.admit(at: at(1_000)) } == [0, 0, 0, nil])
    }
}
