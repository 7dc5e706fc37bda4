// Scenarios: a command a line, `----`, then what happened. People read them, so words matter here.
//
// The network is always the same: agencies A, B and C with relays R-A, R-B and R-C (which serve
// A.1, A.2 and so on), and HUB-1 and HUB-2. R-C cannot be dialled. Everybody prefers HUB-1. Every
// delay of the network and of signing is the same, so only what a script does makes a difference.

import RelayCore

package struct Scenario: Sendable {
    /// Lines before `----`, comments and blanks included.
    package let script: [String]
    /// What is expected to happen.
    package let expected: [String]

    package static let separator = "----"

    package init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let end = lines.firstIndex(of: Self.separator) ?? lines.count
        script = Array(lines[..<end])
        expected = Array(lines.dropFirst(end + 1)).droppingLastBlanks
    }

    /// The file, with what has happened in the place of what was expected.
    package func text(with happened: [String]) -> String {
        (script.droppingLastBlanks + [Self.separator] + happened).joined(separator: "\n") + "\n"
    }

    /// Runs the script.
    ///
    /// - Throws: `ScenarioFault` for a line that is no command.
    package func run() throws(ScenarioFault) -> [String] {
        let player = ScenarioPlayer()
        for (number, line) in script.enumerated() {
            let words = line.split(separator: " ").map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            do throws(ScenarioFault) {
                try player.play(words)
            } catch {
                throw ScenarioFault(what: "line \(number + 1), '\(line)': \(error.what)")
            }
        }
        return player.end()
    }
}

package struct ScenarioFault: Error, CustomStringConvertible {
    package let what: String
    package var description: String { what }
}

extension [String] {
    fileprivate var droppingLastBlanks: [String] {
        var lines = self
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines
    }
}
