// `relayctl drill plan|start|status|abort|list`: what an operator orders, and how it goes.

import ArgumentParser
import Foundation
import RelayAPI
import RelayCore

/// What would be done, to whom, and whether it would be refused now. Changes nothing.
struct DrillPlanCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "What a scenario would do here, and whether it may begin.")

    @Argument(help: "The scenario.")
    var file: String

    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let plan = try await client.planDrill(DrillRequest(scenario: try DrillFiles.scenario(file)))
        try console.show(plan) { DrillLines.plan(plan, $0) }
        if !plan.refusedBecause.isEmpty {
            throw CommandFailure(.negative, "the drill would be refused now")
        }
    }
}

struct DrillStartCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Begins a drill.",
        discussion: """
            Its faults end by themselves: when the scenario says so, at the end of its lease, when \
            a guard's bound is passed, and when the relay is restarted.
            """)

    @Argument(help: "The scenario.")
    var file: String

    @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
    var reason: String

    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let request = DrillRequest(scenario: try DrillFiles.scenario(file), reason: reason)
        let view = try await client.startDrill(request)
        try console.show(view) { DrillLines.head(view, $0) }
        console.note("relayctl drill status --follow shows how it goes")
    }
}

/// The running drill, or the last one.
struct DrillStatusCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How the running drill, or the last one, stands.")

    @Flag(help: "Go on until it has ended.")
    var follow = false

    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        guard var view = try await client.drills().first else {
            throw CommandFailure(.negative, "this relay has run no drill")
        }
        view = try await client.drill(DrillID(view.drill))
        try console.show(view) { DrillLines.head(view, $0) + DrillLines.timeline(view, after: 0) }
        guard follow else { return }
        var shown = view.timeline.count
        while view.isRunning {
            try await Task.sleep(for: .seconds(1))
            view = try await client.drill(DrillID(view.drill))
            if console.format == .text {
                for line in DrillLines.timeline(view, after: shown) { console.out(line) }
            }
            shown = view.timeline.count
        }
        if console.format == .json {
            try console.show(view) { _ in [] }
        } else {
            console.out(DrillLines.state(view))
        }
    }
}

struct DrillAbortCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Ends the running drill at once.")

    @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
    var reason: String

    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let view = try await client.abortDrill(DrillAbort(reason: reason))
        try console.show(view) { DrillLines.head(view, $0) }
    }
}

struct DrillListCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "All drills of this relay, newest first.")

    @OptionGroup var operators: OperatorOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func work(_ client: RelayClient, _ console: Console) async throws {
        let drills = try await client.drills()
        try console.show(DrillList(drills: drills)) {
            drills.isEmpty ? [] : DrillLines.list(drills, $0)
        }
        if drills.isEmpty { console.note("No drill was run here.") }
    }
}

enum DrillFiles {
    /// What the longest scenario, with all its comments, stays below.
    private static let bytesMax = 60 << 10

    /// The text of a scenario. The relay checks it: it reads what it is given.
    static func scenario(_ path: String) throws -> String {
        let bytes = try InputFile.contents(path, bytesMax: bytesMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.badInput, "\(path) is not UTF-8")
        }
        return text
    }
}
