// How many uploads run at once, and whether the server still takes anything in.

import Synchronization

/// Shared by all listeners, so that the bound is that of the relay.
final class UploadGate: Sendable {
    private struct State {
        var running = 0
        var isStopping = false
    }

    private let bounds: ServerBounds
    private let state = Mutex(State())

    init(_ bounds: ServerBounds) {
        self.bounds = bounds
    }

    /// From now on every new request is refused.
    func stop() {
        state.withLock { $0.isStopping = true }
    }

    /// Throws `stopping` once the server has been told to stop.
    func check() throws(Problem) {
        guard !(state.withLock { $0.isStopping }) else { throw Self.stopping }
    }

    /// Takes a place for an upload; `leave` gives it back.
    func enter() throws(Problem) {
        let uploadsMax = bounds.uploadsMax
        let problem: Problem? = state.withLock { state in
            if state.isStopping { return Self.stopping }
            guard state.running < uploadsMax else {
                return Problem(
                    .tooManyUploads, "\(uploadsMax) uploads are running; try again in a moment.")
            }
            state.running += 1
            return nil
        }
        if let problem { throw problem }
    }

    func leave() {
        state.withLock { $0.running -= 1 }
    }

    /// The same for requests of every kind, so that clients know one word for it.
    private static let stopping = Problem(
        .stopping, "The relay is stopping. Try again when it has started.")
}
