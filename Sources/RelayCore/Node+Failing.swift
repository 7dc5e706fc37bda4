// Giving a delivery up: because its lifetime has ended, or because somebody ordered it.
//
// Guarantees: at the origin the application is told by a signed statement, made once. It is owed in
// the commit that gives up, signed like any receipt, and becomes a document of its own for the
// sender, who is served here. Receipts themselves, and relays on the way, owe none.

extension Node {
    /// - Parameter detail: for history and events, when the reason alone does not say enough.
    mutating func giveUp(
        _ delivery: Delivery, _ envelope: Envelope, because failure: Delivery.Failure,
        detail: String? = nil, _ moment: Moment, _ decision: inout Decision
    ) {
        var failed = delivery.moved(to: .failed(reason: failure, at: moment.now))
        let owes = delivery.part.isOrigin && delivery.kind != .receipt && delivery.failed == .none
        if owes {
            failed = failed.owing(
                .failed, since: moment.now, again: moment.now + Self.signingPatience)
        }
        put(failed, was: delivery, &decision)
        decision.happened(.failed, to: failed, at: moment.now, detail: detail ?? failure.words)
        if owes { work(on: .failed, of: failed, envelope, at: moment.now, moment, &decision) }
    }

    /// What is known of a delivery that was given up; nil of any other.
    func failure(of delivery: Delivery) -> Receipt.Failure? {
        guard case .failed(let reason, _) = delivery.state else { return nil }
        return Receipt.Failure(
            reason: reason, custody: delivery.custodian ?? settings.relay,
            attempts: delivery.attempts, rounds: delivery.round, expiresAt: delivery.expiresAt)
    }
}

extension Delivery.Failure {
    package var words: String {
        switch self {
        case .expired: "lifetime ended without a receipt"
        case .unverifiable: "receipt could not be verified"
        case .ordered: "an operator ended its lifetime"
        }
    }

    /// As the signed statement says it; never changed.
    package var word: String {
        switch self {
        case .expired: "expired"
        case .unverifiable: "unverifiable"
        case .ordered: "ordered"
        }
    }

    package init?(word: String) {
        guard let failure = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = failure
    }
}
