// The main job, end to end, with crashes in the middle: `Deploy/demo.sh` builds and runs this. With
// `--keep-running`, four relays to try things out with.
//
// Whatever happens, the relays that were started are ended: at the end, after an error, on Ctrl-C.

import ArgumentParser
import FoundationEssentials
import RelayFleet
import UnixSignals

@main struct RelayDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relaydemo",
        abstract: "Four relays, two hundred documents, three crashes: nothing is lost.")

    @Option(help: "The relayd to run.")
    var relayd: String

    @Option(help: "A directory for certificates, configurations, stores and logs; must not exist.")
    var directory: String

    @Option(help: "Documents to send.")
    var documents = 200

    @Option(help: "What the documents are made from.")
    var seed: UInt64 = 2026

    @Flag(help: "Start the four relays, say where they are, and let them run until Ctrl-C.")
    var keepRunning = false

    @Option(
        help: ArgumentHelp("Run a failover drill instead, and write its report.", valueName: "html")
    )
    var drill: String?

    func validate() throws {
        guard (10...10_000).contains(documents) else {
            throw ValidationError("--documents takes 10 to 10000")
        }
        guard !FileManager.default.fileExists(atPath: directory) else {
            throw ValidationError("\(directory) exists; name a new directory")
        }
    }

    func run() async throws {
        let fleet = try Fleet.prepare(in: directory, program: relayd)
        let demo = Demo(fleet: fleet, documents: documents, seed: seed)
        let result: Result<Bool?, any Error>
        do {
            result = .success(
                try await Self.untilInterrupted {
                    if keepRunning {
                        try await Playground(fleet: fleet).run()
                        return true
                    }
                    if let drill {
                        return try await DrillDemo(fleet: fleet, page: drill, seed: seed).run()
                    }
                    return try await demo.run()
                })
        } catch {
            result = .failure(error)
        }
        if case .success(nil) = result { say("\nstopping the relays") }
        let unclean = await fleet.stop().filter { $0.value != 0 }
        for (code, exit) in unclean {
            say("relayd \(code) ended with " + (exit.map { "exit code \($0)" } ?? "a kill"))
        }
        // The usual code of a program that was ended by Ctrl-C, unless that was the way to end it.
        guard let isWhole = try result.get() else { throw ExitCode(keepRunning ? 0 : 130) }
        if !isWhole || !unclean.isEmpty { throw ExitCode(1) }
    }

    /// Runs `work`; on SIGINT or SIGTERM cancels it, waits for its end, and returns nil.
    private static func untilInterrupted(
        _ work: @escaping @Sendable () async throws -> Bool
    ) async throws -> Bool? {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Bool?.self) { tasks in
            tasks.addTask { try await work() }
            tasks.addTask {
                for await _ in signals { return nil }
                // Cancelled, since the work is done: its result came first.
                return nil
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? nil
        }
    }
}
