// How texts are measured, cleaned, coloured and aligned; and the rules of the command line.

import ArgumentParser
import Foundation
import RelayAPI
import RelayCore
import Testing

@testable import relayctl

@Suite("The text of relayctl")
struct TextTests {
    @Test(
        "letters with marks take one column, composed or not; wide ones two",
        arguments: [
            ("", 0), ("abc", 3), ("Sở", 2), ("Sơ\u{0309}", 2), ("QUYẾT ĐỊNH", 10),
            ("Quye\u{0302}\u{0301}t", 5), ("漢字", 4), ("한", 2), ("😀", 2), ("a\u{200B}b", 2),
        ])
    func width(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
        #expect(DisplayWidth.of(DisplayWidth.pad(text, to: 12, right: false)) == 12)
    }

    @Test("columns stand under each other whatever the letters are made of")
    func alignment() {
        var table = Table("NAME", ">COUNT")
        table.add(.init("Sở"), .init(1))
        table.add(.init("Sơ\u{0309}"), .init(100))
        table.add(.init("漢字"), .init(22))
        #expect(
            table.lines(Style(isColoured: false)) == [
                "NAME  COUNT", "Sở        1", "Sơ\u{0309}      100", "漢字     22",
            ])
    }

    @Test("what comes from outside gives the terminal no orders")
    func cleaning() {
        var table = Table("NAME")
        table.add(.init("a\u{1B}[31mb\r\nc\u{9B}d\u{202E}e"))
        let line = table.lines(Style(isColoured: false))[1]
        #expect(line == "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c\u{FFFD}de")
    }

    @Test("colour is for terminals only, and not when NO_COLOR is set")
    func colour() {
        #expect(Style.wantsColour(isTerminal: true, environment: ["TERM": "xterm"]))
        #expect(Style.wantsColour(isTerminal: true, environment: ["NO_COLOR": ""]))
        #expect(!Style.wantsColour(isTerminal: true, environment: ["NO_COLOR": "1"]))
        #expect(!Style.wantsColour(isTerminal: true, environment: ["TERM": "dumb"]))
        #expect(!Style.wantsColour(isTerminal: false, environment: [:]))
        var facts = Facts()
        facts.add("State", "down", .bad)
        #expect(facts.lines(Style(isColoured: true))[0].contains("\u{1B}[31mdown\u{1B}[0m"))
        #expect(facts.lines(Style(isColoured: false)) == ["State  down"])
    }

    @Test("spans of time and sizes are short")
    func amounts() {
        let spans: [(Int64, String)] = [
            (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"),
            (12_000, "3 h 20 min"), (86_400, "1 d"), (187_200, "2 d 4 h"),
        ]
        for (seconds, text) in spans { #expect(Amount.span(.seconds(seconds)) == text) }
        let sizes: [(Int64, String)] = [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_536, "1.5 KiB"),
            (20_971_520, "20.0 MiB"), (1_610_612_736, "1.5 GiB"),
        ]
        for (bytes, text) in sizes { #expect(Amount.bytes(bytes) == text) }
    }

    @Test("times are of the zone, at each time its own")
    func zone() throws {
        #expect(Samples.time.text(Instant(milliseconds: 0)) == "1970-01-01 07:00:00 +07:00")
        let west = LocalTime(now: Instant(milliseconds: 0), offset: { _ in -12_600 })
        #expect(west.text(Instant(milliseconds: 0)) == "1969-12-31 20:30:00 -03:30")
        #expect(Samples.time.distance(Instant(milliseconds: 3_420_000)) == "3 min ago")
    }

    @Test(
        "a command line that is not understood is refused with usage",
        arguments: [
            ["document", "show", "123"], ["submit", "f", "--to", "-"],
            ["submit", "f", "--priority", "5"], ["queue", "list", "--state", "lost"],
            ["queue", "list", "--limit", "0"], ["health", "--url", "http://10.0.0.1:80"],
            ["health", "--url", "http://127.0.0.1:80"],
            ["health", "--socket", "s", "--url", "http://127.0.0.1:80", "--token-file", "t"],
            ["health", "--token-file", "t"], ["health", "--output", "xml"],
            ["audit", "balance", "--day", "yesterday"], ["audit", "balance", "--with", "-"],
            ["audit", "balance", "--check", "--with", "HUB-1"], ["routes", "trace"],
            ["routes", "trace", "H1", "--timeout", "31"],
            ["inbox", "fetch", "0190f3c5-6f1a-8abc-9def-0123456789ab"],
        ])
    func usage(arguments: [String]) {
        do {
            _ = try Relayctl.parseAsRoot(arguments)
            Issue.record("\(arguments) was taken")
        } catch {
            #expect(Relayctl.exitCode(for: error) == .validationFailure)
            #expect(ExitCode.validationFailure.rawValue == 64)
        }
    }

    @Test("the socket is the one named, else that of the environment, else the usual one")
    func socket() throws {
        func path(_ arguments: [String], _ environment: [String: String]) throws -> String {
            let options = try ConnectionOptions.parse(arguments)
            return "\(try options.address(environment: environment))"
        }
        #expect(try path([], [:]) == "socket /run/tram/relayd.sock")
        #expect(try path([], ["TRAM_SOCKET": ""]) == "socket /run/tram/relayd.sock")
        #expect(try path([], ["TRAM_SOCKET": "/e"]) == "socket /e")
        #expect(try path(["--socket", "/o"], ["TRAM_SOCKET": "/e"]) == "socket /o")
    }

    @Test("the type of a file follows from its name")
    func mediaTypes() {
        #expect(Submit.mediaType(ofName: "a.edxml") == MediaType.edXML)
        #expect(Submit.mediaType(ofName: "A.PDF") == "application/pdf")
        #expect(Submit.mediaType(ofName: "a.b.xml") == "application/xml")
        #expect(Submit.mediaType(ofName: "noname") == "application/octet-stream")
    }
}
