// How relayctl behaves, in one place: results go to stdout, everything else to stderr; a hint
// stands on a line of its own; the exit status says what to do next; colour only where somebody
// sees it.

import ArgumentParser
import Foundation
import RelayAPI

/// What the caller is to do next. 0 is done.
enum Exit: Int32 {
    /// The answer is no: not there, not healthy, not valid.
    case negative = 1
    /// Correct the command line. The argument parser has it too.
    case usage = 64
    /// Correct the input; trying again as it is cannot help.
    case badInput = 65
    /// Start the daemon.
    case unreachable = 69
    /// The same again may work in a while.
    case tryAgain = 75
    /// Ask for permission.
    case notPermitted = 77
}

/// Why a command did not do what was asked.
struct CommandFailure: Error, CustomStringConvertible {
    var exit: Exit
    var message: String
    var hint: String?
    /// What the relay said, for `--output json`.
    var problem: Problem?

    var description: String { message }

    init(_ exit: Exit, _ message: String, hint: String? = nil) {
        self.exit = exit
        self.message = message
        self.hint = hint
    }
}

/// Where a command writes. Tests collect it.
struct Console: Sendable {
    var format: OutputFormat
    var style: Style
    var time: LocalTime
    var out: @Sendable (String) -> Void
    var err: @Sendable (String) -> Void
    /// Asks whoever sits at the terminal; nil when nobody does.
    var ask: (@Sendable (String) -> String?)?
    /// A line of standard input; nil at its end.
    var line: @Sendable () -> String? = { readLine() }

    /// The process's own.
    static func standard(_ format: OutputFormat) -> Console {
        let environment = ProcessInfo.processInfo.environment
        return Console(
            format: format,
            style: Style(
                isColoured: Style.wantsColour(
                    isTerminal: isatty(STDOUT_FILENO) == 1, environment: environment)),
            time: LocalTime.current,
            out: { FileHandle.standardOutput.write(Data(($0 + "\n").utf8)) },
            err: { FileHandle.standardError.write(Data(($0 + "\n").utf8)) },
            ask: isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 ? Self.question : nil)
    }

    @Sendable private static func question(_ text: String) -> String? {
        FileHandle.standardError.write(Data(text.utf8))
        return readLine()
    }

    /// A remark that is not the result.
    func note(_ text: String) { err(text) }

    /// A result: lines for people, or the value itself as JSON.
    func show(_ value: some Encodable, text: (Console) -> [String]) throws {
        switch format {
        case .text:
            for line in text(self) { out(line) }
        case .json:
            let data = try APICoding.encode(value, pretty: true)
            out(String(decoding: data, as: UTF8.self))
        }
    }

    /// One line of cause, one line of hint. With JSON the cause is the relay's own problem, if it
    /// was the relay that refused.
    func report(_ failure: CommandFailure) {
        if format == .json, let problem = failure.problem,
            let data = try? APICoding.encode(problem, pretty: true)
        {
            err(String(decoding: data, as: UTF8.self))
        } else {
            err("relayctl: \(Clean.text(failure.message))")
        }
        if let hint = failure.hint { err("hint: \(Clean.text(hint))") }
    }
}

/// A command that asks the relay.
protocol RelayCommand: AsyncParsableCommand {
    var connection: ConnectionOptions { get }
    var form: OutputOptions { get }
    func work(_ client: RelayClient, _ console: Console) async throws
}

extension RelayCommand {
    func run() async throws {
        let console = Console.standard(form.output)
        let exit = await Manners.exit(console) {
            let client = RelayClient(try connection.address())
            defer { client.close() }
            try await work(client, console)
        }
        if let exit { throw ExitCode(exit.rawValue) }
    }
}

/// A command that needs no daemon.
protocol OfflineCommand: AsyncParsableCommand {
    var form: OutputOptions { get }
    func work(_ console: Console) async throws
}

extension OfflineCommand {
    func run() async throws {
        let console = Console.standard(form.output)
        if let exit = await Manners.exit(console, { try await work(console) }) {
            throw ExitCode(exit.rawValue)
        }
    }
}

enum Manners {
    /// Runs `work` and reports how it failed; nil when it did not.
    static func exit(_ console: Console, _ work: () async throws -> Void) async -> Exit? {
        do {
            try await work()
            return nil
        } catch let failure as CommandFailure {
            console.report(failure)
            return failure.exit
        } catch let error as ClientError {
            let failure = CommandFailure(error)
            console.report(failure)
            return failure.exit
        } catch {
            console.report(CommandFailure(.negative, "\(error)"))
            return .negative
        }
    }
}

extension CommandFailure {
    /// What a failed request means to somebody at a terminal.
    init(_ error: ClientError) {
        self.init(.negative, "\(error)")
        switch error {
        case .unreachable(let place, _):
            exit = .unreachable
            hint = "is relayd running? try: systemctl status relayd; \(place)"
        case .notPermitted:
            exit = .notPermitted
            hint = "the socket's mode says who may use it; are you in the group of relayd?"
        case .timedOut, .cut:
            exit = .tryAgain
        case .source:
            exit = .badInput
        case .sink(let detail):
            exit = .negative
            message = detail
        case .unintelligible:
            exit = .negative
        case .problem(let problem):
            self.problem = problem
            message = Self.message(problem)
            exit = Self.exit(problem.kind)
            if problem.kind == .gone, let oldest = problem.oldest {
                hint = "begin with what is left: --after \(oldest - min(oldest, 1))"
            }
            if let seconds = problem.retryAfter { hint = "try again in \(seconds) s" }
        }
    }

    /// Every kind is named, so that a new one cannot get a status by accident.
    private static func exit(_ kind: Problem.Kind) -> Exit {
        switch kind {
        case .notFound, .conflict, .gone, .drillRefused, .internalError: .negative
        case .unauthorized, .forbidden: .notPermitted
        case .connectionCut, .tooManyUploads, .stopping, .unavailable, .storeFull: .tryAgain
        case .invalidRequest, .recipientNeeded, .confirmationNeeded, .methodNotAllowed, .tooLarge,
            .targetTooLong,
            .unsupportedMediaType, .malformedDocument, .missingSender, .missingRecipient,
            .invalidMetadata, .digestMismatch, .headersTooLarge, .badConfiguration:
            .badInput
        }
    }

    /// The place in the document stands before the detail, since that is what one looks for.
    private static func message(_ problem: Problem) -> String {
        var place = ""
        if let line = problem.line {
            place = " (line \(line)\(problem.column.map { ", column \($0)" } ?? ""))"
        }
        let earlier = problem.earlier.map { " The earlier one is \($0)." } ?? ""
        return "\(problem.kind.title)\(place): \(problem.detail)\(earlier)"
    }
}
