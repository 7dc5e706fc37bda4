// The engine's own thread, and the bell that wakes it.
//
// LMDB's commit blocks in fsync, so it must sit neither on an event loop nor on the cooperative
// pool. The only file of this target that touches memory the compiler does not watch.

import Dispatch
import Glibc
import RelayCore

package struct ThreadFailure: Error, CustomStringConvertible {
    package let description: String
}

/// Rung from any thread, waited for by one. A ring before the wait is not lost.
struct Doorbell: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func ring() { semaphore.signal() }

    /// Returns when the bell was rung, or after `timeout`.
    func wait(atMost timeout: Interval) {
        let milliseconds = Int(clamping: max(0, timeout.milliseconds))
        _ = semaphore.wait(timeout: .now() + .milliseconds(milliseconds))
    }
}

enum EngineThread {
    /// Runs `body` on a new thread of its own.
    static func start(_ body: @escaping @Sendable () -> Void) throws(ThreadFailure) {
        var thread = pthread_t()
        let box = unsafe Unmanaged.passRetained(Box(body))
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            throw ThreadFailure(description: "a thread could not be started: error \(code)")
        }
        pthread_detach(thread)
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
