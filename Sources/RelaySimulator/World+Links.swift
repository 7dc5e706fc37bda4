// Links: the production link machines, driven as a shell drives them, over virtual connections.

import RelayCore
import RelayEngine
import RelayWire

extension World {
    private func link(_ id: LinkID, of relay: Int) -> Relay.Link? {
        relays[relay].process?.links[id]
    }

    /// Carries out what one call of a link's machine brings: its events, then its output.
    func withLink(
        _ id: LinkID, of relay: Int, _ body: (inout LinkMachine, Tick) -> [LinkEvent]
    ) {
        guard let link = link(id, of: relay) else { return }
        for event in body(&link.machine, tick(of: relay)) { carryOut(event, id, relay) }
        pump(id, relay)
    }

    func connected(_ dialler: Int, boot: UInt64, to acceptor: Int) {
        guard relays[dialler].boots == boot, relays[dialler].process != nil else { return }
        let peer = relays[acceptor].site.settings.relay
        guard relays[acceptor].process != nil, !network.isCut(dialler, acceptor),
            let address = network.way(dialler, acceptor, addresses: addresses(dialler, acceptor))
        else {
            post([.event(.dialFailed(peer, reason: "nobody answers"))], to: dialler)
            return
        }
        if let failure = failureOfDial(dialler, acceptor) {
            post([.event(.dialFailed(peer, reason: failure.reason))], to: dialler)
            return
        }
        // Whoever is not in the other's configuration does not get past the handshake.
        guard knows(dialler, acceptor), knows(acceptor, dialler) else {
            post([.event(.dialFailed(peer, reason: "not a peer there"))], to: dialler)
            return
        }
        let ends = [dialler, acceptor]
        let latency = delay(network.usualLatency)
        let pipe = Pipe(
            latency: latency, bytesPerMillisecond: network.bytesPerMillisecond(dialler, acceptor))
        var connection = Connection(
            relays: ends, address: address, boots: ends.map { relays[$0].boots },
            pipes: [pipe, pipe])
        for end in 0...1 {
            let course = Network.Course(from: ends[end], to: ends[1 - end])
            if let speed = network.speeds[course] {
                connection.pipes[end].bytesPerMillisecond = speed
            }
        }
        connection.links = ends.map { relay in
            relays[relay].lastLink += 1
            return LinkID(relays[relay].lastLink)
        }
        let number = network.add(connection)
        for (end, relay) in ends.enumerated() { open(connection, number, end, relay) }
        meetFaults(dialler, acceptor)
        for (end, relay) in ends.enumerated() { pump(connection.links[end], relay) }
    }

    private func knows(_ relay: Int, _ other: Int) -> Bool {
        relays[relay].site.settings.peers[relays[other].site.settings.relay] != nil
    }

    private func open(_ connection: Connection, _ number: Int, _ end: Int, _ relay: Int) {
        let site = relays[relay].site
        var settings = LinkSettings(relay: site.settings.relay, boot: relays[relay].boots)
        settings.places = site.places
        settings.inlineBytesMax = site.inlineBytesMax
        settings.documentBytesMax = site.settings.documentBytesMax
        settings.keepAlive = site.patience.keepAlive
        settings.silenceMax = site.patience.silenceMax
        let peer = relays[connection.relays[1 - end]].site.settings.relay
        let machine = LinkMachine(
            settings, link: connection.links[end], peer: peer, isDialledHere: end == 0,
            at: tick(of: relay))
        relays[relay].process?.links[connection.links[end]] = Relay.Link(
            machine, connection: number, end: end)
    }

    func arrive(_ bytes: [UInt8], at end: Int, of number: Int) {
        guard var connection = network.connections[number] else { return }
        connection.pipes[1 - end].inFlight -= bytes.count
        network.connections[number] = connection
        if connection.isOpen[end] {
            withLink(connection.links[end], of: connection.relays[end]) { machine, now in
                machine.received(bytes, at: now)
            }
        }
        writable(number, end: 1 - end)
    }

    func writable(_ number: Int, end: Int) {
        guard let connection = network.connections[number], connection.isOpen[end] else { return }
        pump(connection.links[end], connection.relays[end])
    }

    func linkTime(_ relay: Int, _ boot: UInt64, _ id: LinkID) {
        guard relays[relay].boots == boot, let link = link(id, of: relay), link.timeAt == now
        else { return }
        link.timeAt = nil
        guard let wake = link.machine.wake, wake <= tick(of: relay) else {
            arrangeTime(id, relay)
            return
        }
        withLink(id, of: relay) { machine, now in machine.tick(now) }
    }

    private func arrangeTime(_ id: LinkID, _ relay: Int) {
        guard let process = relays[relay].process, let link = process.links[id],
            let wake = link.machine.wake
        else { return }
        let time = max(now, process.startedAt + wake.milliseconds)
        if let arranged = link.timeAt, arranged <= time { return }
        link.timeAt = time
        agenda.add(.linkTime(relay, boot: relays[relay].boots, id), at: time)
    }

    /// Takes what the machine has for the connection, as long as that takes bytes.
    func pump(_ id: LinkID, _ relay: Int) {
        while let link = link(id, of: relay) {
            guard network.takesBytes(link.connection, from: link.end) else { break }
            switch link.machine.next(at: tick(of: relay)) {
            case .send(let bytes): send(bytes, link.connection, from: link.end)
            case .read(let read): self.read(read, link, id, relay)
            case .idle:
                arrangeTime(id, relay)
                return
            case .close:
                abandon(link.connection, end: link.end, isSilent: false)
                for event in link.machine.lost(reason: "closed") { carryOut(event, id, relay) }
                relays[relay].process?.links[id] = nil
                return
            }
        }
        arrangeTime(id, relay)
    }

    private func read(_ read: BodyRead, _ link: Relay.Link, _ id: LinkID, _ relay: Int) {
        let body = relays[relay].ledger.disk.bodies[read.document]
        let end = Int(read.offset) + read.count
        if let body, end <= body.count {
            let bytes = Array(body[Int(read.offset)..<end])
            link.machine.bodyRead(bytes, for: read, at: tick(of: relay))
        } else {
            checkers.unreadable(read.document, relay, self)
            for event in link.machine.bodyUnreadable(read) { carryOut(event, id, relay) }
        }
    }

    /// The connection has gone, as this end notices.
    func broken(_ number: Int, end: Int, reason: String) {
        guard let connection = network.connections[number], connection.isOpen[end] else { return }
        network.connections[number]?.isOpen[end] = false
        let (relay, id) = (connection.relays[end], connection.links[end])
        guard relays[relay].boots == connection.boots[end],
            let link = link(id, of: relay)
        else { return }
        for event in link.machine.lost(reason: reason) { carryOut(event, id, relay) }
        relays[relay].process?.links[id] = nil
    }
}

// MARK: - Events

extension World {
    private func carryOut(_ event: LinkEvent, _ id: LinkID, _ relay: Int) {
        switch event {
        case .up(let link):
            self.link(id, of: relay)?.isUp = true
            trace.note(
                6, UInt64(relay), id.number, at: now, "\(relays[relay].name) linked to \(link.peer)"
            )
            onNotice?(relay, .linkUp(link.peer))
            post([.event(.linkUp(link))], to: relay)
        case .offered(let offer): post([.event(.offered(offer))], to: relay)
        case .offeredWhole(let offer, let body):
            complete(offer, body, last: Piece(upload: offer.upload, offset: 0, bytes: body), relay)
        case .piece(let offer, let piece):
            link(id, of: relay)?.arriving[offer.transfer]? += piece.bytes
            post([.piece(piece)], to: relay)
        case .whole(let offer, let last):
            var body = link(id, of: relay)?.arriving.removeValue(forKey: offer.transfer) ?? []
            if let last { body += last.bytes }
            complete(offer, body, last: last, relay)
        case .cut(let offer):
            link(id, of: relay)?.arriving[offer.transfer] = nil
            post([.event(.offerFailed(offer, .cut))], to: relay)
        case .unfit(_, let fault):
            violate("relays speak their own protocol", "\(relays[relay].name): offer \(fault)")
        case .attempted(let transfer, let answers):
            post([.event(.attempted(transfer, answers))], to: relay)
        case .heard(let memo): post([.event(.heard(memo, on: id))], to: relay)
        case .unfitMemo(_, let fault):
            violate("relays speak their own protocol", "\(relays[relay].name): memo \(fault)")
        case .draining: break
        case .closed(let end): closed(end, id, relay)
        }
    }

    /// All bytes of an offer are here: they go to the store together with the event.
    private func complete(_ offer: Offer, _ body: [UInt8], last: Piece?, _ relay: Int) {
        guard Checksum.of(body) == offer.envelope.digest else {
            post([.event(.offerFailed(offer, .digestMismatch))], to: relay)
            return
        }
        if let last {
            post([.closing(last, .received(offer))], to: relay)
        } else {
            post([.event(.received(offer))], to: relay)
        }
    }

    private func closed(_ end: LinkEnd, _ id: LinkID, _ relay: Int) {
        guard let link = link(id, of: relay) else { return }
        trace.note(
            7, UInt64(relay), id.number, at: now,
            "\(relays[relay].name) lost \(link.peer): \(end.reason)")
        if case .fault(let fault) = end.cause {
            violate("relays speak their own protocol", "\(relays[relay].name): \(fault)")
        }
        if link.isUp {
            onNotice?(relay, .linkDown(link.peer, reason: end.reason))
            post([.event(.linkDown(id, reason: end.reason))], to: relay)
        } else if link.isDialledHere {
            post([.event(.dialFailed(link.peer, reason: end.reason))], to: relay)
        }
    }
}

// MARK: - What the node wants of links

extension World {
    func dial(from relay: Int, to peer: RelayCode) {
        guard let other = topology.index(of: peer) else {
            violate("only peers are dialled", "\(relays[relay].name) dials \(peer)")
            return
        }
        let boot = relays[relay].boots
        let patience = relays[relay].site.patience.connectTimeout.milliseconds
        let count = addresses(relay, other)
        func fail(_ reason: String, in milliseconds: Int64) {
            let failed = Event.dialFailed(peer, reason: reason)
            arrange(.inputs(relay, boot: boot, [.event(failed)]), in: milliseconds)
        }
        if let failure = failureOfDial(relay, other) {
            fail(failure.reason, in: failure.after)
        } else if let reason = network.refusal(relay, other) {
            fail(reason, in: delay(2...40))
        } else if !network.isCut(relay, other),
            let address = network.way(relay, other, addresses: count)
        {
            // Those that do not answer are waited for, one after the other.
            let waited = Int64(address) * patience
            arrange(
                .connected(dialler: relay, boot: boot, acceptor: other),
                in: waited + delay(2...40))
        } else {
            fail("no answer in time", in: Int64(count) * patience)
        }
    }

    /// How many addresses of another relay one knows.
    private func addresses(_ relay: Int, _ other: Int) -> Int {
        let known = relays[relay].site.addresses[topology.sites[other].settings.relay]
        return max(1, known?.count ?? 1)
    }

    func forward(_ transfer: Transfer, _ relay: Int) {
        guard let link = link(transfer.link, of: relay) else {
            let answers = transfer.recipients.map { Answered(recipient: $0, answer: .unknown) }
            post([.event(.attempted(transfer.id, answers))], to: relay)
            return
        }
        trace.note(
            8, UInt64(relay), transfer.envelope.document.low, UInt64(transfer.recipients.count),
            at: now,
            "\(relays[relay].name) offers \(transfer.envelope.document) to \(link.peer) "
                + "for \(transfer.recipients.map(\.text)) round \(transfer.round)")
        onNotice?(relay, .sent(transfer, to: link.peer))
        var refused: [Answered]?
        withLink(transfer.link, of: relay) { machine, now in
            if case .notTaken(let answers) = machine.forward(transfer, at: now) {
                refused = answers
            }
            return []
        }
        if let refused { post([.event(.attempted(transfer.id, refused))], to: relay) }
    }

    func want(_ offer: Offer, from offset: UInt64, _ relay: Int) {
        let staged = relays[relay].ledger.disk.uploads[offer.upload]?.bytes ?? []
        link(offer.link, of: relay)?.arriving[offer.transfer] = Array(staged.prefix(Int(offset)))
        withLink(offer.link, of: relay) { machine, now in
            machine.want(offer, from: offset, at: now)
            return []
        }
    }

    func stored(_ piece: Piece, _ relay: Int) {
        for id in (relays[relay].process?.links ?? [:]).keys.sorted() {
            withLink(id, of: relay) { machine, now in
                machine.stored(piece, at: now)
                return []
            }
        }
    }

    func refused(_ piece: Piece, _ relay: Int) {
        var failed: [Offer] = []
        for id in (relays[relay].process?.links ?? [:]).keys.sorted() {
            withLink(id, of: relay) { machine, now in
                failed += machine.notStored(piece, at: now)
                return []
            }
        }
        post(failed.map { .event(.offerFailed($0, .notStored)) }, to: relay)
    }
}
