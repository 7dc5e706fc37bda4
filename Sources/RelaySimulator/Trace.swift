// What happened in a run: a hash of everything, and on demand the lines.
//
// The hash is made of numbers that are at hand anyway; lines cost more than the rest of the
// simulation, so they are made only when somebody will read them. Both runs take the same steps.

import RelayCore

package struct Trace: Sendable {
    package enum Detail: Sendable {
        /// The hash alone.
        case hash
        /// The last so many lines.
        case last(Int)
        case everything
    }

    /// Equal for two runs that took the same steps at the same times.
    package private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Steps taken.
    package private(set) var steps: UInt64 = 0
    package private(set) var lines: [String] = []
    private let detail: Detail

    package init(_ detail: Detail) {
        self.detail = detail
    }

    var keepsLines: Bool {
        if case .hash = detail { false } else { true }
    }

    mutating func step() { steps += 1 }

    /// One thing that happened: a number for its kind, and whatever tells it from others. What has
    /// no line is in the hash alone.
    mutating func note(
        _ kind: UInt64, _ numbers: UInt64..., at time: Int64,
        _ line: @autoclosure () -> String? = nil
    ) {
        mix(UInt64(bitPattern: time) << 8 | kind)
        for number in numbers { mix(number) }
        guard keepsLines, let line = line() else { return }
        lines.append("\(Self.clock(time)) \(line)")
        // Halved now and then, so that dropping the oldest costs nothing.
        if case .last(let count) = detail, lines.count >= 2 * count {
            lines.removeFirst(lines.count - count)
        }
    }

    package var tail: ArraySlice<String> {
        if case .last(let count) = detail { lines.suffix(count) } else { lines[...] }
    }

    private mutating func mix(_ number: UInt64) {
        hash = (hash ^ number) &* 0x100_0000_01B3
        hash ^= hash >> 29
    }

    /// `mm:ss.mmm` since the start.
    static func clock(_ milliseconds: Int64) -> String {
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(milliseconds / 60_000, 2) + ":" + padded(milliseconds / 1_000 % 60, 2) + "."
            + padded(milliseconds % 1_000, 3)
    }
}
