// What is wrong with a configuration file, all of it at once.
//
// Guarantees: every error names file, line, column and key; the errors stand in the order of the
// file; no message holds a secret or a control character, so that the text is safe in a log. Leaves
// to others: where the text goes (`relayd --check-config`, `relayctl config check`).

/// A position in the configuration file. Lines and columns start at 1; a column is one Unicode
/// scalar wide, as most editors count.
package struct Place: Hashable, Sendable, Comparable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    static let start = Place(line: 1, column: 1)

    package static func < (a: Self, b: Self) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }
}

/// One thing that is wrong.
package struct ConfigurationError: Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named by the caller.
    package let file: String
    package let place: Place
    /// The path of the key, such as `peers[0].code` (items count from 0), or `(file)` for the file
    /// as a whole.
    package let key: String
    /// What is wrong, what is allowed and, where it is known, what to do next.
    package let message: String

    /// `file:line:column: key: message`, on one line.
    package var description: String {
        "\(file):\(place.line):\(place.column): \(key): \(message)"
    }
}

/// Every error of one file, in the order of the file. Never empty.
package struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    package let errors: [ConfigurationError]
    /// How many more there were than `Bounds.errorsMax`.
    package let more: Int

    /// With those of another file behind them.
    func and(_ others: ConfigurationErrors) -> ConfigurationErrors {
        ConfigurationErrors(errors: errors + others.errors, more: more + others.more)
    }

    /// One line per error, without a newline at the end.
    package var description: String {
        var lines = errors.map(\.description)
        if more > 0, let file = errors.first?.file {
            lines.append("\(file): \(more) more errors are not shown; correct these first")
        }
        return lines.joined(separator: "\n")
    }
}

/// Where the steps of reading put what they find. Local to one parse.
final class Findings {
    static let wholeFile = "(file)"

    let file: String
    /// Where each key, and each item of a list, was given.
    private(set) var places: [String: Place]
    private var errors: [ConfigurationError] = []
    private var faulty: Set<String> = []
    private var more = 0

    init(file: String, places: [String: Place] = [:]) {
        self.file = file
        self.places = places
    }

    func note(_ key: String, at place: Place) { places[key] = place }

    /// Records an error. Without a place it stands where the key is, or, when the key was not
    /// given, where the nearest section around it begins.
    func refuse(_ key: String, _ message: String, at place: Place? = nil) {
        faulty.insert(key)
        guard errors.count < Bounds.errorsMax else {
            more += 1
            return
        }
        errors.append(
            ConfigurationError(
                file: file, place: place ?? nearestPlace(key), key: key, message: message))
    }

    /// For a key whose error has been recorded under another name.
    func markFaulty(_ key: String) { faulty.insert(key) }

    /// Whether none of these keys has an error: a rule that binds several keys is only worth
    /// checking then, since its message would be a consequence and not a cause.
    func areSound(_ keys: [String]) -> Bool { faulty.isDisjoint(with: keys) }

    /// Nil when nothing is wrong.
    var outcome: ConfigurationErrors? {
        guard !errors.isEmpty else { return nil }
        // Sorting must keep the order in which errors at one place were found.
        let sorted = errors.enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }
        return ConfigurationErrors(errors: sorted.map(\.element), more: more)
    }

    private func nearestPlace(_ key: String) -> Place {
        var key = key[...]
        while true {
            if let place = places[String(key)] { return place }
            guard let cut = key.lastIndex(where: { $0 == "." || $0 == "[" }) else { return .start }
            key = key[..<cut]
        }
    }
}
