// Where log lines go: a file that is appended to, or one of the standard streams.
//
// A line is written whole by one call, so lines of several threads do not mix. A file that was
// moved away, as logrotate does, is opened anew by its name. Failing to log never stops the relay,
// and is said once on standard error.

import FoundationEssentials
import Synchronization
import SystemPackage

final class LineOutput: Sendable {
    private struct State {
        var descriptor: FileDescriptor
        var inode: UInt64?
        var checkedAt = ContinuousClock.now
        var hasComplained = false
    }

    private let path: String?
    private let state: Mutex<State>

    static let standardOutput = LineOutput(.standardOutput)
    static let standardError = LineOutput(.standardError)

    /// How often a file is looked for under its name.
    private static let followEvery = Duration.seconds(1)

    private init(_ descriptor: FileDescriptor) {
        path = nil
        state = Mutex(State(descriptor: descriptor))
    }

    /// Appends to a file, which is made readable by its owner and group only.
    init(appendingTo path: String) throws(LineOutputError) {
        self.path = path
        do {
            let descriptor = try Self.open(path)
            state = Mutex(State(descriptor: descriptor, inode: Self.inode(path)))
        } catch {
            throw LineOutputError(path: path, reason: "\(error)")
        }
    }

    deinit {
        if path != nil { try? state.withLock { try $0.descriptor.close() } }
    }

    func write(_ text: String) {
        let complaint = state.withLock { state -> String? in
            if let path { Self.follow(path, &state) }
            do {
                try state.descriptor.writeAll(text.utf8)
                state.hasComplained = false
                return nil
            } catch {
                defer { state.hasComplained = true }
                return state.hasComplained ? nil : "\(error)"
            }
        }
        if let complaint, let path {
            Self.standardError.write("\(LineOutputError(path: path, reason: complaint))\n")
        }
    }

    private static func follow(_ path: String, _ state: inout State) {
        let now = ContinuousClock.now
        guard now - state.checkedAt >= followEvery else { return }
        state.checkedAt = now
        guard inode(path) != state.inode, let descriptor = try? open(path) else { return }
        try? state.descriptor.close()
        state.descriptor = descriptor
        state.inode = inode(path)
    }

    private static func open(_ path: String) throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead])
    }

    private static func inode(_ path: String) -> UInt64? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.systemFileNumber] as? UInt64
    }
}

struct LineOutputError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "cannot write to the log \(path): \(reason)" }
}
