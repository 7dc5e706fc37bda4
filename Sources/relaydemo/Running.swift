// Tells a task that runs beside another when to end.

import Synchronization

final class Running: Sendable {
    private let state = Mutex(true)

    var isUp: Bool { state.withLock { $0 } }
    func lower() { state.withLock { $0 = false } }
}
