// All chance of a simulation, from one seed.

package import RelayCore

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). Not the
/// library's generator: its stream must be the same on every machine and in every version.
package struct Dice: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// A generator of its own for one purpose, so that drawing more for one does not change
    /// another.
    package func fork(_ purpose: UInt64) -> Dice {
        var seeded = Dice(seed: state ^ purpose &* 0xD6E8_FEB8_6659_FD93)
        return Dice(seed: seeded.next())
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// One of the numbers of the range. The remainder favours small ones by less than one in 2^32.
    package mutating func draw(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() >> 1) % (range.upperBound - range.lowerBound + 1)
    }

    package mutating func milliseconds(_ range: ClosedRange<Int>) -> Interval {
        .milliseconds(Int64(draw(range)))
    }

    /// True in `percent` of a hundred draws.
    package mutating func chance(_ percent: Int) -> Bool {
        draw(0...99) < percent
    }

    package mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[draw(0...choices.count - 1)]
    }

    package mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var shuffled = elements
        for place in shuffled.indices.dropLast() {
            shuffled.swapAt(place, draw(place...shuffled.count - 1))
        }
        return shuffled
    }
}
