// relaysim drill on the files of this repository: what is shipped can be played as it is.

import ArgumentParser
import Foundation
import RelayConfiguration
import RelayCore
import RelaySimulator
import Testing

@testable import relaysim

// The commands are what is tested; the network behind them has its tests in RelaySimulatorTests.

private func path(_ name: String, from file: String = #filePath) -> String {
    URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: name).path
}

private func forecast(_ arguments: String...) throws -> DrillForecast {
    let command = try RelaySim.parseAsRoot(["drill"] + arguments)
    return try #require(command as? DrillCommand).forecast()
}

private func refusal(_ arguments: String...) -> String {
    do {
        let command = try RelaySim.parseAsRoot(["drill"] + arguments)
        _ = try (command as? DrillCommand)?.forecast()
        return ""
    } catch {
        return "\(error)"
    }
}

@Suite("relaysim drill")
struct DrillCommandTests {
    @Test(
        "every drill of Config/drills can be played on Config, and meets its objectives",
        arguments: [
            "primary-hub-down", "network-down", "hub-slow", "certificate-refused",
            "disk-nearly-full", "two-at-once",
        ])
    func shipped(name: String) throws {
        let forecast = try forecast(
            path("Config/drills/\(name).yaml"), "--config", path("Config"), "--rate", "600/h")
        #expect(forecast.relay == "H26.1.2")
        #expect(forecast.modelled == ["G01.9", "HUB-H37"])
        #expect(forecast.remarks == [])
        #expect(forecast.documents.accepted > 40)
        #expect(forecast.documents.delivered == forecast.documents.accepted)
        #expect(forecast.documents.lost == 0 && forecast.documents.duplicates == 0)
        #expect(forecast.isMet, "\(forecast.lines)")
    }

    @Test("the load, the time and the limit of lines are those that are asked for")
    func options() throws {
        let forecast = try forecast(
            path("Config/drills/primary-hub-down.yaml"), "--config", path("Config"), "--rate",
            "10/m", "--incoming", "300/h", "--size", "2 KiB", "--duration", "20m", "--link-rate",
            "4KiB", "--everywhere")
        #expect(forecast.load.perHour == 600 && forecast.load.incomingPerHour == 300)
        #expect(forecast.load.size == 2_048 && forecast.load.isEverywhere)
        #expect(forecast.outageSeconds == 1_200)
        let line = try #require(
            forecast.links.first { $0.from == "H26.1.2" && $0.to == "HUB-2" })
        #expect(line.use.map { (0.05...0.5).contains($0) } == true)
        #expect(
            forecast.headline.hasPrefix(
                "20 min without HUB-1 at 900 documents an hour: 0 lost, 0 duplicates, oldest "))
    }

    @Test("what cannot be played is refused with every reason")
    func refusals() throws {
        let scenario = path("Config/drills/primary-hub-down.yaml")
        #expect(
            refusal(scenario, "--config", path("Config"), "--relay", "HUB-1")
                .contains("HUB-1 has no route *"))
        #expect(
            refusal(scenario, "--config", path("Config"), "--relay", "H99")
                .contains("is that of H99; there are H26.1.2, HUB-2, HUB-1"))
        #expect(refusal(scenario, "--config", "/nowhere").contains("cannot be read"))
        #expect(
            refusal(scenario, "--config", path("Docs")).contains("holds no configuration"))
        #expect(
            refusal(path("Config/agency.yaml"), "--config", path("Config"))
                .contains("relay: is not a known key here"))
        #expect(refusal(scenario, "--config", path("Config"), "--rate", "many") != "")
    }

    @Test("one file alone gets stand-ins for everybody else")
    func alone() throws {
        let folder = NSTemporaryDirectory() + "tram-relaysim-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["agency.yaml", "calendar-vn.yaml"] {
            try FileManager.default.copyItem(
                atPath: path("Config/\(name)"), toPath: "\(folder)/\(name)")
        }
        let forecast = try forecast(
            path("Config/drills/certificate-refused.yaml"), "--config", folder, "--rate", "600/h")
        #expect(forecast.modelled.starts(with: ["HUB-1", "HUB-2"]))
        #expect(forecast.documents.delivered == forecast.documents.accepted)
        #expect(forecast.isMet, "\(forecast.lines)")
    }

    @Test("seeds are the command when none is named")
    func seeds() throws {
        let command = try RelaySim.parseAsRoot(["--seeds", "1...2"])
        #expect(command is SeedsCommand)
        #expect(throws: (any Error).self) { try RelaySim.parseAsRoot([]) }
    }
}
