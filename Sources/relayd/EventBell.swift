// Wakes requests that wait for events, once new ones are durable.
//
// Guarantees: nobody who begins to wait with the count of rings from before they looked misses a
// ring; a wait ends in time, with its task, and when the relay stops; few wait at once.

import RelayAPI
import ServiceLifecycle
import Synchronization

final class EventBell: Sendable {
    private struct State {
        var rings: UInt64 = 0
        var nextWaiter: UInt64 = 0
        /// Nil from the moment that a place is taken until its continuation is there.
        var waiting: [UInt64: CheckedContinuation<Void, Never>?] = [:]
    }

    private let state = Mutex(State())

    /// How often it has rung; to be asked before one looks for events.
    var rings: UInt64 { state.withLock { $0.rings } }

    var waiters: Int { state.withLock { $0.waiting.count } }

    /// There are new events. Called on the engine's thread; costs nothing when nobody waits.
    func ring() {
        let waiting = state.withLock { state in
            state.rings += 1
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation?.resume() }
    }

    /// Waits until it rings, if it has not since `rings`; at most for `limit`. False when too many
    /// wait already.
    func wait(since rings: UInt64, atMost limit: Duration) async -> Bool {
        let place: UInt64?? = state.withLock { state in
            guard state.rings == rings else { return .some(nil) }
            guard state.waiting.count < APILimits.eventWaitersMax else { return nil }
            state.nextWaiter += 1
            state.waiting[state.nextWaiter] = .some(nil)
            return state.nextWaiter
        }
        guard let place else { return false }
        guard let waiter = place else { return true }
        await withTaskGroup { group in
            group.addTask {
                try? await Task.sleep(for: limit)
                self.dismiss(waiter)
            }
            await withTaskCancellationOrGracefulShutdownHandler {
                await self.sleep(waiter)
            } onCancelOrGracefulShutdown: {
                self.dismiss(waiter)
            }
            group.cancelAll()
        }
        return true
    }

    private func sleep(_ waiter: UInt64) async {
        await withCheckedContinuation { continuation in
            let isReleased = state.withLock { state in
                // It may have rung, or the time may be over, before it came so far.
                guard state.waiting[waiter] != nil else { return true }
                state.waiting[waiter] = continuation
                return false
            }
            if isReleased { continuation.resume() }
        }
    }

    private func dismiss(_ waiter: UInt64) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: waiter) }
        waiting??.resume()
    }
}
