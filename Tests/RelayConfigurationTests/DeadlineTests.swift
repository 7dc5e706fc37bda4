// The section `deadlines` and calendar files: what they come to, and every error at once.

import Foundation
import RelayCore
import Testing

@testable import RelayConfiguration

@Suite("Deadlines in a configuration")
struct DeadlineConfigurationTests {
    @Test("classes come as they stand, in their order")
    func classes() throws {
        let deadlines = try Sample.with(
            """
            deadlines:
              calendar: days/vn.yaml
              morningEnds: "11:00"
              dayEnds: 17:30
              signedWithin: 10 d
              warn: 45 m
              classes:
                - name: express
                  kinds: [document]
                  priorities: [3, 4]
                  types: [Công điện, "7"]
                  due: 15 m
                  warn: 5 m
                  basis: "Decision 28/2018, art. 6.2"
                - {name: status, kinds: [status], due: same-day}
                - {name: old, priorities: [2], due: none}
                - {name: normal, due: next-working-morning}

            """
        ).deadlines
        #expect(deadlines.calendar == "/etc/tram/days/vn.yaml")
        let rules = deadlines.rules
        #expect(rules.morningEnds == .hours(11) && rules.dayEnds == .minutes(17 * 60 + 30))
        #expect(rules.signedDaysMax == 10 && rules.lead == .minutes(45))
        #expect(
            rules.classes == [
                DeadlineClass(
                    name: "express", kinds: [.document], priorities: [.express, .expressTimed],
                    types: ["công điện", "7"], term: .after(.minutes(15)), lead: .minutes(5),
                    basis: "Decision 28/2018, art. 6.2"),
                DeadlineClass(name: "status", kinds: [.status], term: .sameDay),
                DeadlineClass(name: "old", priorities: [.veryUrgent], term: .none),
                DeadlineClass(name: "normal", term: .nextWorkingMorning),
            ])
    }

    @Test("every error is reported at once")
    func errors() {
        let report = Sample.reportWith(
            """
            deadlines:
              morningEnds: 25:00
              dayEnds: 0:30
              signedWithin: 36 h
              classes:
                - name: all
                  due: next-working-mornin
                - name: normal
                  due: 15 s
                  priorities: [5]
                - {name: a, due: same-day}
                - {name: b, kinds: [status], due: same-day}
                - {name: a, due: 10 m, warn: 10 m}
                - {due: same-day}

            """)
        let lines = report.split(separator: "\n").map(String.init)
        for (line, words) in [
            ("9:16", "not a time of day"), ("10:12", "not a time of day"),
            ("11:17", "counted in days"),
            ("14:12", "did you mean next-working-morning?"), ("16:12", "less than the least"),
            ("17:20", "not one of 0, 1, 2, 3, 4"), ("19:7", "b never matches: a"),
            ("20:14", "is the name of deadlines.classes[2] too"), ("20:7", "a never matches"),
            ("20:34", "not less than due"), ("21:7", "name: is missing"),
        ] {
            let isThere = lines.contains { $0.hasPrefix(line + ":") && $0.contains(words) }
            #expect(isThere, "\(line) \(words) in\n\(report)")
        }
        #expect(lines.count == 11, "\(report)")
    }

    @Test("without classes there are no deadlines; with them, a calendar is missed")
    func warnings() throws {
        let day = try #require(Day("2026-11-25"))
        #expect(try Sample.with("").warnings(on: day).isEmpty)
        let classes = "deadlines:\n  classes: [{name: a, due: same-day}]\n"
        let warnings = try Sample.with(classes).warnings(on: day)
        #expect(
            warnings.map(\.description) == [
                "/etc/tram/relay.yaml:8:1: deadlines.calendar: warning: is not given, so every "
                    + "Monday to Friday counts as worked, holidays too; give a calendar"
            ])
    }
}

@Suite("Calendar files")
struct CalendarFileTests {
    private func calendar(_ text: String) throws -> WorkCalendar {
        try WorkCalendar.parse(text, file: "f").get()
    }

    @Test("the calendar of the repository holds the public holidays of two years")
    func vietnam() throws {
        let calendar = try calendar(try Repository.text("Config/calendar-vn.yaml"))
        #expect(calendar.years == 2026...2027)
        let free = try [
            "2026-01-01", "2026-02-17", "2026-04-27", "2026-04-30", "2026-05-01", "2026-09-02",
            "2027-02-06", "2027-04-16", "2027-09-02", "2026-08-29",
        ].map { try #require(Day($0)) }
        #expect(free.allSatisfy { !calendar.isWorking($0) })
        let worked = try ["2026-01-10", "2026-08-22", "2026-11-25"].map { try #require(Day($0)) }
        #expect(worked.allSatisfy(calendar.isWorking))
        let eve = try #require(Day("2026-02-13"))
        #expect(calendar.workingDay(after: eve) == Day("2026-02-23"))
        let friday = try #require(Day("2026-08-21"))
        #expect(calendar.workingDay(after: friday) == Day("2026-08-22"))
    }

    @Test("every error is reported at once")
    func errors() throws {
        let text = """
            years: [2026, 2028, 2026]
            weekday: [monday]
            weekdays: [moonday]
            holidays:
              - date: 2026-02-29
                name: no such day
              - date: 2026-01-01
                name: New Year
              - date: 2026-01-01
                name: again
              - date: 2027-01-01
                name: in no year
              - date: 2028-05-01
            worked:
              - date: 2026-01-01
                name: both

            """
        guard case .failure(let errors) = WorkCalendar.parse(text, file: "f") else {
            Issue.record("it was taken")
            return
        }
        let lines = errors.description.split(separator: "\n").map(String.init)
        for (line, words) in [
            ("1:1", "has a gap"), ("1:21", "stands in the list twice"),
            ("2:1", "did you mean weekdays?"), ("3:12", "not one of monday"),
            ("5:11", "not a date"), ("9:11", "is given already"), ("11:11", "in none of the years"),
            ("13:5", "name: is missing"), ("15:11", "is given already"),
        ] {
            let isThere = lines.contains { $0.hasPrefix("f:\(line):") && $0.contains(words) }
            #expect(isThere, "\(line) \(words) in\n\(errors)")
        }
        #expect(lines.count == 9, "\(errors)")
    }

    @Test("a Saturday that is worked anyway, a year without holidays, and a year without work")
    func nonsense() {
        func report(_ text: String) -> String {
            guard case .failure(let errors) = WorkCalendar.parse(text, file: "f") else { return "" }
            return errors.description
        }
        let tuesday = "years: [2026]\nholidays: [{date: 2026-01-01, name: a}]\n"
        #expect(report(tuesday).isEmpty)
        #expect(
            report(tuesday + "worked: [{date: 2026-01-06, name: b}]\n")
                .contains("2026-01-06 is a tuesday, which is worked anyway"))
        #expect(report("years: [2026]\n").contains("no holiday of 2026 is given"))
        let days = (1...31).map { "  - {date: 2026-01-\($0 < 10 ? "0" : "")\($0), name: x}" }
        let all = "years: [2026]\nweekdays: [monday]\nholidays:\n"
        #expect(report(all + days.joined(separator: "\n") + "\n").contains("days are free"))
    }

    @Test("the file is read beside the configuration, and the errors of both are reported")
    func beside() throws {
        let folder = try Folder()
        let lines =
            Sample.minimal + "deadlines:\n  calendar: days.yaml\n"
            + "  classes: [{name: a, due: same-day}]\n"
        let path = try folder.write("relay.yaml", lines.utf8)
        guard case .failure(let missing) = Configuration.load(path: path) else {
            Issue.record("it was taken")
            return
        }
        #expect(missing.description.contains("days.yaml:1:1: (file): does not exist"))

        try folder.write("days.yaml", "years: [2026]\nholiday: []\n".utf8)
        try folder.write("relay.yaml", (lines + "colour: blue\n").utf8)
        guard case .failure(let both) = Configuration.load(path: path) else {
            Issue.record("it was taken")
            return
        }
        #expect(both.errors.contains { $0.file == path && $0.key == "colour" })
        #expect(both.errors.contains { $0.file.hasSuffix("days.yaml") && $0.key == "holiday" })

        try folder.write("relay.yaml", lines.utf8)
        try folder.write(
            "days.yaml", "years: [2026]\nholidays: [{date: 2026-11-26, name: x}]\n".utf8)
        let configuration = try Configuration.load(path: path).get()
        let day = try #require(Day("2026-11-25"))
        #expect(configuration.settings.deadlines.calendar.workingDay(after: day) == day + 2)
        #expect(configuration.warnings(on: day).first?.message.contains("ends with 2026") == true)
        let next = try #require(Day("2027-01-02"))
        #expect(
            configuration.warnings(on: next).first?.message.contains("no holidays of 2027") == true)
    }
}
