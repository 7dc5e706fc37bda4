// Colour, for those who can see it: on a terminal, and not when NO_COLOR is set or the terminal is
// dumb.

import RelayAPI

struct Style: Sendable {
    var isColoured: Bool

    static func wantsColour(isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// The numbers are those of the terminal (ECMA-48 SGR).
    enum Tone: Int, Sendable {
        case plain = 0
        case bold = 1
        case faint = 2
        case bad = 31
        case good = 32
        case waiting = 33
    }

    func paint(_ text: String, _ tone: Tone) -> String {
        guard isColoured, tone != .plain, !text.isEmpty else { return text }
        return "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m"
    }

    /// Good is what needs nobody any more, bad what needs somebody.
    static func tone(_ state: DeliveryStatus) -> Tone {
        switch state {
        case .delivered, .collected: .good
        case .failed, .cancelled, .held: .bad
        case .incoming, .queued, .attempting, .relayed: .waiting
        }
    }

    static func tone(_ state: DeadlineState) -> Tone {
        switch state {
        case .open: .plain
        case .near: .waiting
        case .missed: .bad
        }
    }

    static func tone(_ state: LinkStatus) -> Tone {
        switch state {
        case .up: .good
        case .connecting, .waiting: .waiting
        case .down: .bad
        }
    }
}
