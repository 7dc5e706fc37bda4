// How fast bodies may go out on a link that is bounded in bytes: a bucket that fills with time.
//
// What goes is charged afterwards, so that a whole part always fits; the next waits until the debt
// is paid. What is express does not wait, and is charged all the same.

package import RelayCore

struct Pace: Sendable {
    let bytesPerSecond: Int64
    /// In thousandths of a byte, so that milliseconds divide evenly. Negative: a debt.
    private var level: Int64 = 0
    private var filledAt: Tick

    /// What may be saved up, and how far express documents may go into debt, in milliseconds of the
    /// rate: a pause makes no burst, and a burst of what is express no long pause for the others.
    private static let savingMax: Int64 = 100
    private static let debtMax: Int64 = 5_000

    init(_ bytesPerSecond: UInt64, at now: Tick) {
        precondition(bytesPerSecond > 0, "a pace lets something pass")
        self.bytesPerSecond = Int64(clamping: min(bytesPerSecond, 1 << 40))
        filledAt = now
    }

    private func level(at now: Tick) -> Int64 {
        // After a day the bucket is full whatever the rate.
        let passed = min(max(0, (now - filledAt).milliseconds), 86_400_000)
        return min(Self.savingMax * bytesPerSecond, level + passed * bytesPerSecond)
    }

    func isHolding(at now: Tick) -> Bool { level(at: now) < 0 }

    /// When it holds no longer.
    var freeAt: Tick {
        level >= 0
            ? filledAt : filledAt + .milliseconds((-level + bytesPerSecond - 1) / bytesPerSecond)
    }

    mutating func charge(_ bytes: Int, at now: Tick) {
        level = max(-Self.debtMax * bytesPerSecond, level(at: now) - Int64(bytes) * 1_000)
        filledAt = now
    }
}

extension LinkMachine {
    /// The most that bodies may take on this link from now on, in bytes a second; nil for no bound.
    package mutating func keepPace(_ bytesPerSecond: UInt64?, at now: Tick) {
        guard bytesPerSecond != pace.map({ UInt64($0.bytesPerSecond) }) else { return }
        pace = bytesPerSecond.map { Pace($0, at: now) }
    }

    /// How urgent a body has to be to go out now.
    func leastPriority(at now: Tick) -> Priority {
        pace?.isHolding(at: now) == true ? .express : .normal
    }
}
