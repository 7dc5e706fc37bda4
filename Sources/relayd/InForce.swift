// The configuration in force: what everybody who asks for it later than the start gets.

import RelayAPI
import RelayConfiguration
import RelayCore
import Synchronization

final class InForce: Sendable {
    private struct State {
        var configuration: Configuration
        /// Made once, since routes are many.
        var settings: Settings
        var view: ConfigurationView
    }

    private let state: Mutex<State>

    init(_ configuration: Configuration, at now: Instant) {
        let view = ConfigurationView(
            file: configuration.file, loadedAt: now, changes: [], atNextStart: [])
        state = Mutex(
            State(configuration: configuration, settings: configuration.settings, view: view))
    }

    var configuration: Configuration { state.withLock { $0.configuration } }
    var settings: Settings { state.withLock { $0.settings } }
    /// Of the same moment.
    var both: (configuration: Configuration, settings: Settings) {
        state.withLock { ($0.configuration, $0.settings) }
    }
    var view: ConfigurationView { state.withLock { $0.view } }

    func adopt(_ configuration: Configuration, _ view: ConfigurationView) {
        let next = State(
            configuration: configuration, settings: configuration.settings, view: view)
        state.withLock { $0 = next }
    }

    /// The file was refused; what was in force stays.
    func refused(at now: Instant, errors: [String]) {
        state.withLock { state in
            state.view.refusedAt = now
            state.view.errors = errors
        }
    }
}
