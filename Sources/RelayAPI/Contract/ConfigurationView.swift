// What the API says of the configuration in force, and of the last reload.

package import RelayCore

/// The configuration in force: when it was taken over, and what of the file waits for a restart.
package struct ConfigurationView: Codable, Hashable, Sendable {
    /// The path of the file.
    package var file: String
    /// When this configuration was taken over: at the start, or at the last good reload.
    package var loadedAt: Instant
    /// What the last reload changed; empty after the start.
    package var changes: [ConfigurationChangeView]
    /// Keys that the file has otherwise than the running relay: they take effect at the next start.
    package var atNextStart: [String]
    /// When the file was last refused, since `loadedAt`, and why.
    package var refusedAt: Instant?
    package var errors: [String]?

    package init(
        file: String, loadedAt: Instant, changes: [ConfigurationChangeView], atNextStart: [String]
    ) {
        self.file = file
        self.loadedAt = loadedAt
        self.changes = changes
        self.atNextStart = atNextStart
    }
}

/// One key that a reload changed.
package struct ConfigurationChangeView: Codable, Hashable, Sendable {
    package var key: String
    package var effect: Effect

    package enum Effect: String, CaseIterable, Codable, Sendable {
        case now
        /// For links that are made from now on; those that are up stay as they are.
        case newLinks = "new-links"
    }

    package init(key: String, effect: Effect) {
        self.key = key
        self.effect = effect
    }
}
