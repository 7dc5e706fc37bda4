// The main job, end to end, with crashes in the middle: `Deploy/demo.sh` builds and runs this.

import ArgumentParser
import FoundationEssentials
import RelayFleet

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
        do {
            let isWhole = try await demo.run()
            let codes = fleet.stop()
            let unclean = codes.filter { $0.value != 0 }
            for (code, exit) in unclean { print("relayd \(code) ended with exit code \(exit)") }
            if !isWhole || !unclean.isEmpty { throw ExitCode(1) }
        } catch {
            fleet.stop()
            throw error
        }
    }
}
