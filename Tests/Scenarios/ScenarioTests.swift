// Plays every script beside this file and compares what happens with what stands under its `----`.
// `TRAM_REWRITE_GOLDENS=1 swift test --filter Scenarios` writes it anew; a human reads the
// difference.

import Foundation
import RelaySimulator
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")

private let isRewriting = ProcessInfo.processInfo.environment["TRAM_REWRITE_GOLDENS"] == "1"

@Suite("Scenarios")
struct ScenarioTests {
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    @Test("there are scripts")
    func exist() {
        #expect(Self.names.count >= 12)
    }

    @Test("what happens is what the script says", arguments: names)
    func play(name: String) throws {
        let file = folder.appending(path: name)
        let scenario = Scenario(try String(contentsOf: file, encoding: .utf8))
        let happened = try scenario.run()
        if isRewriting {
            try scenario.text(with: happened).write(to: file, atomically: true, encoding: .utf8)
            return
        }
        for (number, (line, wanted)) in zip(happened, scenario.expected).enumerated()
        where line != wanted {
            Issue.record("line \(number + 1) after ----\nhappened: \(line)\nexpected: \(wanted)")
            return
        }
        #expect(happened.count == scenario.expected.count, "another number of lines")
    }

    @Test("a line that is no command is named")
    func noCommand() {
        let scenario = Scenario("# a comment\n\nrun 1\nfly away\n----\n")
        let fault = #expect(throws: ScenarioFault.self) { try scenario.run() }
        #expect(fault?.description == "line 4, 'fly away': no such command")
    }
}
