// The orders of a scenario: about documents, and about links to other relays.

import RelayCore

extension ScenarioPlayer {
    func order(_ words: [String]) throws(ScenarioFault) {
        let world = stage.world
        let order = Desk.Order(
            at: world.now, relay: try relay(words[3]), work: try work(words[1]),
            what: try what(words))
        world.desk.orders.append(order)
        world.giveOrder(world.desk.orders.count - 1)
    }

    func orderPeer(_ words: [String]) throws(ScenarioFault) {
        let peer = try code(of: words[1])
        let what: PeerOrder.What? =
            switch words[0] {
            case "pause": .pause
            case "drain": .drain
            default: nil
            }
        stage.world.giveOrder(what, about: peer, at: try relay(words[3]))
    }

    private func what(_ words: [String]) throws(ScenarioFault) -> Order.What {
        switch words[0] {
        case "hold": return .hold
        case "release": return .release
        case "retry": return .retry
        case "cancel": return .cancel
        case "expire": return .expire
        default: break
        }
        switch words[4] {
        case "via": return .reroute(.via(try code(of: words[5])))
        case "avoiding": return .reroute(.avoiding(try code(of: words[5])))
        case "as": return .reroute(nil)
        default: throw ScenarioFault(what: "via, avoiding, or as configured")
        }
    }

    private func code(of word: String) throws(ScenarioFault) -> RelayCode {
        topology.sites[try relay(word)].settings.relay
    }
}
