// Health of peers, the choice of a hop, and back-off.

import RelayCore
import Testing

@Suite("Peers and the choice of a hop")
struct PeerTests {
    private let here = relay("R-A")
    private let hub1 = relay("HUB-1")
    private let hub2 = relay("HUB-2")
    private let lane = Lane(to: organisation("B"))
    private var settings: Settings { Net.settings("R-A") }

    private func moment(_ milliseconds: Int64) -> Moment {
        Moment(
            now: start + .milliseconds(milliseconds), tick: Tick(milliseconds: milliseconds),
            dice: UInt64(milliseconds) &* 0x9E37_79B9_7F4A_7C15 >> 7)
    }

    private func peers() -> Peers { Peers(settings, at: moment(0)) }

    private func link(_ number: UInt64, to peer: RelayCode, dialledHere: Bool = true) -> LinkUp {
        LinkUp(
            link: LinkID(number), peer: peer, isDialledHere: dialledHere, boot: 1, places: 64)
    }

    private func hop(_ peers: Peers, _ milliseconds: Int64, _ lane: Lane? = nil) -> RelayCode? {
        peers.hop(
            for: lane ?? self.lane, routes: settings.routes, at: Tick(milliseconds: milliseconds))
    }

    @Test("a preferred hop that was not heard of yet holds its place for the grace, no longer")
    func grace() {
        var peers = peers()
        _ = peers.linked(link(2, to: hub2), at: moment(100))
        #expect(hop(peers, 200) == nil)
        #expect(peers.wake == Tick(milliseconds: 3_000))
        _ = peers.pass(to: moment(3_000))
        #expect(hop(peers, 3_000) == hub2)
    }

    @Test("a hop whose first dial failed is preferred all the same when it is up within the grace")
    func slowStart() {
        var peers = peers()
        _ = peers.linked(link(2, to: hub2), at: moment(100))
        peers.unreachable(hub1, reason: "refused", at: moment(100))
        #expect(hop(peers, 200) == hub2)
        _ = peers.linked(link(1, to: hub1), at: moment(1_200))
        #expect(hop(peers, 1_200) == hub1)
        // After the grace it has to prove itself first.
        var late = self.peers()
        _ = late.linked(link(2, to: hub2), at: moment(100))
        late.unreachable(hub1, reason: "refused", at: moment(100))
        _ = late.linked(link(1, to: hub1), at: moment(3_100))
        #expect(hop(late, 3_100) == hub2)
        #expect(hop(late, 63_100) == hub1)
    }

    @Test("a hop that is lost is replaced at once")
    func failOver() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1), at: moment(100))
        _ = peers.linked(link(2, to: hub2), at: moment(100))
        #expect(hop(peers, 200) == hub1)
        peers.lost(link(1, to: hub1), reason: "cut", at: moment(5_000))
        #expect(hop(peers, 5_000) == hub2)
    }

    @Test("a hop that was lost is preferred again only after it has been stable")
    func stableReturn() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1), at: moment(100))
        _ = peers.linked(link(2, to: hub2), at: moment(100))
        peers.lost(link(1, to: hub1), reason: "cut", at: moment(5_000))
        _ = peers.linked(link(3, to: hub1), at: moment(10_000))
        #expect(hop(peers, 69_999) == hub2)
        _ = peers.pass(to: moment(70_000))
        #expect(hop(peers, 70_000) == hub1)
    }

    @Test("a hop that flaps does not get the traffic back")
    func flapping() {
        var peers = peers()
        _ = peers.linked(link(2, to: hub2), at: moment(100))
        for number in UInt64(10)..<20 {
            let time = Int64(number) * 30_000
            _ = peers.linked(link(number, to: hub1), at: moment(time))
            if number > 10 { #expect(hop(peers, time + 29_000) == hub2) }
            peers.lost(link(number, to: hub1), reason: "cut", at: moment(time + 29_500))
        }
    }

    @Test("the only hop that is usable is used, stable or not")
    func onlyOne() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1), at: moment(100))
        peers.lost(link(1, to: hub1), reason: "cut", at: moment(5_000))
        peers.unreachable(hub2, reason: "refused", at: moment(5_000))
        _ = peers.linked(link(3, to: hub1), at: moment(6_000))
        #expect(hop(peers, 6_000) == hub1)
    }

    @Test("an excluded hop is never taken, an avoided one only when no other is usable")
    func excludedAndAvoided() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1), at: moment(100))
        _ = peers.linked(link(2, to: hub2), at: moment(100))
        #expect(hop(peers, 200, Lane(to: organisation("B"), excluding: [hub1])) == hub2)
        #expect(hop(peers, 200, Lane(to: organisation("B"), excluding: [hub1, hub2])) == nil)
        let avoiding = Lane(to: organisation("B"), avoiding: hub1)
        #expect(hop(peers, 200, avoiding) == hub2)
        peers.lost(link(2, to: hub2), reason: "cut", at: moment(300))
        #expect(hop(peers, 300, avoiding) == hub1)
    }

    @Test("a busy hop is passed over until its time, and its stability counts all the while")
    func busyWhileSettling() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1), at: moment(100))
        _ = peers.linked(link(2, to: hub2), at: moment(100))
        peers.lost(link(1, to: hub1), reason: "cut", at: moment(200))
        _ = peers.linked(link(3, to: hub1), at: moment(1_000))
        peers.busy(hub1, until: Tick(milliseconds: 65_000))
        _ = peers.pass(to: moment(61_000))
        #expect(hop(peers, 61_000) == hub2)
        // Or the turn would be called again and again until the peer is no longer busy.
        #expect(peers.wake == Tick(milliseconds: 65_000))
        _ = peers.pass(to: moment(65_000))
        #expect(hop(peers, 65_000) == hub1)
        #expect(peers.wake == nil)
    }

    @Test("nothing that time can bring is left in the past")
    func wakeIsAhead() throws {
        var peers = Peers(Net.settings("HUB-1"), at: moment(0))
        _ = peers.linked(link(1, to: relay("R-A")), at: moment(100))
        peers.unreachable(relay("R-B"), reason: "refused", at: moment(100))
        peers.busy(relay("R-A"), until: Tick(milliseconds: 500))
        var time = Int64(0)
        for _ in 0..<20 {
            guard let wake = peers.wake else { break }
            #expect(wake > Tick(milliseconds: time))
            time = wake.milliseconds
            for peer in peers.pass(to: moment(time)) {
                peers.unreachable(peer, reason: "refused", at: moment(time))
            }
        }
        #expect(time > 5_000)
    }

    @Test("a dead link costs one probe at a time, each later than the one before, up to the cap")
    func probes() {
        var peers = peers()
        var times: [Int64] = []
        var time = Int64(0)
        peers.unreachable(hub1, reason: "refused", at: moment(time))
        peers.unreachable(hub2, reason: "refused", at: moment(time))
        while time < 600_000, let wake = peers.wake {
            time = wake.milliseconds
            for peer in peers.pass(to: moment(time)) {
                peers.unreachable(peer, reason: "refused", at: moment(time))
                if peer == hub1 { times.append(time) }
            }
        }
        let waits = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(waits.allSatisfy { $0 >= 500 && $0 <= 30_000 })
        #expect(times.count < 300)
    }

    @Test("a peer that cannot be dialled is waited for, not dialled")
    func notDiallable() {
        var peers = Peers(Net.settings("HUB-1"), at: moment(0))
        #expect(!peers.pass(to: moment(3_000)).contains(relay("R-C")))
        peers.unreachable(relay("R-C"), reason: "?", at: moment(4_000))
        #expect(peers.all[relay("R-C")]?.phase == .down(probeAt: nil))
        #expect(!peers.pass(to: moment(600_000)).contains(relay("R-C")))
    }

    @Test("losing a link that is not the one in use changes nothing")
    func otherLinkLost() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1), at: moment(100))
        #expect(peers.linked(link(2, to: hub1), at: moment(200)) == link(1, to: hub1))
        peers.lost(link(1, to: hub1), reason: "superfluous", at: moment(300))
        #expect(peers.current(hub1)?.link == LinkID(2))
        #expect(hop(peers, 300) == hub1)
    }

    @Test(
        "of two links that both ends dialled, both ends keep the same one",
        arguments: [true, false], [true, false])
    func supersedes(firstIsDialledByLesser: Bool, swapped: Bool) {
        // Both ends see link 1 dialled by one of them, link 2 by the other, in either order.
        func kept(here: RelayCode, there: RelayCode, settings: Settings, reversed: Bool) -> LinkID?
        {
            let isLesser = here < there
            let first = link(1, to: there, dialledHere: isLesser == firstIsDialledByLesser)
            let second = link(2, to: there, dialledHere: isLesser != firstIsDialledByLesser)
            var peers = Peers(settings, at: moment(0))
            let order = reversed ? [second, first] : [first, second]
            for link in order { _ = peers.linked(link, at: moment(100)) }
            return peers.current(there)?.link
        }
        let one = kept(
            here: relay("HUB-1"), there: relay("HUB-2"), settings: Net.settings("HUB-1"),
            reversed: false)
        let other = kept(
            here: relay("HUB-2"), there: relay("HUB-1"), settings: Net.settings("HUB-2"),
            reversed: swapped)
        #expect(one == LinkID(firstIsDialledByLesser ? 1 : 2))
        #expect(one == other)
    }

    @Test("after a restart of the peer its new link is used, whoever dialled")
    func reboot() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1, dialledHere: false), at: moment(100))
        let fresh = LinkUp(
            link: LinkID(2), peer: hub1, isDialledHere: true, boot: 2, places: 64)
        #expect(peers.linked(fresh, at: moment(200))?.link == LinkID(1))
        #expect(peers.current(hub1) == fresh)
    }

    @Test("a peer turned away keeps its link, and its reason is shown")
    func turnedAway() {
        var peers = peers()
        _ = peers.linked(link(1, to: hub1), at: moment(100))
        peers.turnedAway(hub1, reason: "certificate expired")
        #expect(peers.all[hub1]?.lastError == "certificate expired")
        #expect(peers.current(hub1) != nil)
    }
}

@Suite("Back-off")
struct BackOffTests {
    @Test("every wait is between the base and the cap, and at most three times the one before")
    func bounds() {
        var backOff = BackOff(base: .milliseconds(500), cap: .seconds(30))
        var last = Int64(500)
        var dice: UInt64 = 1
        for _ in 0..<1_000 {
            dice = dice &* 6_364_136_223_846_793_005 &+ 99
            let wait = backOff.next(dice: dice).milliseconds
            #expect(wait >= 500 && wait <= min(30_000, last * 3))
            last = wait
        }
    }

    @Test("the longest draw climbs to the cap and stays there", arguments: [UInt64.max, 0])
    func extremes(dice: UInt64) {
        var backOff = BackOff(base: .milliseconds(500), cap: .seconds(30))
        var waits: [Interval] = []
        for _ in 0..<20 { waits.append(backOff.next(dice: dice)) }
        #expect(waits.allSatisfy { $0 >= .milliseconds(500) && $0 <= .seconds(30) })
        if dice == 0 { #expect(waits.allSatisfy { $0 == .milliseconds(500) }) }
        backOff.reset()
        #expect(backOff.next(dice: 1_000) == .milliseconds(1_500))
    }

    @Test("a cap that is the base gives the base")
    func flat() {
        var backOff = BackOff(base: .seconds(1), cap: .seconds(1))
        for dice: UInt64 in [0, 5, .max] { #expect(backOff.next(dice: dice) == .seconds(1)) }
    }
}
