// Drills in the world: faults on virtual connections, test documents, and reports that say nothing
// but that they were asked for.
//
// A fault is volatile, as in production: it goes with the process that was told to bring it about.

package import RelayCore
import RelayEngine
import RelayWire

extension World {
    /// What stands between two relays, whichever of them was told to bring it about.
    func faults(between one: Int, _ other: Int) -> [Fault.Kind] {
        let both = [(one, other), (other, one)]
        return both.flatMap { here, there -> [Fault.Kind] in
            let peer = relays[there].site.settings.relay
            return (relays[here].process?.faults ?? []).filter { fault in
                fault.peer == peer || (fault.peer == nil && fault.kind != .spaceShort)
            }.map(\.kind)
        }
    }

    /// Whether a dial ends at once, or only after its time-out; nil when nothing is in its way.
    func failureOfDial(_ dialler: Int, _ acceptor: Int) -> (reason: String, after: Int64)? {
        let faults = faults(between: dialler, acceptor)
        if faults.contains(.linkRefused) { return ("drill: the link is refused", 5) }
        if faults.contains(.certificateRefused) {
            return ("drill: its certificate is refused", 10)
        }
        return faults.contains(where: \.isSilent)
            ? ("drill: no connection within the time-out", 5_000) : nil
    }

    /// These faults and no others.
    func bringAbout(_ faults: [Fault], _ relay: Int) {
        relays[relay].process?.faults = faults
        for (other, _) in relays.enumerated() where other != relay { meetFaults(relay, other) }
    }

    /// Every connection between two relays gets what the faults make of it.
    func meetFaults(_ one: Int, _ other: Int) {
        let kinds = faults(between: one, other)
        for number in network.between(one, other) {
            guard let connection = network.connections[number], connection.isOpen[0] else {
                continue
            }
            if kinds.contains(.linkRefused) || kinds.contains(.certificateRefused) {
                let reason = "drill: the link is refused"
                for end in 0...1 where connection.relays[end] == one {
                    withLink(connection.links[end], of: one) { machine, _ in
                        machine.close(reason: reason)
                    }
                }
                continue
            }
            for end in 0...1 { shut(kinds.contains(where: \.isSilent), number, end: end) }
            slow(kinds, number)
        }
    }

    /// A shut pipe keeps what is sent, and lets it go when it is opened.
    private func shut(_ isShut: Bool, _ number: Int, end: Int) {
        guard let kept = network.connections[number]?.pipes[end].kept else {
            if isShut { network.connections[number]?.pipes[end].kept = [] }
            return
        }
        guard !isShut else { return }
        network.connections[number]?.pipes[end].kept = nil
        if !kept.isEmpty { send(kept, number, from: end) }
    }

    private func slow(_ kinds: [Fault.Kind], _ number: Int) {
        for end in 0...1 {
            var delay: Int64 = 0
            for case .linkSlow(let slowness) in kinds { delay += slowness.delay.milliseconds }
            network.connections[number]?.pipes[end].delay = delay
        }
    }

    // MARK: - Test documents and reports

    func makeTest(_ test: DrillTest, _ relay: Int) {
        let body = Checksum.body(
            seed: test.drill.id.low &+ UInt64(test.number), count: Int(clamping: test.size))
        let upload = UploadID(
            DocumentID(high: test.drill.id.high, low: test.drill.id.low &+ UInt64(test.number)))
        let submission = Submission(
            caller: CallerID(0), upload: upload, kind: .document, sender: test.sender,
            recipients: [test.recipient], reference: "", businessType: 0,
            priority: test.priority, size: test.size, digest: Checksum.of(body),
            mediaType: "application/octet-stream", name: "", idempotencyKey: "",
            isIntended: false, drill: test.drill)
        var pieces = stride(from: 0, to: body.count, by: Limits.pieceBytes).map { offset in
            let end = min(offset + Limits.pieceBytes, body.count)
            return Piece(upload: upload, offset: UInt64(offset), bytes: Array(body[offset..<end]))
        }
        let last = pieces.popLast() ?? Piece(upload: upload, offset: 0, bytes: [])
        post(pieces.map { .piece($0) } + [.closing(last, .submitted(submission))], to: relay)
    }

    func report(_ record: DrillRecord, _ relay: Int) {
        arrange(
            .inputs(
                relay, boot: relays[relay].boots,
                [.event(.drillReported(record.drill, report: []))]),
            in: delay(5...2_000))
    }

    /// An operator orders a drill, or ends one.
    package func order(_ scenario: DrillScenario, at relay: Int) {
        let caller = desk.call(.order(-1, relay: relay))
        let order = DrillOrder(
            scenario: scenario, source: "", by: "operator", reason: "rehearsal", caller: caller)
        post([.event(.drillOrdered(order))], to: relay)
    }

    package func abortDrill(at relay: Int) {
        let caller = desk.call(.order(-1, relay: relay))
        post(
            [.event(.drillAborted(by: "operator", reason: "enough", caller: caller))],
            to: relay)
    }
}

extension Fault.Kind {
    /// Whether bytes vanish and nobody is told.
    fileprivate var isSilent: Bool {
        switch self {
        case .linkHung, .addressBlackholed: true
        case .linkRefused, .linkSlow, .certificateRefused, .spaceShort: false
        }
    }
}
