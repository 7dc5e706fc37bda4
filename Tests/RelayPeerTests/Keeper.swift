// The relay around a peer service, in memory: it wants what is offered, stores pieces as an engine
// does (in order, confirmed by another thread), accepts what is whole, and writes down every event.

import NIOCore
import NIOPosix
import OpenSSL
import RelayCore
import Synchronization
import Testing

@testable import RelayPeer

final class Keeper: PeerDelegate {
    let events = Journal<Event>()
    /// Every piece that was confirmed, in order.
    let commits = Journal<Piece>()
    /// What was read for sending: document and offset.
    let reads = Journal<UInt64>()
    /// Pieces that came while commits were held back.
    let holding = Journal<Piece>()
    private let state = Mutex(State())
    /// Stands for the engine's thread.
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let onRelease: @Sendable () -> Void

    private struct State {
        weak var service: PeerService?
        var bodies: [DocumentID: [UInt8]] = [:]
        var staged: [UploadID: [UInt8]] = [:]
        /// Pieces whose commit is held back.
        var held: [Piece] = []
        var piecesUntilHold = Int.max
        var piecesUntilFull = Int.max
        var isMute = false
    }

    /// - Parameter onRelease: called when nothing refers to the keeper any more.
    init(onRelease: @escaping @Sendable () -> Void = {}) { self.onRelease = onRelease }

    deinit { onRelease() }

    func serve(_ service: PeerService) { state.withLock { $0.service = service } }

    // MARK: - What a test changes and asks

    func keep(_ body: [UInt8], as document: DocumentID) {
        state.withLock { $0.bodies[document] = body }
    }

    /// Whether a transfer's body is here, byte for byte. A comparison in an expectation would print
    /// it.
    func has(_ body: [UInt8], as transfer: Transfer) -> Bool {
        state.withLock { $0.bodies[transfer.envelope.document] == body }
    }

    func staged(_ document: DocumentID) -> Int {
        state.withLock { $0.staged[UploadID(document)]?.count ?? 0 }
    }

    /// Commits no more after this many pieces, until `release`.
    func hold(after count: Int) { state.withLock { $0.piecesUntilHold = count } }

    func release() {
        loop.execute {
            let held = self.state.withLock { state in
                state.piecesUntilHold = .max
                defer { state.held = [] }
                return state.held
            }
            for piece in held { self.commit(piece) }
        }
    }

    /// Refuses pieces after this many.
    func fillUp(after count: Int) { state.withLock { $0.piecesUntilFull = count } }

    /// Answers nothing any more.
    func fallMute() { state.withLock { $0.isMute = true } }

    // MARK: - PeerDelegate

    func post(_ event: Event) {
        events.append(event)
        loop.execute { self.react(to: event) }
    }

    func heard(_ memo: Memo, on link: LinkID, from peer: RelayCode) {
        post(.heard(memo, on: link))
    }

    func stage(_ piece: Piece) { loop.execute { self.commit(piece) } }

    func take(_ offer: Offer, body: Piece) {
        loop.execute {
            self.state.withLock { $0.staged[offer.upload] = body.bytes }
            self.events.append(.received(offer))
            self.react(to: .received(offer))
        }
    }

    func digest(of upload: UploadID) async -> SHA256Digest? {
        let bytes = state.withLock { $0.staged[upload] }
        return bytes.flatMap { SHA256Digest(bytes: SHA256.digest($0)) }
    }

    func body(of document: DocumentID, from offset: UInt64, count: Int) async -> [UInt8]? {
        reads.append(offset)
        return state.withLock { state in
            guard let body = state.bodies[document], Int(offset) + count <= body.count
            else { return nil }
            return Array(body[Int(offset)..<Int(offset) + count])
        }
    }

    // MARK: - The engine's part

    private func commit(_ piece: Piece) {
        let (service, isStored): (PeerService?, Bool?) = state.withLock { state in
            if state.piecesUntilHold <= 0 {
                state.held.append(piece)
                holding.append(piece)
                return (nil, nil)
            }
            state.piecesUntilHold -= 1
            let here = state.staged[piece.upload, default: []].count
            guard state.piecesUntilFull > 0, Int(piece.offset) <= here
            else { return (state.service, false) }
            state.piecesUntilFull -= 1
            if Int(piece.offset) == here { state.staged[piece.upload, default: []] += piece.bytes }
            return (state.service, true)
        }
        guard let isStored else { return }
        if isStored { commits.append(piece) }
        isStored ? service?.stored([piece]) : service?.notStored([piece])
    }

    private func react(to event: Event) {
        let (service, isMute) = state.withLock { ($0.service, $0.isMute) }
        guard let service, !isMute else { return }
        switch event {
        case .offered(let offer):
            let from = UInt64(staged(offer.envelope.document))
            service.perform([(offer.link, .want(offer, from: from))])
        case .received(let offer):
            state.withLock { state in
                state.bodies[offer.envelope.document] =
                    state.staged.removeValue(forKey: offer.upload)
            }
            answer(offer, .accepted)
        case .offerFailed(let offer, .digestMismatch):
            state.withLock { $0.staged[offer.upload] = nil }
            answer(offer, .refused(.digestMismatch))
        case .offerFailed(let offer, .notStored): answer(offer, .busy(after: .seconds(5)))
        default: break
        }
    }

    private func answer(_ offer: Offer, _ answer: Answer) {
        let answers = offer.recipients.map { Answered(recipient: $0, answer: answer) }
        state.withLock { $0.service }?.perform([(offer.link, .answer(offer, answers))])
    }
}

// MARK: - Events that tests await

extension Keeper {
    func linkUp(with peer: RelayCode) async throws -> LinkUp {
        try await events.first("a link with \(peer)") { event in
            if case .linkUp(let up) = event, up.peer == peer { up } else { nil }
        }
    }

    func linkDown(_ link: LinkID) async throws -> String {
        try await events.first("the end of link \(link.number)") { event in
            if case .linkDown(link, let reason) = event { reason } else { nil }
        }
    }

    func dialFailed(_ peer: RelayCode) async throws -> String {
        try await events.first("a failed dial of \(peer)") { event in
            if case .dialFailed(peer, let reason) = event { reason } else { nil }
        }
    }

    func refused(_ peer: RelayCode) async throws -> String {
        try await events.first("\(peer) being turned away") { event in
            if case .peerRefused(peer, let reason) = event { reason } else { nil }
        }
    }

    func answer(to transfer: Transfer) async throws -> Answer {
        let id = transfer.id
        return try await events.first("an answer to transfer \(id.number)") { event in
            if case .attempted(id, let answers) = event { answers.first?.answer } else { nil }
        }
    }

    func failure(of document: DocumentID) async throws -> OfferFailure {
        try await events.first("a failed offer") { event in
            guard case .offerFailed(let offer, let failure) = event,
                offer.envelope.document == document
            else { return nil }
            return failure
        }
    }

    /// Events of links and dials, without those of transfers.
    var linkEvents: [Event] {
        events.entries.filter { event in
            switch event {
            case .linkUp, .linkDown, .dialFailed, .peerRefused: true
            default: false
            }
        }
    }
}
