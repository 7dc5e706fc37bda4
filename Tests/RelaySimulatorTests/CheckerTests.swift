// Whether the checkers bite: bugs are planted, and each must be found.

import RelayCore
import RelayEngine
import RelaySimulator
import Testing

/// Seeds until one breaks a rule; nil when none of 200 does.
private func hunt(
    _ sabotage: @escaping @Sendable (World) -> Void
) -> Simulation.Result? {
    for seed in UInt64(1)...200 {
        var simulation = Simulation(seed: seed)
        simulation.sabotage = sabotage
        let result = simulation.run()
        if result.violation != nil { return result }
    }
    return nil
}

@Suite("The checkers find planted bugs within 200 seeds")
struct CheckerTests {
    @Test("a disk that says \"durable\" before it is")
    func lyingDisk() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays { relay.ledger.sabotage.commitsLostAtCrash = 3 }
            })
        #expect(found.violation?.rule == "what was committed is not lost")
    }

    @Test("a store that hands out the least urgent first")
    func backwards() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays { relay.ledger.sabotage.readsBackwards = true }
            })
        #expect(found.violation?.rule == "the more urgent goes first")
    }

    @Test("relays that return to a link as soon as it is back")
    func bouncing() throws {
        let found = try #require(hunt { $0.sabotage.returnAfter = .minutes(10) })
        #expect(found.violation?.rule == "nothing bounces between routes")
    }

    @Test("a deadline that is called missed before it is")
    func hasty() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays {
                    relay.ledger.sabotage.alterKnown = { _, known in
                        var known = known
                        for place in known.deliveries.indices {
                            if case .warned = known.deliveries[place].dueStage {
                                known.deliveries[place].dueStage = .missed
                            }
                        }
                        return known
                    }
                }
            })
        #expect(found.violation != nil)
    }

    @Test("an offer answered with \"accepted\" although nothing was written")
    func acceptedUnwritten() throws {
        let found = try #require(
            hunt { world in
                world.sabotage.alterAction = { action in
                    guard case .want(let offer, _) = action else { return [action] }
                    let answers = offer.recipients.map {
                        Answered(recipient: $0, answer: .accepted)
                    }
                    return [.answer(offer, answers)]
                }
            })
        #expect(found.violation?.rule == "nothing is said before it is durable")
    }

    @Test("a submission that is not recognised when it is repeated")
    func forgetfulDesk() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays {
                    relay.ledger.sabotage.alterWrite = { write in
                        if case .remember = write { [] } else { [write] }
                    }
                }
            })
        let rules = [
            "the same submission is the same document",
            "other bytes under a used reference are refused",
        ]
        #expect(rules.contains(found.violation?.rule ?? ""))
    }

    @Test("a document that gets a new id with each offer")
    func newIDs() throws {
        let found = try #require(
            hunt { world in
                var last: UInt64 = 0
                world.sabotage.alterInput = { input in
                    guard case .closing(let piece, .received(let offer)) = input,
                        offer.envelope.kind == .document
                    else { return input }
                    last += 1
                    let renamed = Offer(renaming: offer, to: DocumentID(high: 7, low: last))
                    return .closing(
                        Piece(upload: renamed.upload, offset: piece.offset, bytes: piece.bytes),
                        .received(renamed))
                }
            })
        #expect(found.violation != nil)
    }

    @Test("a queue row that is dropped when a delivery comes back into the queue")
    func droppedRow() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays {
                    relay.ledger.sabotage.alterQueueRow = { delivery, row in
                        delivery.attempts > 0 && row?.place == .ready ? nil : row
                    }
                }
            })
        #expect(found.violation?.rule == "records and rows agree")
    }

    @Test("relays that ignore the round of what is offered again")
    func ignoredRound() throws {
        let found = try #require(
            hunt { world in
                world.sabotage.alterInput = { input in
                    switch input {
                    case .event(.offered(let offer)): .event(.offered(Offer(firstRound: offer)))
                    case .event(.received(let offer)): .event(.received(Offer(firstRound: offer)))
                    case .closing(let piece, .received(let offer)):
                        .closing(piece, .received(Offer(firstRound: offer)))
                    default: input
                    }
                }
            })
        #expect(found.violation?.rule == "everything arrives")
    }

    @Test("an origin that takes the next hop's word for the recipient's receipt")
    func gullibleOrigin() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays {
                    relay.ledger.sabotage.alterWrite = { write in
                        guard case .put(let delivery, let former) = write,
                            former?.state.name == .attempting, delivery.part == .origin,
                            delivery.kind != .receipt, case .relayed(_, let at, _) = delivery.state
                        else { return [write] }
                        var believed = delivery
                        believed.state = .delivered(at: at)
                        return [.put(believed, was: former)]
                    }
                }
            })
        #expect(found.violation?.rule == "no receipt without a document")
    }

    @Test("a body that is thrown away while its document is still queued")
    func lostBody() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays {
                    relay.ledger.sabotage.alterWrite = { write in
                        guard case .put(let delivery, _) = write,
                            delivery.state.name == .attempting, delivery.attempts > 1
                        else { return [write] }
                        return [write, .releaseBody(delivery.document)]
                    }
                }
            })
        #expect(found.violation != nil)
    }

    @Test("an origin that does not wait for a receipt")
    func noDeadline() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays {
                    relay.ledger.sabotage.alterWrite = { write in
                        guard case .put(var delivery, let former) = write,
                            case .relayed(let hop, let at, .some) = delivery.state
                        else { return [write] }
                        delivery.state = .relayed(hop: hop, at: at, due: nil)
                        return [.put(delivery, was: former)]
                    }
                }
            })
        // Without a timer of the receipt's the lifetime's end is not noticed either, and the body
        // goes when that of a relay on the way would.
        let rules = [
            "everything arrives", "what is given up is told in writing", "records and rows agree",
        ]
        #expect(rules.contains(found.violation?.rule ?? ""))
    }

    @Test("an origin that never signs that a delivery failed")
    func unsignedFailure() throws {
        let found = try #require(
            hunt { world in
                world.sabotage.alterAction = { action in
                    guard case .sign(let statement, _) = action, statement.kind == .failed
                    else { return [action] }
                    return []
                }
            })
        #expect(found.violation?.rule == "what is given up is told in writing")
    }

    @Test("an origin that attests the failure of what was delivered")
    func falseFailure() throws {
        let found = try #require(
            hunt { world in
                for relay in world.relays {
                    relay.ledger.sabotage.alterWrite = { write in
                        guard case .put(var delivery, let former) = write,
                            delivery.part == .origin, delivery.kind != .receipt,
                            case .delivered(let at) = delivery.state
                        else { return [write] }
                        delivery.failed = .made(delivery.document, at: at)
                        return [.put(delivery, was: former)]
                    }
                }
            })
        #expect(found.violation?.rule == "only what has failed is said to have")
    }
}

extension Offer {
    fileprivate init(renaming offer: Offer, to document: DocumentID) {
        let envelope = offer.envelope
        self.init(
            link: offer.link, peer: offer.peer, transfer: offer.transfer,
            envelope: Envelope(
                document: document, kind: envelope.kind, origin: envelope.origin,
                sender: envelope.sender, recipients: envelope.recipients,
                reference: envelope.reference, businessType: envelope.businessType,
                priority: envelope.priority, size: envelope.size, digest: envelope.digest,
                mediaType: envelope.mediaType, name: envelope.name,
                submittedAt: envelope.submittedAt, expiresAt: envelope.expiresAt),
            recipients: offer.recipients, path: offer.path, round: offer.round)
    }

    fileprivate init(firstRound offer: Offer) {
        self.init(
            link: offer.link, peer: offer.peer, transfer: offer.transfer,
            envelope: offer.envelope, recipients: offer.recipients, path: offer.path, round: 1)
    }
}
