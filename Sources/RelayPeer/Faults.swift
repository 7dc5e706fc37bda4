// The faults of a drill, as dials and connections meet them. Outside a drill there are none, and
// nothing asks.
//
// Volatile on purpose: a relay that is restarted has none. They also end by themselves at `until`,
// should nobody lift them.

package import RelayCore

package struct Faults: Hashable, Sendable {
    /// The drill's name, which every reason begins with.
    private let drill: String
    private let faults: [Fault]
    /// When they are over, whatever happens to whoever brought them about.
    let until: Tick

    package static let none = Faults([], of: "", until: Tick(milliseconds: 0))

    /// - Parameter faults: those in force now.
    package init(_ faults: [Fault], of drill: String, until: Tick) {
        self.faults = faults
        self.drill = drill
        self.until = until
    }

    package var isEmpty: Bool { faults.isEmpty }

    /// What happens to a connection; of several, the one that stands first here.
    enum Effect: Hashable, Sendable {
        /// It ends, and no other comes about.
        case refused(String)
        /// The peer's certificate is taken for one that is not valid.
        case untrusted(String)
        /// Nothing passes, in either direction, and nobody is told.
        case hung
        case slow(Fault.Slowness)

        fileprivate var rank: Int {
            switch self {
            case .refused: 0
            case .untrusted: 1
            case .hung: 2
            case .slow: 3
            }
        }
    }

    /// The two ends of a connection, as far as they are known.
    struct Ends {
        /// Whom the certificate stands for, or who was dialled.
        var peer: RelayCode?
        /// Of the peer, in the order of the configuration.
        var addresses: [PeerSettings.Address] = []
        /// The place of the address that was dialled; nil when it came to us.
        var dialled: Int?
        /// The address of the other end.
        var host: String?
    }

    func effect(on ends: Ends) -> Effect? {
        faults.compactMap { effect(of: $0, on: ends) }.min { $0.rank < $1.rank }
    }

    private func effect(of fault: Fault, on ends: Ends) -> Effect? {
        if let meant = fault.peer, meant != ends.peer { return nil }
        switch fault.kind {
        case .linkRefused: return .refused("drill \(drill): the link is refused")
        case .certificateRefused: return .untrusted("drill \(drill): its certificate is refused")
        case .linkHung: return .hung
        case .linkSlow(let slowness): return .slow(slowness)
        case .addressBlackholed(let which): return which.covers(ends) ? .hung : nil
        case .spaceShort: return nil
        }
    }

    /// Why a dial is not made, and whether it fails at once or only after the time-out.
    func obstacle(to ends: Ends) -> (reason: String, isSilent: Bool)? {
        switch effect(on: ends) {
        case .refused(let reason): return (reason, false)
        // A hung peer takes connections; a vanished address does not even do that.
        case .hung where isVanished(ends):
            return ("drill \(drill): no connection within the time-out", true)
        case .hung, .untrusted, .slow, nil: return nil
        }
    }

    private func isVanished(_ ends: Ends) -> Bool {
        faults.contains { fault in
            guard case .addressBlackholed(let which) = fault.kind else { return false }
            return (fault.peer == nil || fault.peer == ends.peer) && which.covers(ends)
        }
    }
}

extension Fault.Addresses {
    /// Whether a connection goes over one of these. One that came to us goes over the address that
    /// it came from, if no other of the peer's has the same host.
    fileprivate func covers(_ ends: Faults.Ends) -> Bool {
        switch self {
        case .all: return true
        case .network(let network): return ends.host.map(network.contains) ?? false
        case .number(let number):
            if let dialled = ends.dialled { return dialled == number }
            guard ends.addresses.indices.contains(number) else { return false }
            let host = ends.addresses[number].host
            return ends.host == host && ends.addresses.filter { $0.host == host }.count == 1
        }
    }
}
