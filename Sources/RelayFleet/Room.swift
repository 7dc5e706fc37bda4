// A network namespace for one relay: interfaces of its own, which nobody else sees.
//
// It lives as long as its keeper, a process that ends when its standard input does, and so with the
// program that made it, however that ends. It has no name on the machine: several test runs cannot
// meet, and nothing is left to be cleaned up.

import Foundation

package final class Room: Sendable {
    /// Part of the names of its interfaces; unique among the rooms of one test.
    package let name: String
    private let keeper: Process
    private let door: Pipe

    package init(_ name: String) throws {
        self.name = name
        keeper = Process()
        door = Pipe()
        let echo = Pipe()
        keeper.executableURL = URL(filePath: "/usr/bin/env")
        keeper.arguments = ["unshare", "--net", "cat"]
        keeper.standardInput = door
        keeper.standardOutput = echo
        keeper.standardError = FileHandle.nullDevice
        try keeper.run()
        // The keeper says something only from within the namespace: from then on it is there.
        try door.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        guard try echo.fileHandleForReading.read(upToCount: 1)?.count == 1 else {
            throw FleetError("no network namespace could be made for \(name)")
        }
        try run("ip", "link", "set", "lo", "up")
    }

    /// Its interfaces are gone when the last process in it has ended.
    deinit {
        if keeper.isRunning { Foundation.kill(keeper.processIdentifier, SIGKILL) }
    }

    var processID: Int32 { keeper.processIdentifier }

    /// What stands before a command that is to run in here. The command keeps the process id.
    package var entrance: [String] { ["nsenter", "--net=/proc/\(processID)/ns/net"] }

    /// Runs a short command in here; its output.
    @discardableResult
    package func run(_ command: String...) throws -> String {
        try Command.run(entrance + command)
    }

    /// Bytes that one of its interfaces has sent and received since it was made.
    package func bytes(on interface: String) throws -> (sent: Int, received: Int) {
        let table = try String(contentsOfFile: "/proc/\(processID)/net/dev", encoding: .utf8)
        let row = table.split(separator: "\n").first {
            $0.drop { $0 == " " }.hasPrefix("\(interface):")
        }
        // Eight columns for what was received, eight for what was sent; bytes come first.
        let numbers = (row ?? "").split(separator: ":").last?.split(separator: " ") ?? []
        guard numbers.count == 16, let received = Int(numbers[0]), let sent = Int(numbers[8]) else {
            throw FleetError("no counters of \(interface) in \(name)")
        }
        return (sent, received)
    }

    /// Whether rooms have to be possible here: the rights are there, and the programs too.
    package static var areExpected: Bool {
        // CAP_NET_ADMIN and CAP_SYS_ADMIN (capabilities(7)).
        let needed: UInt64 = 1 << 12 | 1 << 21
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let row = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let held = row?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
        return held & needed == needed
            && ["ip", "tc", "unshare", "nsenter"].allSatisfy {
                (try? Command.run(["sh", "-c", "command -v \($0)"])) != nil
            }
    }

    /// Why no rooms can be made here; nil when they can.
    package static let whyNot: String? = {
        do {
            let one = try Room("try")
            try one.run("ip", "link", "add", "try0", "type", "veth", "peer", "name", "try1")
            return nil
        } catch {
            return "network namespaces cannot be used (root, ip and unshare are needed): \(error)"
        }
    }()
}

/// A short command of the system.
enum Command {
    static func run(_ words: [String]) throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw FleetError(
                "\(words.joined(separator: " ")): \(String(decoding: complaint, as: UTF8.self))")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
