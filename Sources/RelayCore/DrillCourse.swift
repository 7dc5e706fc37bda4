// One fault of a running drill at one peer: from its beginning until traffic is back.
//
// Measures what the node itself sees: when the link was known dead, when the first document went
// another way, when all that had been queued was handed over, when the peer was used again.

package struct DrillCourse: Hashable, Sendable {
    package let fault: Fault
    /// Nil for a fault that concerns no peer.
    package let peer: RelayCode?
    /// Whether the peer cannot be reached at all while the fault lasts. A slow link, or one address
    /// of several, may or may not cost the link.
    package let isOutage: Bool
    package internal(set) var begunAt: Tick?
    package internal(set) var liftedAt: Tick?
    /// When the link was known dead.
    package internal(set) var lostAt: Tick?
    /// Whatever has a lesser sequence was queued then.
    package internal(set) var horizon: UInt64 = 0
    /// A document that goes another way, and since when it has waited for one.
    var trial: (transfer: TransferID, since: Tick)? {
        get { trialID.map { ($0, trialSince) } }
        set {
            trialID = newValue?.transfer
            if let newValue { trialSince = newValue.since }
        }
    }
    private var trialID: TransferID?
    private var trialSince = Tick(milliseconds: 0)
    package internal(set) var rerouted: Interval?
    package internal(set) var drained: Interval?
    package internal(set) var returned: Interval?
    /// Since when the route has led to the peer again with nothing waiting.
    var quietSince: Tick?

    init(_ fault: Fault, at peer: RelayCode?, isOutage: Bool) {
        self.fault = fault
        self.peer = peer
        self.isOutage = isOutage
    }

    package var isInForce: Bool { begunAt != nil && liftedAt == nil }

    /// Whether nothing remains to be measured.
    package var isOver: Bool {
        guard liftedAt != nil else { return false }
        return lostAt == nil || (drained != nil && returned != nil)
    }

    /// What it adds to the drill's measures.
    package var measures: DrillMeasures {
        var measures = DrillMeasures()
        guard peer != nil, let begunAt else { return measures }
        guard let lostAt else {
            // A fault too short for its link to be lost has shown nothing.
            if isOutage { measures.detect = .open }
            return measures
        }
        measures.detect = .took(lostAt - begunAt)
        // Back before anything came that had to go another way: nothing to measure.
        measures.reroute =
            rerouted.map { .took($0) } ?? (returned == nil ? .open : .notApplicable)
        measures.drain = drained.map { .took($0) } ?? .open
        measures.giveBack = returned.map { .took($0) } ?? .open
        return measures
    }
}

extension Fault {
    /// The courses of a fault at a relay: one for each peer that it is about; none when it is about
    /// a network and no peer has an address there.
    func courses(at relay: Settings) -> [DrillCourse] {
        if case .spaceShort = kind { return [DrillCourse(self, at: nil, isOutage: false)] }
        let peers = peer.map { [$0] } ?? relay.peers.keys.sorted()
        return peers.compactMap { peer in
            guard let terms = relay.peers[peer], let isOutage = reaches(terms) else { return nil }
            return DrillCourse(self, at: peer, isOutage: isOutage)
        }
    }

    /// Whether it takes a peer away; nil when it does not concern it.
    private func reaches(_ terms: PeerTerms) -> Bool? {
        switch kind {
        case .linkRefused, .linkHung, .certificateRefused: true
        case .linkSlow: false
        case .spaceShort: nil
        case .addressBlackholed(.all): true
        case .addressBlackholed(.number(let number)):
            terms.hosts.isEmpty || terms.hosts.indices.contains(number)
                ? terms.hosts.count <= 1 : nil
        case .addressBlackholed(.network(let network)):
            terms.hosts.contains(where: network.contains)
                ? terms.hosts.allSatisfy(network.contains) : nil
        }
    }

    /// For the time line.
    package var words: String {
        switch kind {
        case .linkSlow(let slowness):
            var words = "\(kind.word), \(slowness.delay.milliseconds) ms"
            if let rate = slowness.bytesPerSecond { words += ", \(rate) bytes/s" }
            return words
        case .addressBlackholed(.number(let number)): return "\(kind.word), address \(number + 1)"
        case .addressBlackholed(.network(let network)): return "\(kind.word), \(network)"
        default: return kind.word
        }
    }
}
