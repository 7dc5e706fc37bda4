// One `relayd` as a process of its own: started, killed, held up, started again, and asked over its
// socket.

import Foundation
package import RelayAPI
package import RelayCore
import Synchronization

package struct FleetError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

package final class Daemon: Sendable {
    package let code: RelayCode
    /// Everything of this relay: configuration, certificates, store, socket, logs.
    package let directory: String
    package let client: RelayClient
    /// On the operators' socket.
    package let operators: RelayClient
    /// The network it runs in; nil for the machine's own.
    package let room: Room?
    /// On the socket for orders.
    package let operatorClient: RelayClient
    private let program: String
    private let process = Mutex<Process?>(nil)

    /// - Parameter program: the path of `relayd`.
    package init(
        _ code: RelayCode, in directory: String, program: String, room: Room? = nil
    ) {
        self.code = code
        self.directory = directory
        self.program = program
        self.room = room
        client = RelayClient(.unix(path: directory + "/relayd.sock"))
        operators = RelayClient(
            .unix(path: directory + "/operator.sock"), operatorName: "operator")
        operatorClient = RelayClient(
            .unix(path: directory + "/operator.sock"), operatorName: "operator")
    }

    package var configurationPath: String { directory + "/relayd.yaml" }
    package var dataPath: String { directory + "/data" }
    package var socketPath: String { directory + "/relayd.sock" }
    package var operatorSocketPath: String { directory + "/operator.sock" }
    package var deliveryLogPath: String { directory + "/data/delivery.log" }
    package var programLogPath: String { directory + "/relayd.log" }

    package var processID: Int32? {
        process.withLock { $0.flatMap { $0.isRunning ? $0.processIdentifier : nil } }
    }

    /// What the program's log holds so far; empty before the first start.
    package var programLog: String {
        (try? String(contentsOfFile: programLogPath, encoding: .utf8)) ?? ""
    }

    /// What the delivery log holds so far.
    package func deliveryLog() throws -> String {
        try String(contentsOfFile: deliveryLogPath, encoding: .utf8)
    }

    /// Writes the configuration file, which takes effect at the next start.
    package func configure(_ yaml: String) throws {
        try Data(yaml.utf8).write(to: URL(filePath: configurationPath))
    }

    /// What the configuration file holds.
    package func configuration() throws -> String {
        try String(contentsOfFile: configurationPath, encoding: .utf8)
    }

    /// Starts it and returns when its API answers.
    package func start() async throws {
        try launch()
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            if (try? await client.health()) != nil { return }
            guard processID != nil else {
                throw FleetError("relayd \(code) ended at its start; see \(programLogPath)")
            }
            guard ContinuousClock.now < deadline else {
                throw FleetError("relayd \(code) did not answer within 30 s; see \(programLogPath)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Starts it and waits for its end, which is expected; its exit code. Killed after `limit`.
    package func runToEnd(
        _ arguments: [String] = [], atMost limit: Duration = .seconds(30)
    ) async throws -> Int32 {
        try launch(arguments)
        return try await exitCode(within: limit)
    }

    /// Waits for the end of a running one; its exit code. Killed, and an error, after `limit`.
    package func exitCode(within limit: Duration) async throws -> Int32 {
        let deadline = ContinuousClock.now + limit
        while processID != nil {
            guard ContinuousClock.now < deadline else {
                kill()
                throw FleetError("relayd \(code) did not end within \(limit)")
            }
            // Who waits has to wait, cancelled or not: what was started is to be ended.
            try? await Task.sleep(for: .milliseconds(10))
        }
        client.close()
        guard let relayd = process.withLock({ $0 }) else {
            throw FleetError("relayd \(code) was never started")
        }
        return relayd.terminationStatus
    }

    private func launch(_ arguments: [String] = []) throws {
        let files = FileManager.default
        if !files.fileExists(atPath: programLogPath) {
            guard files.createFile(atPath: programLogPath, contents: nil) else {
                throw FleetError("cannot make \(programLogPath)")
            }
        }
        guard let log = FileHandle(forWritingAtPath: programLogPath) else {
            throw FleetError("cannot write \(programLogPath)")
        }
        defer { try? log.close() }
        try log.seekToEnd()
        let relayd = Process()
        relayd.executableURL = URL(filePath: "/usr/bin/env")
        relayd.arguments =
            (room?.entrance ?? []) + [program, "--config", configurationPath] + arguments
        relayd.standardInput = FileHandle.nullDevice
        relayd.standardOutput = log
        relayd.standardError = log
        try relayd.run()
        process.withLock { $0 = relayd }
    }

    /// SIGKILL: what a power cut does to a process. Returns when it is gone.
    package func kill() {
        end(with: SIGKILL)
    }

    /// SIGTERM; returns its exit code when it has ended.
    @discardableResult
    package func terminate() -> Int32? {
        end(with: SIGTERM)
    }

    /// SIGSTOP: what a machine without memory or a stuck disk does to a process. It keeps its
    /// sockets and says nothing.
    package func pause() { signal(SIGSTOP) }

    /// SIGCONT.
    package func resume() { signal(SIGCONT) }

    /// SIGHUP: reads its configuration file again.
    package func hangUp() { signal(SIGHUP) }

    /// SIGTERM; does not wait for what follows.
    package func askToStop() { signal(SIGTERM) }

    private func signal(_ number: Int32) {
        if let id = processID { Foundation.kill(id, number) }
    }

    @discardableResult
    private func end(with signal: Int32) -> Int32? {
        guard let relayd = process.withLock({ $0 }), relayd.isRunning else { return nil }
        Foundation.kill(relayd.processIdentifier, signal)
        relayd.waitUntilExit()
        client.close()
        return relayd.terminationStatus
    }

    /// Ends the process, whatever state it is in; for the end of a test.
    deinit {
        if let relayd = process.withLock({ $0 }), relayd.isRunning {
            Foundation.kill(relayd.processIdentifier, SIGKILL)
        }
    }
}
