// The faults of drills, as a relay injects them at its own end of its links: what `relayd` does
// while a drill runs, on the virtual network.

import RelayCore

extension World {
    func begin(_ fault: Fault, at relay: Int) {
        guard fault.kind != .spaceShort else {
            fill(relay, isSudden: false)
            return
        }
        for peer in concerned(by: fault, at: relay) {
            setBarriers(of: fault, relay, peer, isRaised: true)
            switch fault.kind {
            case .linkRefused, .certificateRefused: breakAll(relay, peer)
            case .linkHung: silenceAll(relay, peer)
            case .addressBlackholed(let addresses):
                let gone = numbers(addresses, relay, peer)
                for number in network.between(relay, peer) {
                    guard let connection = network.connections[number],
                        connection.relays[0] == relay,
                        gone.map({ $0.contains(connection.address) }) ?? true
                    else { continue }
                    for end in 0...1 { network.silence(number, end: end) }
                }
            case .linkSlow(let slowness):
                let course = Network.Course(from: relay, to: peer)
                network.delays[course] = slowness.delay.milliseconds
                setSpeed(slowness.bytesPerSecond, course)
            case .spaceShort: break
            }
        }
    }

    func end(_ fault: Fault, at relay: Int) {
        guard fault.kind != .spaceShort else {
            empty(relay)
            return
        }
        for peer in concerned(by: fault, at: relay) {
            setBarriers(of: fault, relay, peer, isRaised: false)
            guard case .linkSlow = fault.kind else { continue }
            let course = Network.Course(from: relay, to: peer)
            network.delays[course] = nil
            setSpeed(nil, course)
        }
    }

    /// The peers whose links suffer.
    private func concerned(by fault: Fault, at relay: Int) -> [Int] {
        let site = relays[relay].site
        if let peer = fault.peer { return topology.index(of: peer).map { [$0] } ?? [] }
        return site.settings.peers.keys.sorted().compactMap { topology.index(of: $0) }
            .filter { numbers(fault.kind.addresses, relay, $0)?.isEmpty == false }
    }

    /// Which addresses of a peer a fault is about; nil for every one, whoever dials.
    private func numbers(_ addresses: Fault.Addresses, _ relay: Int, _ peer: Int) -> Set<Int>? {
        switch addresses {
        case .all: return nil
        case .number(let number): return [number]
        case .network(let network):
            let known = relays[relay].site.addresses[topology.sites[peer].settings.relay] ?? []
            return Set(known.indices.filter { network.contains(known[$0]) })
        }
    }

    /// Nothing is dialled past a barrier, from either side; only a single address that vanishes
    /// concerns nobody but the one who dials it.
    private func setBarriers(of fault: Fault, _ relay: Int, _ peer: Int, isRaised: Bool) {
        let barrier: Network.Barrier
        var isOneWay = false
        switch fault.kind {
        case .linkRefused: barrier = .refuses(reason: "connection refused")
        case .certificateRefused: barrier = .refuses(reason: "certificate not accepted")
        case .linkHung: barrier = .swallows(addresses: nil)
        case .addressBlackholed(let addresses):
            let numbers = numbers(addresses, relay, peer)
            barrier = .swallows(addresses: numbers)
            isOneWay = numbers != nil
        case .linkSlow, .spaceShort: return
        }
        for (from, to) in isOneWay ? [(relay, peer)] : [(relay, peer), (peer, relay)] {
            let course = Network.Course(from: from, to: to)
            var barriers = network.barriers[course] ?? []
            if isRaised {
                barriers.append(barrier)
            } else if let place = barriers.firstIndex(of: barrier) {
                barriers.remove(at: place)
            }
            network.barriers[course] = barriers.isEmpty ? nil : barriers
        }
    }

    private func setSpeed(_ bytesPerSecond: UInt64?, _ course: Network.Course) {
        let usual = network.bytesPerMillisecond(course.from, course.to)
        let speed = bytesPerSecond.map { max(1, Int($0 / 1_000)) } ?? usual
        network.speeds[course] = bytesPerSecond == nil ? nil : speed
        for number in network.between(course.from, course.to) {
            guard let ends = network.connections[number]?.relays,
                let end = ends.firstIndex(of: course.from)
            else { continue }
            network.connections[number]?.pipes[end].bytesPerMillisecond = speed
        }
    }
}

extension Fault.Kind {
    fileprivate var addresses: Fault.Addresses {
        if case .addressBlackholed(let addresses) = self { addresses } else { .all }
    }
}

extension Network {
    func course(of number: Int, from end: Int) -> Course {
        let ends = connections[number]?.relays ?? [0, 0]
        return Course(from: ends[end], to: ends[1 - end])
    }

    /// Why a dial is turned away at once; nil when it is not.
    func refusal(_ dialler: Int, _ acceptor: Int) -> String? {
        for case .refuses(let reason) in barriers[Course(from: dialler, to: acceptor)] ?? [] {
            return reason
        }
        return nil
    }

    /// The first of so many addresses that answers; nil when none does.
    func way(_ dialler: Int, _ acceptor: Int, addresses count: Int) -> Int? {
        let barriers = barriers[Course(from: dialler, to: acceptor)] ?? []
        return (0..<count).first { address in
            barriers.allSatisfy { barrier in
                guard case .swallows(let gone) = barrier else { return false }
                return gone.map { !$0.contains(address) } ?? false
            }
        }
    }
}
