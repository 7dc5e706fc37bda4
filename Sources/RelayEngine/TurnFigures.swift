// What the engine's thread has done so far, in numbers: published once in every turn, so that
// nothing is counted on the way.

import Synchronization

/// How often a quantity fell below each of some bounds.
package struct Histogram: Hashable, Sendable {
    package let bounds: [Double]
    /// One for each bound, and one for what is above the last; not cumulative.
    package private(set) var counts: [UInt64]
    package private(set) var sum: Double = 0

    package init(bounds: [Double]) {
        precondition(bounds == bounds.sorted())
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    package mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    package var count: UInt64 { counts.reduce(0, +) }
}

package struct TurnFigures: Hashable, Sendable {
    /// From the batch in hand to the last action performed, in seconds: the commit is the most of
    /// it, and its bounds are those of disks.
    package var duration = Histogram(
        bounds: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5])
    /// Inputs of one turn: what shares a commit.
    package var inputs = Histogram(bounds: [0, 1, 4, 16, 64, 256, 1_024])
    /// Inputs that wait for their turn.
    package var mailbox = 0
}

/// Written by the engine's thread, read by whoever asks.
final class TurnLedger: Sendable {
    private let figures = Mutex(TurnFigures())

    func note(inputs: Int, took duration: Duration) {
        let parts = duration.components
        let seconds = Double(parts.seconds) + Double(parts.attoseconds) / 1e18
        figures.withLock { figures in
            figures.duration.add(seconds)
            figures.inputs.add(Double(inputs))
        }
    }

    var current: TurnFigures { figures.withLock { $0 } }
}
