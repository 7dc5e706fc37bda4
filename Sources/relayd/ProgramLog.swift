// The program's log: one line an event, to standard error, where systemd's journal takes it.
//
// As text for people or as JSON for machines. Holds no personal data, certificate subjects or
// secrets: codes, ids, relays, counts and reasons only.

import FoundationEssentials
import Logging
import RelayAPI
import RelayConfiguration
import RelayCore
import RelayEngine
import Synchronization

struct ProgramLog: LogHandler {
    enum Format: Sendable {
        case text
        case json
    }

    let label: String
    let format: Format
    let output: LineOutput
    let threshold: LogThreshold
    /// Of a logger that wants to hear less than the others.
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, format: Format, output: LineOutput, threshold: LogThreshold) {
        self.label = label
        self.format = format
        self.output = output
        self.threshold = threshold
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }
        let time = Timestamp.text(SystemClock().now)
        switch format {
        case .text:
            let words = facts.map { " \($0.key)=\(LogText.quoted("\($0.value)"))" }.joined()
            let message = LogText.oneLine("\(event.message)")
            output.write("\(time) \(event.level) \(label): \(message)\(words)\n")
        case .json:
            var line: [String: String] = [
                "time": time, "level": event.level.rawValue, "logger": label,
                "message": "\(event.message)",
            ]
            for (key, value) in facts { line[key] = "\(value)" }
            output.write(LogText.json(line) + "\n")
        }
    }
}

/// The least grave level that is logged, shared by all loggers, so that a reload reaches them.
final class LogThreshold: Sendable {
    private let state: Mutex<Logger.Level>

    init(_ configuration: Configuration) {
        state = Mutex(Self.level(configuration))
    }

    var level: Logger.Level { state.withLock { $0 } }

    func adopt(_ configuration: Configuration) {
        state.withLock { $0 = Self.level(configuration) }
    }

    private static func level(_ configuration: Configuration) -> Logger.Level {
        Logger.Level(rawValue: configuration.log.level.rawValue) ?? .info
    }
}

enum LogText {
    /// Control characters would let what a peer sends forge lines.
    static func oneLine(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            ? String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
            : text
    }

    /// In quotation marks when it is empty or holds a blank, a quotation mark or `=`.
    static func quoted(_ text: String) -> String {
        let line = oneLine(text)
        let isPlain = !line.isEmpty && !line.contains { " \"=".contains($0) }
        return isPlain ? line : "\"" + line.replacing("\"", with: "'") + "\""
    }

    static func json(_ fields: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings always encode; a log must not be what stops a relay.
        guard let data = try? encoder.encode(fields) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
