// relaysim: runs the production core on a virtual network, and looks for broken promises.
//
// Results go to stdout. Exit code 0: every rule held; 1: a rule was broken, and its seed replays
// it; 64: bad usage; 65: a file is not in order.

import ArgumentParser
import Foundation
import RelaySimulator

@main
struct RelaySim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relaysim",
        abstract: "Simulates a network of relays with faults, and checks their promises.",
        subcommands: [SeedsCommand.self, DrillCommand.self], defaultSubcommand: SeedsCommand.self)

    /// Why a drill cannot be played is told line by line, as relayctl does.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let refusal as Refusal {
            for reason in refusal.reasons {
                FileHandle.standardError.write(Data("relaysim: \(reason)\n".utf8))
            }
            exit(withError: ExitCode(65))
        } catch {
            exit(withError: error)
        }
    }
}

struct SeedsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seeds",
        abstract: "Replays a seed, or runs many (the command when none is named).",
        discussion: """
            One seed decides everything: who is there, what is sent, and what goes wrong. The same \
            seed takes the same steps, which the trace hash shows.
            """)

    @Option(help: "Replay this seed, with its plan and the end of its trace.")
    var seed: UInt64?

    @Option(help: "Run all seeds of a range, e.g. 1...200, on all cores.")
    var seeds: SeedRange?

    @Option(
        help: "How many relays, two of them hubs (5 to 28); drawn from the seed when not given.")
    var nodes: Int?

    @Flag(help: "Print the whole trace of --seed.")
    var trace = false

    func validate() throws {
        if (seed == nil) == (seeds == nil) {
            throw ValidationError("Say either --seed N or --seeds FIRST...LAST.")
        }
        if let nodes, !(5...28).contains(nodes) {
            throw ValidationError("--nodes must be between 5 and 28.")
        }
    }

    func run() async throws {
        if let seed { try replay(seed) }
        if let seeds { try await runAll(seeds.range) }
    }

    private func replay(_ seed: UInt64) throws {
        let detail: Trace.Detail = trace ? .everything : .last(60)
        let simulation = Simulation(seed: seed, nodes: nodes, detail: detail)
        for line in simulation.plan.description { print(line) }
        let result = simulation.run()
        if trace || result.violation != nil { for line in result.trace { print(line) } }
        print(result.summary)
        if result.violation != nil { throw ExitCode(1) }
    }

    private func runAll(_ range: ClosedRange<UInt64>) async throws {
        let clock = ContinuousClock()
        let begun = clock.now
        let results = await Campaign(seeds: range, nodes: nodes).run()
        let failed = results.filter { $0.violation != nil }
        for result in failed {
            print(result.summary)
            print(
                "replay with: relaysim --seed \(result.seed)"
                    + (nodes.map { " --nodes \($0)" } ?? ""))
        }
        print(Campaign.summary(of: results, took: clock.now - begun))
        if !failed.isEmpty { throw ExitCode(1) }
    }
}

/// `FIRST...LAST`, both included.
struct SeedRange: ExpressibleByArgument {
    let range: ClosedRange<UInt64>

    init?(argument: String) {
        let ends = argument.split(separator: ".", omittingEmptySubsequences: true)
        guard argument.contains("..."), ends.count == 2, let first = UInt64(ends[0]),
            let last = UInt64(ends[1]), first <= last, last - first < 10_000_000
        else { return nil }
        range = first...last
    }
}
