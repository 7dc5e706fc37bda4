// What a new configuration changes in a running relay, and when each change takes effect.
//
// Guarantees: every key of the schema has a rule here (a test holds that), so that no key is
// silently ignored by a reload. Leaves to others: carrying the changes out.

package struct ConfigurationChange: Hashable, Sendable {
    /// A key of the reference, or the section that changes as a whole.
    package let key: String
    package let effect: Effect

    package enum Effect: Sendable {
        case now
        /// For links made from now on; those that are up are not disturbed.
        case newLinks
        /// What the process holds for its whole life: sockets, the store, open logs.
        case nextStart
        /// Never: with another value this is another relay.
        case never
    }
}

extension Configuration {
    /// Reads the file again, for a relay that runs with this configuration: all errors, those of
    /// the files that it names included, or a configuration that may be taken over.
    package func readAgain() -> Result<Configuration, ConfigurationErrors> {
        Configuration.load(path: file).flatMap { next in
            if let errors = next.checkFiles() { return .failure(errors) }
            let findings = Findings(file: file, places: next.places)
            for change in next.changes(from: self) where change.effect == .never {
                findings.refuse(
                    change.key,
                    "cannot change while the relay runs, nor with its store: this is relay "
                        + "\(relay.code)")
            }
            return findings.outcome.map(Result.failure) ?? .success(next)
        }
    }

    /// What differs from `former`, in the order of the reference.
    package func changes(from former: Configuration) -> [ConfigurationChange] {
        Rule.all.filter { $0.differs(self, former) }
            .map { ConfigurationChange(key: $0.key, effect: $0.effect) }
    }

    /// This configuration as far as it can take effect in a relay that runs with `former`.
    package func inForce(after former: Configuration) -> Configuration {
        var result = self
        for rule in Rule.all where rule.effect == .nextStart || rule.effect == .never {
            rule.keep(&result, former)
        }
        return result
    }
}

/// One key, or one section that takes effect as a whole.
struct Rule: Sendable {
    let key: String
    let effect: ConfigurationChange.Effect
    let differs: @Sendable (Configuration, Configuration) -> Bool
    let keep: @Sendable (inout Configuration, Configuration) -> Void

    init<Value: Equatable & Sendable>(
        _ key: String, _ effect: ConfigurationChange.Effect,
        _ path: any WritableKeyPath<Configuration, Value> & Sendable
    ) {
        self.key = key
        self.effect = effect
        differs = { $0[keyPath: path] != $1[keyPath: path] }
        keep = { $0[keyPath: path] = $1[keyPath: path] }
    }

    static let all: [Rule] = [
        Rule("relay.code", .never, \.relay.code),
        Rule("relay.organisations", .now, \.relay.organisations),
        Rule("relay.data", .nextStart, \.relay.data),
        Rule("store", .nextStart, \.store),
        Rule("api", .nextStart, \.api),
        Rule("listen", .nextStart, \.listen),
        Rule("tls", .newLinks, \.tls),
        Rule("receipts.certificate", .now, \.receipts.certificate),
        Rule("receipts.key", .now, \.receipts.key),
        Rule("receipts.trust", .now, \.receipts.trust),
        Rule("receipts.deadline", .now, \.receipts.deadline),
        Rule("receipts.speakers", .now, \.receipts.speakers),
        Rule("peers", .now, \.peers),
        Rule("routes", .now, \.routes),
        Rule("retry.base", .now, \.retry.base),
        Rule("retry.cap", .now, \.retry.cap),
        Rule("retry.connectTimeout", .newLinks, \.retry.connectTimeout),
        Rule("retry.returnAfter", .now, \.retry.returnAfter),
        Rule("retry.keepalive", .newLinks, \.retry.keepalive),
        Rule("retry.ownBase", .now, \.retry.ownBase),
        Rule("retry.ownCap", .now, \.retry.ownCap),
        Rule("lifetime", .now, \.lifetime),
        // Times of removal stand in an index of the store, which is passed over when it is opened.
        Rule("retention", .nextStart, \.retention),
        Rule("eventRetention", .now, \.eventRetention),
        Rule("limits", .now, \.limits),
        Rule("submit", .now, \.submit),
        // What was reckoned for a document stays; new ones are reckoned anew.
        Rule("deadlines", .now, \.deadlines),
        Rule("log.level", .now, \.log.level),
        Rule("log.format", .nextStart, \.log.format),
        Rule("log.delivery", .nextStart, \.log.delivery),
    ]
}
