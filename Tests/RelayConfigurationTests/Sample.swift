// What the tests share: a smallest file, ways to read one, and places of their own on disk.

import Foundation
import Testing

@testable import RelayConfiguration

enum Sample {
    /// Everything that is required, in lines 1 to 7.
    static let minimal = """
        relay:
          code: H26.1.2
          data: /var/lib/tram
        tls:
          certificate: /etc/tram/relay.pem
          key: /etc/tram/relay.key
          trust: /etc/tram/trust.pem

        """

    /// A hub as a peer, and the address that lets peers dial in.
    static let hub = """
        listen: [0.0.0.0:4600]
        peers:
          - code: HUB-1
            addresses: [hub1:4600]
            role: hub

        """

    /// The configuration that the text must be.
    static func configuration(
        _ text: String, file: String = "/etc/tram/relay.yaml",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Configuration {
        let result = Configuration.parse(text, file: file)
        if case .failure(let errors) = result {
            Issue.record("\(errors)", sourceLocation: sourceLocation)
        }
        return try result.get()
    }

    /// The minimal file with more lines, as a configuration.
    static func with(
        _ lines: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Configuration {
        try configuration(minimal + lines, sourceLocation: sourceLocation)
    }

    /// What is said about the text, less the name of the file; nothing when nothing is wrong.
    static func report(_ text: String) -> String {
        guard case .failure(let errors) = Configuration.parse(text, file: "f") else { return "" }
        return errors.description.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("f:") ? String($0.dropFirst(2)) : String($0) }
            .joined(separator: "\n")
    }

    /// What is said about the minimal file with more lines, which begin in line 8.
    static func reportWith(_ lines: String) -> String { report(minimal + lines) }

    /// What is said about one more line, less the place, which must be in line 8.
    static func complaint(_ line: String) -> String {
        let report = reportWith(line + "\n")
        guard report.hasPrefix("8:") else { return report }
        return report.split(separator: ":", maxSplits: 2).last.map { String($0.dropFirst()) } ?? ""
    }
}

/// A directory of its own, gone when the test is.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "tram-configuration-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ bytes: some Sequence<UInt8>, mode: Int = 0o600) throws -> String {
        let path = "\(path)/\(name)"
        try Data(bytes).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }
}

/// The files of the repository that tests compare with.
enum Repository {
    static func text(_ path: String, from file: String = #filePath) throws -> String {
        let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
