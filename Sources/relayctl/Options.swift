// The options that every command has: where the relay is, and in which form to answer.

import ArgumentParser
import Foundation
import RelayAPI

/// JSON has the same keys as the API, which `Docs/API.md` lists.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json
}

/// On every command, so that scripts never have to read tables.
struct OutputOptions: ParsableArguments {
    @Option(help: "How to print results: text for people, json for programs.")
    var output = OutputFormat.text
}

/// A socket or a port of this machine; the relay's API is nowhere else.
struct ConnectionOptions: ParsableArguments {
    static let defaultSocket = "/run/tram/relayd.sock"

    @Option(
        help: ArgumentHelp(
            "The relay's Unix socket. (default: TRAM_SOCKET, else \(defaultSocket))",
            valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "The relay's address on this machine, http://127.0.0.1:PORT, instead of a socket.",
            valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("The file with the bearer token, for --url.", valueName: "file"))
    var tokenFile: String?

    /// Combinations that make no sense are usage errors.
    func validate() throws {
        if let url {
            guard socket == nil else { throw ValidationError("Give --socket or --url, not both.") }
            guard ClientAddress.port(ofURL: url) != nil else {
                throw ValidationError("--url takes http://127.0.0.1:PORT.")
            }
            guard tokenFile != nil else { throw ValidationError("--url needs --token-file.") }
        } else if tokenFile != nil {
            throw ValidationError("--token-file goes with --url.")
        }
    }

    /// Throws `CommandFailure` when the token cannot be read.
    func address(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ClientAddress {
        if let url, let port = ClientAddress.port(ofURL: url), let tokenFile {
            guard let contents = FileManager.default.contents(atPath: tokenFile) else {
                throw CommandFailure(.notPermitted, "cannot read the token file \(tokenFile)")
            }
            guard let token = BearerToken(fileContents: contents) else {
                throw CommandFailure(
                    .badInput, "\(tokenFile) holds no token: \(BearerToken.rule)")
            }
            return .loopback(port: port, token: token)
        }
        let named = environment["TRAM_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        return .unix(path: socket ?? named ?? Self.defaultSocket)
    }
}
