// relaysim drill: what a drill would come to, on the virtual clock.
//
// Exit code 0: every objective met; 1: not, or a promise was broken; 65: a file is not in order or
// does not fit.

import ArgumentParser
import Foundation
import RelayConfiguration
import RelayCore
import RelaySimulator

struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Plays a drill scenario on the virtual clock, and says what would happen.",
        discussion: """
            The relays are those of the configuration files in a directory; peers without a file \
            there are made up, and that is said. The core is the production one.
            """)

    @Argument(help: "The scenario, such as Config/drills/primary-hub-down.yaml.")
    var scenario: String

    @Option(help: ArgumentHelp("The directory of the relays' files.", valueName: "dir"))
    var config: String

    @Option(help: "The relay that plays it; by default the first that serves an organisation.")
    var relay: String?

    @Option(
        help: ArgumentHelp(
            "Documents that its applications submit, such as 10000/h or 5/s; by default the "
                + "scenario's test documents, or 1000/h.", valueName: "rate"))
    var rate: DocumentRate?

    @Option(help: ArgumentHelp("Documents that others send to it.", valueName: "rate"))
    var incoming: DocumentRate?

    @Option(help: ArgumentHelp("The size of each, such as 8KiB.", valueName: "size"))
    var size: ByteSize?

    @Option(
        help: ArgumentHelp(
            "How long the faults last together, such as 4h, in place of the scenario's times.",
            valueName: "time"))
    var duration: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "What each line between two relays carries in a second, such as 1MiB.",
            valueName: "size"))
    var linkRate: ByteSize?

    @Flag(help: "The faults hold at every relay that knows the peer, as in a real outage.")
    var everywhere = false

    @Option(help: "Another seed, other times of arrival.")
    var seed: UInt64 = 1

    @Option(help: "How to print results: text for people, json for programs.")
    var output = OutputFormat.text

    enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    func forecast() throws -> DrillForecast {
        let scenario = try Files.scenario(scenario)
        let members = try Files.members(in: config)
        let home = try player(among: members)
        do {
            return try DrillPlay(
                scenario, at: home, in: DrillNetwork(members), load: load(for: scenario)
            ).run()
        } catch {
            throw Refusal(error.problems)
        }
    }

    func run() throws {
        let forecast = try forecast()
        switch output {
        case .text: for line in forecast.lines { print(line) }
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(forecast), as: UTF8.self))
        }
        if !forecast.isMet { throw ExitCode(1) }
    }

    private func load(for scenario: DrillScenario) -> DrillPlay.Load {
        var load = DrillPlay.Load(perHour: rate?.perHour ?? 1_000, size: 8_192)
        if case .test(let documents) = scenario.traffic {
            load.perHour = rate?.perHour ?? documents.perHour
            load.size = Int(documents.size)
            load.priority = documents.priority
            load.recipients = documents.recipients
        }
        load.size = size.map { Int($0.bytes) } ?? load.size
        load.incomingPerHour = incoming?.perHour ?? 0
        load.duration = duration?.interval
        load.lineBytesPerSecond = linkRate?.bytes
        load.isEverywhere = everywhere
        load.seed = seed
        return load
    }

    /// The one that is named, or the first that serves an organisation.
    private func player(among members: [DrillMember]) throws -> RelayCode {
        if let relay {
            guard let code = RelayCode(relay),
                members.contains(where: { $0.settings.relay == code })
            else {
                let known = members.map(\.settings.relay.text).joined(separator: ", ")
                throw Refusal(["no file in \(config) is that of \(relay); there are \(known)"])
            }
            return code
        }
        guard let first = members.first(where: { !$0.settings.organisations.isEmpty }) else {
            throw Refusal(["no relay in \(config) serves an organisation; name one with --relay"])
        }
        return first.settings.relay
    }
}

/// Why nothing was played: each reason a line on stderr.
struct Refusal: Error, CustomStringConvertible {
    let reasons: [String]

    init(_ reasons: [String]) { self.reasons = reasons }

    var description: String { reasons.joined(separator: "\n") }
}
