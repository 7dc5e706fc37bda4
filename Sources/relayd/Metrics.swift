// `GET /v1/metrics`: what the parts of the relay say of themselves, gathered at the moment of the
// question. Docs/Metrics.md has every name; a test compares.
//
// Labels are peers, states and fixed words, so the number of series is bounded by the
// configuration: nothing is by document or by organisation.

import RelayAPI
import RelayCore
import RelayEngine
import RelayPeer
import RelayStore
import RelayWire

struct Metrics: Sendable {
    let bodies: Bodies
    let engine: Engine
    let ledger: LMDBLedger
    let peers: PeerService
    let figures: Figures
    let bell: EventBell
    let clock: SystemClock
    let startedAt: Instant

    /// Destinations looked at for what waits: the largest province has some 4,000.
    private static let destinationsMax = 50_000

    func families() async throws(Problem) -> [MetricFamily] {
        let (counters, usage, waiting) = try await bodies.answer { reader in
            (
                try reader.counters(), try reader.usage(),
                try reader.waiting(countMax: Self.destinationsMax)
            )
        }
        guard let node = await engine.inspect({ $0 }) else {
            throw Problem(.stopping, "The relay is stopping.")
        }
        let view = NodeMetrics(node: node, now: clock.now, tick: clock.tick)
        return process(node) + view.health() + Self.documents(counters)
            + view.queue(waiting) + view.links(traffic: peers.figures, figures.current)
            + certificates() + Self.turns(engine.figures) + Self.store(usage, ledger.writes)
            + happenings() + events(counters)
    }

    // MARK: - The process

    private func process(_ node: Node) -> [MetricFamily] {
        var build = MetricFamily("tram_build_info", "The program and whose it is; always 1.")
        build.add(1, .init("version", Version.text), .init("relay", node.settings.relay.text))
        var start = MetricFamily(
            "tram_start_time_seconds", "When this run began, in seconds since 1970.")
        start.add(Double(startedAt.milliseconds) / 1_000)
        var uptime = MetricFamily("tram_uptime_seconds", "How long this run has lasted.")
        uptime.add(Double((clock.now - startedAt).milliseconds) / 1_000)
        return [build, start, uptime]
    }

    private func certificates() -> [MetricFamily] {
        var end = MetricFamily(
            "tram_peer_certificate_end_seconds",
            "End of validity of the certificate that the peer last showed, in seconds since 1970.")
        for (peer, time) in peers.certificatesEnd.sorted(by: { $0.key < $1.key }) {
            end.add(Double(time.milliseconds) / 1_000, .init("peer", peer.text))
        }
        return [end]
    }

    // MARK: - Documents

    /// The conservation law: accepted = the sum of all states + forgotten.
    private static func documents(_ counters: StoredCounters) -> [MetricFamily] {
        var accepted = MetricFamily(
            "tram_accepted_total", "Deliveries that this relay has ever taken custody of.")
        var forgotten = MetricFamily(
            "tram_forgotten_total", "Deliveries whose records have come to their end.")
        var states = MetricFamily("tram_deliveries", "Deliveries in each state.")
        for (name, counted) in [
            ("documents", counters.documents), ("receipts", counters.receipts),
        ] {
            accepted.add(counted.accepted, .init("class", name))
            forgotten.add(counted.forgotten, .init("class", name))
            for state in StateName.allCases {
                states.add(
                    counted[state], .init("class", name), .init("state", state.status.rawValue))
            }
        }
        return [accepted, forgotten, states]
    }

    private func happenings() -> [MetricFamily] {
        let current = figures.current
        var happenings = MetricFamily(
            "tram_happenings_total",
            "Lines of the delivery log in this run, by their word: receipts signed, verified and "
                + "rejected, deadlines near and missed, and all others.")
        for what in Happening.What.allCases {
            happenings.add(current.happenings[Int(what.rawValue)], .init("what", what.word))
        }
        var refused = MetricFamily(
            "tram_submissions_refused_total", "Submissions refused in this run, by problem.")
        for kind in Problem.Kind.allCases {
            guard let count = current.refusals[kind] else { continue }
            refused.add(count, .init("problem", kind.rawValue))
        }
        return [happenings, refused]
    }

    private func events(_ counters: StoredCounters) -> [MetricFamily] {
        var told = MetricFamily("tram_events_total", "Events ever told to applications.")
        told.add(counters.lastAnnouncement)
        var waiting = MetricFamily("tram_event_waiters", "Requests that wait for an event.")
        waiting.add(bell.waiters)
        return [told, waiting]
    }

    // MARK: - Engine and store

    private static func turns(_ figures: TurnFigures) -> [MetricFamily] {
        var duration = MetricFamily(
            "tram_turn_duration_seconds", "Turns of the engine in this run: decide, commit, act.",
            isHistogram: true)
        duration.add(figures.duration)
        var inputs = MetricFamily(
            "tram_turn_inputs", "Inputs that shared one turn, and so one commit.",
            isHistogram: true)
        inputs.add(figures.inputs)
        var mailbox = MetricFamily("tram_mailbox_inputs", "Inputs that wait for their turn.")
        mailbox.add(figures.mailbox)
        return [duration, inputs, mailbox]
    }

    private static func store(_ usage: StoreUsage, _ writes: StoreWrites) -> [MetricFamily] {
        func family(_ name: String, _ help: String, _ value: some BinaryInteger) -> MetricFamily {
            var family = MetricFamily(name, help)
            family.add(value)
            return family
        }
        return [
            family(
                "tram_store_commits_total", "Durable commits of this run that changed something.",
                writes.commits),
            family(
                "tram_store_flushes_total", "Flushes to the device: two for each such commit.",
                writes.flushes),
            family(
                "tram_store_written_bytes_total",
                "Bytes of rows written in this run; the device sees whole pages, several times it.",
                writes.bytes),
            family("tram_store_map_bytes", "The most that the store may grow to.", usage.mapBytes),
            family("tram_store_used_bytes", "Of the map, what is in use.", usage.usedBytes),
            family(
                "tram_store_free_bytes", "What can still be written, the reserve included.",
                usage.writableBytes),
            family(
                "tram_store_reserve_bytes", "What only receipts and removals may use of that.",
                usage.reserveBytes),
            family(
                "tram_store_body_bytes", "Bytes of bodies that belong to documents.",
                usage.bodyBytes),
            family(
                "tram_store_garbage_bytes", "Bytes of bodies that are being erased.",
                usage.garbageBytes),
            family(
                "tram_filesystem_free_bytes", "Free on the file system of the store.",
                usage.fileSystemFreeBytes),
        ]
    }
}

extension MetricFamily {
    /// Buckets are cumulative, and the last has no bound.
    mutating func add(_ histogram: Histogram) {
        var count: UInt64 = 0
        for (place, each) in histogram.counts.enumerated() {
            count += each
            let bound = place < histogram.bounds.count ? histogram.bounds[place] : .infinity
            add(Double(count), Label("le", Self.bound(bound)), suffix: "_bucket")
        }
        add(histogram.sum, suffix: "_sum")
        add(Double(count), suffix: "_count")
    }

    private static func bound(_ value: Double) -> String {
        value.isInfinite ? "+Inf" : value.description
    }
}
