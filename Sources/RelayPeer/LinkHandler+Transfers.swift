// What a link's machine says, and what the engine wants of it: transfers in both directions.
//
// Guarantees: a transfer that cannot be begun is answered like one that failed; a body is judged
// only when its last piece is durable, by the bytes in the store.

import Logging
import OpenSSL
import RelayCore
import RelayWire

// MARK: - What the engine wants

extension LinkHandler {
    func perform(_ commands: [LinkCommand]) {
        for command in commands {
            switch command {
            case .forward(let transfer): forward(transfer)
            case .want(let offer, let offset): machine?.want(offer, from: offset, at: service.tick)
            case .answer(let offer, let answers):
                service.forget(offer.upload, on: link)
                machine?.answer(offer, answers, at: service.tick)
            case .say(let memo): machine?.say(memo)
            case .close(let reason): close(reason: reason)
            case .drain(let reason): drain(reason: reason)
            }
        }
        pump()
    }

    private func forward(_ transfer: Transfer) {
        if case .notTaken(let answers) = machine?.forward(transfer, at: service.tick) {
            service.delegate.post(.attempted(transfer.id, answers))
        }
    }

    func stored(_ piece: Piece) {
        machine?.stored(piece, at: service.tick)
        // Earlier pieces of the same body may become durable long after the last one has come.
        if let last = closing[piece.upload], last.offset == piece.offset {
            closing[piece.upload] = nil
            check(last.offer)
        }
        pump()
    }

    func notStored(_ piece: Piece) {
        for offer in machine?.notStored(piece, at: service.tick) ?? [] {
            closing[offer.upload] = nil
            service.delegate.post(.offerFailed(offer, .notStored))
        }
        pump()
    }
}

// MARK: - What the machine says

extension LinkHandler {
    func carryOut(_ events: [LinkEvent]) {
        var events = events[...]
        // The other side greets and says why it turns us away, in one breath: that is no link.
        if case .up = events.first, case .closed = events.last { events = events.suffix(1) }
        for event in events { carryOut(event) }
    }

    private func carryOut(_ event: LinkEvent) {
        switch event {
        case .up(let up): begin(up)
        case .offered(let offer): service.delegate.post(.offered(offer))
        case .offeredWhole(let offer, let body): take(offer, body)
        case .piece(let offer, let piece): stage(piece, of: offer)
        case .whole(let offer, let last?):
            closing[offer.upload] = Closing(offer: offer, offset: last.offset)
            stage(last, of: offer)
        case .whole(let offer, nil): check(offer)
        case .cut(let offer):
            closing[offer.upload] = nil
            checking.remove(offer.transfer)
            service.forget(offer.upload, on: link)
            service.delegate.post(.offerFailed(offer, .cut))
        case .unfit(let transfer, let fault):
            service.logger.warning(
                "offer refused: it cannot be read",
                metadata: ["peer": "\(name)", "transfer": "\(transfer)", "fault": "\(fault)"])
        case .attempted(let transfer, let answers):
            service.delegate.post(.attempted(transfer, answers))
        case .heard(let memo):
            if let peer { service.delegate.heard(memo, on: link, from: peer) }
        case .unfitMemo(let type, let fault):
            service.logger.warning(
                "memo dropped: it cannot be read",
                metadata: ["peer": "\(name)", "type": "\(type)", "fault": "\(fault)"])
        case .draining(let reason):
            service.logger.info(
                "peer is stopping", metadata: ["peer": "\(name)", "reason": "\(reason)"])
        case .closed(let linkEnd): end(linkEnd.reason)
        }
    }

    private var name: String { peer?.text ?? "unknown" }

    /// A body of some kilobytes: hashing it here costs less than handing it to another thread.
    private func take(_ offer: Offer, _ body: [UInt8]) {
        guard SHA256Digest(bytes: SHA256.digest(body)) == offer.envelope.digest else {
            service.delegate.post(.offerFailed(offer, .digestMismatch))
            return
        }
        service.delegate.take(offer, body: Piece(upload: offer.upload, offset: 0, bytes: body))
    }

    private func stage(_ piece: Piece, of offer: Offer) {
        service.remember(offer.upload, on: link)
        service.delegate.stage(piece)
    }

    /// All of the body is durable: is it what the offer announced?
    ///
    /// The engine hears of it only while the transfer goes on. Once it has ended the body may be
    /// offered anew, and other bytes may be staged in place of those that were judged.
    private func check(_ offer: Offer) {
        service.forget(offer.upload, on: link)
        checking.insert(offer.transfer)
        let delegate = service.delegate
        perform {
            await delegate.digest(of: offer.upload)
        } then: { handler, digest in
            handler.checked(offer, digest)
        }
    }

    private func checked(_ offer: Offer, _ digest: SHA256Digest?) {
        guard checking.remove(offer.transfer) != nil else { return }
        guard let digest else {
            service.delegate.post(.offerFailed(offer, .notStored))
            return
        }
        let isRight = digest == offer.envelope.digest
        service.delegate.post(isRight ? .received(offer) : .offerFailed(offer, .digestMismatch))
    }

    /// Bytes of a body that goes out.
    func fetched(_ read: BodyRead, _ bytes: [UInt8]?) {
        if let bytes, bytes.count == read.count {
            machine?.bodyRead(bytes, for: read, at: service.tick)
        } else if let events = machine?.bodyUnreadable(read), !events.isEmpty {
            service.logger.error(
                "a body cannot be read",
                metadata: ["peer": "\(name)", "document": "\(read.document)"])
            carryOut(events)
        }
        pump()
    }
}
