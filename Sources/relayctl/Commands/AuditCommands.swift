// `relayctl audit`: the books of the relay by day and relay, held against its records, and against
// a peer's books.
//
// What does not agree is printed, and the exit status is 1.

import ArgumentParser
import RelayAPI
import RelayCore

struct AuditCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Shows and compares the books of the relay.",
        subcommands: [AuditBalance.self])
}

struct AuditBalance: RelayCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance",
        abstract: "The conservation law by day and relay: what came in is somewhere.",
        discussion: """
            With --check every tally is held against all records. With --with a peer is asked for \
            its books of the same day (today, unless --day says otherwise), and what one of the \
            two has handed over and the other does not know is listed. Days are those of Vietnam.
            """)

    @Option(help: ArgumentHelp("Only this day, such as 2026-03-02.", valueName: "day"))
    var day: String?

    @Option(
        name: .customLong("with"),
        help: ArgumentHelp("Compare with this peer.", valueName: "peer"))
    var peer: String?

    @Flag(help: "Hold the tallies against every record.")
    var check = false

    @OptionGroup var paging: PagingOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        if let day, Day(day) == nil {
            throw ValidationError("--day is a day such as 2026-03-02, not '\(day)'.")
        }
        if let peer, RelayCode(peer) == nil {
            throw ValidationError("--with is the code of a relay: \(Code.rule).")
        }
        if check && (peer != nil || day != nil) {
            throw ValidationError("--check is about all days, and about this relay alone.")
        }
    }

    func work(_ client: RelayClient, _ console: Console) async throws {
        if check { return try await checkAll(client, console) }
        let day = day.flatMap { Day($0) }
        if let code = peer.flatMap({ RelayCode($0) }) {
            return try await compare(client, console, code, day)
        }
        let (rows, next) = try await paging.collect { page in
            let part = try await client.audit(day, page: page)
            return (part.rows, part.next)
        }
        try console.show(AuditPage(rows: rows, next: next)) {
            rows.isEmpty ? [] : AuditText.rows(rows, $0)
        }
        paging.remark(rows.count, next, none: "Nothing was counted.", console)
        if !rows.allSatisfy(\.balances) {
            throw CommandFailure(.negative, "the books do not balance")
        }
    }

    private func checkAll(_ client: RelayClient, _ console: Console) async throws {
        let check = try await client.auditCheck()
        try console.show(check) { AuditText.check(check, $0) }
        if !check.discrepancies.isEmpty {
            throw CommandFailure(
                .negative, "the books do not agree with the records",
                hint: "keep a copy of the store, and report it")
        }
    }

    private func compare(
        _ client: RelayClient, _ console: Console, _ peer: RelayCode, _ day: Day?
    ) async throws {
        let result = try await client.auditCompare(with: peer, day)
        try console.show(result) { AuditText.comparison(result, $0) }
        switch result.state {
        case .compared:
            if result.differing > 0 {
                throw CommandFailure(
                    .negative, "\(result.differing) deliveries are in one of the books alone")
            }
        case .tooOld:
            throw CommandFailure(.negative, "the version of \(peer) cannot compare books")
        case .down, .silent:
            throw CommandFailure(.tryAgain, "\(peer) could not be asked")
        case .tooLong:
            throw CommandFailure(.tryAgain, "the comparison was not finished in time")
        }
    }
}
