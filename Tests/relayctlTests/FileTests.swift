// Fetching and exporting to files: whole and checked, or not at all.

import Foundation
import RelayAPI
import RelayCore
import Testing

@testable import relayctl

@Suite("Files that relayctl writes", .timeLimit(.minutes(2)))
struct FileTests {
    private static func contents(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0 != "s" && $0 != "operator.sock" }.sorted()
    }

    @Test("fetch writes the document, and nothing beside it stays")
    func fetch() async throws {
        try await withBench { bench in
            let path = "\(bench.folder)/out.pdf"
            let outcome = try await bench.run("inbox", "fetch", "\(StubRelay.id)", "-o", path)
            #expect(outcome.exit == nil)
            #expect(outcome.out.isEmpty)
            #expect(outcome.err.hasPrefix("100000 bytes, SHA-256 "))
            #expect(FileManager.default.contents(atPath: path) == Data(StubRelay.body))
            #expect(try Self.contents(bench.folder) == ["out.pdf"])
        }
    }

    @Test("a file that is there is kept, unless --force is given")
    func overwriting() async throws {
        try await withBench { bench in
            let path = "\(bench.folder)/out.pdf"
            try Data("old".utf8).write(to: URL(fileURLWithPath: path))
            let refused = try await bench.run("inbox", "fetch", "\(StubRelay.id)", "-o", path)
            #expect(refused.exit == .badInput)
            #expect(refused.err.hasSuffix("hint: --force writes over it\n"))
            #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
            let forced = try await bench.run(
                "inbox", "fetch", "\(StubRelay.id)", "-o", path, "--force")
            #expect(forced.exit == nil)
            #expect(FileManager.default.contents(atPath: path) == Data(StubRelay.body))
            #expect(try Self.contents(bench.folder) == ["out.pdf"])
        }
    }

    @Test("bytes that do not have the digest never get the name")
    func damaged() async throws {
        try await withBench { bench in
            bench.relay.change { $0.spoilsBody = true }
            let outcome = try await bench.run(
                "inbox", "fetch", "\(StubRelay.id)", "-o", "\(bench.folder)/out.pdf")
            #expect(outcome.exit == .tryAgain)
            #expect(outcome.err.contains("hint: nothing is lost"))
            #expect(try Self.contents(bench.folder).isEmpty)
        }
    }

    @Test("what the relay refuses leaves no file, and keeps the one that is there")
    func refused() async throws {
        try await withBench { bench in
            let path = "\(bench.folder)/out.pdf"
            try Data("old".utf8).write(to: URL(fileURLWithPath: path))
            bench.relay.change { $0.problem = Problem(.recipientNeeded, "Name one.") }
            let outcome = try await bench.run(
                "inbox", "fetch", "\(StubRelay.id)", "-o", path, "--force")
            #expect(outcome.exit == .badInput)
            #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
            #expect(try Self.contents(bench.folder) == ["out.pdf"])
        }
    }

    @Test("a folder that is not there is an error that names the file")
    func noFolder() async throws {
        try await withBench { bench in
            let outcome = try await bench.run(
                "inbox", "fetch", "\(StubRelay.id)", "-o", "\(bench.folder)/none/out.pdf")
            #expect(outcome.exit == .negative)
            #expect(outcome.err.contains("\(bench.folder)/none/out.pdf.part"))
        }
    }

    @Test(
        "an empty receipt folder gets the receipt, and one that is not there yet is said to be so")
    func receipt() async throws {
        try await withBench { bench in
            let path = "\(bench.folder)/r.p7s"
            let found = try await bench.run("receipt", "export", "\(StubRelay.id)", "-o", path)
            #expect(found.exit == nil)
            #expect(FileManager.default.contents(atPath: path) == Data([0x30, 0x00]))
            let absent = try await bench.run(
                "receipt", "export", "\(StubRelay.id)", "--kind", "collected", "-o",
                "\(bench.folder)/c.p7s")
            #expect(absent.exit == .negative)
            #expect(try Self.contents(bench.folder) == ["r.p7s"])
        }
    }

    @Test("a file that cannot be sent is named, and nothing is asked of the relay")
    func cannotSend() async throws {
        try await withBench { bench in
            for path in ["\(bench.folder)/absent.pdf", bench.folder, "\(bench.folder)/s"] {
                let outcome = try await bench.run("submit", path, "--to", "H26.2")
                #expect(outcome.exit == .badInput)
                #expect(outcome.err.contains(path))
            }
            #expect(bench.relay.read { $0.request } == nil)
        }
    }
}
