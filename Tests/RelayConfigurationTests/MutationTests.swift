// Any text gets an answer: the example files, damaged in every way, either are a configuration or
// are refused with an error that stands in the file. The damage is drawn from fixed seeds.

import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Damaged files")
struct MutationTests {
    /// A small generator (SplitMix64), so that a failure comes again.
    struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)) % UInt64(sides))
        }
    }

    private static let pieces: [String] = [
        "&a ", "*a", "? ", "- ", ": ", ":", "[", "]", "{", "}", ",", "\"", "'", "|\n", ">\n", "#",
        "%TAG ! x\n", "!!str ", "!", "---\n", "...\n", "\n", "\n\n", "\t", "  ", "<<: *a\n", "~",
        "\"\\x00\"", "\\", "\u{FEFF}", "\u{1F600}", "\u{301}", "\u{E000}", "null", "0", "-1",
        "99999999999999999999", "-----BEGIN", "@", "`", "\r\n", "\r", "*", "&",
    ]

    private func damaged(_ text: String, _ dice: inout Dice) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0...dice.roll(4) {
            let place = dice.roll(scalars.count + 1)
            switch dice.roll(4) {
            case 0: scalars.removeSubrange(place..<min(scalars.count, place + 1 + dice.roll(40)))
            case 1:
                let piece = Self.pieces[dice.roll(Self.pieces.count)]
                scalars.insert(contentsOf: piece.unicodeScalars, at: place)
            case 2:
                let from = dice.roll(scalars.count + 1)
                let copy = scalars[from..<min(scalars.count, from + dice.roll(200))]
                scalars.insert(contentsOf: Array(copy), at: place)
            default: scalars.removeSubrange(place...)
            }
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }

    @Test("damaged files are answered, with errors inside the file", arguments: ["agency", "hub"])
    func damage(name: String) throws {
        let text = try Repository.text("Config/\(name).yaml")
        var accepted = 0
        for seed in 0..<400 as Range<UInt64> {
            var dice = Dice(state: seed)
            let damaged = damaged(text, &dice)
            guard case .failure(let errors) = Configuration.parse(damaged, file: "f") else {
                accepted += 1
                continue
            }
            #expect(!errors.errors.isEmpty, "seed \(seed)")
            // The last line of a text that ends with a line feed is the empty one behind it.
            let lines = damaged.unicodeScalars.count { $0 == "\n" } + 1
            for error in errors.errors {
                #expect((1...lines).contains(error.place.line), "seed \(seed): \(error)")
                #expect(error.place.column >= 1, "seed \(seed): \(error)")
                let isOneLine = !error.description.unicodeScalars.contains(where: Shown.isControl)
                #expect(isOneLine, "seed \(seed): \(error)")
            }
        }
        #expect(accepted > 0 && accepted < 400)
    }
}
