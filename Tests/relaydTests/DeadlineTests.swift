// Deadlines in a real relay: reckoned at the submission, told of once, shown everywhere.

import FoundationEssentials
import RelayAPI
import RelayCore
import RelayFleet
import Testing

@Suite("Deadlines of a relay")
struct DeadlineTests {
    private static let setup: Setup = {
        var setup = Setup()
        setup.deadlines = """
            deadlines:
              classes:
                - {name: telegram, types: [Công điện], due: 60 m}
                - {name: urgent, priorities: [1, 2, 3, 4], due: 20 m}
                - {name: normal, due: next-working-morning, basis: "a decision, article 6"}
            """
        return setup
    }()

    private var today: Day {
        let milliseconds = Int64(Date().timeIntervalSince1970 * 1_000)
        return WorkCalendar.day(of: Instant(milliseconds: milliseconds))
    }

    @Test("what was signed days ago is late, told of once, and listed; the rest is not")
    func late() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1", Self.setup)
            try await relay.start()
            let signed = today + -6
            let late = try await PlainFile(1, size: 50, to: ["X1.5"]).submit(to: relay) {
                $0.signedOn = signed
            }.answer.id
            let early = try await PlainFile(2, size: 50, to: ["X1.5"]).submit(to: relay).answer.id
            try await until("the missed deadline is told") {
                try await relay.client.document(late).history.contains {
                    $0.what == "deadline-missed"
                }
            }
            let view = try await relay.client.document(late)
            let due = WorkCalendar.time(
                .minutes(690), on: WorkCalendar.plain.workingDay(after: signed))
            #expect(view.dueAt == due && view.recipients.first?.deadline == .missed)
            #expect(view.history.first?.detail == "class normal (a decision, article 6)")
            let other = try await relay.client.document(early)
            #expect(other.recipients.first?.deadline == .open)
            #expect(try #require(other.dueAt) > due)

            // There is no route: if that lasts, the other one is late too.
            let forecast = try await relay.client.queueForecast()
            #expect(forecast.queued == 2 && forecast.missed == 1 && forecast.late == 2)
            let row = try #require(forecast.rows.first)
            #expect(row.course == .stalled && row.earliestDueAt == due && row.leavesAt == nil)
            let entries = try await relay.client.queue(late: true).entries
            #expect(entries.map(\.id) == [late, early])
            #expect(entries.allSatisfy { $0.late == true && $0.dueAt != nil })

            relay.kill()
            try await relay.start()
            let history = try await relay.client.document(late).history
            #expect(history.filter { $0.what == "deadline-missed" }.count == 1)
            #expect(!history.contains { $0.what == "deadline-near" })
        }
    }

    @Test("a document's own date, type and urgency decide, and what contradicts it is refused")
    func facts() async throws {
        try await withBench { bench in
            let relay = try bench.relay("H99.1", Self.setup)
            try await relay.start()
            func due(_ letter: Letter, priority: Int? = nil) async throws -> Interval {
                let id = try await letter.submit(to: relay) { $0.priority = priority }.answer.id
                let view = try await relay.client.document(id)
                return try #require(view.dueAt) - view.submittedAt
            }
            let date = today.description.replacing("-", with: "/")
            let letter = Letter(id: "L-1").replacing("2026/11/23<", "\(date)<")
            #expect(try await due(letter) > .hours(1))
            #expect(try await due(Letter(id: "L-2"), priority: 3) == .minutes(20))
            let telegram = Letter(id: "L-3").replacing("Công văn", "CÔNG ĐIỆN")
            #expect(try await due(telegram, priority: 3) == .minutes(60))

            let error = await #expect(throws: ClientError.self) {
                _ = try await letter.submit(to: relay) { $0.signedOn = Day(number: 0) }
            }
            guard case .problem(let problem) = error else {
                Issue.record("it was taken")
                return
            }
            #expect(problem.kind == .invalidMetadata && problem.field == HeaderName.signedOn)
            // A date that nobody can read is no reason to refuse a letter.
            let unread = Letter(id: "L-4").replacing("2026/11/23<", "N/A<")
            #expect(try await due(unread) > .hours(1))
        }
    }

    @Test("the recipient sees it too, and the origin's history tells that it was met")
    func met() async throws {
        try await withBench { bench in
            let (a, b) = try await bench.pair(a: Self.setup)
            let id = try await PlainFile(1, size: 50).submit(to: a).answer.id
            try await until("the receipt") {
                try await a.client.document(id).recipients.first?.state == .delivered
            }
            let view = try await a.client.document(id)
            #expect(view.recipients.first?.deadline == nil)
            #expect(view.history.contains { $0.detail == "received in time" })
            let entry = try #require(try await b.client.inbox().entries.first)
            #expect(entry.dueAt == view.dueAt && entry.dueAt != nil)
            let forecast = try await a.client.queueForecast()
            #expect(forecast.queued == 0 && forecast.rows.isEmpty)
        }
    }
}
