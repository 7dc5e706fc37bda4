// What happened, in order, for a test to await: no sleeping, and no waiting for ever.

import NIOCore
import NIOPosix
import Synchronization
import Testing

final class Journal<Entry: Sendable>: Sendable {
    private struct State {
        var entries: [Entry] = []
        var waiting: [UInt64: Waiting] = [:]
        var nextNumber: UInt64 = 0
    }

    private struct Waiting {
        let isMet: @Sendable ([Entry]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private let state = Mutex(State())

    var entries: [Entry] { state.withLock { $0.entries } }

    func append(_ entry: Entry) {
        let met = state.withLock { state in
            state.entries.append(entry)
            let met = state.waiting.filter { $0.value.isMet(state.entries) }
            for number in met.keys { state.waiting[number] = nil }
            return met.values.map(\.continuation)
        }
        for continuation in met { continuation.resume(returning: true) }
    }

    /// Waits until the entries are as they should be; records an issue when they are not in time.
    func wait(
        _ what: String, seconds: Int64 = 30, sourceLocation: SourceLocation = #_sourceLocation,
        until isMet: @escaping @Sendable ([Entry]) -> Bool
    ) async throws {
        let isInTime = await withCheckedContinuation { continuation in
            let number: UInt64? = state.withLock { state in
                if isMet(state.entries) { return nil }
                state.nextNumber += 1
                state.waiting[state.nextNumber] = Waiting(
                    isMet: isMet, continuation: continuation)
                return state.nextNumber
            }
            guard let number else { return continuation.resume(returning: true) }
            MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .seconds(seconds)) {
                let late = self.state.withLock { $0.waiting.removeValue(forKey: number) }
                late?.continuation.resume(returning: false)
            }
        }
        guard isInTime else {
            let text = entries.suffix(20).map { "\($0)".prefix(400) }.joined(separator: "\n")
            Issue.record(
                "\(what) did not happen; what did:\n\(text)", sourceLocation: sourceLocation)
            throw NotInTime(what: what)
        }
    }

    /// The first entry that fits.
    func first<Found: Sendable>(
        _ what: String, seconds: Int64 = 30, sourceLocation: SourceLocation = #_sourceLocation,
        _ fits: @escaping @Sendable (Entry) -> Found?
    ) async throws -> Found {
        try await wait(what, seconds: seconds, sourceLocation: sourceLocation) { entries in
            entries.contains { fits($0) != nil }
        }
        return try #require(entries.lazy.compactMap(fits).first, sourceLocation: sourceLocation)
    }
}

struct NotInTime: Error {
    let what: String
}
