// Commands that give orders: on the operators' socket, in the name of whoever runs the program.
//
// The socket's mode says who may; who did is recorded by the relay, from the kernel and from the
// name stated here.

import ArgumentParser
import Foundation
import RelayAPI

/// Where orders are given.
struct OperatorOptions: ParsableArguments {
    static let fileName = "operator.sock"

    @Option(
        help: ArgumentHelp(
            "The socket for orders. (default: TRAM_OPERATOR_SOCKET, else \(fileName) beside --socket)",
            valueName: "path"))
    var operatorSocket: String?

    /// Throws `CommandFailure` when the relay was named in a way that leads to no such socket.
    func address(
        beside connection: ConnectionOptions,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClientAddress {
        let named = environment["TRAM_OPERATOR_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        if let path = operatorSocket ?? named { return .unix(path: path) }
        guard case .unix(let socket) = try connection.address(environment: environment) else {
            throw CommandFailure(
                .usage, "orders are not given over --url",
                hint: "give --operator-socket, on the relay's own machine")
        }
        let folder = URL(fileURLWithPath: socket).deletingLastPathComponent().path
        return .unix(path: folder + "/" + Self.fileName)
    }

    /// For whom this program runs: behind sudo, the one who called it.
    static func loginName(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        user: String = NSUserName()
    ) -> String? {
        let caller = user == "root" ? environment["SUDO_USER"] : nil
        return [caller, user].compactMap { $0 }.first(where: OperatorIdentity.isName)
    }
}

/// A command that only an operator may give.
protocol OperatorCommand: RelayCommand {
    var operators: OperatorOptions { get }
}

extension OperatorCommand {
    func run() async throws {
        let console = Console.standard(form.output)
        let exit = await Manners.exit(console) {
            let client = RelayClient(
                try operators.address(beside: connection),
                operatorName: OperatorOptions.loginName())
            defer { client.close() }
            try await Manners.asOperator { try await work(client, console) }
        }
        if let exit { throw ExitCode(exit.rawValue) }
    }
}

extension Manners {
    /// Runs `work`, and says to somebody who may not give orders what would let them.
    static func asOperator(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as ClientError {
            var failure = CommandFailure(error)
            switch (error, failure.exit) {
            case (.notPermitted, _):
                failure.hint =
                    "orders are given by the relay's own user: sudo -u tram relayctl ...; or see "
                    + "api.operatorSocketMode"
            case (.problem, .notPermitted):
                failure.hint = "name the operators' socket: --operator-socket PATH"
            default: break
            }
            throw failure
        }
    }
}
