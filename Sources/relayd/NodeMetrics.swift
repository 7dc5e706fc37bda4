// What the node says of its peers and of what waits, as metrics.

import RelayAPI
import RelayCore
import RelayPeer
import RelayStore

struct NodeMetrics {
    let node: Node
    let now: Instant
    let tick: Tick

    private var all: [(peer: RelayCode, health: PeerHealth)] {
        node.peers.all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func health() -> [MetricFamily] {
        let usable = node.peers.all.values.contains { $0.isUsable(at: tick) }
        var takes = MetricFamily(
            "tram_can_take_in", "1 while documents are taken in, 0 when there is no room.")
        takes.add(node.hasRoom ? 1 : 0)
        var forwards = MetricFamily(
            "tram_can_forward", "1 while some peer can be sent to, or there are none.")
        forwards.add(usable || node.peers.all.isEmpty ? 1 : 0)
        var drill = MetricFamily("tram_drill_running", "1 while a failover drill runs here.")
        drill.add(node.drill == nil ? 0 : 1)
        return [takes, forwards, drill]
    }

    /// What waits, by the hop that it will go to or would go to first; the rest has no route.
    func queue(_ waiting: [WaitingRow]) -> [MetricFamily] {
        var byPeer: [RelayCode: UInt64] = [:]
        var unrouted: UInt64 = 0
        for row in waiting {
            let hop =
                node.peers.hop(
                    for: Lane(to: row.destination), routes: node.settings.routes, at: tick)
                ?? node.settings.routes.hops(to: row.destination).first
            if let hop { byPeer[hop, default: 0] += row.total } else { unrouted += row.total }
        }
        var queued = MetricFamily(
            "tram_peer_queued", "Deliveries that wait for the peer, or are being handed to it.")
        for (peer, _) in all { queued.add(byPeer[peer] ?? 0, .init("peer", peer.text)) }
        var nowhere = MetricFamily(
            "tram_unrouted_queued", "Deliveries that wait and have no route.")
        nowhere.add(unrouted)
        var oldest = MetricFamily(
            "tram_queue_oldest_seconds",
            "How long the oldest delivery has waited; 0 when none does.")
        let since = waiting.map(\.oldest).min()
        oldest.add(since.map { Double(max(0, (now - $0).milliseconds)) / 1_000 } ?? 0)
        return [queued, nowhere, oldest]
    }

    func links(
        traffic: [RelayCode: PeerFigures], _ figures: Figures.State
    ) -> [MetricFamily] {
        var up = MetricFamily("tram_link_up", "1 while the peer can be sent to.")
        var since = MetricFamily(
            "tram_link_state_seconds", "How long the link has been as it is, up or not.")
        var transfers = MetricFamily("tram_link_transfers", "Transfers on the wire to the peer.")
        var ups = MetricFamily("tram_link_ups_total", "Links to the peer that came about.")
        var downs = MetricFamily("tram_link_downs_total", "Links to the peer that ended.")
        var received = MetricFamily(
            "tram_peer_received_bytes_total", "Bytes from the peer, before encryption.")
        var sent = MetricFamily(
            "tram_peer_sent_bytes_total", "Bytes to the peer, before encryption.")
        var deliveries = MetricFamily(
            "tram_peer_deliveries_total",
            "Deliveries that changed custody in this run: in from the peer, out to it.")
        let active = Dictionary(grouping: node.active.values, by: \.link.peer).mapValues(\.count)
        for (peer, health) in all {
            let label = MetricFamily.Label("peer", peer.text)
            up.add(health.isUsable(at: tick) ? 1 : 0, label)
            since.add(Double(max(0, (now - health.since).milliseconds)) / 1_000, label)
            transfers.add(active[peer] ?? 0, label)
            let passed = traffic[peer]
            ups.add(passed?.linkUps ?? 0, label)
            downs.add(passed?.linkDowns ?? 0, label)
            received.add(passed?.bytesReceived ?? 0, label)
            sent.add(passed?.bytesSent ?? 0, label)
            deliveries.add(figures.received[peer] ?? 0, label, .init("direction", "in"))
            deliveries.add(figures.sent[peer] ?? 0, label, .init("direction", "out"))
        }
        return [up, since, transfers, ups, downs, received, sent, deliveries]
    }
}
